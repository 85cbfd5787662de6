// Civil dates and months of the one time zone the platform works in (Asia/Shanghai, UTC+8, no daylight saving since 1991).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shouwang {

// Days since 1970-01-01.
struct Date {
    std::int32_t days = 0;

    auto operator<=>(const Date&) const = default;
    Date operator+(int n) const { return {days + n}; }
    Date operator-(int n) const { return {days - n}; }
    int operator-(Date other) const { return days - other.days; }

    static Date FromCivil(int year, unsigned month, unsigned day);
    // "YYYY-MM-DD", years 1900 to 2199; nullopt where it is not a day of the calendar.
    static std::optional<Date> Parse(std::string_view text);
    std::string ToString() const;
    int year() const;
    unsigned month() const;
    unsigned day() const;
};

// Months since 1970-01.
struct Month {
    std::int32_t index = 0;

    auto operator<=>(const Month&) const = default;
    Month operator+(int n) const { return {index + n}; }
    Month operator-(int n) const { return {index - n}; }

    static Month Of(Date date);
    static std::optional<Month> Parse(std::string_view text);  // "YYYY-MM"
    Date first_day() const;
    Date last_day() const;
    std::string ToString() const;
};

using TimePoint = std::chrono::system_clock::time_point;

Date DateAt(TimePoint time);                          // the civil day in UTC+8
std::string ToRfc3339(TimePoint time);                // "2021-06-30T08:00:00.123Z"
std::optional<TimePoint> ParseRfc3339(std::string_view text);

}  // namespace shouwang
