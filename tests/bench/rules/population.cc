#include "tests/bench/rules/population.h"

#include <cstdio>

#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/facts.pb.h"
#include "tests/province/random.h"
#include "tests/province/rates.h"

namespace shouwang::bench {
namespace {

namespace rates = province::rates;
using monitoring::v1::HouseholdFacts;
using monitoring::v1::PersonFacts;
using monitoring::v1::VillageFacts;
using province::Random;

constexpr std::uint64_t kSeed = 2021;
constexpr std::uint32_t kVillages = 17'000, kCounties = 100;

// 3.12 persons in the mean: 2.81 million in 0.9 million households.
int DrawSize(Random& random) {
    static constexpr double kUpTo[] = {0.115, 0.36, 0.64, 0.845, 0.94, 0.98};
    const double u = random.Unit();
    int size = 1;
    for (const double limit : kUpTo) size += u >= limit ? 1 : 0;
    return size;
}

std::int64_t Fen(Random& random, double median_yuan, double sigma) {
    return static_cast<std::int64_t>(random.LogNormal(median_yuan, sigma) * 100);
}

}  // namespace

// Draws into the cells of one household.
class Drawer {
public:
    Drawer(DrawnHousehold& h, std::uint32_t index) : h_(h), random_(kSeed, index) {}

    void Run(std::uint32_t index) {
        const std::uint32_t village = static_cast<std::uint32_t>(
            static_cast<std::uint64_t>(province::Mix(index)) % kVillages);
        const std::uint32_t county = village % kCounties;
        char code[16];
        std::snprintf(code, sizeof code, "36%02u%02u%03u%03u", 1 + county / 10, 21 + county % 10,
                      100 + village / kCounties % 20, 200 + village / kCounties / 20);
        h_.region_ = code;
        h_.id_ = std::int64_t{index} + 1;
        h_.household_.resize(static_cast<std::size_t>(HouseholdFacts::descriptor()->field_count()));
        h_.village_.resize(static_cast<std::size_t>(VillageFacts::descriptor()->field_count()));
        Village(Random(kSeed, 0xA11CE, village));
        const int size = DrawSize(random_);
        bool earner = false;
        for (int i = 0; i < size; ++i) {
            h_.members_.emplace_back(
                static_cast<std::size_t>(PersonFacts::descriptor()->field_count()));
            Member(h_.members_.back(), i, earner);
        }
        Household(size);
    }

private:
    using Cells = std::vector<cel::FactCell>;

    template <typename Message>
    static void Put(Cells& cells, int number, std::int64_t value) {
        cells[static_cast<std::size_t>(
            Message::descriptor()->FindFieldByNumber(number)->index())] = {value, true};
    }
    void Person(Cells& cells, int number, std::int64_t value) {
        Put<PersonFacts>(cells, number, value);
    }
    void Own(int number, std::int64_t value) { Put<HouseholdFacts>(h_.household_, number, value); }
    bool Chance(double p) { return random_.Chance(p); }
    // An event that is reported only where it happens.
    void Event(Cells& cells, int number, double p) {
        if (Chance(p)) Person(cells, number, 1);
    }

    void Village(Random random) {
        const auto put = [&](int number, std::int64_t value) {
            Put<VillageFacts>(h_.village_, number, value);
        };
        put(VillageFacts::kWaterQualityOkFieldNumber, !random.Chance(rates::kWaterFaultMonth));
        put(VillageFacts::kWaterQuantityOkFieldNumber, !random.Chance(rates::kWaterFaultMonth));
        if (random.Chance(0.3))
            put(VillageFacts::kWaterCutOffDaysFieldNumber,
                random.Chance(0.02) ? random.Between(1, 20) : 0);
        if (random.Chance(rates::kHazardVillages))
            put(VillageFacts::kGeologicalHazardFieldNumber, 1);
    }

    void Member(Cells& cells, int position, bool& earner) {
        const bool adult_first = position < 2;
        const int age = adult_first ? random_.Between(24, 84)
                                    : (Chance(0.45) ? random_.Between(0, 23) : random_.Between(24, 90));
        const bool male = Chance(0.52);
        const int labour = age < 16 || age > 70 ? 5 : Chance(0.85) ? random_.Between(1, 3) : 4;
        const bool can_work = age >= 16 && age <= 60 && labour <= 3;
        Person(cells, PersonFacts::kAgeFieldNumber, age);
        Person(cells, PersonFacts::kLabourFieldNumber, labour);
        Person(cells, PersonFacts::kCanWorkFieldNumber, can_work);
        Person(cells, PersonFacts::kMainEarnerFieldNumber, can_work && !earner);
        earner = earner || can_work;
        Health(cells, age, male);
        School(cells, age);
        Work(cells, age, can_work);
        Others(cells, age, male);
    }

    void Health(Cells& cells, int age, bool male) {
        const double year = age < 18   ? rates::kInpatientYearChild
                            : age < 60 ? rates::kInpatientYearAdult
                                       : rates::kInpatientYearOld;
        if (Chance(year)) {
            const std::int64_t paid = static_cast<std::int64_t>(
                static_cast<double>(Fen(random_, rates::kStayMedianYuan, rates::kStaySigma)) *
                (1 - rates::kReimbursedLifted));
            Person(cells, PersonFacts::kLargestStaySelfPaidFenFieldNumber, paid);
            Person(cells, PersonFacts::kMedicalSelfPaid12MFenFieldNumber, paid);
            if (Chance(0.5)) Person(cells, PersonFacts::kInpatientSelfPaidYtdFenFieldNumber, paid);
        }
        if (Chance((age >= 60 ? rates::kChronicOld : rates::kChronicAdult) * rates::kOutpatientMonth))
            Person(cells, PersonFacts::kOutpatientSelfPaidMonthFenFieldNumber,
                   Fen(random_, rates::kOutpatientMedianYuan, 0.7) / 3);
        if (Chance(0.99))
            Person(cells, PersonFacts::kMedicalInsuredFieldNumber, !Chance(rates::kUninsured));
        const double serious = age >= 50 ? rates::kSeriousYearOld : rates::kSeriousYear;
        Event(cells, PersonFacts::kSeriousIllnessNewFieldNumber, serious / 2);
        Event(cells, PersonFacts::kSevereMentalIllnessFieldNumber, serious * rates::kMentalShare * 4);
        if (!male && age >= 35 && age < 65)
            Event(cells, PersonFacts::kTwoCancersNewFieldNumber, rates::kCancersYear / 2);
        if (Chance(age >= 60 ? rates::kDisabledOld : rates::kDisabled))
            Person(cells, PersonFacts::kDisabilityGradeFieldNumber, 1 + random_.Between(0, 3));
        Event(cells, PersonFacts::kDisabilityNewFieldNumber, rates::kNewlyDisabledYear / 4);
        Event(cells, PersonFacts::kSeriousInjuryFieldNumber, rates::kAccidentYear / 2 * 0.4);
    }

    void School(Cells& cells, int age) {
        if (age < 3 || age > 22) return;
        const int stage = age < 6 ? 1 : age < 12 ? 2 : age < 15 ? 3 : age < 18 ? 4 : 5;
        Person(cells, PersonFacts::kSchoolStageFieldNumber, stage);
        Person(cells, PersonFacts::kDroppedOutFieldNumber, Chance(rates::kDropOutYear));
        Person(cells, PersonFacts::kSchoolAbsentDaysFieldNumber,
               Chance(rates::kSuspendedYear) ? random_.Between(5, 20) : random_.Between(0, 3));
        if (!Chance(0.4)) return;
        Person(cells, PersonFacts::kSchoolFeesYearFenFieldNumber,
               Fen(random_, stage >= 5 ? 6500 : 1200, 0.5));
        if (Chance(0.7))
            Person(cells, PersonFacts::kSchoolAidYearFenFieldNumber, Fen(random_, 1500, 0.5));
    }

    void Work(Cells& cells, int age, bool can_work) {
        if (can_work && Chance(rates::kWorkers)) {
            const bool lost = Chance(rates::kJobLossMonth * 3);
            Person(cells, PersonFacts::kEmployedFieldNumber, !lost);
            Person(cells, PersonFacts::kUnemployedMonthsFieldNumber, lost ? random_.Between(1, 4) : 0);
            Person(cells, PersonFacts::kWageChangeBpFieldNumber,
                   Chance(rates::kWageDropMonth * 3) ? -random_.Between(3000, 6000)
                                                     : random_.Between(-900, 900));
        }
        if (age >= 18) Event(cells, PersonFacts::kWorkerInDifficultyFieldNumber, rates::kDifficultWorker);
        if (can_work && Chance(rates::kSelfEmployed))
            Person(cells, PersonFacts::kBusinessClosedFieldNumber,
                   Chance(rates::kBusinessClosedMonth * 3));
        if (age >= 18 && Chance(rates::kMicroCredit / 2))
            Person(cells, PersonFacts::kLoanOverdueDaysFieldNumber,
                   Chance(rates::kLoanOverdue * 4) ? random_.Between(20, 240) : 0);
    }

    void Others(Cells& cells, int age, bool male) {
        const auto recent = [](double month) { return month * 3; };
        Event(cells, PersonFacts::kAssistanceGrantedRecentFieldNumber, recent(rates::kAssistanceGrantedMonth) / 3);
        Event(cells, PersonFacts::kAssistanceRejectedRecentFieldNumber, recent(rates::kAssistanceRejectedMonth) / 3);
        Event(cells, PersonFacts::kAssistanceStoppedRecentFieldNumber, recent(rates::kAssistanceStoppedMonth) / 3);
        if (Chance(rates::kTemporaryAidMonth * 4))
            Person(cells, PersonFacts::kTemporaryAid12MCountFieldNumber, Chance(0.1) ? 2 : 1);
        if (Chance(0.6))
            Person(cells, PersonFacts::kSubsidyStoppedRecentFieldNumber, Chance(0.002));
        if (Chance(rates::kPetitionMonth))
            Person(cells, PersonFacts::kHardshipClaims90DFieldNumber, 1);
        if (Chance(rates::kSmallClaimMonth * 2))
            Person(cells, PersonFacts::kLargestClaimFenFieldNumber, Fen(random_, 2500, 1.0));
        Event(cells, PersonFacts::kDiedRecentlyFieldNumber, 0.0001);
        if (male && age >= 18 && age < 60) Event(cells, PersonFacts::kImprisonedFieldNumber, rates::kImprisoned);
    }

    void Household(int size) {
        Own(HouseholdFacts::kMembersFieldNumber, size);
        Own(HouseholdFacts::kLiftedFieldNumber, Chance(0.94));
        Own(HouseholdFacts::kRelocatedFieldNumber, Chance(0.05));
        if (Chance(0.97)) {
            const std::int64_t net = Fen(random_, 12'500, 0.33) * size;
            Own(HouseholdFacts::kNetIncomeFenFieldNumber, net);
            Own(HouseholdFacts::kNetIncomePerCapitaFenFieldNumber, net / size);
        }
        if (Chance(0.4))
            Own(HouseholdFacts::kRigidSpendingPerCapitaFenFieldNumber, Fen(random_, 900, 0.9));
        if (Chance(0.03))
            Own(HouseholdFacts::kMonitoredCategoryFieldNumber, random_.Between(1, 3));
        const double grade = random_.Unit();
        Own(HouseholdFacts::kHouseGradeFieldNumber, grade < rates::kGradeD                    ? 4
                                                    : grade < rates::kGradeD + rates::kGradeC ? 3
                                                    : grade < 0.3                             ? 2
                                                                                              : 1);
        Own(HouseholdFacts::kOnlyHomeFieldNumber, Chance(0.93));
        if (Chance(0.004)) {
            Own(HouseholdFacts::kDisasterLossFenFieldNumber,
                Fen(random_, rates::kLossMedianYuan, rates::kLossSigma));
            Own(HouseholdFacts::kHouseCollapsedFieldNumber, Chance(rates::kCollapsed));
            Own(HouseholdFacts::kDisasterDeadFieldNumber, Chance(0.002) ? 1 : 0);
        }
        if (Chance(rates::kProject)) {
            Own(HouseholdFacts::kProjectFailedFieldNumber, Chance(rates::kProjectFailYear));
            Own(HouseholdFacts::kPriceChangeBpFieldNumber, random_.Between(-3400, 2500));
        }
        if (Chance(rates::kMicroCredit))
            Own(HouseholdFacts::kMicroCreditOverdueDaysFieldNumber,
                Chance(rates::kMicroCreditOverdueMonth * 6) ? random_.Between(1, 120) : 0);
    }

    DrawnHousehold& h_;
    Random random_;
};

DrawnHousehold::DrawnHousehold(std::uint32_t index) { Drawer(*this, index).Run(index); }

cel::FactCell DrawnHousehold::Field(int variable, int element, int field_index) const {
    const auto field = static_cast<std::size_t>(field_index);
    switch (variable) {
        case monitoring::domain::kMembersVariable:
            return members_[static_cast<std::size_t>(element)][field];
        case monitoring::domain::kVillageVariable:
            return village_[field];
        default:
            return household_[field];
    }
}

int DrawnHousehold::Size(int variable) const {
    return variable == monitoring::domain::kMembersVariable ? static_cast<int>(members_.size()) : 0;
}

}  // namespace shouwang::bench
