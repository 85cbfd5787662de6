#include "common/base/clock.h"

#include <gtest/gtest.h>

namespace shouwang {
namespace {

TEST(ManualClockTest, StandsUntilTold) {
    ManualClock clock(*ParseRfc3339("2021-06-30T15:59:59Z"));
    EXPECT_EQ(clock.Now(), clock.Now());
    EXPECT_EQ(clock.Today().ToString(), "2021-06-30");
    clock.Advance(std::chrono::seconds(1));
    EXPECT_EQ(clock.Today().ToString(), "2021-07-01");
    clock.Set(*ParseRfc3339("2020-01-01T00:00:00Z"));
    EXPECT_EQ(clock.Today().ToString(), "2020-01-01");
}

TEST(ShiftedClockTest, RunsFromItsStart) {
    const TimePoint start = *ParseRfc3339("2021-06-30T00:00:00Z");
    const ShiftedClock clock(start);
    const TimePoint first = clock.Now();
    EXPECT_GE(first, start);
    EXPECT_LT(first, start + std::chrono::minutes(1));
    while (clock.Now() == first) continue;
    EXPECT_GT(clock.Now(), first);
}

}  // namespace
}  // namespace shouwang
