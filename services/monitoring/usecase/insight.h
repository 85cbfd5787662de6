// What one rule says about one household today, and the smallest change that would turn it.
#pragma once

#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/insight.pb.h"

namespace shouwang::monitoring::usecase {

class Insight {
public:
    Insight(pg::Pool& pool, RuleBooks& books, const Clock& clock) : pool_(pool), books_(books), clock_(clock) {}
    // NOT_FOUND "HOUSEHOLD_NOT_FOUND" (also outside the region) and "RULE_NOT_FOUND" (the set has no such rule that is valid there today).
    Result<v1::RuleVerdict> Explain(const v1::ExplainRuleRequest& request, const std::string& region, Deadline deadline);
    Result<v1::WhyNotResponse> WhyNot(const v1::ExplainRuleRequest& request, const std::string& region, Deadline deadline);

private:
    // Loads the household and calls `answer` with its facts, the book and the rule.
    Status Ask(const v1::ExplainRuleRequest& request, const std::string& region, Deadline deadline,
               const std::function<void(const domain::RuleBook&, const domain::CompiledRule&, const domain::HouseholdFacts&)>& answer);
    pg::Pool& pool_;
    RuleBooks& books_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
