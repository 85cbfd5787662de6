#include "services/monitoring/rpc/give.h"
#include "services/monitoring/rpc/methods.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::rpc_edge {
namespace {

constexpr const char* kService = "shouwang.monitoring.v1.CaseService.";

// A command on a case: `method` of Cases, request, caller, answer.
template <typename Q>
void Command(rpc::Methods& m, const usecase::Cases& cases, const std::string& name,
             Status (usecase::Cases::*method)(const Q&, const type::v1::Principal&, Deadline, v1::Case&) const) {
    m.Unary<Q, v1::Case>(kService + name, [&cases, method](rpc::CallContext& c, const auto& q, auto& a) { return (cases.*method)(q, c.principal, c.deadline, a); });
}

}  // namespace

void AddCaseMethods(rpc::Methods& m, const UseCases& uc) {
    using rpc::CallContext;
    using usecase::Cases;
    const std::string p = kService;
    const Cases& cases = uc.cases;
    Command(m, cases, "GetCase", &Cases::Get);
    Command(m, cases, "OpenCase", &Cases::Open);
    Command(m, cases, "ConfirmEmergency", &Cases::ConfirmEmergency);
    Command(m, cases, "EnterProvisionally", &Cases::EnterProvisionally);
    Command(m, cases, "RecordAuthority", &Cases::RecordAuthority);
    Command(m, cases, "RecordVisit", &Cases::RecordVisit);
    Command(m, cases, "StartCrossCheck", &Cases::StartCrossCheck);
    Command(m, cases, "RecordFindings", &Cases::RecordFindings);
    Command(m, cases, "FinishCrossCheck", &Cases::FinishCrossCheck);
    Command(m, cases, "SkipCrossCheck", &Cases::SkipCrossCheck);
    Command(m, cases, "OverrideFinding", &Cases::OverrideFinding);
    Command(m, cases, "RecordReview", &Cases::RecordReview);
    Command(m, cases, "StartPublicity", &Cases::StartPublicity);
    Command(m, cases, "EndPublicity", &Cases::EndPublicity);
    Command(m, cases, "SubmitCase", &Cases::Submit);
    Command(m, cases, "FileObjection", &Cases::FileObjection);
    Command(m, cases, "AnswerObjections", &Cases::AnswerObjections);
    Command(m, cases, "ReviewByTownship", &Cases::ReviewByTownship);
    Command(m, cases, "ApproveCase", &Cases::Approve);
    Command(m, cases, "ReviewByCity", &Cases::ReviewByCity);
    Command(m, cases, "ReturnCase", &Cases::Return);
    Command(m, cases, "AnnounceCase", &Cases::Announce);
    Command(m, cases, "EnterCase", &Cases::Enter);
    Command(m, cases, "RejectCase", &Cases::Reject);
    Command(m, cases, "WithdrawCase", &Cases::Withdraw);
    Command(m, cases, "RevokeCase", &Cases::Revoke);
    m.Unary<v1::ListCasesRequest, v1::ListCasesResponse>(p + "ListCases", [&cases](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return cases.List(q, region, c.principal, c.deadline, a);
    });
    m.Unary<v1::ListCaseWorkRequest, v1::ListCasesResponse>(p + "ListCaseWork", [&cases](CallContext& c, const auto& q, auto& a) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string region, c.Scoped(q.region_prefix()));
        return cases.ListWork(q, region, c.principal, c.deadline, a);
    });
    m.Unary<v1::SuggestCategoryRequest, v1::CategoryView>(p + "SuggestCategory", [&cases](CallContext& c, const auto& q, auto& a) { return Give(cases.Suggest(q, c.principal, c.deadline), a); });
    m.Unary<v1::ListCrossCheckRulesRequest, v1::CrossCheckRules>(p + "ListCrossCheckRules", [&cases](CallContext&, const auto& q, auto& a) {
        a = cases.RulesFor(q.region_code());
        return Status::Ok();
    });
    m.Unary<v1::ListPublicityRequest, v1::ListPublicityResponse>(p + "ListPublicity", [&cases](CallContext& c, const auto& q, auto& a) { return cases.ListPublicity(q, c.deadline, a); });
}

}  // namespace shouwang::monitoring::rpc_edge
