// The eight must-visits (八必访): a list made by rules from the same facts as screening, and how it changes from day to day. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/monitoring/domain/rule_book.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::domain {

// rules/must_visit.textproto, embedded at build time, compiled with the parameters of `in_force` where the two share a name.
Result<std::shared_ptr<const RuleBook>> MustVisitBook(const v1::RuleSet& in_force);

// One reason to visit a household.
struct MustVisitFound {
    std::string rule;
    v1::Explanation reason;
    std::string digest;  // rule, version and persons: what makes it a new reason; values and dates do not
};
// Every rule that is true, by id.
std::vector<MustVisitFound> MustVisitsOf(const RuleBook& book, const HouseholdFacts& facts);

// A row of the list.
struct MustVisitRow {
    v1::MustVisitState state = v1::MUST_VISIT_STATE_UNSPECIFIED;
    std::string digest;
    std::string reason;  // serialized Explanation
    Date listed_on;
    std::optional<Date> visited_on;
    std::string visit;
    bool operator==(const MustVisitRow&) const = default;
};
// The rows after today's look: what is found is listed; what was visited is listed again when its reason is another one, or `again_days` after
// the visit; what is no longer found ends. Rows by rule; unchanged ones stay as they are.
std::map<std::string, MustVisitRow> MergeMustVisits(std::map<std::string, MustVisitRow> rows, const std::vector<MustVisitFound>& found, Date today,
                                                    std::int64_t again_days);

}  // namespace shouwang::monitoring::domain
