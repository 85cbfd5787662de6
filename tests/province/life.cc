#include "tests/province/life.h"

#include <algorithm>
#include <utility>

#include "tests/province/rates.h"

namespace shouwang::province {

const char* CauseName(Cause cause) {
    static const char* const kNames[] = {
        "illness",    "job_loss",       "wage_drop",    "drop_out",     "schooling",
        "disaster",   "disability",     "death",        "imprisonment", "accident",
        "price_fall", "project_failed", "loan_overdue", "house_unsafe", "business_closed"};
    return kNames[static_cast<int>(cause)];
}

int DisasterIn(const Options& options, int county, Month month) {
    // By month of the year: flood, storm, cold, landslide, drought. Floods fall on the rainy season
    // of April to August.
    static const double kFlood[12] = {0, 0, 0.01, 0.10, 0.25, 0.35, 0.30, 0.08, 0.02, 0, 0, 0};
    static const double kStorm[12] = {0, 0, 0.12, 0.15, 0.10, 0.05, 0.05, 0.05, 0.02, 0, 0, 0};
    static const double kCold[12] = {0.12, 0.04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.10};
    static const double kSlide[12] = {0, 0, 0, 0.03, 0.06, 0.06, 0.03, 0, 0, 0, 0, 0};
    static const double kDrought[12] = {0, 0, 0, 0, 0, 0, 0.03, 0.05, 0.08, 0.08, 0.03, 0};
    const auto m = static_cast<std::size_t>(month.first_day().month() - 1);
    Random random(options.seed, 0xD15A, static_cast<std::uint64_t>(county),
                  static_cast<std::uint64_t>(month.index));
    if (random.Chance(kFlood[m])) return 1;
    if (random.Chance(kStorm[m])) return 6;
    if (random.Chance(kCold[m])) return 7;
    if (random.Chance(kSlide[m])) return 4;
    return random.Chance(kDrought[m]) ? 2 : 0;
}

bool VillageHit(const Options& options, int county, int village, Month month) {
    Random random(options.seed, 0xD15B,
                  static_cast<std::uint64_t>(county) << 16 | static_cast<std::uint64_t>(village),
                  static_cast<std::uint64_t>(month.index));
    return random.Chance(rates::kHitVillage);
}

std::string DisasterId(const County& county, Month month, int kind) {
    return "ZH" + county.code + month.ToString() + "-" + std::to_string(kind);
}

Life::Life(const Reference& reference, const Plan& plan, const Options& options, Mailroom& mail,
           std::string& truth)
    : reference_(reference),
      plan_(plan),
      options_(options),
      calendar_(MakeCalendar(options)),
      mail_(mail),
      truth_(truth) {}

void Life::Run(const Household& household) {
    household_ = &household;
    random_ = Random(options_.seed, 0x11FE, household.index);
    people_.assign(household.people.size(), {});
    house_ = {};
    events_.clear();
    serial_ = 0;
    mail_.Start(household.index, household.slot.county, household.slot.in_county);
    DrawPaths();
    TellRegistry();
    TellLedger();
    TellMeasures();
    TellMedical();
    TellHealth();
    TellDisability();
    TellSchool();
    TellWork();
    TellPayments();
    TellAssistance();
    TellPetitions();
    TellHome();
    TellFarm();
    TellMoney();
    TellOrder();
    WriteTruth();
}

Event* Life::Happen(Cause cause, int month, int person, std::int64_t cost_fen, bool guarantee) {
    events_.push_back({cause, month, person, cost_fen, guarantee, random_.Chance(rates::kHidden)});
    return &events_.back();
}

Event* Life::EventOf(Cause cause, int person) {
    for (Event& event : events_) {
        if (event.cause == cause && event.person == person) return &event;
    }
    return nullptr;
}

std::string Life::Serial(const char* prefix) {
    return prefix + household_->number + "-" + std::to_string(++serial_);
}

void Life::Tell(const google::protobuf::Message& row, int month, Event* event) {
    if (event != nullptr && event->hidden) return;
    const int arrival = mail_.Send(row, month);
    if (event != nullptr) event->arrival = std::min(event->arrival, arrival);
}

void Life::DrawPaths() {
    for (std::size_t i = 0; i < people_.size(); ++i) {
        people_[i].wage.assign(static_cast<std::size_t>(calendar_.months()), 0);
        people_[i].employed.assign(static_cast<std::size_t>(calendar_.months()), false);
        people_[i].medical.assign(static_cast<std::size_t>(calendar_.months()), 0);
        DrawHealth(i);
        DrawSchoolAndOrder(i);
        DrawWork(i);
    }
    DrawHome();
    DrawEconomy();
}

void Life::DrawHealth(std::size_t i) {
    const Person& person = household_->people[i];
    PersonPath& path = people_[i];
    const double serious = (person.age >= 50 ? rates::kSeriousYearOld : rates::kSeriousYear) / 12;
    const double disabled = rates::kNewlyDisabledYear / 12 * (person.age >= 60 ? 2 : 1);
    for (int month = 0; month <= calendar_.last() && Here(i, month); ++month) {
        if (path.serious == kNever && random_.Chance(serious)) {
            path.serious = month;
            path.mental = random_.Chance(rates::kMentalShare);
        }
        if (path.serious == kNever && !person.male && person.age >= 35 && person.age < 65 &&
            random_.Chance(rates::kCancersYear / 12)) {
            path.serious = month;
            path.serious_is_cancer = true;
        }
        if (path.accident == kNever && person.age >= 6 && month >= calendar_.first() &&
            random_.Chance(rates::kAccidentYear / 12)) {
            path.accident = month;
            path.accident_serious = random_.Chance(0.4);
        }
        if (path.disabled == kNever && person.disability_grade == 0 && month >= calendar_.first() &&
            random_.Chance(disabled))
            path.disabled = month;
        if (path.insurance_lapse == kNever && person.insured && month >= calendar_.first() &&
            random_.Chance(rates::kInsuranceLapseMonth))
            path.insurance_lapse = month;
    }
    if (path.serious != kNever) Happen(Cause::kIllness, path.serious, static_cast<int>(i));
    if (path.accident != kNever) Happen(Cause::kAccident, path.accident, static_cast<int>(i));
    // Half of those badly hurt apply for a certificate a month or two later.
    if (path.accident_serious && path.disabled == kNever && person.disability_grade == 0 &&
        random_.Chance(0.5)) {
        path.disabled = path.accident + random_.Between(1, 3);
    }
    if (path.disabled != kNever && path.disabled <= calendar_.last() && Here(i, path.disabled))
        Happen(Cause::kDisability, path.disabled, static_cast<int>(i));
    else
        path.disabled = kNever;
    if (person.death_month != kNever && person.main_earner)
        Happen(Cause::kDeath, person.death_month, static_cast<int>(i));
}

void Life::DrawSchoolAndOrder(std::size_t i) {
    const Person& person = household_->people[i];
    PersonPath& path = people_[i];
    const bool compulsory = person.stage == 2 || person.stage == 3;
    for (int month = calendar_.first(); month <= calendar_.last() && Here(i, month); ++month) {
        if (compulsory && path.drop_out == kNever &&
            random_.Chance(rates::kDropOutYear / 12 * (person.stage == 3 ? 2 : 0.5))) {
            path.drop_out = month;
            path.back_at_school = random_.Chance(0.6) ? month + random_.Between(1, 3) : kNever;
            Happen(Cause::kDropOut, month, static_cast<int>(i), 0, true);
        }
        if (person.stage != 0 && path.suspended == kNever &&
            random_.Chance(rates::kSuspendedYear / 12))
            path.suspended = month;
        if (person.male && person.age >= 18 && person.age < 60 && !person.imprisoned &&
            path.imprisoned == kNever && random_.Chance(rates::kImprisonedYear / 12)) {
            path.imprisoned = month;
            Happen(Cause::kImprisonment, month, static_cast<int>(i));
        }
        if (person.business != 0 && path.business_closed == kNever &&
            random_.Chance(rates::kBusinessClosedMonth)) {
            path.business_closed = month;
            if (person.main_earner)
                Happen(Cause::kBusinessClosed, month, static_cast<int>(i),
                       random_.Between(5, 40) * 100'000);
        }
        if (person.age >= 20 && person.age < 65 && path.loan_overdue == kNever &&
            random_.Chance(rates::kLoanOverdueMonth)) {
            path.loan_overdue = month;
            path.loan_repaid = month + random_.Between(2, 8);
            Happen(Cause::kLoanOverdue, month, static_cast<int>(i),
                   random_.Between(2, 20) * 100'000);
        }
    }
    if (path.loan_overdue == kNever && person.age >= 20 && person.age < 65 &&
        random_.Chance(rates::kLoanOverdue)) {
        path.loan_overdue = calendar_.baseline() - random_.Between(0, 6);
        path.loan_repaid = calendar_.first() + random_.Between(0, 6);
    }
}

// Month by month: at work or looking for it, at the full wage or a cut one. February 2020 is the
// epidemic.
void Life::DrawWork(std::size_t i) {
    const Person& person = household_->people[i];
    PersonPath& path = people_[i];
    if (!person.worker) return;
    bool employed = !random_.Chance(0.04), told_drop = false, told_loss = false;
    double level = 1.0;
    const Month epidemic{(2020 - 1970) * 12 + 1};
    for (int month = 0; month <= calendar_.last(); ++month) {
        const bool gone =
            !Alive(i, month) || month >= path.imprisoned ||
            (month >= path.accident && path.accident_serious && month < path.accident + 4) ||
            (path.serious != kNever && month >= path.serious && month < path.serious + 4);
        if (employed && random_.Chance(calendar_.at(month) == epidemic ? rates::kEpidemicLoss
                                                                       : rates::kJobLossMonth)) {
            employed = false;
            if (month >= calendar_.first() && person.main_earner && !std::exchange(told_loss, true))
                Happen(Cause::kJobLoss, month, static_cast<int>(i));
        } else if (!employed && random_.Chance(rates::kJobFoundMonth)) {
            employed = true;
        }
        if (level == 1.0 && random_.Chance(rates::kWageDropMonth)) {
            level = 0.35 + 0.35 * random_.Unit();
            if (month >= calendar_.first() && person.main_earner && !std::exchange(told_drop, true))
                Happen(Cause::kWageDrop, month, static_cast<int>(i));
        } else if (level < 1.0 && random_.Chance(rates::kWageRecoverMonth)) {
            level = 1.0;
        }
        path.employed[static_cast<std::size_t>(month)] = employed && !gone;
        if (employed && !gone) {
            const double swing = 0.93 + 0.14 * random_.Unit();  // overtime and piece work
            path.wage[static_cast<std::size_t>(month)] =
                static_cast<std::int64_t>(static_cast<double>(person.wage_fen) * level * swing /
                                          1000) *
                1000;
        }
    }
}

void Life::DrawHome() {
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        const int kind = DisasterIn(options_, household_->slot.county, calendar_.at(month));
        const bool fire = random_.Chance(rates::kFireMonth);
        const bool hit = kind != 0 &&
                         VillageHit(options_, household_->slot.county, household_->slot.village,
                                    calendar_.at(month)) &&
                         random_.Chance(rates::kHitHousehold);
        if (house_.disaster == kNever && (fire || hit)) {
            house_.disaster = month;
            house_.disaster_kind = fire ? 5 : kind;
            house_.collapsed = random_.Chance(fire                     ? 0.3
                                              : kind == 2 || kind == 7 ? 0.0
                                                                       : rates::kCollapsed);
            const double yuan = random_.LogNormal(
                rates::kLossMedianYuan * (fire ? 4 : 1) + (house_.collapsed ? 40'000 : 0),
                rates::kLossSigma);
            house_.disaster_loss_fen = static_cast<std::int64_t>(yuan) * 100;
            Happen(Cause::kDisaster, month, -1, house_.disaster_loss_fen,
                   house_.collapsed && household_->only_home);
        }
        const bool damaged =
            house_.disaster == month && (house_.collapsed || random_.Chance(rates::kDamaged));
        if (house_.grade_from == kNever && household_->house_grade < 3 &&
            (damaged || random_.Chance(rates::kGradeFallMonth))) {
            house_.grade_from = month;
            house_.grade = house_.collapsed || random_.Chance(0.3) ? 4 : 3;
            house_.repaired = month + random_.Between(3, 6);
            Happen(Cause::kHouseUnsafe, month, -1, 0, household_->only_home);
        }
    }
}

void Life::DrawEconomy() {
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        if (household_->product >= 0 && house_.project_failed == kNever &&
            random_.Chance(rates::kProjectFailYear / 12)) {
            house_.project_failed = month;
            house_.project_loss_fen =
                static_cast<std::int64_t>(random_.LogNormal(6'000, 0.7)) * 100;
            Happen(Cause::kProjectFailed, month, -1, house_.project_loss_fen);
        }
        if (household_->micro_credit_fen > 0 && house_.credit_overdue == kNever &&
            random_.Chance(rates::kMicroCreditOverdueMonth)) {
            house_.credit_overdue = month;
            Happen(Cause::kLoanOverdue, month, -1, household_->micro_credit_fen / 5);
        }
    }
    if (household_->product < 0) return;
    // A lasting fall counts once, in the month in which it passes three tenths.
    const auto& change = Products()[static_cast<std::size_t>(household_->product)].price_change_bp;
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        if (change[calendar_.at(month).first_day().month() - 1] > -3000) continue;
        Happen(Cause::kPriceFall, month, -1, random_.Between(20, 90) * 10'000);
        break;
    }
}

// The household's need, seen with all that really happened: income at the present wages, minus what
// illness, school, accident and disaster took in the last twelve months.
void Life::WriteTruth() {
    constexpr std::int64_t kLine = 600'000;
    for (const Event& event : events_) {
        if (event.month < calendar_.first()) continue;
        int members = 0;
        std::int64_t wages = 0, spent = 0;
        for (std::size_t i = 0; i < people_.size(); ++i) {
            if (!Here(i, event.month + 1)) continue;
            ++members;
            wages +=
                people_[i]
                    .wage[static_cast<std::size_t>(std::min(event.month + 1, calendar_.last()))] *
                12;
        }
        if (members == 0) continue;
        for (std::size_t i = 0; i < people_.size(); ++i) {
            for (int month = std::max(0, event.month - 11);
                 month <= std::min(event.month + 1, calendar_.last()); ++month)
                spent += people_[i].medical[static_cast<std::size_t>(month)];
        }
        for (const Event& other : events_) {
            if (other.month > event.month - 12 && other.month <= event.month)
                spent += other.cost_fen;
        }
        const std::int64_t per_person =
            (wages + static_cast<std::int64_t>(household_->other_income_fen) - spent) / members;
        if (!event.guarantee && per_person >= kLine) continue;
        truth_ += TruthLine(event, per_person, event.guarantee || per_person < kLine * 2 / 3);
    }
}

std::string Life::TruthLine(const Event& event, std::int64_t per_person_fen, bool red) const {
    const Person& person = household_->people[static_cast<std::size_t>(
        event.person < 0 ? household_->contact : event.person)];
    const bool seen = event.arrival != kNever && !event.hidden;
    std::string line = household_->number + "," + household_->region + "," + person.identity + "," +
                       CauseName(event.cause) + "," + MonthText(event.month) + ",";
    line += std::string(red ? "red" : "yellow") + "," + std::to_string(per_person_fen) + "," +
            (event.guarantee ? "1," : "0,");
    line += seen ? MonthText(event.arrival) : std::string();
    line += event.hidden ? ",hidden\n" : seen ? ",visible\n" : ",lost\n";
    return line;
}

}  // namespace shouwang::province
