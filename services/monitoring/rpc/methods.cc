#include "services/monitoring/rpc/methods.h"

#include "services/monitoring/rpc/give.h"

namespace shouwang::monitoring::rpc_edge {
rpc::Methods MakeMethods(UseCases uc) {
    using rpc::CallContext;
    rpc::Methods m;
    const std::string p = "shouwang.monitoring.v1.";

    m.Unary<v1::OpenBatchRequest, v1::Batch>(p + "FeedService.OpenBatch", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.batches.Open(q, c.deadline), a); });
    m.Unary<v1::CloseBatchRequest, v1::Batch>(p + "FeedService.CloseBatch", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.batches.Close(q, c.deadline), a); });
    m.Unary<v1::RecordProgressRequest, v1::RecordProgressResponse>(p + "FeedService.RecordProgress", [=](CallContext& c, const auto& q, auto&) { return uc.batches.RecordProgress(q, c.deadline); });
    m.Unary<v1::AbandonBatchRequest, v1::Batch>(p + "FeedService.AbandonBatch", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.batches.Abandon(q.name(), c.principal, c.deadline), a); });
    m.Unary<v1::ResolveHeldBatchRequest, v1::Batch>(p + "FeedService.ResolveHeldBatch", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.batches.ResolveHeld(q, c.principal, c.deadline), a); });
    m.Unary<v1::GetBatchRequest, v1::Batch>(p + "FeedService.GetBatch", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.batches.Get(q.name(), c.principal, c.deadline), a); });
    m.Unary<v1::ListBatchesRequest, v1::ListBatchesResponse>(p + "FeedService.ListBatches", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.feeds.ListBatches(q, c.principal, c.deadline), a); });
    m.Unary<v1::ListRowErrorsRequest, v1::ListRowErrorsResponse>(p + "FeedService.ListRowErrors", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.feeds.ListRowErrors(q, c.principal, c.deadline), a); });
    m.Unary<v1::ListFreshnessRequest, v1::ListFreshnessResponse>(p + "FeedService.ListFreshness", [=](CallContext& c, const auto&, auto& a) { return Give(uc.feeds.ListFreshness(c.deadline), a); });

    m.Unary<v1::GetHouseholdRequest, v1::Household>(p + "HouseholdService.GetHousehold", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.households.Get(q.name(), c.principal.region_prefix(), c.deadline), a); });
    m.Unary<v1::GetHouseholdAsOfRequest, v1::Household>(p + "HouseholdService.GetHouseholdAsOf", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.households.GetAsOf(q, c.principal.region_prefix(), c.deadline), a); });
    m.Unary<v1::ListHouseholdsRequest, v1::ListHouseholdsResponse>(p + "HouseholdService.ListHouseholds", [=](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(uc.households.List(q, region, c.deadline), a);
    });

    m.Unary<v1::GetLeadRequest, v1::Lead>(p + "LeadService.GetLead", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.leads.Get(q.name(), c.principal, c.deadline), a); });
    m.Unary<v1::ListLeadsRequest, v1::ListLeadsResponse>(p + "LeadService.ListLeads", [=](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(uc.leads.List(q, region, c.principal, c.deadline), a);
    });
    m.ServerStream<v1::ListLeadsRequest, v1::Lead>(p + "LeadService.ExportLeads", [=](CallContext& c, const auto& q, const auto& write) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return uc.leads.Export(q, region, c.principal, c.deadline, write);
    });
    m.Unary<v1::DispatchLeadRequest, v1::Lead>(p + "LeadService.DispatchLead", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.move.Dispatch(q, c.principal, c.deadline), a); });
    m.Unary<v1::AcceptLeadRequest, v1::Lead>(p + "LeadService.AcceptLead", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.move.Accept(q, c.principal, c.deadline), a); });
    m.Unary<v1::VisitLeadRequest, v1::Lead>(p + "LeadService.VisitLead", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.move.Visit(q, c.principal, c.deadline), a); });
    m.Unary<v1::CloseLeadRequest, v1::Lead>(p + "LeadService.CloseLead", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.move.Close(q, c.principal, c.deadline), a); });

    m.Unary<v1::GetOverviewRequest, v1::Overview>(p + "OverviewService.GetOverview", [=](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(uc.overview.Get(region, q.part_level(), c.deadline), a);
    });
    m.Unary<v1::GetRegionRequest, v1::Region>(p + "RegionService.GetRegion", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.regions.Get(q, c.deadline), a); });
    m.Unary<v1::ListRegionsRequest, v1::ListRegionsResponse>(p + "RegionService.ListRegions", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.regions.List(q, c.deadline), a); });
    m.Unary<v1::GetRuleSetRequest, v1::RuleSet>(p + "RuleService.GetRuleSet", [=](CallContext& c, const auto& q, auto& a) { return Give(uc.rules.Get(q.id(), c.deadline), a); });
    m.Unary<v1::RescreenRegionRequest, v1::RescreenRegionResponse>(p + "RuleService.RescreenRegion", [=](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return Give(uc.rules.Rescreen(region, c.deadline, c.cancelled), a);
    });
    AddSettingMethods(m, uc);
    AddStudioMethods(m, uc);
    AddDiscoveryMethods(m, uc);
    AddCaseMethods(m, uc);
    return m;
}

}  // namespace shouwang::monitoring::rpc_edge
