// Values and explanations of small expressions.
#include <gtest/gtest.h>

#include "common/cel/test_world.h"

namespace shouwang::cel {
namespace {

std::shared_ptr<const Program> Compiled(const std::string& source) {
    auto program = Program::Compile(TestEnvironment(), source);
    EXPECT_TRUE(program.ok()) << source << ": " << program.status().message;
    return program.ok() ? *program : nullptr;
}

// Three facts that can be set to true, false or left unknown.
TestWorld WorldOf(int a, int b, int c) {
    TestWorld world;
    if (a != 2) world.Set("household", 0, "lifted", a);
    if (b != 2) world.Set("household", 0, "relocated", b);
    if (c != 2) world.Set("household", 0, "only_home", c);
    return world;
}

TEST(Kleene, TruthTables) {
    constexpr int kU = 2;
    const int kAnd[3][3] = {{0, 0, 0}, {0, 1, kU}, {0, kU, kU}};
    const int kOr[3][3] = {{0, 1, kU}, {1, 1, 1}, {kU, 1, kU}};
    const int kNot[3] = {1, 0, kU};
    const int kEqual[3][3] = {{1, 0, kU}, {0, 1, kU}, {kU, kU, kU}};
    for (int a = 0; a < 3; ++a) {
        EXPECT_EQ(static_cast<int>(Compiled("!household.lifted")->Evaluate(WorldOf(a, 0, 0))),
                  kNot[a]);
        for (int b = 0; b < 3; ++b) {
            const TestWorld world = WorldOf(a, b, 0);
            EXPECT_EQ(static_cast<int>(
                          Compiled("household.lifted && household.relocated")->Evaluate(world)),
                      kAnd[a][b])
                << a << b;
            EXPECT_EQ(static_cast<int>(
                          Compiled("household.lifted || household.relocated")->Evaluate(world)),
                      kOr[a][b])
                << a << b;
            EXPECT_EQ(static_cast<int>(
                          Compiled("household.lifted == household.relocated")->Evaluate(world)),
                      kEqual[a][b])
                << a << b;
            for (int c = 0; c < 3; ++c) {
                const int wanted = a == kU ? (b == c ? b : kU) : a == 1 ? b : c;
                EXPECT_EQ(
                    static_cast<int>(
                        Compiled("household.lifted ? household.relocated : household.only_home")
                            ->Evaluate(WorldOf(a, b, c))),
                    wanted)
                    << a << b << c;
            }
        }
    }
}

// Members with m.employed as listed; 2 = unknown.
TestWorld Members(const std::vector<int>& employed) {
    TestWorld world;
    world.size = static_cast<int>(employed.size());
    for (int i = 0; i < world.size; ++i) {
        if (employed[static_cast<std::size_t>(i)] != 2)
            world.Set("members", i, "employed", employed[static_cast<std::size_t>(i)]);
    }
    return world;
}

TEST(Kleene, Macros) {
    struct Case {
        std::vector<int> employed;
        int exists, all, exists_one, size;  // size(filter) == 1
    };
    const Case kCases[] = {
        {{}, 0, 1, 0, 0},        {{0}, 0, 0, 0, 0},    {{1}, 1, 1, 1, 1},
        {{2}, 2, 2, 2, 2},       {{1, 2}, 1, 2, 2, 2}, {{0, 2}, 2, 0, 2, 2},
        {{1, 1, 2}, 1, 2, 0, 2}, {{1, 0}, 1, 0, 1, 1}, {{2, 1, 0, 1}, 1, 0, 0, 2},
    };
    for (const Case& c : kCases) {
        const TestWorld world = Members(c.employed);
        const auto value = [&](const char* source) {
            return static_cast<int>(Compiled(source)->Evaluate(world));
        };
        EXPECT_EQ(value("members.exists(m, m.employed)"), c.exists)
            << ::testing::PrintToString(c.employed);
        EXPECT_EQ(value("members.all(m, m.employed)"), c.all)
            << ::testing::PrintToString(c.employed);
        EXPECT_EQ(value("members.exists_one(m, m.employed)"), c.exists_one)
            << ::testing::PrintToString(c.employed);
        EXPECT_EQ(value("size(members.filter(m, m.employed)) == 1"), c.size)
            << ::testing::PrintToString(c.employed);
    }
}

TEST(Evaluate, OverflowAndDivisionByZeroAreUnknownAndCounted) {
    TestWorld world;
    world.Set("household", 0, "net_income_fen", INT64_MAX);
    world.Set("household", 0, "house_grade", 0);
    for (const char* source :
         {"household.net_income_fen + 1 > 0", "household.net_income_fen * 2 > 0",
          "-household.net_income_fen - 2 < 0",
          "household.net_income_fen / household.house_grade > 0",
          "household.net_income_fen % household.house_grade > 0",
          "-(-household.net_income_fen - 1) > 0", "(-household.net_income_fen - 1) / -1 > 0"}) {
        const auto program = Compiled(source);
        EXPECT_EQ(program->Evaluate(world), Tri::kUnknown) << source;
        EXPECT_EQ(program->arithmetic_faults(), 1u) << source;
        EXPECT_EQ(program->Evaluate(world), Tri::kUnknown) << source;
        EXPECT_EQ(program->arithmetic_faults(), 2u) << source;
        std::vector<Read> reads;
        EXPECT_EQ(program->Explain(world, reads), Tri::kUnknown) << source;
        EXPECT_TRUE(reads.empty()) << source;  // no fact would help
    }
    EXPECT_EQ(
        Compiled("household.net_income_fen + 1 > 0 || household.house_grade == 0")->Evaluate(world),
        Tri::kTrue);
}

TEST(Evaluate, ArithmeticAndPrecedence) {
    TestWorld world;
    world.Set("household", 0, "house_grade", 7);
    for (const char* source :
         {"1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "10 - 3 - 2 == 5", "-7 / 2 == -3", "-7 % 2 == -1",
          "2 * 3 % 4 == 2", "true || false && false", "!(true && false)", "1 < 2 == true",
          "0xff == 255", "household.house_grade - 7 == 0", "true ? true : false ? false : true",
          "3 in [1, 2, 3]", "!(4 in [1, 2, 3])", "'危' in ['安', '危']", "'a' != 'b'"}) {
        EXPECT_EQ(Compiled(source)->Evaluate(world), Tri::kTrue) << source;
    }
}

TEST(Evaluate, SumAndMax) {
    TestWorld world;
    world.size = 3;
    for (int i = 0; i < 3; ++i) {
        world.Set("members", i, "age", 10 * (i + 1));
        world.Set("members", i, "employed", i > 0);
    }
    EXPECT_EQ(Compiled("sum(members.map(m, m.age)) == 60")->Evaluate(world), Tri::kTrue);
    EXPECT_EQ(Compiled("sum(members.filter(m, m.employed).map(n, n.age)) == 50")->Evaluate(world),
              Tri::kTrue);
    EXPECT_EQ(Compiled("max(members.map(m, m.age)) == 30")->Evaluate(world), Tri::kTrue);
    EXPECT_EQ(Compiled("max(members.filter(m, m.age > 90).map(m, m.age)) > 0")->Evaluate(world),
              Tri::kUnknown);
    EXPECT_EQ(Compiled("sum(members.filter(m, m.age > 90).map(m, m.age)) == 0")->Evaluate(world),
              Tri::kTrue);
    EXPECT_EQ(Compiled("20 in members.map(m, m.age)")->Evaluate(world), Tri::kTrue);
    world.size = 4;  // one of whom nothing is known
    EXPECT_EQ(Compiled("sum(members.map(m, m.age)) == 60")->Evaluate(world), Tri::kUnknown);
    EXPECT_EQ(Compiled("20 in members.map(m, m.age)")->Evaluate(world), Tri::kTrue);
    EXPECT_EQ(Compiled("21 in members.map(m, m.age)")->Evaluate(world), Tri::kUnknown);
}

// "household.lifted=1 members[0].age=?" in order.
std::string Text(const std::vector<Read>& reads) {
    std::string text;
    for (const Read& r : reads) {
        if (!text.empty()) text += ' ';
        if (r.variable < 0) {
            text += TestEnvironment().parameters()[static_cast<std::size_t>(r.field_index)].name;
        } else {
            const Variable& v = TestEnvironment().variables()[static_cast<std::size_t>(r.variable)];
            text += v.name + (v.list ? "[" + std::to_string(r.element) + "]" : "") + "." +
                    v.message->field(r.field_index)->name();
        }
        text += r.cell.known ? "=" + std::to_string(r.cell.value) : "=?";
    }
    return text;
}

TEST(Explain, NamesWhatDecides) {
    TestWorld world;
    world.size = 3;
    world.SetParam(0, 100);
    world.Set("household", 0, "net_income_fen", 50);
    world.Set("household", 0, "lifted", 1);
    world.Set("household", 0, "house_grade", 4);
    world.Set("members", 0, "age", 10);
    world.Set("members", 1, "age", 70);
    world.Set("members", 1, "employed", 0);
    world.Set("members", 2, "age", 80);
    struct Case {
        const char* source;
        Tri verdict;
        const char* reads;
    };
    const Case kCases[] = {
        {"household.net_income_fen < line.income_fen", Tri::kTrue,
         "household.net_income_fen=50 line.income_fen=100"},
        {"household.lifted && household.net_income_fen < 60", Tri::kTrue,
         "household.lifted=1 household.net_income_fen=50"},
        {"household.relocated && !household.lifted", Tri::kFalse, "household.lifted=1"},
        {"household.relocated || household.lifted", Tri::kTrue, "household.lifted=1"},
        {"household.relocated && household.lifted", Tri::kUnknown, "household.relocated=?"},
        {"household.relocated || household.only_home", Tri::kUnknown,
         "household.relocated=? household.only_home=?"},
        {"household.house_grade in [3, 4]", Tri::kTrue, "household.house_grade=4"},
        {"members.exists(m, m.age > 60)", Tri::kTrue, "members[1].age=70"},
        {"members.exists(m, m.age > 60 && m.employed)", Tri::kUnknown, "members[2].employed=?"},
        {"members.exists(m, m.age > 90)", Tri::kFalse,
         "members[0].age=10 members[1].age=70 members[2].age=80"},
        {"members.all(m, m.age > 60)", Tri::kFalse, "members[0].age=10"},
        {"members.filter(m, m.age > 60).exists(n, !n.employed)", Tri::kTrue,
         "members[1].age=70 members[1].employed=0"},
        {"members.exists_one(m, m.age > 60)", Tri::kFalse, "members[1].age=70 members[2].age=80"},
        {"size(members.filter(m, m.age > 60)) == 2", Tri::kTrue,
         "members[0].age=10 members[1].age=70 members[2].age=80"},
        {"household.relocated ? household.lifted : household.lifted", Tri::kTrue,
         "household.lifted=1"},
        {"household.lifted && household.lifted", Tri::kTrue, "household.lifted=1"},
        {"70 in members.map(m, m.age)", Tri::kTrue, "members[1].age=70"},
    };
    for (const Case& c : kCases) {
        std::vector<Read> reads;
        EXPECT_EQ(Compiled(c.source)->Explain(world, reads), c.verdict) << c.source;
        EXPECT_EQ(Text(reads), c.reads) << c.source;
    }
}

}  // namespace
}  // namespace shouwang::cel
