// What compiles, and what is refused where.
#include <gtest/gtest.h>

#include "common/cel/test_world.h"

namespace shouwang::cel {
namespace {

TEST(Compile, Accepts) {
    const char* const kGood[] = {
        "true",
        "household.lifted",
        "!household.lifted && household.house_grade in [3, 4]",
        "household.net_income_fen < line.income_fen",
        "household.net_income_fen + 100 >= 2 * line.income_fen",
        "household.net_income_fen / household.members > 0x10",
        "household.net_income_fen / line.income_fen == 2",
        "household.net_income_fen - -9223372036854775808 > 0",
        "members.exists(m, m.age >= 16 && m.unemployed_months >= param.months)",
        "members.all(m, m.employed) || size(members) == household.members",
        "members.filter(m, m.can_work).exists(n, !n.employed)",
        "members.filter(m, m.can_work).filter(n, n.age > 20).size() == 1",
        "sum(members.filter(m, m.can_work).map(m, m.wage_12m_fen)) > line.income_fen",
        "max(members.map(m, m.age)) >= 60",
        "members.exists_one(m, m.main_earner)",
        "members.exists(m, members.all(n, n.age <= m.age))",
        "household.house_grade in members.map(m, m.disability_grade)",
        "(household.lifted ? 1 : 2) == household.house_grade",
        "\"a\" == 'a'",
        "household.lifted // comment\n && true",
        "1 in [1, 2] ? household.lifted : !household.lifted",
    };
    for (const char* source : kGood) {
        const auto program = Program::Compile(TestEnvironment(), source);
        EXPECT_TRUE(program.ok()) << source << ": " << program.status().reason << " "
                                  << program.status().message;
    }
}

TEST(Compile, RefusesWithReasonAndPlace) {
    struct Case {
        const char* source;
        const char* reason;
        const char* place;
    };
    const Case kBad[] = {
        {"", "CEL_SYNTAX", "1:1"},
        {"household.lifted &&", "CEL_SYNTAX", "1:20"},
        {"household.lifted)", "CEL_SYNTAX", "1:17"},
        {"(household.lifted", "CEL_SYNTAX", "1:18"},
        {"household.lifted & true", "CEL_SYNTAX", "1:18"},
        {"household.lifted == tru e", "CEL_SYNTAX", "1:25"},
        {"\"abc == 'a'", "CEL_SYNTAX", "1:1"},
        {"household.house_grade > 9223372036854775808", "CEL_SYNTAX", "1:25"},
        {"household.house_grade > 99999999999999999999", "CEL_SYNTAX", "1:25"},
        {"household.house_grade > 12ab", "CEL_SYNTAX", "1:25"},
        {"household.house_grade > 1u", "CEL_SYNTAX", "1:25"},
        {"household.lifted ? true", "CEL_SYNTAX", "1:24"},
        {"members.exists(m.age > 1)", "CEL_SYNTAX", "1:9"},
        {"members.exists(1, true)", "CEL_SYNTAX", "1:9"},
        {"size(members, members) > 1", "CEL_SYNTAX", "1:1"},
        {"household.lifted\n  && household.gone", "CEL_UNKNOWN_FIELD", "2:16"},
        {"'中文' == '中' && household.gone", "CEL_UNKNOWN_FIELD", "1:26"},
        {"members.exists(m, m.wages > 1)", "CEL_UNKNOWN_FIELD", "1:21"},
        {"household.net_income_fen < param.none", "CEL_UNKNOWN_FIELD", "1:34"},
        {"home.lifted", "CEL_UNKNOWN_VARIABLE", "1:1"},
        {"houses.exists(h, h.lifted)", "CEL_UNKNOWN_VARIABLE", "1:1"},
        {"members.exists(m, n.age > 1)", "CEL_UNKNOWN_VARIABLE", "1:19"},
        {"household.house_grade", "CEL_TYPE", "1:11"},
        {"household", "CEL_TYPE", "1:1"},
        {"members.age > 3", "CEL_TYPE", "1:9"},
        {"household.lifted > false", "CEL_TYPE", "1:18"},
        {"household.lifted == 1", "CEL_TYPE", "1:18"},
        {"household.lifted + 1 > 0", "CEL_TYPE", "1:18"},
        {"!household.house_grade", "CEL_TYPE", "1:1"},
        {"household.house_grade && true", "CEL_TYPE", "1:23"},
        {"household.house_grade == '3'", "CEL_TYPE", "1:23"},
        {"household.house_grade in []", "CEL_TYPE", "1:26"},
        {"household.house_grade in [1, true]", "CEL_TYPE", "1:23"},
        {"household.house_grade in household", "CEL_TYPE", "1:26"},
        {"[1, 2] == [1, 2]", "CEL_TYPE", "1:1"},
        {"members.exists(m, m.age)", "CEL_TYPE", "1:9"},
        {"members.filter(m, m.age).size() > 1", "CEL_TYPE", "1:9"},
        {"sum(members) > 1", "CEL_TYPE", "1:1"},
        {"sum(members.map(m, m.employed)) > 1", "CEL_TYPE", "1:1"},
        {"members.filter(m, m.employed)", "CEL_TYPE", "1:9"},
        {"household.lifted.value", "CEL_TYPE", "1:18"},
        {"(household.lifted ? 1 : true) == 1", "CEL_TYPE", "1:19"},
        {"household.house_grade / 0 > 1", "CEL_TYPE", "1:23"},
        {"1 < 2 < 3", "CEL_TYPE", "1:7"},
        {"household.net_income_fen > param.days", "CEL_UNIT", "1:26"},
        {"household.net_income_fen + household.members > 1", "CEL_UNIT", "1:26"},
        {"members.exists(m, m.unemployed_months > m.school_absent_days)", "CEL_UNIT", "1:39"},
        {"household.net_income_fen * line.income_fen > 1", "CEL_UNIT", "1:26"},
        {"household.house_grade == household.members", "CEL_UNIT", "1:23"},
        {"size(members) > line.income_fen", "CEL_UNIT", "1:15"},
        {"household.net_income_fen in [1, param.days]", "CEL_UNIT", "1:26"},
        {"(household.lifted ? line.income_fen : param.days) > 1", "CEL_UNIT", "1:19"},
        {"2 / line.income_fen > 1", "CEL_UNIT", "1:3"},
        {"household.net_income_fen > 1.5", "CEL_UNSUPPORTED", "1:28"},
        {"household.lifted == null", "CEL_UNSUPPORTED", "1:21"},
        {"has(household.lifted)", "CEL_UNSUPPORTED", "1:1"},
        {"members[0].age > 1", "CEL_UNSUPPORTED", "1:8"},
        {"{'a': 1}", "CEL_UNSUPPORTED", "1:1"},
        {"'a' < 'b'", "CEL_UNSUPPORTED", "1:5"},
        {"'a\\n' == 'b'", "CEL_UNSUPPORTED", "1:3"},
        {"[1, 2].exists(x, x > 1)", "CEL_UNSUPPORTED", "1:1"},
        {"size(members.map(m, m.age)) > 1", "CEL_UNSUPPORTED", "1:1"},
        {"members.exists(household, household.lifted)", "CEL_UNSUPPORTED", "1:16"},
        {"members.exists(m, members.all(m, m.employed))", "CEL_UNSUPPORTED", "1:31"},
        {"members.sort(m, m.age)", "CEL_UNSUPPORTED", "1:9"},
        {"members.exists(m, household.lifted)", "CEL_UNUSED_VARIABLE", "1:16"},
        {"members.filter(m, true).size() > 0", "CEL_UNUSED_VARIABLE", "1:16"},
        {"members.exists(a, members.exists(b, members.exists(c, members.exists(d, "
         "members.exists(e, e.age > d.age && d.age > c.age && "
         "c.age > b.age && b.age > a.age)))))",
         "CEL_UNSUPPORTED", "1:73"},
    };
    for (const Case& c : kBad) {
        const auto program = Program::Compile(TestEnvironment(), c.source);
        ASSERT_FALSE(program.ok()) << c.source;
        EXPECT_EQ(program.status().code, Code::kInvalidArgument) << c.source;
        EXPECT_EQ(program.status().reason, c.reason)
            << c.source << ": " << program.status().message;
        const std::string place = std::string(" at ") + c.place;
        const std::string& message = program.status().message;
        EXPECT_TRUE(message.size() > place.size() && message.ends_with(place))
            << c.source << ": " << message;
    }
}

TEST(Compile, HugeAndDeepAreRefusedNotCrashed) {
    const auto reason = [](const std::string& source) {
        return Program::Compile(TestEnvironment(), source).status().reason;
    };
    EXPECT_EQ(reason(std::string(100, '(') + "true" + std::string(100, ')')), "CEL_UNSUPPORTED");
    EXPECT_EQ(reason(std::string(1000, '!') + "true"), "CEL_UNSUPPORTED");
    EXPECT_EQ(reason(std::string(20000, ' ') + "true"), "CEL_UNSUPPORTED");
    std::string chain = "true";
    for (int i = 0; i < 400; ++i) chain += "||true";
    EXPECT_EQ(reason(chain), "CEL_UNSUPPORTED");
    // Chains nested in chains stay within the depth of the tree too.
    std::string nested = "true";
    for (int i = 0; i < 30; ++i) {
        nested = "(" + nested + ")";
        for (int j = 0; j < 60; ++j) nested += "||true";
    }
    EXPECT_EQ(reason(nested), "CEL_UNSUPPORTED");
    EXPECT_EQ(reason("household.lifted == \"\xff\""), "CEL_SYNTAX");
}

TEST(Compile, NamesItsReads) {
    const auto program = Program::Compile(
        TestEnvironment(),
        "members.exists(m, m.age > 3 && m.age < 9) && household.net_income_fen < line.income_fen");
    ASSERT_TRUE(program.ok());
    const int household = VariableIndex("household"), members = VariableIndex("members");
    const std::vector<std::pair<int, int>> expected = {
        {-1, 0},
        {household, FieldIndex(household, "net_income_fen")},
        {members, FieldIndex(members, "age")}};
    EXPECT_EQ((*program)->reads(), expected);
}

}  // namespace
}  // namespace shouwang::cel
