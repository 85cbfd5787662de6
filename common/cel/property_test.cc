// Random expressions over random facts: the program against a slow, obvious evaluator that works on
// its own tree and shares nothing with it but the operators' meaning; and what every explanation
// must fulfil.
#include <functional>
#include <memory>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "common/cel/test_rules.h"

namespace shouwang::cel {
namespace {

using Value = std::optional<std::int64_t>;  // nullopt = unknown
__extension__ using Wide = __int128;

// ------------------------------------------------------------------------------------------------------------
// the reference
struct Frame {
    std::map<std::string, int> elements;
};

Value Truth(bool b) { return b ? 1 : 0; }

class Reference {
public:
    explicit Reference(const TestWorld& world) : world_(world) {}

    Value Eval(const Tree& t, const Frame& f) const {
        switch (t.kind) {
            case Tree::kLiteral:
            case Tree::kBoolLiteral:
                return t.value;
            case Tree::kField:
                return Cell(world_.Field(0, 0, FieldIndex(0, t.name)));
            case Tree::kMember:
                return Cell(world_.Field(1, f.elements.at(t.var), FieldIndex(1, t.name)));
            case Tree::kParam:
                return Cell(world_.Param(static_cast<int>(t.value)));
            case Tree::kNot: {
                const Value v = Eval(*t.args[0], f);
                return v ? Truth(*v == 0) : v;
            }
            case Tree::kNegate:
                return Exact([](Wide a, Wide) { return -a; }, Eval(*t.args[0], f), 0);
            case Tree::kBinary:
                return Binary(t, Eval(*t.args[0], f), Eval(*t.args[1], f));
            case Tree::kCond: {
                const Value c = Eval(*t.args[0], f), yes = Eval(*t.args[1], f),
                            no = Eval(*t.args[2], f);
                if (c) return *c != 0 ? yes : no;
                return yes == no ? yes : std::nullopt;
            }
            case Tree::kIn: {
                Value any = 0;
                const Value needle = Eval(*t.args[0], f);
                for (std::size_t i = 1; i < t.args.size(); ++i)
                    any = Disjunction(any, Equal(needle, Eval(*t.args[i], f)));
                return any;
            }
            default:
                return Macro(t, f);
        }
    }

private:
    static Value Cell(FactCell cell) { return cell.known ? Value(cell.value) : std::nullopt; }
    static Value Equal(Value a, Value b) { return a && b ? Truth(*a == *b) : std::nullopt; }
    static Value Conjunction(Value a, Value b) {
        if (a == Value(0) || b == Value(0)) return 0;
        return a && b ? Value(1) : std::nullopt;
    }
    static Value Disjunction(Value a, Value b) {
        if (a == Value(1) || b == Value(1)) return 1;
        return a && b ? Value(0) : std::nullopt;
    }
    template <typename F>
    static Value Exact(F op, Value a, Value b) {
        if (!a || !b) return std::nullopt;
        const Wide result = op(*a, *b);
        if (result > INT64_MAX || result < INT64_MIN) return std::nullopt;
        return static_cast<std::int64_t>(result);
    }

    static Value Binary(const Tree& t, Value a, Value b) {
        const std::string& op = t.name;
        if (op == "&&") return Conjunction(a, b);
        if (op == "||") return Disjunction(a, b);
        if (!a || !b) return std::nullopt;
        if (op == "+") return Exact([](Wide x, Wide y) { return x + y; }, a, b);
        if (op == "-") return Exact([](Wide x, Wide y) { return x - y; }, a, b);
        if (op == "*") return Exact([](Wide x, Wide y) { return x * y; }, a, b);
        if (op == "/")
            return *b == 0 ? std::nullopt : Exact([](Wide x, Wide y) { return x / y; }, a, b);
        if (op == "%")
            return *b == 0 || (*a == INT64_MIN && *b == -1)
                       ? std::nullopt
                       : Exact([](Wide x, Wide y) { return x % y; }, a, b);
        if (op == "<") return Truth(*a < *b);
        if (op == "<=") return Truth(*a <= *b);
        if (op == ">") return Truth(*a > *b);
        if (op == ">=") return Truth(*a >= *b);
        if (op == "==") return Truth(*a == *b);
        return Truth(*a != *b);
    }

    Value Macro(const Tree& t, const Frame& f) const {
        std::vector<Value> in, body;  // per element
        for (int i = 0; i < world_.size; ++i) {
            Value passed = 1;
            for (std::size_t k = 0; k < t.filters.size(); ++k) {
                Frame inner = f;
                inner.elements[t.filter_vars[k]] = i;
                passed = Conjunction(passed, Eval(*t.filters[k], inner));
            }
            in.push_back(passed);
            Frame inner = f;
            inner.elements[t.var] = i;
            const std::size_t at = t.kind == Tree::kInMap ? 1 : 0;
            body.push_back(t.kind == Tree::kSize ? Value(1) : Eval(*t.args[at], inner));
        }
        const Value needle = t.kind == Tree::kInMap ? Eval(*t.args[0], f) : std::nullopt;
        return Fold(t, in, body, needle);
    }

    static Value Fold(const Tree& t, const std::vector<Value>& in, const std::vector<Value>& body,
                      Value needle) {
        Value any = 0, all = 1;
        int hits = 0, unknown = 0;
        bool blind = false;
        Value sum = 0, max;
        for (std::size_t i = 0; i < in.size(); ++i) {
            const Value hit =
                Conjunction(in[i], t.kind == Tree::kInMap ? Equal(needle, body[i]) : body[i]);
            const Value not_in = in[i] ? Truth(*in[i] == 0) : std::nullopt;
            any = Disjunction(any, hit);
            all = Conjunction(all, Disjunction(not_in, body[i]));
            hits += hit == Value(1) ? 1 : 0;
            unknown += hit ? 0 : 1;
            if (in[i] == Value(0)) continue;
            blind = blind || !in[i] || !body[i];
            sum = Exact([](Wide x, Wide y) { return x + y; }, sum, body[i]);
            max = !max || (body[i] && *body[i] > *max) ? body[i] : max;
        }
        switch (t.kind) {
            case Tree::kExists:
            case Tree::kInMap:
                return any;
            case Tree::kAll:
                return all;
            case Tree::kOne:
                return hits > 1 ? Value(0) : unknown > 0 ? std::nullopt : Truth(hits == 1);
            case Tree::kMax:
                return blind ? std::nullopt : max;
            default:
                return blind ? std::nullopt : sum;
        }
    }

    const TestWorld& world_;
};

Tri AsTri(Value v) { return !v ? Tri::kUnknown : *v != 0 ? Tri::kTrue : Tri::kFalse; }

TEST(Property, ProgramEqualsReferenceAndExplanationsSuffice) {
    constexpr int kExpressions = 5000, kWorlds = 50;
    std::mt19937 random(20210512);
    int verdicts[3] = {};
    for (int e = 0; e < kExpressions; ++e) {
        const TreePtr tree = Generator(random()).Bool(2 + e % 4);
        const std::string source = Source(*tree);
        const auto program = Program::Compile(TestEnvironment(), source);
        ASSERT_TRUE(program.ok()) << source << "\n" << program.status().message;
        for (int w = 0; w < kWorlds; ++w) {
            const TestWorld world = RandomWorld(random);
            const Tri wanted = AsTri(Reference(world).Eval(*tree, {}));
            ASSERT_EQ((*program)->Evaluate(world), wanted) << source;
            ++verdicts[static_cast<int>(wanted)];
            if (w % 4 != 0) continue;
            std::vector<Read> reads;
            ASSERT_EQ((*program)->Explain(world, reads), wanted) << source;
            // A known verdict stands on its reads alone; of an unknown one only unknown reads are
            // named.
            TestWorld only;
            only.size = world.size;
            for (const Read& r : reads) {
                ASSERT_EQ(r.cell.known, wanted != Tri::kUnknown) << source;
                if (r.cell.known) only.cells[r.Key()] = r.cell;
            }
            ASSERT_EQ((*program)->Evaluate(only), wanted) << source;
        }
    }
    // All three verdicts are really met.
    for (const int count : verdicts) EXPECT_GT(count, kExpressions * kWorlds / 20);
}

}  // namespace
}  // namespace shouwang::cel
