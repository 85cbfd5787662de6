// Identification (识别程序) as commands on cases. One method a command; what is the same for all is common/record's.
#pragma once

#include "common/model/page.h"
#include "common/record/commands.h"
#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/case_service.pb.h"

namespace shouwang::monitoring::usecase {

// Thread-safe. Errors of every command: CASE_NOT_FOUND (also: outside the caller's region), CASE_WRONG_STATE, CASE_WRONG_ACTOR, ETAG_STALE,
// REQUEST_ID_REUSED; beside them those that are named here. A refused command changes nothing.
class Cases {
public:
    using By = type::v1::Principal;
    // All must outlive it.
    Cases(const record::Commands& commands, RuleBooks& books, const model::PageTokens& tokens, v1::CrossCheckRules rules)
        : commands_(commands), books_(books), tokens_(tokens), rules_(std::move(rules)) {}

    // ---- opening and the green channel (case_open.cc)
    // HOUSEHOLD_NOT_FOUND, LEAD_NOT_FOUND, CASE_RISKS, CASE_REASON, CASE_CLUE_DATE, CASE_EMERGENCY.
    Status Open(const v1::OpenCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;
    Status ConfirmEmergency(const v1::ConfirmEmergencyRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_EMERGENCY
    Status EnterProvisionally(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_EMERGENCY_UNCONFIRMED

    // ---- visit and cross-check (case_check.cc)
    Status RecordAuthority(const v1::RecordAuthorityRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_AUTHORITY
    Status RecordVisit(const v1::RecordVisitRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;   // CASE_VISIT, CASE_AUTHORITY
    Status StartCrossCheck(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_NO_AUTHORITY
    Status RecordFindings(const v1::RecordFindingsRequest& q, const By& by, Deadline deadline,
                          v1::Case& answer) const;  // CASE_NO_AUTHORITY, CASE_FINDING
    Status FinishCrossCheck(const v1::MoveCaseRequest& q, const By& by, Deadline deadline,
                            v1::Case& answer) const;  // CASE_NO_AUTHORITY, CASE_CHECK_UNFINISHED
    Status SkipCrossCheck(const v1::SkipCrossCheckRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;    // CASE_CHECK_TOO_OLD
    Status OverrideFinding(const v1::OverrideFindingRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_FINDING

    // ---- review, publicity, objections (case_review.cc)
    Status RecordReview(const v1::RecordReviewRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_REVIEW, CASE_CATEGORY
    Status StartPublicity(const v1::StartPublicityRequest& q, const By& by, Deadline deadline,
                          v1::Case& answer) const;  // CASE_PUBLICITY_ONCE, CASE_REVIEW_NOT_CARRIED, CASE_PUBLICITY
    Status EndPublicity(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_TOO_EARLY
    Status Submit(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;        // CASE_PUBLICITY_MISSING
    Status FileObjection(const v1::FileObjectionRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;
    Status AnswerObjections(const v1::AnswerObjectionsRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_OBJECTION

    // ---- decisions (case_decide.cc)
    Status ReviewByTownship(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;
    Status Approve(const v1::ApproveCaseRequest& q, const By& by, Deadline deadline,
                   v1::Case& answer) const;  // CASE_CATEGORY, CASE_CATEGORY_REASON, CASE_HARD_FINDING
    Status ReviewByCity(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_CITY_REVIEW
    Status Return(const v1::ReturnCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;
    Status Announce(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_CITY_REVIEW
    Status Enter(const v1::EnterCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;    // CASE_RISKS
    Status Reject(const v1::EndCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;     // CASE_END, CASE_PROVISIONAL
    Status Withdraw(const v1::EndCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;   // CASE_END, CASE_PROVISIONAL
    Status Revoke(const v1::RevokeCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;  // CASE_END, CASE_NOT_PROVISIONAL

    // ---- reading (case_read.cc)
    Status Get(const v1::GetCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const;
    Status List(const v1::ListCasesRequest& q, std::string_view region, const By& by, Deadline deadline, v1::ListCasesResponse& response) const;
    // Cases whose next step is one of the caller's roles'.
    Status ListWork(const v1::ListCaseWorkRequest& q, std::string_view region, const By& by, Deadline deadline,
                    v1::ListCasesResponse& response) const;
    Result<v1::CategoryView> Suggest(const v1::SuggestCategoryRequest& q, const By& by, Deadline deadline) const;
    v1::CrossCheckRules RulesFor(std::string_view region_code) const;
    // What hangs on the wall of a village now.
    Status ListPublicity(const v1::ListPublicityRequest& q, Deadline deadline, v1::ListPublicityResponse& response) const;

    // ---- time (case_clock.cc); any number of times, from any replica
    // Limits of steps and of the whole procedure that have passed go one level up; findings whose time is over lose their raw parts.
    Status RunDue(Deadline deadline) const;

private:
    Result<v1::CategoryView> View(pg::Connection& connection, const v1::Case& c, Date today) const;
    Status Fill(pg::Connection& connection, const std::vector<v1::Case*>& cases) const;
    Status End(std::string_view command, const google::protobuf::Message& q, v1::CaseEnd end, const std::string& reply, std::string_view help_kept,
               const By& by, Deadline deadline, v1::Case& answer) const;
    Status EscalateTotals(Deadline deadline) const;
    Status ForgetRaw(Deadline deadline) const;

    const record::Commands& commands_;
    RuleBooks& books_;
    const model::PageTokens& tokens_;
    const v1::CrossCheckRules rules_;
};

}  // namespace shouwang::monitoring::usecase
