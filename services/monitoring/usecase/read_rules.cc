#include "services/monitoring/usecase/read_rules.h"

#include "services/monitoring/store/rule_store.h"
#include "services/monitoring/usecase/rescreen.h"
#include "services/monitoring/usecase/rule_releases.h"

namespace shouwang::monitoring::usecase {

Status Rules::Load(Deadline deadline) {
    static const record::Parameters kNone;
    SW_RETURN_IF_ERROR(ShipDefaultRules({pool_, kNone, clock_, "/shouwang/monitoring"}, deadline));
    return pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) { return books_.InForce(connection).status(); });
}

Result<v1::RuleSet> Rules::Get(const std::string& id, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return store::GetRuleSet(*lease, id);
}

Result<v1::RescreenRegionResponse> Rules::Rescreen(const std::string& region, Deadline deadline, const std::function<bool()>& stop) const {
    usecase::Rescreen rescreen(pool_, books_, clock_);
    ScreenCounts counts;
    SW_RETURN_IF_ERROR(rescreen.Region(region, deadline, stop, counts));
    v1::RescreenRegionResponse response;
    response.set_households(counts.households);
    response.set_leads_opened(counts.opened);
    response.set_leads_ended(counts.ended);
    return response;
}

}  // namespace shouwang::monitoring::usecase
