// Leads whose evidence has only grown old. A fact that is stale makes a rule unknown, and unknown is no verdict: it raises no lead, and it
// ends none either.
#pragma once

#include <set>

#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

// Risk types of the rules that would be true if stale facts still were as last reported. Retracted, corrected and outlived rows count no more.
std::set<v1::RiskType> TrueWhileStale(const RuleBook& book, const HouseholdFacts& facts);

}  // namespace shouwang::monitoring::domain
