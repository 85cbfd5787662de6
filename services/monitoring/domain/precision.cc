#include "services/monitoring/domain/precision.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "common/base/region_code.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr double kZ95 = 1.959963984540054;

// Date of the newest row that the explanation rests on.
std::optional<Date> NewestEvidence(const v1::Explanation& explanation) {
    std::optional<Date> newest;
    for (const v1::Operand& operand : explanation.operands()) {
        for (const v1::SourceRow& source : operand.sources()) {
            const auto date = Date::Parse(source.date());
            if (date && (!newest || *newest < *date)) newest = date;
        }
    }
    return newest;
}

}  // namespace

std::pair<int, int> WilsonBp(std::int64_t successes, std::int64_t n) {
    const double count = static_cast<double>(n), p = static_cast<double>(successes) / count, z2 = kZ95 * kZ95;
    const double middle = p + z2 / (2 * count);
    const double spread = kZ95 * std::sqrt(p * (1 - p) / count + z2 / (4 * count * count));
    const double scale = 10'000 / (1 + z2 / count);
    const auto bounded = [](double bp) { return std::clamp(static_cast<int>(std::lround(bp)), 0, 10'000); };
    return {bounded((middle - spread) * scale), bounded((middle + spread) * scale)};
}

void PrecisionLedger::Count(const EndedLead& lead, const v1::Explanation& explanation, Counts& c) {
    c.visits += lead.visited ? 1 : 0;
    switch (lead.end) {
        case v1::LEAD_END_SOLVED:
            c.solved += 1;
            [[fallthrough]];
        case v1::LEAD_END_CONFIRMED:
            c.confirmed += 1;
            if (const auto evidence = NewestEvidence(explanation)) c.lead_times.push_back(lead.closed - *evidence);
            break;
        case v1::LEAD_END_NOT_CONFIRMED:
            c.not_confirmed += 1;
            break;
        case v1::LEAD_END_DUPLICATE:
            c.duplicate += 1;
            break;
        case v1::LEAD_END_NO_LONGER_TRUE:
            c.no_longer_true += 1;
            break;
        default:
            break;
    }
}

void PrecisionLedger::Add(const EndedLead& lead, const std::string& rule) {
    const std::string region(RegionAtLevel(lead.region_code, part_level_));
    std::set<std::string> counted;
    for (const v1::Explanation& e : lead.explanations->explanations()) {
        if ((!rule.empty() && e.rule() != rule) || !counted.insert(e.rule()).second) continue;
        Count(lead, e, parts_[{e.rule(), region}]);
        Count(lead, e, totals_[e.rule()]);
    }
}

v1::RulePrecision PrecisionLedger::Show(const std::string& rule, const std::string& region, Counts c, QuietRule quiet) {
    v1::RulePrecision out;
    out.set_rule(rule);
    out.set_region_code(region);
    out.set_confirmed(c.confirmed);
    out.set_solved(c.solved);
    out.set_not_confirmed(c.not_confirmed);
    out.set_duplicate(c.duplicate);
    out.set_no_longer_true(c.no_longer_true);
    out.set_visits(c.visits);
    if (const std::int64_t answered = c.confirmed + c.not_confirmed; answered > 0) {
        const auto [low, high] = WilsonBp(c.confirmed, answered);
        out.set_precision_bp(static_cast<std::int32_t>((c.confirmed * 10'000 + answered / 2) / answered));
        out.set_low_bp(low);
        out.set_high_bp(high);
        out.set_quiet_proposed(answered >= quiet.min_answered && high < quiet.below_bp);
    }
    if (c.confirmed > 0) out.set_visits_per_case_hundredths(static_cast<std::int32_t>(c.visits * 100 / c.confirmed));
    if (!c.lead_times.empty()) {
        const auto middle = c.lead_times.begin() + static_cast<std::ptrdiff_t>((c.lead_times.size() - 1) / 2);
        std::nth_element(c.lead_times.begin(), middle, c.lead_times.end());
        out.set_lead_time_median_days(*middle);
    }
    return out;
}

v1::ListRulePrecisionResponse PrecisionLedger::Answer(QuietRule quiet) const {
    v1::ListRulePrecisionResponse answer;
    for (const auto& [key, counts] : parts_) *answer.add_parts() = Show(key.first, key.second, counts, quiet);
    for (const auto& [rule, counts] : totals_) *answer.add_totals() = Show(rule, "", counts, quiet);
    return answer;
}

}  // namespace shouwang::monitoring::domain
