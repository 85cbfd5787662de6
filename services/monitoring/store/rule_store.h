// Rule sets: immutable, by hash.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::store {

// Stores the set (once) and makes it the one in force.
Status ActivateRuleSet(pg::Connection& connection, const v1::RuleSet& rule_set, TimePoint now);
// id empty = in force. NOT_FOUND "RULE_SET_NOT_FOUND".
Result<v1::RuleSet> GetRuleSet(pg::Connection& connection, const std::string& id);

}  // namespace shouwang::monitoring::store
