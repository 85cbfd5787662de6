// Limits in hours, natural days, working days and months, and the days a limit ends on. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::flow {

// Days on which offices work: Monday to Friday, but for the days that differ (holidays, and the weekend days worked instead, 调休).
class WorkCalendar {
public:
    void Set(Date day, bool working) { special_[day] = working; }
    bool Works(Date day) const;
    // The n-th working day after `day` (n ≥ 0; 0 = the day itself, or the next working day where it is none).
    Date Add(Date day, int n) const;
    // Working days after `from` up to and including `to`; 0 where to ≤ from.
    int Between(Date from, Date to) const;

private:
    std::map<Date, bool> special_;
};

struct Limit {
    std::int64_t amount = 0;
    options::v1::Unit unit = options::v1::UNIT_DAYS;  // HOURS, DAYS, WORKING_DAYS or MONTHS
};

// The day n months later; the last day of the month where that month is shorter (31 January + 1 month = 28 or 29 February).
Date AddMonths(Date day, int n);

// The moment a limit, or a minimum period, that began at `since` is over. Hours count from the moment. Days, working days and months: the
// end of the last day; the day of `since` itself does not count.
TimePoint DueAt(TimePoint since, Limit limit, const WorkCalendar& calendar);

}  // namespace shouwang::flow
