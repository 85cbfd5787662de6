#include "services/monitoring/usecase/read_rules.h"

#include "services/monitoring/store/rule_store.h"
#include "services/monitoring/usecase/rescreen.h"

namespace shouwang::monitoring::usecase {

Status Rules::Load(Deadline deadline) {
    SW_ASSIGN_OR_RETURN(v1::RuleSet shipped, domain::DefaultRuleSet());
    shipped.set_id(domain::RuleBook::IdOf(shipped));
    v1::RuleSet in_force;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        Result<v1::RuleSet> stored = store::GetRuleSet(connection, "");
        if (stored.ok()) {
            in_force = std::move(stored).value();
            return Status::Ok();
        }
        if (stored.status().code != Code::kNotFound) return stored.status();
        in_force = shipped;
        return store::ActivateRuleSet(connection, shipped, clock_.Now());
    }));
    SW_ASSIGN_OR_RETURN(auto book, domain::RuleBook::Compile(in_force));
    books_.Swap(std::move(book));
    return Status::Ok();
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
