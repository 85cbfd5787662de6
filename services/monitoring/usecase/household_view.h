// A household as the store loads it, turned into what the domain computes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/domain/rule_book.h"
#include "services/monitoring/store/registry_store.h"

namespace shouwang::monitoring::usecase {

// Owns the parsed states. Rows about the household itself (house, income, ledger) live in the state of the member whose identity number
// they came with, so that they follow the person; the household's own state is their union over all members, the dead included.
class HouseholdView {
public:
    explicit HouseholdView(store::HouseholdRecord record);
    HouseholdView(HouseholdView&&) = delete;

    const store::HouseholdRecord& record() const { return record_; }
    // SubjectState::Offer on the state of a member; nullopt where the person is not one (any more).
    std::optional<domain::Seen> Offer(std::int64_t person_id, const domain::IncomingRow& row, std::vector<domain::FactIndex>& touched);
    // Adds the states that Offer changed.
    void ChangedStates(std::vector<store::StateChange>& changes) const;
    // Call after states have changed and before screening; village may be null and must outlive the input.
    const domain::HouseholdInput& Input(const domain::SubjectState* village);

private:
    store::HouseholdRecord record_;
    std::vector<domain::SubjectState> states_;   // one a member, in order
    std::vector<bool> changed_;
    domain::SubjectState own_;
    domain::HouseholdInput input_;
};

// The figures that the overview counts, from the household's facts.
store::HouseholdFigures FiguresOf(const domain::HouseholdFacts& facts);
// True where one of the facts is a figure.
bool IsFigure(domain::FactIndex fact);

// Parameters by region, resolved once a day and rule book. Not thread-safe: one a worker.
class ParameterCache {
public:
    const std::vector<cel::FactCell>& For(const domain::RuleBook& book, const std::string& region_code, Date today);

private:
    std::string book_;
    Date today_;
    std::unordered_map<std::string, std::vector<cel::FactCell>> by_region_;
};

}  // namespace shouwang::monitoring::usecase
