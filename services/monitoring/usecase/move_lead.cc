#include "services/monitoring/usecase/move_lead.h"

#include "common/base/bytes.h"
#include "common/base/region_code.h"
#include "common/crypto/crypto.h"
#include "common/outbox/outbox.h"
#include "common/trace/trace.h"
#include "services/monitoring/usecase/screen_households.h"

namespace shouwang::monitoring::usecase {
namespace {

std::vector<options::v1::Role> RolesOf(const type::v1::Principal& by) {
    std::vector<options::v1::Role> roles;
    for (const int r : by.roles()) roles.push_back(static_cast<options::v1::Role>(r));
    return roles;
}

}  // namespace

Result<v1::Lead> MoveLead::Dispatch(const v1::DispatchLeadRequest& q, const type::v1::Principal& by, Deadline deadline) {
    LeadCommand c{q.name(), "dispatch", q.etag(), q.request_id(), q.SerializeAsString(), "to " + q.to_region(), {}, std::nullopt};
    c.change = [&](store::LeadRecord& lead) -> Status {
        if (!RegionContains(q.to_region(), lead.region_code)) {
            return InvalidField("to_region", "a township or village that holds the household (" + lead.region_code + ")", "REGION_NOT_ON_PATH");
        }
        lead.assigned_region = q.to_region();
        return Status::Ok();
    };
    return Run(c, by, deadline);
}

Result<v1::Lead> MoveLead::Accept(const v1::AcceptLeadRequest& q, const type::v1::Principal& by, Deadline deadline) {
    return Run({q.name(), "accept", q.etag(), q.request_id(), q.SerializeAsString(), "", {}, std::nullopt}, by, deadline);
}

Result<v1::Lead> MoveLead::Visit(const v1::VisitLeadRequest& q, const type::v1::Principal& by, Deadline deadline) {
    SW_RETURN_IF_ERROR(domain::CheckVisit(q.visit()));
    LeadCommand c{q.name(), "visit", q.etag(), q.request_id(), q.SerializeAsString(), "", {}, q.visit()};
    c.change = [&](store::LeadRecord& lead) -> Status {
        lead.visit = q.visit();
        return Status::Ok();
    };
    return Run(c, by, deadline);
}

Result<v1::Lead> MoveLead::Close(const v1::CloseLeadRequest& q, const type::v1::Principal& by, Deadline deadline) {
    LeadCommand c{q.name(), "close", q.etag(), q.request_id(), q.SerializeAsString(), q.reply(), {}, std::nullopt};
    c.change = [&](store::LeadRecord& lead) -> Status {
        SW_RETURN_IF_ERROR(domain::CheckClose(lead.visit.value_or(v1::Visit()), q.end()));
        lead.end = q.end();
        lead.closed_at = clock_.Now();
        return Status::Ok();
    };
    return Run(c, by, deadline);
}

Result<v1::Lead> MoveLead::Run(const LeadCommand& c, const type::v1::Principal& by, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(const LeadName name, ParseLeadName(c.name));
    const std::string request_hash = crypto::Sha256(c.command + '\0' + by.subject() + '\0' + c.request);
    v1::Lead answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        if (!c.request_id.empty()) {
            SW_ASSIGN_OR_RETURN(const auto stored, outbox::StoredAnswer(connection, c.request_id, request_hash));
            if (stored) return answer.ParseFromString(*stored) ? Status::Ok() : MakeStatus(Code::kDataLoss, "ANSWER_BROKEN", "the stored answer does not parse");
        }
        SW_ASSIGN_OR_RETURN(store::LeadRecord lead, store::LockLead(connection, name.household_id, name.lead_id));
        if (!RegionContains(by.region_prefix(), lead.region_code)) return MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "no such lead");
        if (!c.etag.empty() && c.etag != EtagOf(lead)) {
            return MakeStatus(Code::kAborted, "ETAG_STALE", "the lead has changed since it was read: read it again");
        }
        SW_ASSIGN_OR_RETURN(const domain::LeadTransition* transition, domain::FindTransition(lead.state, c.command, RolesOf(by)));
        if (c.change) SW_RETURN_IF_ERROR(c.change(lead));
        lead.state = transition->to;
        lead.due_at.reset();
        if (lead.state != v1::LEAD_STATE_CLOSED) lead.due_at = domain::DueAt(lead.state, lead.grade, clock_.Now());
        SW_RETURN_IF_ERROR(store::UpdateLead(connection, lead));
        SW_RETURN_IF_ERROR(store::AddStep(connection, lead, c.command, by.subject(), clock_.Now(), c.note, c.visit));
        outbox::Writer events("/shouwang/monitoring", clock_.Now(), trace::Current().ToString());
        if (lead.state == v1::LEAD_STATE_CLOSED) {
            event::v1::LeadClosed data;
            *data.mutable_lead() = SummaryOf(lead, 0);
            data.set_end(lead.end);
            AddLeadEvent(events, lead, data);
        } else {
            event::v1::LeadMoved data;
            *data.mutable_lead() = SummaryOf(lead, 0);
            data.set_command(c.command);
            AddLeadEvent(events, lead, data);
        }
        SW_RETURN_IF_ERROR(events.Flush(connection));
        SW_ASSIGN_OR_RETURN(answer, reader_.Read(connection, name, by));
        if (c.request_id.empty()) return Status::Ok();
        return outbox::StoreAnswer(connection, c.request_id, request_hash, answer.SerializeAsString());
    }));
    return answer;
}

}  // namespace shouwang::monitoring::usecase
