// Due dates of leads inside one transaction: the limits are read once, and only where a lead needs one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/record/parameters.h"
#include "services/monitoring/store/lead_store.h"

namespace shouwang::monitoring::usecase {

class LeadClock {
public:
    LeadClock(pg::Connection& connection, TimePoint now) : connection_(connection), now_(now) {}

    // When the lead's next step is due, its state entered at `since`. nullopt: closed, or no limit is known there (unknown is never overdue).
    Result<std::optional<TimePoint>> DueAt(const store::LeadRecord& lead, TimePoint since);
    // The end of a lead limit (domain::LeadLimits) that began at `since`.
    Result<std::optional<TimePoint>> EndOf(std::string_view limit, const std::string& region_code, TimePoint since);

private:
    Result<const flow::WorkCalendar*> CalendarOf(const std::string& region_code);
    pg::Connection& connection_;
    TimePoint now_;
    std::optional<record::Snapshot> limits_;
    std::map<std::string, flow::WorkCalendar> calendars_;
};

}  // namespace shouwang::monitoring::usecase
