// Opening a case, and the green channel (绿色通道).
#include "services/monitoring/store/case_store.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/cases.h"
#include "services/monitoring/usecase/open_case.h"

namespace shouwang::monitoring::usecase {

Status Cases::Open(const v1::OpenCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    CaseOpening opening;
    const auto clue_on = Date::Parse(q.clue_on());
    if (!clue_on) return InvalidField("clue_on", "a date YYYY-MM-DD", "CASE_CLUE_DATE");
    if (!q.lead().empty() && !q.lead().starts_with(q.household() + "/leads/"))
        return InvalidField("lead", "a lead of the household", "LEAD_NOT_FOUND");
    SW_ASSIGN_OR_RETURN(opening.household_id, store::HouseholdIdOf(q.household()));
    for (const int risk : q.risks()) opening.risks.push_back(static_cast<v1::RiskType>(risk));
    opening.clue_on = *clue_on;
    opening.lead = q.lead();
    opening.reason = q.reason();
    opening.green_channel = q.green_channel();
    opening.emergency = q.emergency();
    return commands_.Transact("open", by, q, deadline, answer, [&](record::Work& work) -> Status {
        if (!q.lead().empty()) SW_RETURN_IF_ERROR(store::CheckLead(work.connection, opening.household_id, q.lead()));
        SW_ASSIGN_OR_RETURN(const std::string name, OpenCaseIn(commands_, work, opening));
        SW_RETURN_IF_ERROR(record::Read(work.connection, CaseKind(), name, by.region_prefix(), answer));
        commands_.Show(CaseKind(), by, answer);
        return Status::Ok();
    });
}

Status Cases::ConfirmEmergency(const v1::ConfirmEmergencyRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    const auto confirm = On([&](record::Work& work, v1::Case& c) -> Status {
        const v1::Emergency& said = q.has_emergency() ? q.emergency() : c.emergency();
        const auto happened = Date::Parse(said.happened_on());
        if (!happened || *happened > work.today)
            return InvalidField("emergency.happened_on", "the day of the emergency, not after today", "CASE_EMERGENCY");
        if (said.event().empty()) return InvalidField("emergency.event", "what happened", "CASE_EMERGENCY");
        const bool first = !c.green_channel();
        const v1::Emergency copy = said;
        usecase::ConfirmEmergency(by, copy, c);
        // From here on the limit is that of the green channel, counted from now.
        if (first) c.clear_due_at();
        return Status::Ok();
    });
    return commands_.Move(CaseKind(), "confirm_emergency", q, by, deadline, confirm, answer);
}

Status Cases::EnterProvisionally(const v1::MoveCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    const auto enter = On([](record::Work& work, v1::Case& c) -> Status {
        SetStamp(*c.mutable_emergency()->mutable_entered_at(), work.now);
        return SetTotalDue(work, "case.provisional_total_days", work.today, c);
    });
    return commands_.Move(CaseKind(), "enter_provisionally", q, by, deadline, enter, answer, Tell<event::v1::CaseEnteredProvisionally>());
}

}  // namespace shouwang::monitoring::usecase
