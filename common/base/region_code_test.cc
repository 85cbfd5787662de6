#include "common/base/region_code.h"

#include <gtest/gtest.h>

namespace shouwang {
namespace {

TEST(RegionLevelTest, CountsByLength) {
    const struct {
        const char* code;
        int level;
    } cases[] = {{"", 0},          {"36", 1},  {"3606", 2},    {"360681", 3},   {"360681101", 4},
                 {"360681101201", 5}, {"3", -1},  {"360", -1},    {"3606810", -1}, {"36068110120", -1},
                 {"3606811012010", -1}, {"36068A", -1}, {"-1", -1}, {"３６", -1}};
    for (const auto& c : cases) EXPECT_EQ(RegionLevel(c.code), c.level) << c.code;
}

TEST(TrimRegionTest, CutsZeroGroups) {
    const struct {
        const char* code;
        const char* trimmed;
    } cases[] = {{"360681000000", "360681"},  {"360681", "360681"},   {"360000", "36"},
                 {"360600", "3606"},          {"360000000000", "36"}, {"360681101000", "360681101"},
                 {"360681100", "360681100"},  {"360681000", "360681"}, {"469000", "4690"},
                 {"360681101200", "360681101200"}, {"000000", ""},    {"", ""},
                 // Not codes: left alone.
                 {"3606000", "3606000"},      {"36xx00", "36xx00"}};
    for (const auto& c : cases) EXPECT_EQ(TrimRegion(c.code), c.trimmed) << c.code;
}

TEST(RegionAtLevelTest, CutsAtMost) {
    const char* const village = "360681101201";
    const char* const expected[] = {"", "36", "3606", "360681", "360681101", "360681101201"};
    for (int level = 0; level <= 5; ++level) EXPECT_EQ(RegionAtLevel(village, level), expected[level]);
    EXPECT_EQ(RegionAtLevel("3606", 4), "3606");
    EXPECT_EQ(RegionAtLevel(village, -1), "");
    EXPECT_EQ(RegionAtLevel(village, 9), village);
}

TEST(NarrowRegionTest, NeverWidensTheScope) {
    const struct {
        const char* scope;
        const char* wanted;
        const char* narrow;
    } cases[] = {{"3606", "360681", "360681"}, {"360681", "3606", "360681"}, {"3606", "3606", "3606"},
                 {"3606", "", "3606"},         {"", "3606", "3606"},         {"", "", ""},
                 {"3606", "3607", "!"},        {"360681", "360602", "!"},    {"360681", "36068", "360681"},
                 {"3606", "!", "!"},           {"!", "36", "!"}};
    for (const auto& c : cases) {
        EXPECT_EQ(NarrowRegion(c.scope, c.wanted), c.narrow) << c.scope << " " << c.wanted;
    }
    EXPECT_FALSE(RegionContains("!", "360681"));
}

}  // namespace
}  // namespace shouwang
