#include "services/monitoring/rpc/give.h"
#include "services/monitoring/rpc/methods.h"

namespace shouwang::monitoring::rpc_edge {

void AddDiscoveryMethods(rpc::Methods& m, const UseCases& uc) {
    using rpc::CallContext;
    const std::string p = "shouwang.monitoring.v1.";
    auto& d = uc.discovery;
    m.Unary<v1::CreateLeadRequest, v1::Lead>(p + "LeadService.CreateLead", [&d](CallContext& c, const auto& q, auto& a) { return Give(d.report.Create(q, c.principal, c.deadline), a); });

    m.Unary<v1::IssueHouseholdCodeRequest, v1::HouseholdCode>(p + "HouseholdCodeService.IssueHouseholdCode", [&d](CallContext& c, const auto& q, auto& a) { return d.codes.Issue(q, c.principal, c.deadline, a); });
    m.Unary<v1::IssueVillageCodesRequest, v1::IssueVillageCodesResponse>(p + "HouseholdCodeService.IssueVillageCodes", [&d](CallContext& c, const auto& q, auto& a) { return d.codes.IssueVillage(q, c.principal, c.deadline, a); });
    m.Unary<v1::RevokeHouseholdCodeRequest, v1::HouseholdCode>(p + "HouseholdCodeService.RevokeHouseholdCode", [&d](CallContext& c, const auto& q, auto& a) { return d.codes.Revoke(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListHouseholdCodesRequest, v1::ListHouseholdCodesResponse>(p + "HouseholdCodeService.ListHouseholdCodes", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.codes.List(q, region, c.principal, c.deadline, a);
    });

    m.Unary<v1::DeclareRequest, v1::DeclareResponse>(p + "FarmerService.Declare", [&d](CallContext& c, const auto& q, auto& a) { return d.farmer.Declare(q, c.deadline, a); });
    m.Unary<v1::GetDeclarationRequest, v1::DeclarationProgress>(p + "FarmerService.GetDeclaration", [&d](CallContext& c, const auto& q, auto& a) { return d.farmer.Progress(q, c.deadline, a); });
    m.Unary<v1::ReadDeclarationRequest, v1::Declaration>(p + "DeclarationService.ReadDeclaration", [&d](CallContext& c, const auto& q, auto& a) { return d.declarations.Read(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListDeclarationsRequest, v1::ListDeclarationsResponse>(p + "DeclarationService.ListDeclarations", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.declarations.List(q, region, c.principal, c.deadline, a);
    });
    m.Unary<v1::MatchDeclarationRequest, v1::Declaration>(p + "DeclarationService.MatchDeclaration", [&d](CallContext& c, const auto& q, auto& a) { return d.declarations.Match(q, c.principal, c.deadline, a); });
    m.Unary<v1::RefuseDeclarationRequest, v1::Declaration>(p + "DeclarationService.RefuseDeclaration", [&d](CallContext& c, const auto& q, auto& a) { return d.declarations.Refuse(q, c.principal, c.deadline, a); });

    m.Unary<v1::CreateCampaignRequest, v1::Campaign>(p + "CampaignService.CreateCampaign", [&d](CallContext& c, const auto& q, auto& a) { return d.campaigns.Create(q, c.principal, c.deadline, a); });
    m.Unary<v1::MoveCampaignRequest, v1::Campaign>(p + "CampaignService.StartCampaign", [&d](CallContext& c, const auto& q, auto& a) { return d.campaigns.Start(q, c.principal, c.deadline, a); });
    m.Unary<v1::MoveCampaignRequest, v1::Campaign>(p + "CampaignService.CloseCampaign", [&d](CallContext& c, const auto& q, auto& a) { return d.campaigns.Close(q, c.principal, c.deadline, a); });
    m.Unary<v1::GetCampaignRequest, v1::Campaign>(p + "CampaignService.GetCampaign", [&d](CallContext& c, const auto& q, auto& a) { return d.campaigns.Get(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListCampaignsRequest, v1::ListCampaignsResponse>(p + "CampaignService.ListCampaigns", [&d](CallContext& c, const auto& q, auto& a) { return d.campaigns.List(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListCampaignProgressRequest, v1::ListCampaignProgressResponse>(p + "CampaignService.ListCampaignProgress", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.campaigns.ListProgress(q, region, c.deadline, a);
    });

    m.Unary<v1::RecordCadreVisitRequest, v1::CadreVisit>(p + "CadreVisitService.RecordCadreVisit", [&d](CallContext& c, const auto& q, auto& a) { return d.visits.Record(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListCadreVisitsRequest, v1::ListCadreVisitsResponse>(p + "CadreVisitService.ListCadreVisits", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.visits.List(q, region, c.principal, c.deadline, a);
    });
    m.Unary<v1::ListMustVisitsRequest, v1::ListMustVisitsResponse>(p + "CadreVisitService.ListMustVisits", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.must_visits.List(q, region, c.deadline, a);
    });
    m.Unary<v1::RefreshMustVisitsRequest, v1::RefreshMustVisitsResponse>(p + "CadreVisitService.RefreshMustVisits", [&d](CallContext& c, const auto& q, auto& a) { return d.must_visits.Refresh(q, c.principal, c.deadline, a); });
    m.Unary<v1::RecordPapersRequest, v1::RecordPapersResponse>(p + "CadreVisitService.RecordPapers", [&d](CallContext& c, const auto& q, auto& a) { return d.visits.RecordPapers(q, c.principal, c.deadline, a); });
    m.Unary<v1::ListPaperRatesRequest, v1::ListPaperRatesResponse>(p + "CadreVisitService.ListPaperRates", [&d](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return d.visits.ListPaperRates(q, region, c.deadline, a);
    });
}

}  // namespace shouwang::monitoring::rpc_edge
