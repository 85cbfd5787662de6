#include "common/flow/limit.h"

#include <algorithm>

namespace shouwang::flow {
namespace {

using namespace std::chrono_literals;

// Midnight at which a day begins in UTC+8.
TimePoint StartOf(Date day) { return TimePoint(std::chrono::hours(24) * day.days - 8h); }

Date LastDay(TimePoint since, Limit limit, const WorkCalendar& calendar) {
    const Date day = DateAt(since);
    const int n = static_cast<int>(limit.amount);
    switch (limit.unit) {
        case options::v1::UNIT_WORKING_DAYS:
            return calendar.Add(day, n);
        case options::v1::UNIT_MONTHS:
            return AddMonths(day, n);
        default:
            return day + n;
    }
}

}  // namespace

bool WorkCalendar::Works(Date day) const {
    if (const auto it = special_.find(day); it != special_.end()) return it->second;
    // 1970-01-01 was a Thursday.
    const int weekday = ((day.days + 3) % 7 + 7) % 7;  // 0 = Monday
    return weekday < 5;
}

Date WorkCalendar::Add(Date day, int n) const {
    if (n == 0) {
        while (!Works(day)) day = day + 1;
        return day;
    }
    for (; n > 0; --n) {
        do {
            day = day + 1;
        } while (!Works(day));
    }
    return day;
}

int WorkCalendar::Between(Date from, Date to) const {
    int n = 0;
    for (Date day = from + 1; day <= to; day = day + 1) n += Works(day) ? 1 : 0;
    return n;
}

Date AddMonths(Date day, int n) {
    const Month month = Month::Of(day) + n;
    return std::min(month.first_day() + (static_cast<int>(day.day()) - 1), month.last_day());
}

TimePoint DueAt(TimePoint since, Limit limit, const WorkCalendar& calendar) {
    if (limit.unit == options::v1::UNIT_HOURS) return since + std::chrono::hours(limit.amount);
    return StartOf(LastDay(since, limit, calendar) + 1);
}

}  // namespace shouwang::flow
