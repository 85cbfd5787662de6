// For tests: random expressions and random facts, shared by the tests that compare the ways to run a
// program.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/cel/test_world.h"

namespace shouwang::cel {

struct Tree;
using TreePtr = std::shared_ptr<Tree>;

struct Tree {
    enum Kind {
        kLiteral,
        kBoolLiteral,
        kField,
        kMember,
        kParam,
        kNot,
        kNegate,
        kBinary,
        kCond,
        kIn,
        kExists,
        kAll,
        kOne,
        kSize,
        kSum,
        kMax,
        kInMap
    } kind;
    std::int64_t value = 0;
    std::string name;  // field, parameter, operator
    std::string var;   // macro variable
    std::vector<TreePtr> args, filters;
    std::vector<std::string> filter_vars;
};

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    // Money facts only: units are the compiler's matter, tested elsewhere.
    TreePtr Bool(int depth) {
        if (depth <= 0) return BoolLeaf();
        switch (Pick(10)) {
            case 0:
                return Make(Tree::kNot, "", {Bool(depth - 1)});
            case 1:
            case 2:
                return Make(Tree::kBinary, "&&", {Bool(depth - 1), Bool(depth - 1)});
            case 3:
            case 4:
                return Make(Tree::kBinary, "||", {Bool(depth - 1), Bool(depth - 1)});
            case 5: {
                static const char* const kOps[] = {"<", "<=", ">", ">=", "==", "!="};
                return Make(Tree::kBinary, kOps[Pick(6)], {Int(depth - 1), Int(depth - 1)});
            }
            case 6:
                return Make(Tree::kCond, "", {Bool(depth - 1), Bool(depth - 1), Bool(depth - 1)});
            case 7:
                return Pick(2) == 0 ? Make(Tree::kIn, "", {Int(depth - 1), Int(0), Int(0)})
                                    : Macro(Tree::kInMap, depth);
            default: {
                static const Tree::Kind kKinds[] = {Tree::kExists, Tree::kAll, Tree::kOne};
                return Macro(kKinds[Pick(3)], depth);
            }
        }
    }

private:
    int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    static TreePtr Make(Tree::Kind kind, std::string name = "", std::vector<TreePtr> args = {}) {
        auto t = std::make_shared<Tree>();
        t->kind = kind;
        t->name = std::move(name);
        t->args = std::move(args);
        return t;
    }

    TreePtr BoolLeaf() {
        static const char* const kHousehold[] = {"lifted", "relocated", "only_home"};
        static const char* const kMember[] = {"employed", "can_work", "main_earner"};
        if (Pick(12) == 0) {
            TreePtr t = Make(Tree::kBoolLiteral);
            t->value = Pick(2);
            return t;
        }
        if (scope_.empty() || Pick(3) == 0) return Make(Tree::kField, kHousehold[Pick(3)]);
        return MemberField(kMember[Pick(3)]);
    }

    TreePtr MemberField(const char* name) {
        TreePtr t = Make(Tree::kMember, name);
        t->var = scope_[static_cast<std::size_t>(Pick(static_cast<int>(scope_.size())))];
        return t;
    }

    TreePtr IntLeaf() {
        static const char* const kHousehold[] = {"net_income_fen", "project_loss_fen",
                                                 "disaster_loss_fen"};
        static const char* const kMember[] = {"wage_12m_fen", "pension_12m_fen",
                                              "largest_claim_fen"};
        const int which = Pick(6);
        if (which == 0) {
            static const std::int64_t kValues[] = {0,  1,         2,         3,
                                                   -1, INT64_MAX, INT64_MIN, 4611686018427387904};
            TreePtr t = Make(Tree::kLiteral);
            t->value = kValues[Pick(8)];
            return t;
        }
        if (which == 1) return Make(Tree::kParam);  // line.income_fen
        if (scope_.empty() || which == 2) return Make(Tree::kField, kHousehold[Pick(3)]);
        return MemberField(kMember[Pick(3)]);
    }

    TreePtr Int(int depth) {
        if (depth <= 0) return IntLeaf();
        switch (Pick(8)) {
            case 0:
                return Make(Tree::kNegate, "", {Int(depth - 1)});
            case 1:
                return Make(Tree::kBinary, Pick(2) == 0 ? "+" : "-",
                            {Int(depth - 1), Int(depth - 1)});
            case 2:
                return Make(Tree::kCond, "", {Bool(depth - 1), Int(depth - 1), Int(depth - 1)});
            case 3:
                return Scaled(depth);
            case 4:
                return Macro(Pick(2) == 0 ? Tree::kSum : Tree::kMax, depth);
            default:
                return IntLeaf();
        }
    }

    // × ÷ % by a bare number: a fact without unit, or a literal that is not zero.
    TreePtr Scaled(int depth) {
        static const char* const kOps[] = {"*", "/", "%"};
        TreePtr by = Make(Tree::kField, "house_grade");
        if (Pick(2) == 0) {
            by = Make(Tree::kLiteral);
            by->value = Pick(4) == 0 ? -1 : 1 + Pick(3);
        }
        // The sum with a parameter makes it money, whatever chance gave.
        return Make(Tree::kBinary, kOps[Pick(3)],
                    {Make(Tree::kBinary, "+", {Int(depth - 1), Make(Tree::kParam)}), by});
    }

    // The body and every filter must use their variable: a fact of it is joined on where chance
    // left it out.
    TreePtr Macro(Tree::Kind kind, int depth) {
        if (scope_.size() >= 3)
            return kind == Tree::kSum || kind == Tree::kMax ? IntLeaf() : BoolLeaf();
        TreePtr t = Make(kind);
        if (kind == Tree::kInMap) t->args.push_back(Int(depth - 1));
        for (int n = Pick(3); n > 0 && t->filters.size() < 2; --n) {
            t->filter_vars.push_back(Fresh());
            t->filters.push_back(Using(t->filter_vars.back(), depth - 1, true));
        }
        t->var = Fresh();
        const bool boolean = kind == Tree::kExists || kind == Tree::kAll || kind == Tree::kOne;
        t->args.push_back(Using(t->var, depth - 1, boolean));
        return t;
    }

    std::string Fresh() { return "v" + std::to_string(++names_); }

    TreePtr Using(const std::string& var, int depth, bool boolean) {
        scope_.push_back(var);
        TreePtr body = boolean ? Bool(depth) : Int(depth);
        scope_.pop_back();
        TreePtr own = Make(Tree::kMember, boolean ? "employed" : "wage_12m_fen");
        own->var = var;
        if (boolean) return Make(Tree::kBinary, Pick(2) == 0 ? "&&" : "||", {body, own});
        return Make(Tree::kBinary, Pick(2) == 0 ? "+" : "-", {body, own});
    }

    std::mt19937 random_;
    std::vector<std::string> scope_;
    int names_ = 0;
};

inline int Precedence(const Tree& t) {
    if (t.kind == Tree::kCond) return 0;
    if (t.kind == Tree::kIn || t.kind == Tree::kInMap) return 3;
    if (t.kind == Tree::kNot || t.kind == Tree::kNegate) return 6;
    if (t.kind != Tree::kBinary) return 7;
    if (t.name == "||") return 1;
    if (t.name == "&&") return 2;
    if (t.name == "+" || t.name == "-") return 4;
    return t.name == "*" || t.name == "/" || t.name == "%" ? 5 : 3;
}

// Only the parentheses that precedence asks for, so that precedence itself is tested.
inline std::string Source(const Tree& t, int at_least = 0) {
    const int own = Precedence(t);
    std::string s;
    const auto arg = [&](std::size_t i, int level) { return Source(*t.args[i], level); };
    std::string list = "members";
    for (std::size_t k = 0; k < t.filters.size(); ++k)
        list += ".filter(" + t.filter_vars[k] + ", " + Source(*t.filters[k]) + ")";
    switch (t.kind) {
        case Tree::kLiteral:
            s = std::to_string(t.value);
            break;
        case Tree::kBoolLiteral:
            s = t.value != 0 ? "true" : "false";
            break;
        case Tree::kField:
            s = "household." + t.name;
            break;
        case Tree::kMember:
            s = t.var + "." + t.name;
            break;
        case Tree::kParam:
            s = "line.income_fen";
            break;
        case Tree::kNot:
            s = "!" + arg(0, 6);
            break;
        case Tree::kNegate:
            s = "-(" + arg(0, 0) + ")";
            break;
        case Tree::kBinary:
            s = arg(0, own) + " " + t.name + " " + arg(1, own + 1);
            break;
        case Tree::kCond:
            s = arg(0, 1) + " ? " + arg(1, 0) + " : " + arg(2, 0);
            break;
        case Tree::kIn:
            s = arg(0, 3) + " in [" + arg(1, 0) + ", " + arg(2, 0) + "]";
            break;
        case Tree::kExists:
            s = list + ".exists(" + t.var + ", " + arg(0, 0) + ")";
            break;
        case Tree::kAll:
            s = list + ".all(" + t.var + ", " + arg(0, 0) + ")";
            break;
        case Tree::kOne:
            s = list + ".exists_one(" + t.var + ", " + arg(0, 0) + ")";
            break;
        case Tree::kSize:
            s = "size(" + list + ")";
            break;
        case Tree::kSum:
            s = "sum(" + list + ".map(" + t.var + ", " + arg(0, 0) + "))";
            break;
        case Tree::kMax:
            s = "max(" + list + ".map(" + t.var + ", " + arg(0, 0) + "))";
            break;
        case Tree::kInMap:
            s = arg(0, 3) + " in " + list + ".map(" + t.var + ", " + arg(1, 0) + ")";
            break;
    }
    return own < at_least ? "(" + s + ")" : s;
}

inline TestWorld RandomWorld(std::mt19937& random) {
    static const char* const kHouseholdBool[] = {"lifted", "relocated", "only_home"};
    static const char* const kHouseholdInt[] = {"net_income_fen", "project_loss_fen",
                                                "disaster_loss_fen", "house_grade"};
    static const char* const kMemberBool[] = {"employed", "can_work", "main_earner"};
    static const char* const kMemberInt[] = {"wage_12m_fen", "pension_12m_fen",
                                             "largest_claim_fen"};
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto number = [&] {
        return pick(15) == 0 ? (pick(2) == 0 ? INT64_MAX : INT64_MIN)
                             : static_cast<std::int64_t>(pick(5) - 1);
    };
    const int unknown_in = 2 + pick(5);
    const auto known = [&] { return pick(unknown_in) != 0; };
    TestWorld world;
    world.size = pick(4);
    if (known()) world.SetParam(0, number());
    for (const char* f : kHouseholdBool)
        if (known()) world.Set("household", 0, f, pick(2));
    for (const char* f : kHouseholdInt)
        if (known()) world.Set("household", 0, f, number());
    for (int i = 0; i < world.size; ++i) {
        for (const char* f : kMemberBool)
            if (known()) world.Set("members", i, f, pick(2));
        for (const char* f : kMemberInt)
            if (known()) world.Set("members", i, f, number());
    }
    return world;
}

}  // namespace shouwang::cel
