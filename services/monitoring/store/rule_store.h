// Rule sets: immutable, by hash; and the one in force.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::store {

// Stores the set; a set that is there already stays as it is.
Status KeepRuleSet(pg::Connection& connection, const v1::RuleSet& rule_set, TimePoint now);
// id empty = in force. NOT_FOUND "RULE_SET_NOT_FOUND".
Result<v1::RuleSet> GetRuleSet(pg::Connection& connection, const std::string& id);

// Id of the set in force, empty where there is none yet. Holds off a change until the transaction ends; does not hold off other readers.
Result<std::string> RuleSetInForce(pg::Connection& connection);
// Waits for every transaction that has read the one in force, then replaces it.
Status PutInForce(pg::Connection& connection, const std::string& id);

}  // namespace shouwang::monitoring::store
