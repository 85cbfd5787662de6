// The smallest change against brute force on small domains: it turns the verdict, and nothing with
// fewer facts, nor with as many and a shorter way, does.
#include "services/monitoring/domain/why_not.h"

#include <limits>

#include <gtest/gtest.h>

#include "common/cel/test_rules.h"
#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr std::int64_t kLow = -2, kHigh = 4;

std::optional<cel::Range> SmallDomain(int variable, int field) {
    const cel::Range whole = WhyNotDomain(variable, field);
    return whole.high == 1 ? whole : cel::Range::Between(kLow, kHigh);
}

double Distance(std::int64_t from, std::int64_t to) {
    return std::abs(static_cast<double>(to - from)) / std::max(1.0, std::abs(static_cast<double>(from)));
}

// Known facts of the world that the program reads, all within the small domain.
struct Known {
    std::tuple<int, int, int> key;
    std::int64_t value;
    cel::Range domain;
};

std::vector<Known> KnownFacts(const cel::Program& program, const cel::TestWorld& world) {
    std::vector<Known> known;
    for (const auto& [variable, field] : program.reads()) {
        if (variable < 0) continue;
        for (int e = 0; e < (variable == kMembersVariable ? world.size : 1); ++e) {
            const cel::FactCell cell = world.Field(variable, e, field);
            if (cell.known) known.push_back({{variable, e, field}, cell.value, *SmallDomain(variable, field)});
        }
    }
    return known;
}

// The shortest way over all choices of `count` facts from `from` on; infinity where there is none.
double Shortest(const cel::Program& program, cel::TestWorld& world, const std::vector<Known>& known,
                std::size_t from, int count, cel::Tri target, double so_far) {
    if (count == 0)
        return program.Evaluate(world) == target ? so_far : std::numeric_limits<double>::infinity();
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t i = from; i < known.size(); ++i) {
        for (std::int64_t to = known[i].domain.low; to <= known[i].domain.high; ++to) {
            if (to == known[i].value) continue;
            world.cells[known[i].key] = {to, true};
            best = std::min(best, Shortest(program, world, known, i + 1, count - 1, target,
                                           so_far + Distance(known[i].value, to)));
        }
        world.cells[known[i].key] = {known[i].value, true};
    }
    return best;
}

cel::TestWorld SmallWorld(std::mt19937& random) {
    cel::TestWorld world = cel::RandomWorld(random);
    world.size = std::min(world.size, 2);
    for (auto& [key, cell] : world.cells) {
        if (std::get<0>(key) >= 0) cell.value = std::clamp(cell.value, kLow, kHigh);
    }
    return world;
}

TEST(WhyNot, IsTheSmallestChange) {
    WhyNotOptions options;
    options.max_facts = 2;
    options.domain = SmallDomain;
    std::mt19937 random(20210704);
    int with_one = 0, with_two = 0, without = 0;
    for (int p = 0; p < 400; ++p) {
        const std::string source = cel::Source(*cel::Generator(random()).Bool(2 + p % 3));
        const auto program = cel::Program::Compile(cel::TestEnvironment(), source).value();
        cel::TestWorld world = SmallWorld(random);
        const WhyNotAnswer answer = WhyNot(*program, world, options);
        ASSERT_EQ(answer.verdict, program->Evaluate(world));
        if (answer.verdict == cel::Tri::kUnknown) continue;
        ASSERT_TRUE(answer.complete) << source;
        const cel::Tri target = answer.verdict == cel::Tri::kTrue ? cel::Tri::kFalse : cel::Tri::kTrue;
        const std::vector<Known> known = KnownFacts(*program, world);
        const double one = Shortest(*program, world, known, 0, 1, target, 0);
        const double two = std::isinf(one) ? Shortest(*program, world, known, 0, 2, target, 0) : one;
        if (std::isinf(two)) {
            ASSERT_TRUE(answer.changes.empty()) << source;
            ++without;
            continue;
        }
        ASSERT_EQ(answer.changes.size(), std::isinf(one) ? 2u : 1u) << source;
        ASSERT_DOUBLE_EQ(answer.distance, two) << source;
        for (const FactChange& c : answer.changes)
            world.cells[{c.variable, c.element, c.field_index}] = {c.to, true};
        ASSERT_EQ(program->Evaluate(world), target) << source;
        ++(std::isinf(one) ? with_two : with_one);
    }
    EXPECT_GT(with_one, 50);
    EXPECT_GT(with_two, 5);
    EXPECT_GT(without, 5);
}

const CompiledRule& RuleOf(const RuleBook& book, const std::string& id) {
    for (const CompiledRule& rule : book.rules()) {
        if (rule.rule.id() == id) return rule;
    }
    throw std::logic_error("no rule " + id);
}

struct Asked {
    WhyNotAnswer answer;
    std::string text;  // "person.age 0: 3 -> 4; …", then "? person.…" of what is unknown
};

Asked Ask(const RuleBook& book, const TestHousehold& h, const std::string& rule) {
    const auto parameters = book.ParametersFor(h.input.region_code, h.today);
    const HouseholdFacts facts(h.input, h.today, h.coverage, parameters);
    Asked asked{WhyNot(*RuleOf(book, rule).program, facts), ""};
    const auto name = [](int variable, int field) {
        const FactOwner owner = variable == kMembersVariable ? FactOwner::kPerson : FactOwner::kHousehold;
        return Facts().at(Facts().IndexOf(owner, field)).name;
    };
    for (const FactChange& c : asked.answer.changes)
        asked.text += name(c.variable, c.field_index) + " " + std::to_string(c.element) + ": " +
                      std::to_string(c.from) + " -> " + std::to_string(c.to) + "; ";
    for (const cel::Read& r : asked.answer.unknown)
        asked.text += "? " + name(r.variable, r.field_index) + " " + std::to_string(r.element) + "; ";
    return asked;
}

TEST(WhyNot, DefaultRules) {
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    TestHousehold one(1);
    one.input.lifted = true;
    one.Add("medical_settlement 0 visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT self_paid_fen: 412300");
    EXPECT_EQ(Ask(*book, one, "medical-inpatient-lifted").text,
              "person.inpatient_self_paid_ytd_fen 0: 412300 -> 500000; ");
    TestHousehold h;
    h.Add("medical_settlement 0 visit_id: 'b' settled_on: '2021-06-02' kind: KIND_INPATIENT self_paid_fen: 600000");
    EXPECT_EQ(Ask(*book, h, "medical-inpatient-lifted").text, "household.lifted 0: 0 -> 1; ");
    h.input.lifted = true;  // true now; of the other member nothing is known, so that one fact is not enough
    EXPECT_EQ(Ask(*book, h, "medical-inpatient-lifted").text, "household.lifted 0: 1 -> 0; ");
    // Were the other member's cost known, being lifted might do alone.
    TestHousehold two_members;
    two_members.Add("medical_settlement 0 visit_id: 'c' settled_on: '2021-06-02' kind: KIND_INPATIENT self_paid_fen: 100000");
    EXPECT_EQ(Ask(*book, two_members, "medical-inpatient-lifted").text,
              "household.lifted 0: 0 -> 1; person.inpatient_self_paid_ytd_fen 0: 100000 -> 500000; "
              "? person.inpatient_self_paid_ytd_fen 1; ");
    // Two facts where one is not enough.
    TestHousehold absent;
    absent.Add("school_status * as_of: '2021-05-31' stage: STAGE_SENIOR dropped_out: false absent_days: 5");
    const Asked two = Ask(*book, absent, "school-absent");
    ASSERT_EQ(two.answer.changes.size(), 2u) << two.text;
    EXPECT_EQ(two.answer.changes[0].to, 3);  // junior
    EXPECT_EQ(two.answer.changes[1].to, 7);  // days
    // Unknown: nothing to change, but what is missing.
    const Asked unknown = Ask(*book, TestHousehold(1), "income-below-line");
    EXPECT_EQ(unknown.answer.verdict, cel::Tri::kUnknown);
    EXPECT_EQ(unknown.text, "? household.net_income_per_capita_fen 0; ");
}

TEST(WhyNot, SaysWhereItGaveUp) {
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    TestHousehold h(1);
    h.Add("household_income - month: '2021-05' net_fen: 1200000");
    const auto parameters = book->ParametersFor(h.input.region_code, h.today);
    const HouseholdFacts facts(h.input, h.today, h.coverage, parameters);
    WhyNotOptions options;
    options.budget = 3;
    const WhyNotAnswer answer = WhyNot(*RuleOf(*book, "income-below-line").program, facts, options);
    EXPECT_FALSE(answer.complete);
    EXPECT_TRUE(answer.changes.empty());
}

}  // namespace
}  // namespace shouwang::monitoring::domain
