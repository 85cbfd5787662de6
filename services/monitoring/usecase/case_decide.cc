// Decisions of township, county and city, entry, and the ends before it.
#include "services/monitoring/domain/case_category.h"
#include "services/monitoring/domain/case_check.h"
#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/case_facts.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::usecase {

Status Cases::ReviewByTownship(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "township_review", q, by, deadline, {}, answer);
}

Result<v1::CategoryView> Cases::View(pg::Connection& connection, const v1::Case& c, Date today) const {
    v1::CategoryView view;
    SW_ASSIGN_OR_RETURN(const std::int64_t drop, commands_.parameters().Need(connection, "case.income_drop_bp", c.region_code(), today));
    SW_RETURN_IF_ERROR(WithFacts(connection, books_, HouseholdIdOf(c), today, [&](const domain::HouseholdFacts& facts, const v1::RuleSet& rules) {
        view = domain::SuggestCategory({c.household_type(), &facts, domain::IncomeLine(rules, c.region_code(), today), domain::EventOf(c), drop});
        return Status::Ok();
    }));
    return view;
}

Status Cases::Approve(const v1::ApproveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "approve", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              const v1::CaseCategory category = q.category() == v1::CASE_CATEGORY_UNSPECIFIED ? c.category() : q.category();
                              SW_RETURN_IF_ERROR(domain::CheckCategory(c, category));
                              if (category != c.publicity().category() && q.category_reason().empty()) {
                                  return InvalidField("category_reason", "why it is not the category that was posted in the village",
                                                      "CASE_CATEGORY_REASON");
                              }
                              SW_ASSIGN_OR_RETURN(v1::CategoryView view, View(work.connection, c, work.today));
                              SW_RETURN_IF_ERROR(domain::CheckAgainst(view, category, q.category_reason()));
                              c.set_category(category);
                              *c.mutable_category_view() = std::move(view);
                              SW_ASSIGN_OR_RETURN(const std::int64_t city, work.Need("case.city_review", c.region_code()));
                              c.set_city_review_needed(city == 1);
                              c.set_approved_on(work.today.ToString());
                              if (!q.category_reason().empty()) work.step.set_note(q.category_reason());
                              return Status::Ok();
                          }),
                          answer, Tell<event::v1::CaseApproved>());
}

Status Cases::ReviewByCity(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "city_review", q, by, deadline, On([&](record::Work&, v1::Case& c) {
                              c.set_city_reviewed_by(by.subject());
                              return Status::Ok();
                          }),
                          answer);
}

Status Cases::Return(const v1::ReturnCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    if (q.reason().empty()) return InvalidField("reason", "why it goes back", "CASE_REASON");
    return commands_.Move(CaseKind(), "return", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              // The table's condition looks at what is cleared below.
                              if (c.state() == v1::CASE_STATE_COUNTY_APPROVED) SW_RETURN_IF_ERROR(domain::CityReviewNeeded(c));
                              c.mutable_cross_check()->clear_finished_at();
                              c.clear_category_view();
                              c.clear_approved_on();
                              c.clear_city_reviewed_by();
                              work.step.set_note(q.reason());
                              return Status::Ok();
                          }),
                          answer, Tell<event::v1::CaseReturned>());
}

Status Cases::Announce(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "announce", q, by, deadline, {}, answer);
}

Status Cases::Enter(const v1::EnterCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    if (!q.risks().empty()) SW_RETURN_IF_ERROR(domain::CheckRisks(q.risks()));
    if (q.owner().empty()) return InvalidField("owner", "office or post that answers for the measures", "CASE_OWNER");
    const auto tell = On([](record::Work& work, v1::Case& c) {
        event::v1::HouseholdMonitored monitored;
        monitored.set_monitored_on(c.monitored_on());
        monitored.set_owner(c.owner());
        AddCaseEvent(work, c, monitored);
        return Status::Ok();
    });
    return commands_.Move(CaseKind(), "enter", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              if (!q.risks().empty()) *c.mutable_risks() = q.risks();
                              c.set_owner(q.owner());
                              c.set_monitored_on(work.today.ToString());
                              return SetRawDue(work, c);
                          }),
                          answer, tell);
}

Status Cases::End(std::string_view command, const google::protobuf::Message& q, v1::CaseEnd end, const std::string& reply, std::string_view help_kept,
                  const By& by, Deadline deadline, v1::Case& answer) const {
    const v1::CaseState to = command == "reject"     ? v1::CASE_STATE_REJECTED
                             : command == "withdraw" ? v1::CASE_STATE_WITHDRAWN
                                                     : v1::CASE_STATE_REVOKED;
    const auto close = On([&](record::Work& work, v1::Case& c) -> Status {
        SW_RETURN_IF_ERROR(domain::CheckEnd(c, to, end));
        if (reply.empty()) return InvalidField("reply", "what the family was told", "CASE_END");
        c.set_case_end(end);
        c.set_reply(reply);
        if (!help_kept.empty()) c.mutable_emergency()->set_help_kept(std::string(help_kept));
        if (work.step.note().empty()) work.step.set_note(reply);
        return SetRawDue(work, c);
    });
    const auto tell = On([&](record::Work& work, v1::Case& c) {
        const auto say = [&](auto event) {
            event.set_end(end);
            AddCaseEvent(work, c, event);
        };
        if (to == v1::CASE_STATE_REJECTED) say(event::v1::CaseRejected());
        if (to == v1::CASE_STATE_WITHDRAWN) say(event::v1::CaseWithdrawn());
        if (to == v1::CASE_STATE_REVOKED) say(event::v1::CaseRevoked());
        return Status::Ok();
    });
    return commands_.Move(CaseKind(), command, q, by, deadline, close, answer, tell);
}

Status Cases::Reject(const v1::EndCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return End("reject", q, q.end(), q.reply(), {}, by, deadline, answer);
}

Status Cases::Withdraw(const v1::EndCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return End("withdraw", q, q.end(), q.reply(), {}, by, deadline, answer);
}

Status Cases::Revoke(const v1::RevokeCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    if (q.help_kept().empty()) return InvalidField("help_kept", "what was given and stays; \"none\" where nothing was", "CASE_END");
    return End("revoke", q, q.end(), q.reply(), q.help_kept(), by, deadline, answer);
}

}  // namespace shouwang::monitoring::usecase
