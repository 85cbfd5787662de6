// The facts of one household, for what looks at them inside a transaction.
#pragma once

#include <functional>

#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/usecase/rule_books.h"

namespace shouwang::monitoring::usecase {

// Calls `body` with the facts of the day and the rule set in force. NOT_FOUND "HOUSEHOLD_NOT_FOUND".
Status WithFacts(pg::Connection& connection, RuleBooks& books, std::int64_t household_id, Date today,
                 const std::function<Status(const domain::HouseholdFacts&, const v1::RuleSet&)>& body);

}  // namespace shouwang::monitoring::usecase
