// The village's part: review (民主评议), publicity (公示), objections.
#include "common/model/mask.h"
#include "services/monitoring/domain/case_category.h"
#include "services/monitoring/domain/case_check.h"
#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/store/case_store.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::usecase {
namespace {

// The page lives as long as the period at least lasts; the state waits for a person.
Status PutOnWall(record::Work& work, v1::Case& c) {
    v1::Publicity& p = *c.mutable_publicity();
    SW_ASSIGN_OR_RETURN(const flow::Limit limit, work.parameters.NeedLimit(work.connection, "case.publicity_days", c.region_code(), work.today));
    SW_ASSIGN_OR_RETURN(const flow::WorkCalendar calendar, record::LoadCalendar(work.connection, c.region_code(), work.today));
    SetStamp(*p.mutable_started_at(), work.now);
    SetStamp(*p.mutable_expires_at(), flow::DueAt(work.now, limit, calendar));
    p.clear_ended_at();
    return Status::Ok();
}

record::Commands::Body TellStarted() {
    return On([](record::Work& work, v1::Case& c) {
        event::v1::CasePublicityStarted started;
        started.set_expires_at(ToRfc3339(TimeAt(c.publicity().expires_at())));
        AddCaseEvent(work, c, started);
        return Status::Ok();
    });
}

std::string_view CommandOf(v1::AnswerObjectionsRequest::Outcome outcome) {
    switch (outcome) {
        case v1::AnswerObjectionsRequest::OUTCOME_DISMISSED:
            return "dismiss_objection";
        case v1::AnswerObjectionsRequest::OUTCOME_RECHECK:
            return "recheck_objection";
        case v1::AnswerObjectionsRequest::OUTCOME_UPHELD:
            return "uphold_objection";
        default:
            return {};
    }
}

void Answer(record::Work& work, const v1::AnswerObjectionsRequest& q, v1::Case& c) {
    for (const v1::ObjectionAnswer& answer : q.answers()) {
        for (v1::Objection& o : *c.mutable_objections()) {
            if (o.number() != answer.number()) continue;
            o.set_answer(answer.answer());
            o.set_answered_by(work.by.subject());
            SetStamp(*o.mutable_answered_at(), work.now);
        }
    }
}

record::Commands::Body TellAnswered(v1::AnswerObjectionsRequest::Outcome outcome) {
    if (outcome == v1::AnswerObjectionsRequest::OUTCOME_DISMISSED) return TellStarted();
    if (outcome == v1::AnswerObjectionsRequest::OUTCOME_RECHECK) return Tell<event::v1::CaseReturned>();
    event::v1::CaseRejected rejected;
    rejected.set_end(v1::CASE_END_OBJECTION);
    return Tell(std::move(rejected));
}

}  // namespace

Status Cases::RecordReview(const v1::RecordReviewRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "record_review", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              SW_RETURN_IF_ERROR(domain::CheckReview(q.review(), work.today));
                              if (q.review().carried()) SW_RETURN_IF_ERROR(domain::CheckCategory(c, q.category()));
                              *c.mutable_review() = q.review();
                              c.set_category(q.review().carried() ? q.category() : v1::CASE_CATEGORY_UNSPECIFIED);
                              work.step.mutable_detail()->PackFrom(q.review());
                              return Status::Ok();
                          }),
                          answer);
}

Status Cases::StartPublicity(const v1::StartPublicityRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "start_publicity", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              SW_RETURN_IF_ERROR(domain::ReadyForPublicity(c));  // before what it looks at is made anew
                              SW_RETURN_IF_ERROR(domain::CheckPosted(q.place(), "place"));
                              SW_RETURN_IF_ERROR(domain::CheckPosted(q.contact(), "contact"));
                              const std::int64_t household = HouseholdIdOf(c);
                              SW_ASSIGN_OR_RETURN(const store::CaseHousehold now,
                                                  store::LockCaseHousehold(work.connection, household, by.region_prefix()));
                              SW_ASSIGN_OR_RETURN(const auto names, store::HeadNames(work.connection, {household}));
                              if (names.empty())
                                  return MakeStatus(Code::kFailedPrecondition, "CASE_HOUSEHOLD_GONE",
                                                    "the household has no living member: withdraw or revoke the case");
                              v1::Publicity& p = *c.mutable_publicity();
                              p.set_masked_name(model::MaskText(options::v1::PERSONAL_DATA_NAME, names.begin()->second));
                              p.set_members(now.members);
                              p.set_category(c.category());
                              p.set_place(q.place());
                              p.set_contact(q.contact());
                              SW_RETURN_IF_ERROR(PutOnWall(work, c));
                              work.step.mutable_detail()->PackFrom(p);
                              return Status::Ok();
                          }),
                          answer, TellStarted());
}

Status Cases::EndPublicity(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "end_publicity", q, by, deadline, On([](record::Work& work, v1::Case& c) {
                              SetStamp(*c.mutable_publicity()->mutable_ended_at(), work.now);
                              return Status::Ok();
                          }),
                          answer, Tell<event::v1::CasePublicityEnded>());
}

Status Cases::Submit(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "submit", q, by, deadline, {}, answer);
}

Status Cases::FileObjection(const v1::FileObjectionRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "file_objection", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              if (q.content().empty()) return InvalidField("content", "what is objected to", "CASE_OBJECTION");
                              v1::Objection& o = *c.add_objections();
                              o.set_number(c.objections_size());
                              o.set_objector(q.objector());
                              o.set_content(q.content());
                              SetStamp(*o.mutable_filed_at(), work.now);
                              return Status::Ok();
                          }),
                          answer, Tell<event::v1::CaseObjected>());
}

Status Cases::AnswerObjections(const v1::AnswerObjectionsRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    const std::string_view command = CommandOf(q.outcome());
    if (command.empty()) return InvalidField("outcome", "DISMISSED, RECHECK or UPHELD", "CASE_OBJECTION");
    return commands_.Move(CaseKind(), command, q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              SW_RETURN_IF_ERROR(domain::CheckAnswers(c, q.answers()));
                              Answer(work, q, c);
                              if (q.outcome() == v1::AnswerObjectionsRequest::OUTCOME_DISMISSED) return PutOnWall(work, c);
                              c.clear_publicity();  // what was objected to is not what will be posted
                              if (q.outcome() == v1::AnswerObjectionsRequest::OUTCOME_RECHECK) {
                                  c.mutable_cross_check()->clear_finished_at();
                                  return Status::Ok();
                              }
                              c.set_case_end(v1::CASE_END_OBJECTION);
                              c.set_reply(q.answers(q.answers_size() - 1).answer());
                              return SetRawDue(work, c);
                          }),
                          answer, TellAnswered(q.outcome()));
}

}  // namespace shouwang::monitoring::usecase
