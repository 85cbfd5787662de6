#include "services/monitoring/usecase/move_lead.h"

#include "common/base/region_code.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/declaration_answer.h"
#include "services/monitoring/usecase/lead_clock.h"
#include "services/monitoring/usecase/open_case.h"
#include "services/monitoring/usecase/report_lead.h"
#include "services/monitoring/usecase/screen_households.h"

namespace shouwang::monitoring::usecase {
namespace {

void AddMoved(record::Work& work, const store::LeadRecord& lead, std::string_view command) {
    if (lead.state == v1::LEAD_STATE_CLOSED) {
        event::v1::LeadClosed data;
        *data.mutable_lead() = SummaryOf(lead, 0);
        data.set_end(lead.end);
        AddLeadEvent(work.events, lead, data);
        return;
    }
    event::v1::LeadMoved data;
    *data.mutable_lead() = SummaryOf(lead, 0);
    data.set_command(std::string(command));
    AddLeadEvent(work.events, lead, data);
}

}  // namespace

Result<v1::Lead> MoveLead::Dispatch(const v1::DispatchLeadRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    Step step{"dispatch", "to " + q.to_region(), std::nullopt, {}};
    step.change = [&](record::Work&, store::LeadRecord& lead) -> Status {
        if (q.to_region().size() < 9 || !RegionContains(q.to_region(), lead.region_code)) {
            return InvalidField("to_region", "a township or village that holds the household (" + lead.region_code + ")", "REGION_NOT_ON_PATH");
        }
        lead.assigned_region = q.to_region();
        return Status::Ok();
    };
    return Run(q, step, by, deadline);
}

Result<v1::Lead> MoveLead::Accept(const v1::AcceptLeadRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    return Run(q, {"accept", "", std::nullopt, {}}, by, deadline);
}

Result<v1::Lead> MoveLead::Visit(const v1::VisitLeadRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    SW_RETURN_IF_ERROR(domain::CheckVisit(q.visit()));
    Step step{"visit", "", q.visit(), {}};
    step.change = [&](record::Work&, store::LeadRecord& lead) -> Status {
        lead.visit = q.visit();
        return Status::Ok();
    };
    return Run(q, step, by, deadline);
}

Result<v1::Lead> MoveLead::Close(const v1::CloseLeadRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    Step step{"close", q.reply(), std::nullopt, {}};
    step.change = [&](record::Work& work, store::LeadRecord& lead) { return End(work, lead, q); };
    return Run(q, step, by, deadline);
}

Status MoveLead::End(record::Work& work, store::LeadRecord& lead, const v1::CloseLeadRequest& q) const {
    SW_RETURN_IF_ERROR(domain::CheckClose(lead.visit.value_or(v1::Visit()), q.end()));
    lead.end = q.end();
    lead.closed_at = work.now;
    lead.reply = q.reply();
    if (lead.end == v1::LEAD_END_CONFIRMED) {
        CaseOpening opening;
        opening.household_id = lead.household_id;
        opening.risks = {lead.risk_type};
        opening.clue_on = DateAt(lead.opened_at);
        opening.lead = NameOfLead(lead);
        SW_ASSIGN_OR_RETURN(lead.case_name, OpenCaseIn(commands_, work, opening));
    }
    return AnswerDeclarationsIn(commands_, work, NameOfLead(lead), q.reply());
}

template <typename Request>
Result<v1::Lead> MoveLead::Run(const Request& q, const Step& step, const type::v1::Principal& by, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const LeadName name, ParseLeadName(q.name()));
    v1::Lead answer;
    SW_RETURN_IF_ERROR(commands_.Transact(step.command, by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_RETURN_IF_ERROR(Move(work, name, q.etag(), step));
        SW_ASSIGN_OR_RETURN(answer, reader_.Read(work.connection, name, by));
        return Status::Ok();
    }));
    return answer;
}

Status MoveLead::Move(record::Work& work, LeadName name, const std::string& etag, const Step& step) const {
    // An end goes on to cases and declarations: the household comes first, as in screening.
    if (step.command == "close") SW_RETURN_IF_ERROR(store::LockHouseholds(work.connection, {name.household_id}).status());
    SW_ASSIGN_OR_RETURN(store::LeadRecord lead, store::LockLead(work.connection, name.household_id, name.lead_id));
    if (!RegionContains(work.by.region_prefix(), lead.region_code)) return MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "no such lead");
    if (!etag.empty() && etag != EtagOf(lead)) {
        return MakeStatus(Code::kAborted, "ETAG_STALE", "the lead has changed since it was read: read it again");
    }
    SW_ASSIGN_OR_RETURN(const flow::Transition* row, domain::LeadStates().Find(lead.state, step.command, record::RolesOf(work.by)));
    if (step.change) SW_RETURN_IF_ERROR(step.change(work, lead));
    // Dispatching further down does not give the village more time.
    const bool stays = row->from == row->to;
    lead.state = static_cast<v1::LeadState>(row->to);
    if (!stays) {
        LeadClock lead_clock(work.connection, work.now);
        SW_ASSIGN_OR_RETURN(lead.due_at, lead_clock.DueAt(lead, work.now));
        lead.escalate_at.reset();
        lead.escalated_to.clear();
    }
    SW_RETURN_IF_ERROR(store::UpdateLead(work.connection, lead));
    SW_RETURN_IF_ERROR(store::AddStep(work.connection, lead, std::string(step.command), work.by.subject(), work.now, step.note, step.visit));
    AddMoved(work, lead, step.command);
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
