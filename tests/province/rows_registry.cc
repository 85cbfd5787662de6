// The owner's own ledgers: registry, monitored households, measures, income.
#include <algorithm>
#include <cmath>

#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "tests/province/identity.h"
#include "tests/province/life.h"
#include "tests/province/rates.h"

namespace shouwang::province {

namespace feed = monitoring::feed::v1;

namespace {

feed::RegistryMember Member(const Household& household, const Person& person,
                            const std::string& as_of) {
    feed::RegistryMember row;
    row.set_identity_no(person.identity);
    row.set_as_of(as_of);
    row.set_household_no(household.number);
    row.set_region_code(household.region);
    row.set_name(person.name);
    row.set_relation(static_cast<feed::RegistryMember::Relation>(person.relation));
    row.set_household_type(household.slot.lifted ? feed::RegistryMember::HOUSEHOLD_TYPE_LIFTED
                                                 : feed::RegistryMember::HOUSEHOLD_TYPE_ORDINARY);
    row.set_labour(static_cast<feed::RegistryMember::Labour>(person.labour));
    row.set_main_earner(person.main_earner);
    row.set_relocated(household.relocated);
    if (person.relation == Relation::kHead) row.set_phone(MakePhone(household.index));
    return row;
}

}  // namespace

void Life::TellRegistry() {
    const int before = calendar_.first() - 1;
    int deaths = 0;
    for (const Person& person : household_->people)
        Tell(Member(*household_, person, LastDay(before)), before);
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        if (person.death_month != kNever) {
            feed::RegistryMember row = Member(*household_, person, LastDay(person.death_month));
            row.set_left(true);
            Tell(row, person.death_month);
            if (household_->slot.lifted) TellBirth(i, deaths++);
        }
        if (person.move_month != kNever) TellMove(i);
    }
    feed::HouseholdIncome income;
    income.set_identity_no(ContactId());
    income.set_month(MonthText(before));
    std::int64_t wage = 0;
    for (const PersonPath& path : people_) {
        for (int month = 0; month < calendar_.first(); ++month)
            wage += path.wage[static_cast<std::size_t>(month)];
    }
    const auto other = static_cast<std::int64_t>(household_->other_income_fen / 100) * 100;
    const std::int64_t property = other * 3 / 10'000 * 100,
                       transfer = other * (household_->minimum_living ? 70 : 45) / 10'000 * 100;
    income.set_wage_fen(wage);
    income.set_property_fen(property);
    income.set_transfer_fen(transfer);
    income.set_business_net_fen(other - property - transfer);
    income.set_net_fen(wage + other);
    Tell(income, before);
}

// A child of last year, registered now, in the next household outside the ledger: births balance
// deaths, so the number of living people lifted out of poverty stays what the article says.
void Life::TellBirth(std::size_t dead, int nth) {
    const Person& gone = household_->people[dead];
    const std::uint32_t neighbour = NeighbourOf(plan_, household_->index);
    const HouseholdSlot& slot = plan_.households[neighbour];
    Random random(options_.seed, 0xB1A7, household_->index, dead);
    const bool male = nth == 0;
    feed::RegistryMember row;
    row.set_identity_no(MakeIdentity(
        reference_, {Origin::kNewborn, household_->slot.county, household_->slot.in_county, 0},
        calendar_.base_year(), male));
    row.set_as_of(LastDay(gone.death_month));
    row.set_household_no(HouseholdNumber(*household_->county, slot));
    row.set_region_code(household_->county->villages[slot.village].code);
    row.set_name(SurnameOf(options_, neighbour) + DrawGivenName(random, male));
    row.set_relation(feed::RegistryMember::RELATION_GRANDCHILD);
    row.set_household_type(feed::RegistryMember::HOUSEHOLD_TYPE_LIFTED);
    row.set_labour(feed::RegistryMember::LABOUR_NONE);
    row.set_main_earner(false);
    Tell(row, gone.death_month);
}

// A grown child moves to the next household (marriage): the row with the later date says where the
// person lives.
void Life::TellMove(std::size_t i) {
    const Person& person = household_->people[i];
    const std::uint32_t neighbour = NeighbourOf(plan_, household_->index);
    if (neighbour == household_->index) return;
    const HouseholdSlot& slot = plan_.households[neighbour];
    feed::RegistryMember row = Member(*household_, person, LastDay(person.move_month));
    row.set_household_no(HouseholdNumber(*household_->county, slot));
    row.set_region_code(household_->county->villages[slot.village].code);
    row.set_relation(feed::RegistryMember::RELATION_OTHER);
    row.set_main_earner(false);
    row.clear_relocated();
    Tell(row, person.move_month);
}

void Life::TellLedger() {
    if (household_->slot.ledger == Ledger::kNone) return;
    for (int month = calendar_.first() - 1; month <= calendar_.last(); ++month) {
        const Date as_of = calendar_.at(month).last_day();
        if (household_->identified_on > as_of) continue;
        feed::MonitoredHousehold row;
        row.set_identity_no(ContactId());
        row.set_as_of(as_of.ToString());
        row.set_category(
            static_cast<feed::MonitoredHousehold::Category>(household_->slot.category));
        row.set_main_risk(static_cast<feed::MonitoredHousehold::Risk>(household_->main_risk));
        row.set_identified_on(household_->identified_on.ToString());
        row.set_identified_month(Month::Of(household_->identified_on).ToString());
        row.set_members(household_->slot.size);
        const bool eliminated =
            household_->slot.ledger == Ledger::kEliminated && household_->eliminated_on <= as_of;
        row.set_risk_eliminated(eliminated);
        if (eliminated) row.set_eliminated_on(household_->eliminated_on.ToString());
        Tell(row, month);
    }
}

void Life::TellMeasure(int category, int kind, std::int64_t amount_fen, int month) {
    feed::SupportMeasure row;
    row.set_identity_no(ContactId());
    row.set_measure_no(Serial("CS"));
    row.set_category(static_cast<feed::SupportMeasure::Category>(category));
    const auto measure = static_cast<MeasureKind>(kind);
    row.set_public_post(measure == MeasureKind::kPost);
    row.set_house_renovation(measure == MeasureKind::kRenovation);
    row.set_reward(measure == MeasureKind::kReward);
    if (amount_fen > 0) row.set_amount_fen(amount_fen);
    const Date done = calendar_.at(month).first_day() + random_.Between(12, 27);
    if (random_.Chance(0.3)) {
        row.set_as_of((done - 10).ToString());
        row.set_state(feed::SupportMeasure::STATE_STARTED);
        Tell(row, month);
    }
    row.set_as_of(done.ToString());
    row.set_state(feed::SupportMeasure::STATE_DELIVERED);
    Tell(row, month);
}

void Life::TellMeasures() {
    using M = feed::SupportMeasure;
    static const int kForRisk[10] = {0,
                                     M::CATEGORY_HEALTH,
                                     M::CATEGORY_EDUCATION,
                                     M::CATEGORY_GUARANTEE,
                                     M::CATEGORY_EMERGENCY,
                                     M::CATEGORY_EMERGENCY,
                                     M::CATEGORY_INDUSTRY,
                                     M::CATEGORY_EMPLOYMENT,
                                     M::CATEGORY_GUARANTEE,
                                     M::CATEGORY_SOCIAL};
    static const int kForKind[4] = {M::CATEGORY_EMPLOYMENT, M::CATEGORY_HOUSING,
                                    M::CATEGORY_INDUSTRY, M::CATEGORY_SOCIAL};
    const bool in_ledger = household_->slot.ledger != Ledger::kNone;
    auto tell = [&](MeasureKind kind, std::int64_t amount) {
        const int category = kind == MeasureKind::kOther && in_ledger
                                 ? kForRisk[household_->main_risk]
                                 : kForKind[static_cast<int>(kind)];
        int month = random_.Between(calendar_.first(), calendar_.last());
        if (household_->slot.ledger == Ledger::kNew) {
            // Help does not come before the household is known; what would come after the range is
            // not told.
            month = std::max(
                month, Month::Of(household_->identified_on).index - calendar_.history.index + 1);
            if (household_->county->code == kGuixi) month = std::min(month, calendar_.last());
            if (month > calendar_.last()) return;
        }
        if (kind == MeasureKind::kRenovation) house_.renovated = month;
        TellMeasure(category, static_cast<int>(kind), amount, month);
    };
    if (household_->county->code == kGuixi) {
        auto at = std::lower_bound(plan_.guixi_measures.begin(), plan_.guixi_measures.end(),
                                   household_->index,
                                   [](const PlannedMeasure& measure, std::uint32_t household) {
                                       return measure.household < household;
                                   });
        for (; at != plan_.guixi_measures.end() && at->household == household_->index; ++at)
            tell(at->kind, at->amount_fen);
        return;
    }
    if (in_ledger) {
        tell(MeasureKind::kOther, 0);
        if (random_.Chance(0.5)) tell(MeasureKind::kOther, random_.Between(5, 40) * 10'000);
    }
    if (!household_->slot.lifted) return;
    if (random_.Chance(rates::kPost)) tell(MeasureKind::kPost, 70'000);
    if (random_.Chance(rates::kReward))
        tell(MeasureKind::kReward, static_cast<std::int64_t>(random_.LogNormal(5'900, 0.4)) * 100);
    if (random_.Chance(rates::kRenovation)) tell(MeasureKind::kRenovation, 2'000'000);
    if (random_.Chance(rates::kOtherMeasure))
        tell(MeasureKind::kOther, random_.Between(3, 30) * 10'000);
}

}  // namespace shouwang::province
