#include "services/monitoring/usecase/escalate_leads.h"

#include "common/base/region_code.h"
#include "common/trace/trace.h"
#include "services/monitoring/usecase/lead_clock.h"
#include "services/monitoring/usecase/screen_households.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kBatch = 200;

// Above who has it, or above who was told last; the province is told again.
std::string OneUp(const store::LeadRecord& lead) {
    const std::string& from = lead.escalated_to.empty() ? lead.assigned_region : lead.escalated_to;
    const int level = RegionLevel(from);
    return level <= 1 ? from : std::string(RegionAtLevel(from, level - 1));
}

Status EscalateOne(pg::Connection& connection, LeadClock& lead_clock, store::LeadRecord& lead, TimePoint now, outbox::Writer& events) {
    lead.escalated_to = OneUp(lead);
    lead.escalations += 1;
    SW_ASSIGN_OR_RETURN(const auto again, lead_clock.EndOf(domain::LeadLimitOf(lead.state, lead.grade), lead.region_code, now));
    // A limit that is no longer known: told once, and not again before somebody acts.
    lead.escalate_at = again.value_or(TimePoint(std::chrono::hours(24) * Date::FromCivil(2199, 12, 31).days));
    SW_RETURN_IF_ERROR(store::UpdateLead(connection, lead));
    SW_RETURN_IF_ERROR(store::AddStep(connection, lead, "escalate", "system", now, "overdue, to " + lead.escalated_to, std::nullopt));
    event::v1::LeadEscalated data;
    *data.mutable_lead() = SummaryOf(lead, 0);
    data.set_escalated_to(lead.escalated_to);
    data.set_escalations(static_cast<std::int32_t>(lead.escalations));
    AddLeadEvent(events, lead, data);
    return Status::Ok();
}

}  // namespace

Result<int> EscalateLeads::Step(Deadline deadline) const {
    int escalated = 0;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
        const TimePoint now = commands_.clock().Now();
        outbox::Writer events(commands_.source(), now, trace::Current().ToString());
        LeadClock lead_clock(connection, now);
        SW_ASSIGN_OR_RETURN(auto leads, store::LockOverdue(connection, now, kBatch));
        for (store::LeadRecord& lead : leads) SW_RETURN_IF_ERROR(EscalateOne(connection, lead_clock, lead, now, events));
        escalated = static_cast<int>(leads.size());
        return events.Flush(connection);
    }));
    return escalated;
}

Status EscalateLeads::RunDue(Deadline deadline) const {
    for (;;) {
        SW_ASSIGN_OR_RETURN(const int escalated, Step(deadline));
        if (escalated < kBatch) return Status::Ok();
    }
}

}  // namespace shouwang::monitoring::usecase
