// 信息比对: which items a region asks about, what the facts answer, and what the family's authority covers. Pure. Nothing here excludes a
// family: a hard finding waits for a person.
#pragma once

#include <span>
#include <vector>

#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/case.pb.h"

namespace shouwang::monitoring::domain {

// The items that ship with the product (rules/cross_check.textproto). INVALID_ARGUMENT "CROSS_CHECK_RULES" where the data contradicts itself:
// an item without a row for everywhere, twice the same (item, region, day), a fact that no member has.
Result<v1::CrossCheckRules> DefaultCrossCheckRules();
Status CheckCrossCheckRules(const v1::CrossCheckRules& rules);

// One rule an item, in order of the items: the longest region prefix, then the latest day that has come.
std::vector<v1::CrossCheckRule> CrossCheckInForce(const v1::CrossCheckRules& rules, std::string_view region_code, Date day);

// Shape of a new authority. INVALID_ARGUMENT "CASE_AUTHORITY" on authority.signed_on, expires_on (after the longest validity) or items.
Status CheckAuthority(const v1::Authority& authority, Date today, std::int64_t longest_days);
// FAILED_PRECONDITION "CASE_NO_AUTHORITY" (metadata why: missing, expired, scope; items) where the authority does not hold today for all of them.
Status AuthorityCovers(const v1::Case& c, std::span<const v1::CrossCheckItem> items, Date today);

// What the members' facts say: YES where one of them does, NO where all are known not to, else UNKNOWN. For rules with a fact only.
v1::Finding ComputeFinding(const v1::CrossCheckRule& rule, const HouseholdFacts& facts);
// A finding that a person enters. INVALID_ARGUMENT "CASE_FINDING" naming "findings[2].item" …
Status CheckEntered(const v1::Finding& finding, int index);
// Puts it in place of the item's finding; an override does not outlive the answer it was given for.
void PutFinding(const v1::Finding& finding, v1::CrossCheck& check);
// FAILED_PRECONDITION "CASE_CHECK_UNFINISHED" (metadata items) where an item has no answer, or nobody has said why it stays unknown.
Status CheckFinished(const std::vector<v1::CrossCheckRule>& rules, const v1::CrossCheck& check);

}  // namespace shouwang::monitoring::domain
