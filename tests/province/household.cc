#include "tests/province/household.h"

#include <algorithm>
#include <cmath>

#include "tests/province/identity.h"
#include "tests/province/rates.h"

namespace shouwang::province {
namespace {

enum Purpose : std::uint64_t { kHousehold = 0x61, kFate = 0x62 };

double YearlyDeath(int age) {
    static const double kByDecade[10] = {0.0006, 0.0003, 0.0006, 0.001, 0.002,
                                         0.0045, 0.012,  0.035,  0.09,  0.2};
    return kByDecade[std::min(age / 10, 9)];
}

int SchoolStage(Random& random, int age) {
    if (age >= 3 && age <= 5) return random.Chance(0.85) ? 1 : 0;
    if (age >= 6 && age <= 11) return 2;
    if (age >= 12 && age <= 14) return 3;
    if (age >= 15 && age <= 17) return random.Chance(0.5) ? 4 : random.Chance(0.75) ? 5 : 0;
    if (age >= 18 && age <= 21) return random.Chance(0.22) ? 6 : random.Chance(0.15) ? 5 : 0;
    return 0;
}

// Adults: the county's shares by sex, less schooling the older; children: what their stage says.
int DrawEducation(Random& random, const County& county, const Person& person) {
    if (person.stage == 1 || person.age < 6) return person.age < 3 ? 0 : 1;
    if (person.stage == 2) return 2;
    if (person.stage == 3) return 3;
    if (person.stage == 4 || person.stage == 5) return 4;
    if (person.stage == 6) return 6;
    const auto& shares = county.education[person.male ? 1 : 0];
    const double tilt = person.age >= 60 ? 0.45 : person.age >= 40 ? 0.8 : 1.25;
    double weights[7] = {shares[0], 0, shares[2] * 0.7, shares[3], shares[4], shares[5], shares[6]},
           sum = 0, power = 1;
    for (int i = 0; i < 7; ++i, power *= tilt) sum += weights[i] *= power;
    double u = random.Unit() * sum;
    for (int i = 0; i < 7; ++i) {
        if ((u -= weights[i]) < 0) return i;
    }
    return 3;
}

class Drawer {
public:
    Drawer(const Reference& reference, const Plan& plan, const Options& options,
           std::uint32_t index)
        : reference_(reference),
          plan_(plan),
          options_(options),
          calendar_(MakeCalendar(options)),
          random_(options.seed, kHousehold, index) {
        household_.index = index;
        household_.slot = plan.households[index];
        household_.county = &reference.counties[household_.slot.county];
    }

    Household Draw() {
        const Village& village = household_.county->villages[household_.slot.village];
        household_.number = HouseholdNumber(*household_.county, household_.slot);
        household_.region = village.code;
        household_.village_name = village.name;
        household_.surname = SurnameOf(options_, household_.index);
        household_.relocated = household_.slot.lifted && random_.Chance(0.042);
        for (const MemberShape& shape :
             DrawShape(random_, *household_.county, plan_.age_weight, household_.slot.size)) {
            household_.people.push_back(DrawPerson(shape));
        }
        GiveNumbers();
        DrawWork();
        DrawHoldings();
        DrawFate();
        DrawLedger();
        FitIncome();
        return std::move(household_);
    }

private:
    Person DrawPerson(const MemberShape& shape) {
        const County& county = *household_.county;
        Person person;
        person.age = shape.age;
        person.male = shape.male;
        person.relation = shape.relation;
        person.stage = SchoolStage(random_, person.age);
        person.education = DrawEducation(random_, county, person);
        const bool family = person.relation != Relation::kSpouse &&
                            person.relation != Relation::kOther &&
                            (person.relation != Relation::kParent || person.male);
        person.name = (family ? household_.surname
                              : SurnameOf(options_, static_cast<std::uint32_t>(random_.Next()))) +
                      DrawGivenName(random_, person.male);
        const bool old = person.age >= 60;
        person.chronic = random_.Chance(old                ? rates::kChronicOld
                                        : person.age >= 16 ? rates::kChronicAdult
                                                           : 0.01);
        if (random_.Chance(old ? rates::kDisabledOld : rates::kDisabled)) {
            person.disability_type = random_.Between(1, 7);
            person.disability_grade =
                random_.Chance(0.35) ? random_.Between(1, 2) : random_.Between(3, 4);
            person.disability_issued =
                Date::FromCivil(random_.Between(2010, calendar_.base_year() - 1),
                                static_cast<unsigned>(random_.Between(1, 12)),
                                static_cast<unsigned>(random_.Between(1, 28)));
        }
        person.insured = !random_.Chance(rates::kUninsured);
        person.doctor = random_.Chance(old || person.chronic ? 0.75 : rates::kDoctorSigned);
        person.labour = DrawLabour(person);
        return person;
    }

    Labour DrawLabour(const Person& person) {
        if (person.disability_grade == 1 || person.disability_grade == 2)
            return person.age < 16 ? Labour::kNone : Labour::kLost;
        if (person.age < 16 || person.age >= 70 || person.stage != 0) return Labour::kNone;
        if (person.age >= 60) return random_.Chance(0.6) ? Labour::kWeak : Labour::kNone;
        if (person.disability_grade != 0 || (person.chronic && random_.Chance(0.5)))
            return Labour::kWeak;
        return person.education >= 4 && random_.Chance(0.4) ? Labour::kSkilled : Labour::kOrdinary;
    }

    // Numbers: a third of the wives and husbands come from another county or province; everybody
    // else was born here.
    void GiveNumbers() {
        for (std::size_t i = 0; i < household_.people.size(); ++i) {
            Person& person = household_.people[i];
            BirthPlace place{Origin::kHere, household_.slot.county, household_.slot.in_county, 0};
            const double u = random_.Unit();
            if (person.relation == Relation::kSpouse && u < 0.25)
                place.origin = Origin::kOtherCounty;
            else if (person.relation == Relation::kSpouse && u < 0.33)
                place.origin = Origin::kOtherProvince;
            while ((place.rank = SameBirthYear(i)) > 1) ++person.age;
            person.identity =
                MakeIdentity(reference_, place, calendar_.base_year() - person.age, person.male);
        }
    }
    // Members before i with the same sex and birth year.
    int SameBirthYear(std::size_t i) const {
        int same = 0;
        for (std::size_t k = 0; k < i; ++k)
            same += household_.people[k].age == household_.people[i].age &&
                    household_.people[k].male == household_.people[i].male;
        return same;
    }

    void DrawWork() {
        const County& county = *household_.county;
        const bool weak_household = household_.slot.ledger != Ledger::kNone &&
                                    household_.slot.ledger != Ledger::kEliminated;
        const double share = rates::kWorkers *
                             std::clamp(county.employed_share / 0.62, 0.85, 1.08) *
                             (weak_household ? 0.6 : 1.0);
        const Person* best = nullptr;
        for (Person& person : household_.people) {
            const bool able = person.labour == Labour::kSkilled ||
                              person.labour == Labour::kOrdinary || person.labour == Labour::kWeak;
            if (!able || !random_.Chance(person.labour == Labour::kWeak ? share * 0.6 : share))
                continue;
            person.worker = true;
            const double out = person.labour == Labour::kWeak ? 0.05 : person.age < 45 ? 0.55 : 0.3;
            person.place = random_.Chance(out) ? 3 : random_.Chance(0.25) ? 2 : 1;
            static const double kBase[4] = {0, 2100, 2800, 3700};
            double yuan =
                random_.LogNormal(kBase[person.place], 0.25) * (1 + 0.06 * (person.education - 3));
            if (person.labour == Labour::kWeak) yuan *= 0.55;
            if (weak_household) yuan *= 0.6;
            person.wage_fen =
                static_cast<std::int64_t>(std::clamp(yuan, 500.0, 15'000.0) / 10) * 1000;
            person.employer = random_.Below(400);
            person.employer_county =
                person.place == 1 ? county.code
                : person.place == 2
                    ? reference_
                          .counties[random_.Below(
                              static_cast<std::uint32_t>(reference_.counties.size()))]
                          .code
                    : reference_.foreign_prefixes[random_.Below(
                          static_cast<std::uint32_t>(reference_.foreign_prefixes.size()))];
            if (best == nullptr || person.wage_fen > best->wage_fen) best = &person;
        }
        if (best == nullptr) {
            for (const Person& person : household_.people) {
                if (person.labour != Labour::kNone && person.labour != Labour::kLost &&
                    best == nullptr)
                    best = &person;
            }
        }
        for (Person& person : household_.people) person.main_earner = &person == best;
    }

    void DrawHoldings() {
        for (Person& person : household_.people) {
            if (person.age < 18) continue;
            person.car = random_.Chance(rates::kCar * (person.age < 60 ? 1 : 0.2));
            person.town_property = random_.Chance(rates::kTownProperty);
            person.on_payroll = person.age < 60 && random_.Chance(rates::kPayroll);
            person.in_difficulty = person.worker && random_.Chance(rates::kDifficultWorker);
            person.imprisoned = person.male && person.age < 60 && !person.main_earner &&
                                random_.Chance(rates::kImprisoned);
            person.business = person.age < 65 && random_.Chance(rates::kSelfEmployed) ? 3
                              : random_.Chance(rates::kCompanyOwner)                  ? 1
                                                                                      : 0;
            if (person.imprisoned) person.worker = false;
        }
        const double u = random_.Unit();
        household_.house_grade = u < rates::kGradeD                    ? 4
                                 : u < rates::kGradeD + rates::kGradeC ? 3
                                 : random_.Chance(0.3)                 ? 2
                                                                       : 1;
        household_.only_home = !random_.Chance(0.06);
        if (random_.Chance(rates::kProject)) {
            double at = random_.Unit();
            for (std::size_t i = 0; i < Products().size(); ++i) {
                household_.product = static_cast<int>(i);
                if ((at -= Products()[i].share) < 0) break;
            }
        }
        if (household_.slot.lifted && random_.Chance(rates::kMicroCredit))
            household_.micro_credit_fen = random_.Between(5, 50) * 100'000;
        household_.minimum_living =
            random_.Chance(household_.slot.lifted ? rates::kMinimumLiving : 0.08);
    }

    // Drawn apart, so that a range that ends later does not change who people are.
    void DrawFate() {
        Random random(options_.seed, kFate, household_.index);
        int births = 0;
        for (Person& person : household_.people) {
            const double monthly = YearlyDeath(person.age) / 12;
            for (int month = calendar_.first();
                 month <= calendar_.last() && person.death_month == kNever; ++month) {
                // Each death is paired with a birth next door (see life_order.cc), and a household
                // pairs two at most.
                if (random.Chance(monthly) && births < 2) person.death_month = month, ++births;
            }
            const bool moves =
                household_.slot.ledger == Ledger::kNone && household_.slot.lifted &&
                (person.relation == Relation::kSon || person.relation == Relation::kDaughter) &&
                person.age >= 20 && person.age <= 35 && person.death_month == kNever;
            for (int month = calendar_.first();
                 moves && month <= calendar_.last() && person.move_month == kNever; ++month) {
                if (random.Chance(rates::kMoveMonth * 4)) person.move_month = month;
            }
        }
        for (std::size_t i = household_.people.size(); i-- > 0;) {
            const Person& person = household_.people[i];
            if (person.death_month == kNever && person.move_month == kNever)
                household_.contact = static_cast<int>(i);
        }
    }

    void DrawLedger() {
        const double line = 600'000;
        switch (household_.slot.ledger) {
            case Ledger::kNone:
                household_.target_income_fen =
                    std::max(random_.LogNormal(1'150'000, 0.35),
                             random_.Chance(0.997) ? line * 1.07 : line * 0.85);
                return;
            case Ledger::kEliminated:
                household_.target_income_fen =
                    std::max(random_.LogNormal(920'000, 0.25), line * 1.1);
                break;
            case Ledger::kOpen:
                household_.target_income_fen = random_.LogNormal(540'000, 0.12);
                break;
            case Ledger::kNew:
                household_.target_income_fen = household_.slot.category == LedgerCategory::kSudden
                                                   ? line * 1.25
                                                   : random_.LogNormal(560'000, 0.1);
                break;
        }
        // Six in ten because of illness, as the ledgers of most counties say.
        static const double kRisks[10] = {0, 0.46, 0.06, 0.16, 0.04, 0.05, 0.03, 0.09, 0.08, 0.03};
        double u = random_.Unit();
        for (household_.main_risk = 1;
             household_.main_risk < 9 && (u -= kRisks[household_.main_risk]) >= 0;)
            ++household_.main_risk;
        const Date from = calendar_.from.first_day();
        if (household_.slot.ledger == Ledger::kNew) {
            // January to June 2021; 突发严重困难户 in May and June. A range that ends earlier holds
            // only those found by then.
            const int month = household_.slot.category == LedgerCategory::kSudden
                                  ? 4 + household_.slot.order % 2
                                  : household_.slot.order % 6;
            const Month found{(2021 - 1970) * 12 + month};
            household_.identified_on = found.first_day() + random_.Between(0, 27);
            return;
        }
        household_.identified_on = from - random_.Between(185, 330);
        // At least six months after identification, by the end of June.
        const int first = std::max(183, 1);
        const int last = Month{(2021 - 1970) * 12 + 5}.last_day() - household_.identified_on;
        if (household_.slot.ledger == Ledger::kEliminated)
            household_.eliminated_on =
                household_.identified_on + random_.Between(std::min(first, last), last);
    }

    // Wages and the rest make up the wanted income; in the ledger's open households wages must not
    // exceed it.
    void FitIncome() {
        double wages = 0;
        for (const Person& person : household_.people)
            wages += static_cast<double>(person.worker ? person.wage_fen * 11 : 0);
        const double wanted = household_.target_income_fen * household_.slot.size;
        const bool poor =
            household_.slot.ledger == Ledger::kOpen || household_.slot.ledger == Ledger::kNew;
        if (poor && wages > wanted * 0.85) {
            const double cut = wanted * 0.85 / wages;
            for (Person& person : household_.people)
                person.wage_fen =
                    static_cast<std::int64_t>(static_cast<double>(person.wage_fen) * cut / 1000) *
                    1000;
            wages *= cut;
        }
        household_.other_income_fen = std::max(wanted - wages, wanted * 0.12);
    }

    const Reference& reference_;
    const Plan& plan_;
    const Options& options_;
    const Calendar calendar_;
    Random random_;
    Household household_;
};

}  // namespace

Calendar MakeCalendar(const Options& options) {
    return {options.from - 12, options.from, options.to};
}

std::string HouseholdNumber(const County& county, const HouseholdSlot& slot) {
    std::string digits = std::to_string(slot.in_county + 1);
    return county.code + "H" + std::string(8 - digits.size(), '0') + digits;
}

std::uint32_t NeighbourOf(const Plan& plan, std::uint32_t index) {
    const std::uint16_t county = plan.households[index].county;
    const std::uint32_t first = plan.county_first[county],
                        count = plan.county_first[county + 1u] - first;
    for (std::uint32_t step = 1; step < count; ++step) {
        const std::uint32_t other = first + (index - first + step) % count;
        if (plan.households[other].lifted && plan.households[other].ledger == Ledger::kNone)
            return other;
    }
    return index;
}

Household DrawHousehold(const Reference& reference, const Plan& plan, const Options& options,
                        std::uint32_t index) {
    return Drawer(reference, plan, options, index).Draw();
}

}  // namespace shouwang::province
