#include "services/monitoring/rpc/give.h"
#include "services/monitoring/rpc/methods.h"

namespace shouwang::monitoring::rpc_edge {

void AddStudioMethods(rpc::Methods& m, const UseCases& uc) {
    using rpc::CallContext;
    const std::string p = "shouwang.monitoring.v1.RuleStudioService.";
    auto& releases = uc.releases;
    m.Unary<v1::CheckRuleSetRequest, v1::CheckRuleSetResponse>(p + "CheckRuleSet", [](CallContext&, const auto& q, auto& a) {
        a = usecase::RuleReleases::Check(q.rule_set());
        return Status::Ok();
    });
    m.Unary<v1::CreateRuleReleaseRequest, v1::RuleRelease>(p + "CreateRuleRelease", [&releases](CallContext& c, const auto& q, auto& a) { return Give(releases.Create(q, c.principal, c.deadline), a); });
    m.Unary<v1::EditRuleReleaseRequest, v1::RuleRelease>(p + "EditRuleRelease", [&releases](CallContext& c, const auto& q, auto& a) { return Give(releases.Edit(q, c.principal, c.deadline), a); });
    for (const auto& [method, command] : {std::pair{"ShadowRuleRelease", "shadow"}, {"ReturnRuleRelease", "return"}, {"DiscardRuleRelease", "discard"}}) {
        m.Unary<v1::MoveRuleReleaseRequest, v1::RuleRelease>(p + method, [&releases, command = command](CallContext& c, const auto& q, auto& a) { return Give(releases.Move(command, q, c.principal, c.deadline), a); });
    }
    m.Unary<v1::ApproveRuleReleaseRequest, v1::RuleRelease>(p + "ApproveRuleRelease", [&releases](CallContext& c, const auto& q, auto& a) { return Give(releases.Approve(q, c.principal, c.deadline), a); });
    m.Unary<v1::ListRulePrecisionRequest, v1::ListRulePrecisionResponse>("shouwang.monitoring.v1.RulePrecisionService.ListRulePrecision", [&precision = uc.precision](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(precision.List(q, region, c.deadline), a);
    });
    const std::string insight = "shouwang.monitoring.v1.RuleInsightService.";
    m.Unary<v1::ExplainRuleRequest, v1::RuleVerdict>(insight + "ExplainRule", [&i = uc.insight](CallContext& c, const auto& q, auto& a) { return Give(i.Explain(q, c.principal.region_prefix(), c.deadline), a); });
    m.Unary<v1::ExplainRuleRequest, v1::WhyNotResponse>(insight + "WhyNot", [&i = uc.insight](CallContext& c, const auto& q, auto& a) { return Give(i.WhyNot(q, c.principal.region_prefix(), c.deadline), a); });
    m.Unary<v1::SimulateRequest, v1::SimulateResponse>(insight + "Simulate", [&simulator = uc.simulator](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(simulator.Run(q, region, c.deadline), a);
    });
    m.Unary<v1::GetRuleReleaseRequest, v1::RuleRelease>(p + "GetRuleRelease", [&releases](CallContext& c, const auto& q, auto& a) { return Give(releases.Get(q.name(), c.principal, c.deadline), a); });
    m.Unary<v1::ListRuleReleasesRequest, v1::ListRuleReleasesResponse>(p + "ListRuleReleases", [&releases](CallContext& c, const auto& q, auto& a) { return Give(releases.List(q, c.principal, c.deadline), a); });
}

}  // namespace shouwang::monitoring::rpc_edge
