#include "common/flow/limit.h"

#include <gtest/gtest.h>

namespace shouwang::flow {
namespace {

Date D(const char* text) { return *Date::Parse(text); }
TimePoint T(const char* text) { return *ParseRfc3339(text); }

// National Day 2021 by the State Council's notice: 1 to 7 October free, 26 September and 9 October worked.
WorkCalendar October2021() {
    WorkCalendar c;
    for (int day = 1; day <= 7; ++day) c.Set(Date::FromCivil(2021, 10, static_cast<unsigned>(day)), false);
    c.Set(D("2021-09-26"), true);
    c.Set(D("2021-10-09"), true);
    return c;
}

TEST(WorkCalendar, WeekHolidaysAndSwaps) {
    const WorkCalendar c = October2021();
    EXPECT_TRUE(c.Works(D("2021-09-24")));   // Friday
    EXPECT_FALSE(c.Works(D("2021-09-25")));  // Saturday
    EXPECT_TRUE(c.Works(D("2021-09-26")));   // Sunday, worked
    EXPECT_FALSE(c.Works(D("2021-10-01")));  // Friday, holiday
    EXPECT_TRUE(c.Works(D("1969-12-31")));   // Wednesday before the epoch
}

TEST(WorkCalendar, AddsOverHolidays) {
    const WorkCalendar c = October2021();
    EXPECT_EQ(c.Add(D("2021-09-30"), 1), D("2021-10-08"));
    EXPECT_EQ(c.Add(D("2021-09-30"), 2), D("2021-10-09"));
    EXPECT_EQ(c.Add(D("2021-09-30"), 3), D("2021-10-11"));
    EXPECT_EQ(c.Add(D("2021-10-02"), 0), D("2021-10-08"));
    EXPECT_EQ(c.Add(D("2021-10-08"), 0), D("2021-10-08"));
}

TEST(WorkCalendar, BetweenUndoesAdd) {
    const WorkCalendar c = October2021();
    for (int day = 0; day < 40; ++day) {
        for (int n = 1; n < 15; ++n) {
            const Date from = D("2021-09-10") + day;
            EXPECT_EQ(c.Between(from, c.Add(from, n)), n) << from.ToString();
        }
    }
    EXPECT_EQ(c.Between(D("2021-10-11"), D("2021-10-08")), 0);
}

TEST(AddMonths, EndsWithTheMonth) {
    EXPECT_EQ(AddMonths(D("2024-01-31"), 1), D("2024-02-29"));
    EXPECT_EQ(AddMonths(D("2023-01-31"), 1), D("2023-02-28"));
    EXPECT_EQ(AddMonths(D("2021-08-30"), 6), D("2022-02-28"));
    EXPECT_EQ(AddMonths(D("2021-03-15"), -1), D("2021-02-15"));
}

TEST(DueAt, ByUnit) {
    const WorkCalendar c = October2021();
    const TimePoint since = T("2021-09-30T15:30:00+08:00");
    EXPECT_EQ(DueAt(since, {24, options::v1::UNIT_HOURS}, c), T("2021-10-01T15:30:00+08:00"));
    EXPECT_EQ(DueAt(since, {5, options::v1::UNIT_DAYS}, c), T("2021-10-06T00:00:00+08:00"));
    EXPECT_EQ(DueAt(since, {2, options::v1::UNIT_WORKING_DAYS}, c), T("2021-10-10T00:00:00+08:00"));
    EXPECT_EQ(DueAt(since, {6, options::v1::UNIT_MONTHS}, c), T("2022-03-31T00:00:00+08:00"));
}

}  // namespace
}  // namespace shouwang::flow
