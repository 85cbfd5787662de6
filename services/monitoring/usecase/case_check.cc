// The visit with the family's authority (承诺授权书), and the cross-check (信息比对).
#include <algorithm>
#include <set>

#include "services/monitoring/domain/cross_check.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/case_facts.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::usecase {
namespace {

Status PutAuthority(record::Work& work, const v1::Authority& authority, v1::Case& c) {
    SW_ASSIGN_OR_RETURN(const std::int64_t longest, work.Need("case.authority_max_days", c.region_code()));
    SW_RETURN_IF_ERROR(domain::CheckAuthority(authority, work.today, longest));
    *c.mutable_authority() = authority;
    return Status::Ok();
}

Status CheckVisit(const v1::CaseVisit& visit, Date earliest, Date today) {
    const std::set<std::string> visitors(visit.visitors().begin(), visit.visitors().end());
    if (visitors.size() < 2 || visitors.contains("")) return InvalidField("visit.visitors", "two different people or more", "CASE_VISIT");
    const auto visited_on = Date::Parse(visit.visited_on());
    if (!visited_on || *visited_on < earliest || *visited_on > today) {
        return InvalidField("visit.visited_on", "a day from " + earliest.ToString() + " to today", "CASE_VISIT");
    }
    if (visit.event().empty() != visit.event_on().empty())
        return InvalidField("visit.event_on", "an event and its day belong together", "CASE_VISIT");
    const auto event_on = Date::Parse(visit.event_on());
    if (!visit.event_on().empty() && (!event_on || *event_on > *visited_on))
        return InvalidField("visit.event_on", "a day not after the visit", "CASE_VISIT");
    return Status::Ok();
}

void Begin(record::Work& work, v1::Case& c) {
    if (!c.cross_check().has_started_at()) SetStamp(*c.mutable_cross_check()->mutable_started_at(), work.now);
}

bool EnteredByPerson(const v1::Case& c, v1::CrossCheckItem item) {
    return std::any_of(c.cross_check().findings().begin(), c.cross_check().findings().end(),
                       [&](const v1::Finding& f) { return f.item() == item && f.entered_by() != "system"; });
}

event::v1::CaseCrossCheckDone Count(const v1::Case& c, bool skipped) {
    event::v1::CaseCrossCheckDone done;
    done.set_skipped(skipped);
    for (const v1::Finding& f : c.cross_check().findings()) {
        if (f.answer() != v1::CHECK_ANSWER_YES) continue;
        f.verdict() == v1::VERDICT_HARD ? done.set_hard_findings(done.hard_findings() + 1) : done.set_soft_findings(done.soft_findings() + 1);
    }
    return done;
}

record::Commands::Body TellDone(bool skipped) {
    return On([skipped](record::Work& work, v1::Case& c) {
        AddCaseEvent(work, c, Count(c, skipped));
        return Status::Ok();
    });
}

}  // namespace

Status Cases::RecordAuthority(const v1::RecordAuthorityRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "record_authority", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              SW_RETURN_IF_ERROR(PutAuthority(work, q.authority(), c));
                              work.step.mutable_detail()->PackFrom(q.authority());
                              return Status::Ok();
                          }),
                          answer);
}

Status Cases::RecordVisit(const v1::RecordVisitRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "record_visit", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              // A case that was sent back is visited again.
                              const Date earliest = c.state() == v1::CASE_STATE_RETURNED ? DateAt(TimeAt(c.state_since())) : Date{0};
                              SW_RETURN_IF_ERROR(CheckVisit(q.visit(), earliest, work.today));
                              if (q.has_authority()) SW_RETURN_IF_ERROR(PutAuthority(work, q.authority(), c));
                              *c.mutable_visit() = q.visit();
                              work.step.mutable_detail()->PackFrom(q.visit());
                              return Status::Ok();
                          }),
                          answer);
}

Status Cases::StartCrossCheck(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(
        CaseKind(), "start_cross_check", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
            SW_RETURN_IF_ERROR(domain::AuthorityCovers(c, {}, work.today));
            Begin(work, c);
            return WithFacts(work.connection, books_, HouseholdIdOf(c), work.today, [&](const domain::HouseholdFacts& facts, const v1::RuleSet&) {
                for (const v1::CrossCheckRule& rule : domain::CrossCheckInForce(rules_, c.region_code(), work.today)) {
                    const v1::CrossCheckItem item = rule.item();
                    const bool covered = domain::AuthorityCovers(c, {&item, 1}, work.today).ok();
                    // What a department has answered on paper stands.
                    if (rule.fact().empty() || !covered || EnteredByPerson(c, item)) continue;
                    v1::Finding finding = domain::ComputeFinding(rule, facts);
                    SetStamp(*finding.mutable_at(), work.now);
                    domain::PutFinding(finding, *c.mutable_cross_check());
                }
                return Status::Ok();
            });
        }),
        answer);
}

Status Cases::RecordFindings(const v1::RecordFindingsRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    if (q.findings().empty()) return InvalidField("findings", "at least one", "CASE_FINDING");
    for (int i = 0; i < q.findings_size(); ++i) SW_RETURN_IF_ERROR(domain::CheckEntered(q.findings(i), i));
    return commands_.Move(CaseKind(), "record_findings", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              std::vector<v1::CrossCheckItem> asked;
                              for (const v1::Finding& f : q.findings()) {
                                  if (f.answer() != v1::CHECK_ANSWER_UNKNOWN)
                                      asked.push_back(f.item());  // unknown: nobody was asked, or nobody answered
                              }
                              SW_RETURN_IF_ERROR(domain::AuthorityCovers(c, asked, work.today));
                              Begin(work, c);
                              const auto rules = domain::CrossCheckInForce(rules_, c.region_code(), work.today);
                              for (const v1::Finding& f : q.findings()) {
                                  const auto rule =
                                      std::find_if(rules.begin(), rules.end(), [&](const v1::CrossCheckRule& r) { return r.item() == f.item(); });
                                  v1::Finding finding;
                                  finding.set_item(f.item());
                                  finding.set_answer(f.answer());
                                  finding.set_verdict(rule->verdict());  // every item has a row for everywhere
                                  finding.set_department(f.department());
                                  finding.set_evidence(f.evidence());
                                  finding.set_entered_by(by.subject());
                                  SetStamp(*finding.mutable_at(), work.now);
                                  domain::PutFinding(finding, *c.mutable_cross_check());
                              }
                              return Status::Ok();
                          }),
                          answer);
}

Status Cases::FinishCrossCheck(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(
        CaseKind(), "finish_cross_check", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
            SW_RETURN_IF_ERROR(domain::AuthorityCovers(c, {}, work.today));
            SW_RETURN_IF_ERROR(domain::CheckFinished(domain::CrossCheckInForce(rules_, c.region_code(), work.today), c.cross_check()));
            SetStamp(*c.mutable_cross_check()->mutable_finished_at(), work.now);
            return Status::Ok();
        }),
        answer, TellDone(false));
}

Status Cases::SkipCrossCheck(const v1::SkipCrossCheckRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "skip_cross_check", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              const auto checked_on = Date::Parse(q.checked_on());
                              SW_ASSIGN_OR_RETURN(const std::int64_t days, work.Need("case.assistance_check_days", c.region_code()));
                              if (!checked_on || *checked_on > work.today || work.today - *checked_on > days) {
                                  return InvalidField("checked_on", "a day of the last " + std::to_string(days) + " days", "CASE_CHECK_TOO_OLD");
                              }
                              if (q.evidence().empty())
                                  return InvalidField("evidence", "reference of the check made for the low-income guarantee", "CASE_FINDING");
                              v1::CrossCheck& check = *c.mutable_cross_check();
                              check.set_skipped_because(q.evidence());
                              check.set_skipped_checked_on(q.checked_on());
                              SetStamp(*check.mutable_finished_at(), work.now);
                              return Status::Ok();
                          }),
                          answer, TellDone(true));
}

Status Cases::OverrideFinding(const v1::OverrideFindingRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    return commands_.Move(CaseKind(), "override_finding", q, by, deadline, On([&](record::Work& work, v1::Case& c) -> Status {
                              if (q.reason().empty()) return InvalidField("reason", "why the family is held in", "CASE_FINDING");
                              if (q.evidence().empty()) return InvalidField("evidence", "reference of the paper", "CASE_FINDING");
                              for (v1::Finding& f : *c.mutable_cross_check()->mutable_findings()) {
                                  if (f.item() != q.item() || f.answer() != v1::CHECK_ANSWER_YES || f.verdict() != v1::VERDICT_HARD) continue;
                                  v1::Override& o = *f.mutable_overridden();
                                  o.set_reason(q.reason());
                                  o.set_evidence(q.evidence());
                                  o.set_by(by.subject());
                                  SetStamp(*o.mutable_at(), work.now);
                                  work.step.mutable_detail()->PackFrom(o);
                                  if (work.step.note().empty()) work.step.set_note(v1::CrossCheckItem_Name(f.item()));
                                  return Status::Ok();
                              }
                              return InvalidField("item", "an item with a hard finding", "CASE_FINDING");
                          }),
                          answer);
}

}  // namespace shouwang::monitoring::usecase
