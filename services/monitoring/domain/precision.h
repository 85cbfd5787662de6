// How good a rule is, counted over leads that have ended.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/date.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/monitoring/v1/precision.pb.h"

namespace shouwang::monitoring::domain {

struct EndedLead {
    std::string region_code;
    v1::LeadEnd end = v1::LEAD_END_UNSPECIFIED;
    bool visited = false;
    Date closed;
    const v1::Lead* explanations = nullptr;  // only its explanations are read
};

struct QuietRule {
    std::int64_t min_answered = 0;  // fewer say nothing
    int below_bp = 0;               // upper bound of the precision
};

// Wilson score interval of `successes` out of n (n > 0) at 95 %, in basis points: {low, high}.
std::pair<int, int> WilsonBp(std::int64_t successes, std::int64_t n);

class PrecisionLedger {
public:
    // part_level: level of the region codes the parts are counted by.
    explicit PrecisionLedger(int part_level) : part_level_(part_level) {}
    // rule: only this one; empty = all.
    void Add(const EndedLead& lead, const std::string& rule);
    v1::ListRulePrecisionResponse Answer(QuietRule quiet) const;

private:
    struct Counts {
        std::int64_t confirmed = 0, solved = 0, not_confirmed = 0, duplicate = 0, no_longer_true = 0, visits = 0;
        std::vector<int> lead_times;
    };
    static v1::RulePrecision Show(const std::string& rule, const std::string& region, Counts counts, QuietRule quiet);
    static void Count(const EndedLead& lead, const v1::Explanation& explanation, Counts& counts);
    int part_level_;
    std::map<std::pair<std::string, std::string>, Counts> parts_;  // (rule, region)
    std::map<std::string, Counts> totals_;
};

}  // namespace shouwang::monitoring::domain
