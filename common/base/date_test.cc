#include "common/base/date.h"

#include <gtest/gtest.h>

#include <string>

namespace shouwang {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint At(std::int64_t ms) { return TimePoint(milliseconds(ms)); }

TEST(DateTest, KnownDays) {
    const struct {
        const char* text;
        std::int32_t days;
    } cases[] = {{"1970-01-01", 0},      {"1969-12-31", -1},    {"2000-02-29", 11016},
                 {"2021-06-30", 18808},  {"1900-01-01", -25567}, {"2199-12-31", 84005}};
    for (const auto& c : cases) {
        const auto date = Date::Parse(c.text);
        ASSERT_TRUE(date) << c.text;
        EXPECT_EQ(date->days, c.days) << c.text;
        EXPECT_EQ(date->ToString(), c.text);
        EXPECT_EQ(Date::FromCivil(date->year(), date->month(), date->day()), *date);
    }
}

TEST(DateTest, EveryDayOfTheRangeComesBack) {
    const Date last = *Date::Parse("2199-12-31");
    for (Date day = *Date::Parse("1900-01-01"); day <= last; day = day + 1) {
        ASSERT_EQ(Date::Parse(day.ToString()), day) << day.days;
    }
}

TEST(DateTest, RefusesWhatIsNoDay) {
    for (const char* text :
         {"", "2021-02-29", "1900-02-29", "2021-13-01", "2021-00-01", "2021-01-00", "2021-04-31",
          "1899-12-31", "2200-01-01", "2021-1-01", "2021/01/01", "20210101", "2021-01-01 ",
          " 2021-01-01", "2021-01-1a", "-021-01-01", "２０２１-01-01", "2021-01-011"}) {
        EXPECT_EQ(Date::Parse(text), std::nullopt) << text;
    }
}

TEST(DateTest, Arithmetic) {
    const Date date = *Date::Parse("2020-02-28");
    EXPECT_EQ((date + 1).ToString(), "2020-02-29");
    EXPECT_EQ((date + 2).ToString(), "2020-03-01");
    EXPECT_EQ((date - 59).ToString(), "2019-12-31");
    EXPECT_EQ(*Date::Parse("2020-03-01") - date, 2);
    EXPECT_LT(date, date + 1);
}

TEST(MonthTest, KnownMonths) {
    const struct {
        const char* text;
        std::int32_t index;
        const char* first;
        const char* last;
    } cases[] = {{"1970-01", 0, "1970-01-01", "1970-01-31"},
                 {"1969-12", -1, "1969-12-01", "1969-12-31"},
                 {"1969-01", -12, "1969-01-01", "1969-01-31"},
                 {"1968-02", -23, "1968-02-01", "1968-02-29"},
                 {"2021-12", 623, "2021-12-01", "2021-12-31"}};
    for (const auto& c : cases) {
        const auto month = Month::Parse(c.text);
        ASSERT_TRUE(month) << c.text;
        EXPECT_EQ(month->index, c.index);
        EXPECT_EQ(month->ToString(), c.text);
        EXPECT_EQ(month->first_day().ToString(), c.first);
        EXPECT_EQ(month->last_day().ToString(), c.last);
        EXPECT_EQ(Month::Of(month->first_day()), *month);
        EXPECT_EQ(Month::Of(month->last_day()), *month);
    }
    for (const char* text : {"2021-13", "2021-00", "2021-1", "202101", "1899-12", "2021-01-01"}) {
        EXPECT_EQ(Month::Parse(text), std::nullopt) << text;
    }
}

TEST(DateAtTest, TheDayChangesAtMidnightInChina) {
    const TimePoint midnight = *ParseRfc3339("2021-06-30T00:00:00+08:00");
    EXPECT_EQ(DateAt(midnight).ToString(), "2021-06-30");
    EXPECT_EQ(DateAt(midnight - milliseconds(1)).ToString(), "2021-06-29");
    EXPECT_EQ(DateAt(midnight + hours(24) - milliseconds(1)).ToString(), "2021-06-30");
    EXPECT_EQ(DateAt(At(-1) - hours(24)).ToString(), "1969-12-31");
}

TEST(Rfc3339Test, WritesMillisecondsInUtc) {
    EXPECT_EQ(ToRfc3339(At(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(ToRfc3339(At(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(ToRfc3339(At(1625040000123)), "2021-06-30T08:00:00.123Z");
}

TEST(Rfc3339Test, ReadsOffsetsAndFractions) {
    const struct {
        const char* text;
        std::int64_t ms;
    } cases[] = {
        {"2021-06-30T08:00:00Z", 1625040000000},
        {"2021-06-30t08:00:00z", 1625040000000},
        {"2021-06-30T16:00:00+08:00", 1625040000000},
        {"2021-06-30T04:30:00-03:30", 1625040000000},
        {"2021-06-30T08:00:00.1Z", 1625040000100},
        {"2021-06-30T08:00:00.123456789Z", 1625040000123},
        {"1969-12-31T23:59:59.999Z", -1},
    };
    for (const auto& c : cases) {
        const auto time = ParseRfc3339(c.text);
        ASSERT_TRUE(time) << c.text;
        EXPECT_EQ(std::chrono::floor<milliseconds>(*time), At(c.ms)) << c.text;
    }
    for (const char* text :
         {"", "2021-06-30", "2021-06-30T08:00:00", "2021-06-30 08:00:00Z", "2021-06-30T24:00:00Z",
          "2021-06-30T08:60:00Z", "2021-06-30T08:00:60Z", "2021-06-30T08:00:00.Z",
          "2021-06-30T08:00:00.1234567890Z", "2021-06-30T08:00:00Zx", "2021-06-30T08:00:00+08",
          "2021-06-30T08:00:00+24:00", "2021-06-31T08:00:00Z", "2021-06-30T08:00:00+0800"}) {
        EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace shouwang
