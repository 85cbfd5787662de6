// Ranges against the interpreter: exact where every range is one value; where operands may move,
// every verdict that some choice of values has is named possible.
#include "common/cel/range.h"

#include <gtest/gtest.h>

#include "common/cel/test_rules.h"

namespace shouwang::cel {
namespace {

class Ranges final : public RangeActivation {
public:
    explicit Ranges(const TestWorld& world) : world_(world) {}
    Range Field(int variable, int element, int field_index) const override {
        const auto it = moved.find({variable, element, field_index});
        return it != moved.end() ? it->second
                                 : Range::Of(world_.Field(variable, element, field_index));
    }
    int Size(int variable) const override { return world_.Size(variable); }
    Range Param(int parameter) const override { return Range::Of(world_.Param(parameter)); }

    std::map<std::tuple<int, int, int>, Range> moved;

private:
    const TestWorld& world_;
};

TEST(Ranges, ExactOnSingleValues) {
    std::mt19937 random(3);
    for (int p = 0; p < 2000; ++p) {
        const std::string source = Source(*Generator(random()).Bool(2 + p % 4));
        const auto program = Program::Compile(TestEnvironment(), source);
        ASSERT_TRUE(program.ok()) << source;
        for (int w = 0; w < 20; ++w) {
            const TestWorld world = RandomWorld(random);
            const Tri wanted = (*program)->Evaluate(world);
            ASSERT_TRUE(EvaluateRanges(**program, Ranges(world)).Only(wanted)) << source;
        }
    }
}

TEST(Ranges, NameEveryVerdictThatCanBe) {
    std::mt19937 random(5);
    int narrowed = 0;
    for (int p = 0; p < 2000; ++p) {
        const std::string source = Source(*Generator(random()).Bool(2 + p % 4));
        const auto program = Program::Compile(TestEnvironment(), source);
        ASSERT_TRUE(program.ok()) << source;
        TestWorld world = RandomWorld(random);
        Ranges ranges(world);
        for (const auto& [key, cell] : world.cells) {
            if (std::get<0>(key) < 0 || random() % 2 == 0) continue;
            const bool boolean = cell.value == 0 || cell.value == 1;
            std::int64_t low = boolean ? 0 : cell.value, high = boolean ? 1 : cell.value;
            if (!boolean && low > INT64_MIN) low -= 1;
            if (!boolean && high < INT64_MAX) high += 1;
            ranges.moved[key] = Range::Between(low, high);
        }
        const PossibleVerdicts possible = EvaluateRanges(**program, ranges);
        narrowed += possible.is_true && possible.is_false ? 0 : 1;
        for (int draw = 0; draw < 30; ++draw) {
            for (const auto& [key, range] : ranges.moved) {
                const auto span = static_cast<std::uint64_t>(range.high) -
                                  static_cast<std::uint64_t>(range.low);
                world.cells[key] = {
                    static_cast<std::int64_t>(static_cast<std::uint64_t>(range.low) +
                                              random() % (span + 1)),
                    true};
            }
            ASSERT_TRUE(possible.Can((*program)->Evaluate(world))) << source;
        }
    }
    EXPECT_GT(narrowed, 200);  // not simply "anything can be"
}

}  // namespace
}  // namespace shouwang::cel
