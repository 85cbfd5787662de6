// What a rule set must fulfil before it is compiled.
#pragma once

#include "common/base/status.h"
#include "common/cel/cel.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::domain {

// Open ends of validity.
inline constexpr const char* kLastDay = "2199-12-31";

Status CheckParameters(const v1::RuleSet& rule_set);
// One rule's own parts; not its condition and sentences.
Status CheckRule(const v1::Rule& rule);
// No two rules of one id hold on the same day in the same place.
Status CheckDuplicates(const v1::RuleSet& rule_set);
// Every parameter that is read has a value on some day and in some place where the rule holds.
Status CheckParameterUse(const v1::Rule& rule, const cel::Program& program,
                         const cel::Environment& environment, const v1::RuleSet& rule_set);

// The error, with the rule's id in message and metadata.
Status InRule(const v1::Rule& rule, Status status);

}  // namespace shouwang::monitoring::domain
