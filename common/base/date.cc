#include "common/base/date.h"

#include <array>
#include <cstdio>

namespace shouwang {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr auto kChinaOffset = std::chrono::hours(8);
constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

year_month_day Civil(Date date) { return year_month_day(sys_days(days(date.days))); }

// Exactly `count` digits at `at`; -1 where there are not.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<Date> Checked(int y, int m, int d) {
    if (y < kFirstYear || y > kLastYear || m < 1 || d < 1) return std::nullopt;
    const year_month_day civil(std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                               std::chrono::day(static_cast<unsigned>(d)));
    if (!civil.ok()) return std::nullopt;
    return Date{static_cast<std::int32_t>(sys_days(civil).time_since_epoch().count())};
}

// ".123456789" at `at`: moves `at` behind it. False where a point is not followed by 1 to 9 digits.
bool ParseFraction(std::string_view text, std::size_t* at, std::chrono::nanoseconds* fraction) {
    if (*at >= text.size() || text[*at] != '.') return true;
    std::int64_t value = 0;
    int count = 0;
    for (++*at; *at < text.size() && text[*at] >= '0' && text[*at] <= '9'; ++*at, ++count) {
        if (count == 9) return false;
        value = value * 10 + (text[*at] - '0');
    }
    if (count == 0) return false;
    for (; count < 9; ++count) value *= 10;
    *fraction = std::chrono::nanoseconds(value);
    return true;
}

// "Z" or "+08:00", and nothing behind it.
std::optional<std::chrono::minutes> ParseOffset(std::string_view text, std::size_t at) {
    if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        return std::chrono::minutes(0);
    }
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') {
        return std::nullopt;
    }
    const int hours = Digits(text, at + 1, 2);
    const int minutes = Digits(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    const std::chrono::minutes offset(hours * 60 + minutes);
    return text[at] == '-' ? -offset : offset;
}

}  // namespace

Date Date::FromCivil(int year, unsigned month, unsigned day) {
    const year_month_day civil{std::chrono::year(year), std::chrono::month(month),
                               std::chrono::day(day)};
    return {static_cast<std::int32_t>(sys_days(civil).time_since_epoch().count())};
}

std::optional<Date> Date::Parse(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    return Checked(Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2));
}

std::string Date::ToString() const {
    const year_month_day civil = Civil(*this);
    std::array<char, 32> out;
    const int size = std::snprintf(out.data(), out.size(), "%04d-%02u-%02u",
                                   static_cast<int>(civil.year()),
                                   static_cast<unsigned>(civil.month()),
                                   static_cast<unsigned>(civil.day()));
    return std::string(out.data(), static_cast<std::size_t>(size));
}

int Date::year() const { return static_cast<int>(Civil(*this).year()); }
unsigned Date::month() const { return static_cast<unsigned>(Civil(*this).month()); }
unsigned Date::day() const { return static_cast<unsigned>(Civil(*this).day()); }

Month Month::Of(Date date) {
    const year_month_day civil = Civil(date);
    return {(static_cast<int>(civil.year()) - 1970) * 12 +
            static_cast<int>(static_cast<unsigned>(civil.month())) - 1};
}

std::optional<Month> Month::Parse(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') return std::nullopt;
    const auto first = Checked(Digits(text, 0, 4), Digits(text, 5, 2), 1);
    if (!first) return std::nullopt;
    return Of(*first);
}

Date Month::first_day() const {
    // Floor division, so that months before 1970 fall into the right year.
    const int year = (index >= 0 ? index : index - 11) / 12;
    return Date::FromCivil(1970 + year, static_cast<unsigned>(index - year * 12) + 1, 1);
}

Date Month::last_day() const { return (*this + 1).first_day() - 1; }

std::string Month::ToString() const { return first_day().ToString().substr(0, 7); }

Date DateAt(TimePoint time) {
    const auto local = std::chrono::floor<days>(time + kChinaOffset);
    return {static_cast<std::int32_t>(local.time_since_epoch().count())};
}

std::string ToRfc3339(TimePoint time) {
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto day = std::chrono::floor<days>(millis);
    const long long of_day = (millis - day).count();
    const Date date{static_cast<std::int32_t>(day.time_since_epoch().count())};
    std::array<char, 32> out;
    const int size = std::snprintf(out.data(), out.size(), "T%02lld:%02lld:%02lld.%03lldZ",
                                   of_day / 3'600'000, of_day / 60'000 % 60, of_day / 1000 % 60,
                                   of_day % 1000);
    return date.ToString().append(out.data(), static_cast<std::size_t>(size));
}

std::optional<TimePoint> ParseRfc3339(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
    const auto date = Date::Parse(text.substr(0, 10));
    const int hour = Digits(text, 11, 2);
    const int minute = Digits(text, 14, 2);
    const int second = Digits(text, 17, 2);
    if (!date || text[13] != ':' || text[16] != ':' || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59) {
        return std::nullopt;
    }
    std::size_t at = 19;
    std::chrono::nanoseconds fraction{0};
    if (!ParseFraction(text, &at, &fraction)) return std::nullopt;
    const auto offset = ParseOffset(text, at);
    if (!offset) return std::nullopt;
    return sys_days(days(date->days)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + fraction - *offset;
}

}  // namespace shouwang
