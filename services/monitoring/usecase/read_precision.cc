#include "services/monitoring/usecase/read_precision.h"

#include "services/monitoring/domain/precision.h"
#include "services/monitoring/store/precision_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kCounty = 3;

}  // namespace

Result<v1::ListRulePrecisionResponse> PrecisionReader::List(const v1::ListRulePrecisionRequest& q, const std::string& region, Deadline deadline) const {
    const auto from = Date::Parse(q.closed_from()), to = Date::Parse(q.closed_to());
    if (!from) return InvalidField("closed_from", "a date YYYY-MM-DD");
    if (!to || *to < *from) return InvalidField("closed_to", "a date not before closed_from");
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    domain::PrecisionLedger ledger(q.part_level() == 0 ? kCounty : q.part_level());
    SW_RETURN_IF_ERROR(store::EachEndedLead(*lease, region, *from, *to, [&](const domain::EndedLead& lead) { ledger.Add(lead, q.rule()); }));
    domain::QuietRule quiet;
    const record::Parameters& parameters = commands_.parameters();
    SW_ASSIGN_OR_RETURN(quiet.min_answered, parameters.Need(*lease, "rule.quiet_min_answered", region, *to));
    SW_ASSIGN_OR_RETURN(const std::int64_t below, parameters.Need(*lease, "rule.quiet_below_bp", region, *to));
    quiet.below_bp = static_cast<int>(below);
    v1::ListRulePrecisionResponse answer = ledger.Answer(quiet);
    for (v1::RulePrecision& part : *answer.mutable_parts()) part.set_region_name(regions_.DisplayName(part.region_code()));
    return answer;
}

}  // namespace shouwang::monitoring::usecase
