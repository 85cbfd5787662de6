#include "common/cel/range.h"

#include <algorithm>
#include <limits>

#include "common/cel/program.h"

namespace shouwang::cel {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr Range kUnknown{};

Range Truths(bool can_false, bool can_true, bool can_unknown) {
    return {can_false ? 0 : 1, can_true ? 1 : 0, can_false || can_true, can_unknown};
}
bool CanTrue(const Range& r) { return r.may_be_known && (r.low != 0 || r.high != 0); }
bool CanFalse(const Range& r) { return r.may_be_known && r.low <= 0 && r.high >= 0; }
bool Must(const Range& r) { return CanTrue(r) && !CanFalse(r) && !r.may_be_unknown; }
bool Single(const Range& r) { return r.may_be_known && r.low == r.high; }

Range AndRange(const Range& a, const Range& b) {
    const bool f = CanFalse(a) || CanFalse(b), t = CanTrue(a) && CanTrue(b);
    const bool a_not_false = CanTrue(a) || a.may_be_unknown;
    const bool b_not_false = CanTrue(b) || b.may_be_unknown;
    return Truths(f, t, (a.may_be_unknown && b_not_false) || (b.may_be_unknown && a_not_false));
}
Range NotRange(const Range& a) { return Truths(CanTrue(a), CanFalse(a), a.may_be_unknown); }
Range OrRange(const Range& a, const Range& b) {
    return NotRange(AndRange(NotRange(a), NotRange(b)));
}

// Exact results as wide numbers → what fits is known, what does not is unknown.
Range Clamp(Wide low, Wide high, bool may_be_unknown) {
    const bool overflow = low < kMin || high > kMax;
    if (low > kMax || high < kMin) return kUnknown;
    return {static_cast<std::int64_t>(std::max<Wide>(low, kMin)),
            static_cast<std::int64_t>(std::min<Wide>(high, kMax)), true,
            may_be_unknown || overflow};
}

Range Multiply(const Range& a, const Range& b, bool unknown) {
    const Wide ends[] = {Wide{a.low} * b.low, Wide{a.low} * b.high, Wide{a.high} * b.low,
                         Wide{a.high} * b.high};
    return Clamp(*std::min_element(ends, ends + 4), *std::max_element(ends, ends + 4), unknown);
}

// By a divisor range without zero, the quotient is extreme at the ends.
Range DivideBy(const Range& a, std::int64_t low, std::int64_t high, bool unknown) {
    const Wide ends[] = {Wide{a.low} / low, Wide{a.low} / high, Wide{a.high} / low,
                         Wide{a.high} / high};
    return Clamp(*std::min_element(ends, ends + 4), *std::max_element(ends, ends + 4), unknown);
}

Range Join(const Range& a, const Range& b) {
    if (!a.may_be_known || !b.may_be_known) {
        Range joined = a.may_be_known ? a : b;
        joined.may_be_unknown = a.may_be_unknown || b.may_be_unknown;
        return joined;
    }
    return {std::min(a.low, b.low), std::max(a.high, b.high), true,
            a.may_be_unknown || b.may_be_unknown};
}

Range Divide(const Range& a, const Range& b, bool unknown) {
    Range result{0, 0, false, unknown || (b.low <= 0 && b.high >= 0)};
    if (b.low < 0) result = Join(result, DivideBy(a, b.low, std::min<std::int64_t>(b.high, -1), unknown));
    if (b.high > 0) result = Join(result, DivideBy(a, std::max<std::int64_t>(b.low, 1), b.high, unknown));
    return result;
}

// The sign of a remainder is the dividend's, its size below the divisor's and not above its own.
Range Modulo(const Range& a, const Range& b, bool unknown) {
    const bool zero = b.low <= 0 && b.high >= 0;
    if (zero && b.low == b.high) return kUnknown;
    if (Single(a) && Single(b)) {
        if (a.low == kMin && b.low == -1) return kUnknown;
        return {a.low % b.low, a.low % b.low, true, unknown};
    }
    const Wide limit = std::max(Wide{b.high} < 0 ? -Wide{b.high} : Wide{b.high},
                                Wide{b.low} < 0 ? -Wide{b.low} : Wide{b.low}) - 1;
    const bool overflow = a.low == kMin && b.low <= -1 && b.high >= -1;
    const Wide low = a.low >= 0 ? 0 : std::max<Wide>(a.low, -limit);
    const Wide high = a.high <= 0 ? 0 : std::min<Wide>(a.high, limit);
    return Clamp(low, high, unknown || zero || overflow);
}

Range Calculate(Op op, const Range& a, const Range& b) {
    if (!a.may_be_known || !b.may_be_known) return kUnknown;
    const bool unknown = a.may_be_unknown || b.may_be_unknown;
    switch (op) {
        case Op::kAdd:
            return Clamp(Wide{a.low} + b.low, Wide{a.high} + b.high, unknown);
        case Op::kSubtract:
            return Clamp(Wide{a.low} - b.high, Wide{a.high} - b.low, unknown);
        case Op::kMultiply:
            return Multiply(a, b, unknown);
        case Op::kDivide:
            return Divide(a, b, unknown);
        default:
            return Modulo(a, b, unknown);
    }
}

Range Compare(Op op, const Range& a, const Range& b) {
    const bool unknown = a.may_be_unknown || b.may_be_unknown;
    if (!a.may_be_known || !b.may_be_known) return Truths(false, false, true);
    switch (op) {
        case Op::kLess:
            return Truths(a.high >= b.low, a.low < b.high, unknown);
        case Op::kLessEqual:
            return Truths(a.high > b.low, a.low <= b.high, unknown);
        case Op::kGreater:
            return Truths(a.low <= b.high, a.high > b.low, unknown);
        case Op::kGreaterEqual:
            return Truths(a.low < b.high, a.high >= b.low, unknown);
        default:
            break;
    }
    const bool meet = a.low <= b.high && b.low <= a.high;
    const bool differ = !(Single(a) && Single(b) && a.low == b.low);
    return op == Op::kEqual ? Truths(differ, meet, unknown) : Truths(meet, differ, unknown);
}

class RangeEvaluator {
public:
    RangeEvaluator(const TreeProgram& program, const RangeActivation& activation)
        : program_(program), activation_(activation) {}

    Range Eval(std::uint16_t index) {
        const Node& node = program_.nodes()[index];
        switch (node.op) {
            case Op::kConst:
                return Range::Of(Known(node.imm));
            case Op::kField:
                return activation_.Field(node.a, 0, node.b);
            case Op::kElementField:
                return activation_.Field(node.a, element_[node.slot], node.b);
            case Op::kParam:
                return activation_.Param(node.a);
            case Op::kNot:
                return NotRange(Eval(node.a));
            case Op::kNegate:
                return Calculate(Op::kSubtract, Range::Of(Known(0)), Eval(node.a));
            case Op::kAdd:
            case Op::kSubtract:
            case Op::kMultiply:
            case Op::kDivide:
            case Op::kModulo:
                return Calculate(node.op, Eval(node.a), Eval(node.b));
            case Op::kAnd:
                return AndRange(Eval(node.a), Eval(node.b));
            case Op::kOr:
                return OrRange(Eval(node.a), Eval(node.b));
            case Op::kCond:
                return Select(node);
            case Op::kIn:
                return In(node);
            case Op::kAll:
            case Op::kExists:
            case Op::kExistsOne:
            case Op::kInMapped:
                return Quantify(node);
            case Op::kSize:
            case Op::kSum:
            case Op::kMax:
                return Fold(node);
            default:
                return Compare(node.op, Eval(node.a), Eval(node.b));
        }
    }

private:
    Range Select(const Node& node) {
        const Range condition = Eval(node.a), yes = Eval(node.b), no = Eval(node.c);
        Range result{0, 0, false, false};
        if (CanTrue(condition)) result = Join(result, yes);
        if (CanFalse(condition)) result = Join(result, no);
        if (!condition.may_be_unknown) return result;
        const bool agree = Single(yes) && Single(no) && yes.low == no.low;
        // Unknown, unless both sides agree; where they can be many values they may.
        if (yes.may_be_known && no.may_be_known) {
            const std::int64_t low = std::max(yes.low, no.low), high = std::min(yes.high, no.high);
            if (low <= high) result = Join(result, {low, high, true, false});
        }
        const bool sure = agree && !yes.may_be_unknown && !no.may_be_unknown;
        result.may_be_unknown = result.may_be_unknown || !sure;
        return result;
    }

    Range In(const Node& node) {
        const Range needle = Eval(node.a);
        Range result = Truths(true, false, false);
        for (int i = 0; i < node.count; ++i)
            result = OrRange(result, Compare(Op::kEqual, needle,
                                             Eval(program_.lists()[node.first + i])));
        return result;
    }

    Range Included(const Node& node) {
        Range result = Truths(false, true, false);
        for (int i = 0; i < node.count; ++i)
            result = AndRange(result, Eval(program_.lists()[node.first + i]));
        return result;
    }

    Range Quantify(const Node& node) {
        const bool mapped = node.op == Op::kInMapped;
        const Range needle = mapped ? Eval(node.c) : Range{};
        const int outer = element_[node.slot];
        Range any = Truths(true, false, false);
        int sure = 0, possible = 0, blind = 0;
        bool unknown = false;
        for (int i = 0; i < activation_.Size(node.b); ++i) {
            element_[node.slot] = i;
            const Range in = Included(node), body = Eval(node.a);
            const Range hit = AndRange(in, mapped                  ? Compare(Op::kEqual, needle, body)
                                           : node.op == Op::kAll ? NotRange(body)
                                                                   : body);
            any = OrRange(any, hit);
            sure += Must(hit) ? 1 : 0;
            possible += CanTrue(hit) ? 1 : 0;
            blind += hit.may_be_known ? 0 : 1;
            unknown = unknown || hit.may_be_unknown;
        }
        element_[node.slot] = outer;
        if (node.op == Op::kAll) return NotRange(any);
        if (node.op != Op::kExistsOne) return any;
        if (sure > 1) return Truths(true, false, false);
        return Truths(possible > 1 || (sure == 0 && blind == 0), possible > 0 && blind == 0,
                      unknown);
    }

    Range Fold(const Node& node) {
        const int outer = element_[node.slot];
        Range total = node.op == Op::kMax ? Range{0, 0, false, true} : Range::Of(Known(0));
        bool blind = false, never = false;  // a part may be, or is, unknown
        for (int i = 0; i < activation_.Size(node.b); ++i) {
            element_[node.slot] = i;
            const Range in = Included(node);
            blind = blind || in.may_be_unknown;
            never = never || !in.may_be_known;
            if (!CanTrue(in)) continue;
            const Range value = node.op == Op::kSize ? Range::Of(Known(1)) : Eval(node.a);
            blind = blind || value.may_be_unknown;
            never = never || (Must(in) && !value.may_be_known);
            const Range with = node.op == Op::kMax ? Larger(total, value)
                                                   : Calculate(Op::kAdd, total, value);
            total = CanFalse(in) ? Join(total, with) : with;
        }
        element_[node.slot] = outer;
        if (never) return kUnknown;
        total.may_be_unknown = total.may_be_unknown || blind;
        return total;
    }

    // total unknown = nothing yet.
    static Range Larger(const Range& total, const Range& value) {
        if (!value.may_be_known) return {total.low, total.high, total.may_be_known, true};
        if (!total.may_be_known) return {value.low, value.high, true, false};
        const std::int64_t low = total.may_be_unknown ? value.low : std::max(total.low, value.low);
        return {low, std::max(total.high, value.high), true, false};
    }

    const TreeProgram& program_;
    const RangeActivation& activation_;
    int element_[kMaxSlots] = {};
};

}  // namespace

PossibleVerdicts EvaluateRanges(const Program& program, const RangeActivation& activation) {
    const auto& tree = dynamic_cast<const TreeProgram&>(program);
    const Range result = RangeEvaluator(tree, activation).Eval(tree.root());
    return {CanTrue(result), CanFalse(result), result.may_be_unknown};
}

}  // namespace shouwang::cel
