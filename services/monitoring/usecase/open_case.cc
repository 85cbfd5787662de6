#include "services/monitoring/usecase/open_case.h"

#include <algorithm>

#include "services/monitoring/domain/case_check.h"
#include "services/monitoring/store/case_store.h"
#include "services/monitoring/usecase/case_events.h"
#include "services/monitoring/usecase/case_kind.h"

namespace shouwang::monitoring::usecase {
namespace {

Status Check(const CaseOpening& o, Date today) {
    SW_RETURN_IF_ERROR(domain::CheckRisks({o.risks.begin(), o.risks.end()}));
    if (o.lead.empty() && o.reason.empty()) return InvalidField("reason", "why the case is opened without a lead", "CASE_REASON");
    if (o.clue_on > today) return InvalidField("clue_on", "not after today", "CASE_CLUE_DATE");
    if (!o.green_channel) return Status::Ok();
    const auto happened = Date::Parse(o.emergency.happened_on());
    if (!happened || *happened > today) return InvalidField("emergency.happened_on", "the day of the emergency, not after today", "CASE_EMERGENCY");
    return o.emergency.event().empty() ? InvalidField("emergency.event", "what happened", "CASE_EMERGENCY") : Status::Ok();
}

// Adds what is new; says whether there was anything. A sixth risk is not recorded: the lead stays with the case and says it.
bool AddRisks(const std::vector<v1::RiskType>& risks, v1::Case& c) {
    bool added = false;
    for (const v1::RiskType risk : risks) {
        if (c.risks_size() == domain::kMostRisks || std::find(c.risks().begin(), c.risks().end(), risk) != c.risks().end()) continue;
        c.add_risks(risk);
        added = true;
    }
    return added;
}

// The newest eliminated case of the household, if any: what a new one rebounds from.
Status AddRebound(record::Work& work, std::int64_t household_id, v1::Case& c) {
    SW_ASSIGN_OR_RETURN(const auto before, record::Select<v1::Case>(work.connection, CaseKind(),
                                                                    "household_id = $1 AND state = " + std::to_string(v1::CASE_STATE_ELIMINATED) +
                                                                        " ORDER BY case_id DESC LIMIT 1",
                                                                    pg::P(household_id)));
    if (before.empty()) return Status::Ok();
    c.set_rebound_of(before[0].name());
    c.set_rebounds(before[0].rebounds() + 1);
    return Status::Ok();
}

Status Fill(record::Work& work, const CaseOpening& o, const store::CaseHousehold& household, v1::Case& c) {
    c.set_household_no(household.household_no);
    c.set_region_code(household.region_code);
    c.set_household_type(household.lifted ? v1::HOUSEHOLD_TYPE_LIFTED : v1::HOUSEHOLD_TYPE_ORDINARY);
    for (const v1::RiskType risk : o.risks) c.add_risks(risk);
    c.set_clue_on(o.clue_on.ToString());
    if (!o.lead.empty()) c.add_leads(o.lead);
    c.set_reason(o.reason);
    c.set_green_channel(o.green_channel);
    if (o.green_channel) ConfirmEmergency(work.by, o.emergency, c);
    SetStamp(*c.mutable_opened_at(), work.now);
    SW_RETURN_IF_ERROR(AddRebound(work, o.household_id, c));
    return SetTotalDue(work, "case.total_days", o.clue_on, c);
}

}  // namespace

void ConfirmEmergency(const type::v1::Principal& by, const v1::Emergency& emergency, v1::Case& c) {
    c.set_green_channel(true);
    v1::Emergency& e = *c.mutable_emergency();
    e.set_happened_on(emergency.happened_on());
    e.set_event(emergency.event());
    for (const options::v1::Role role : record::RolesOf(by)) {
        if (role == options::v1::ROLE_VILLAGE_OPERATOR) e.set_village_confirmed_by(by.subject());
        if (role == options::v1::ROLE_TOWNSHIP_OPERATOR) e.set_township_confirmed_by(by.subject());
    }
}

Status SetTotalDue(record::Work& work, std::string_view parameter, Date since, v1::Case& c) {
    SW_ASSIGN_OR_RETURN(const flow::Limit limit, work.parameters.NeedLimit(work.connection, parameter, c.region_code(), work.today));
    SW_ASSIGN_OR_RETURN(const flow::WorkCalendar calendar, record::LoadCalendar(work.connection, c.region_code(), since));
    // Any moment of the day will do: the day itself does not count.
    const TimePoint noon = *ParseRfc3339(since.ToString() + "T04:00:00Z");
    SetStamp(*c.mutable_total_due_at(), flow::DueAt(noon, limit, calendar));
    c.set_total_escalated(false);
    return Status::Ok();
}

Status SetRawDue(record::Work& work, v1::Case& c) {
    SW_ASSIGN_OR_RETURN(const std::int64_t days, work.Need("case.raw_finding_days", c.region_code()));
    c.set_raw_due_on((work.today + static_cast<int>(days)).ToString());
    return Status::Ok();
}

Result<std::string> OpenCaseIn(const record::Commands& commands, record::Work& work, const CaseOpening& o) {
    SW_RETURN_IF_ERROR(Check(o, work.today));
    SW_ASSIGN_OR_RETURN(const store::CaseHousehold household, store::LockCaseHousehold(work.connection, o.household_id, work.by.region_prefix()));
    SW_ASSIGN_OR_RETURN(const auto open, record::Select<v1::Case>(work.connection, CaseKind(),
                                                                  "household_id = $1 AND state NOT IN (16, 17, 18, 19, 20)", pg::P(o.household_id)));
    v1::Case c;
    if (open.empty()) {
        const std::vector<std::int64_t> parents{o.household_id};
        SW_RETURN_IF_ERROR(commands.CreateIn(
            CaseKind(), "open", parents, work,
            [&](record::Work& w, google::protobuf::Message& m) {
                w.step.set_note(o.lead.empty() ? o.reason : o.lead);
                return Fill(w, o, household, static_cast<v1::Case&>(m));
            },
            c));
        AddCaseEvent<event::v1::CaseOpened>(work, c);
        return c.name();
    }
    bool added = false;
    SW_RETURN_IF_ERROR(commands.MoveIn(
        CaseKind(), "join", open[0].name(), work,
        [&](record::Work& w, google::protobuf::Message& m) {
            auto& joined = static_cast<v1::Case&>(m);
            w.step.set_note(o.lead.empty() ? o.reason : o.lead);
            if (!o.lead.empty() && std::find(joined.leads().begin(), joined.leads().end(), o.lead) == joined.leads().end()) joined.add_leads(o.lead);
            added = AddRisks(o.risks, joined);
            return Status::Ok();
        },
        c));
    if (added) AddCaseEvent<event::v1::CaseRiskAdded>(work, c);
    return c.name();
}

}  // namespace shouwang::monitoring::usecase
