#include "services/monitoring/usecase/lead_clock.h"

#include "services/monitoring/domain/parameters.h"

namespace shouwang::monitoring::usecase {

Result<const flow::WorkCalendar*> LeadClock::CalendarOf(const std::string& region_code) {
    const auto found = calendars_.find(region_code);
    if (found != calendars_.end()) return &found->second;
    SW_ASSIGN_OR_RETURN(flow::WorkCalendar calendar, record::LoadCalendar(connection_, region_code, DateAt(now_) - 366));
    return &calendars_.emplace(region_code, std::move(calendar)).first->second;
}

Result<std::optional<TimePoint>> LeadClock::EndOf(std::string_view limit, const std::string& region_code, TimePoint since) {
    if (limit.empty()) return std::optional<TimePoint>();
    if (!limits_) {
        static const std::vector<std::string> kNames = domain::LeadLimits();
        SW_ASSIGN_OR_RETURN(limits_, record::Snapshot::Load(connection_, kNames, DateAt(now_)));
    }
    const auto amount = limits_->Value(limit, region_code);
    if (!amount) return std::optional<TimePoint>();
    const flow::Limit span{*amount, domain::ParameterUnit(limit)};
    // Only working days ask for the calendar.
    if (span.unit != options::v1::UNIT_WORKING_DAYS) return std::optional(flow::DueAt(since, span, {}));
    SW_ASSIGN_OR_RETURN(const flow::WorkCalendar* calendar, CalendarOf(region_code));
    return std::optional(flow::DueAt(since, span, *calendar));
}

Result<std::optional<TimePoint>> LeadClock::DueAt(const store::LeadRecord& lead, TimePoint since) {
    SW_ASSIGN_OR_RETURN(const auto limit, EndOf(domain::LeadLimitOf(lead.state, lead.grade), lead.region_code, since));
    std::optional<TimePoint> visit_by;
    if (lead.declared_at) {
        SW_ASSIGN_OR_RETURN(visit_by, EndOf(domain::kDeclaredVisitLimit, lead.region_code, *lead.declared_at));
    }
    return domain::LeadDue(lead.state, limit, visit_by);
}

}  // namespace shouwang::monitoring::usecase
