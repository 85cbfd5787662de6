#include "common/cel/program.h"

#include <limits>

namespace shouwang::cel {

FactCell Evaluator::Eval(std::uint16_t index) {
    const Node& node = program_.nodes_[index];
    switch (node.op) {
        case Op::kConst:
            return Known(node.imm);
        case Op::kField:
            return activation_.Field(node.a, 0, node.b);
        case Op::kElementField:
            return activation_.Field(node.a, element_[node.slot], node.b);
        case Op::kParam:
            return activation_.Param(node.a);
        case Op::kNot:
            return CellOf(Not(TriOf(Eval(node.a))));
        case Op::kNegate:
        case Op::kAdd:
        case Op::kSubtract:
        case Op::kMultiply:
        case Op::kDivide:
        case Op::kModulo:
            return Arithmetic(node);
        case Op::kLess:
        case Op::kLessEqual:
        case Op::kGreater:
        case Op::kGreaterEqual:
        case Op::kEqual:
        case Op::kNotEqual:
            return Compare(node);
        case Op::kAnd:
        case Op::kOr:
        case Op::kCond:
            return Logic(node);
        case Op::kIn:
            return In(node);
        case Op::kAll:
        case Op::kExists:
        case Op::kExistsOne:
            return Quantify(node);
        case Op::kSize:
        case Op::kSum:
        case Op::kMax:
            return Aggregate(node);
        case Op::kInMapped:
            return InMapped(node);
    }
    return {};
}

FactCell Evaluator::Arithmetic(const Node& node) {
    const FactCell left = Eval(node.a);
    constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
    std::int64_t result = 0;
    if (node.op == Op::kNegate) {
        if (!left.known) return {};
        return __builtin_sub_overflow(std::int64_t{0}, left.value, &result) ? Fault()
                                                                            : Known(result);
    }
    const FactCell right = Eval(node.b);
    if (!left.known || !right.known) return {};
    switch (node.op) {
        case Op::kAdd:
            return __builtin_add_overflow(left.value, right.value, &result) ? Fault()
                                                                            : Known(result);
        case Op::kSubtract:
            return __builtin_sub_overflow(left.value, right.value, &result) ? Fault()
                                                                            : Known(result);
        case Op::kMultiply:
            return __builtin_mul_overflow(left.value, right.value, &result) ? Fault()
                                                                            : Known(result);
        default:
            break;
    }
    if (right.value == 0 || (left.value == kMin && right.value == -1)) return Fault();
    return Known(node.op == Op::kDivide ? left.value / right.value : left.value % right.value);
}

FactCell Evaluator::Compare(const Node& node) {
    const FactCell left = Eval(node.a);
    if (!left.known) return {};
    const FactCell right = Eval(node.b);
    if (!right.known) return {};
    switch (node.op) {
        case Op::kLess:
            return Known(left.value < right.value);
        case Op::kLessEqual:
            return Known(left.value <= right.value);
        case Op::kGreater:
            return Known(left.value > right.value);
        case Op::kGreaterEqual:
            return Known(left.value >= right.value);
        case Op::kEqual:
            return Known(left.value == right.value);
        default:
            return Known(left.value != right.value);
    }
}

FactCell Evaluator::Logic(const Node& node) {
    const Tri left = TriOf(Eval(node.a));
    if (node.op == Op::kAnd)
        return left == Tri::kFalse ? Known(0) : CellOf(And(left, TriOf(Eval(node.b))));
    if (node.op == Op::kOr)
        return left == Tri::kTrue ? Known(1) : CellOf(Or(left, TriOf(Eval(node.b))));
    if (left != Tri::kUnknown) return Eval(left == Tri::kTrue ? node.b : node.c);
    // Unknown which side: still known where both sides agree.
    const FactCell yes = Eval(node.b);
    if (!yes.known) return {};
    const FactCell no = Eval(node.c);
    return no.known && no.value == yes.value ? yes : FactCell{};
}

FactCell Evaluator::In(const Node& node) {
    const FactCell needle = Eval(node.a);
    if (!needle.known) return node.count == 0 ? Known(0) : FactCell{};
    Tri result = Tri::kFalse;
    for (int i = 0; i < node.count && result != Tri::kTrue; ++i) {
        const FactCell item = Eval(program_.lists_[node.first + i]);
        result = Or(result, item.known ? TriOf(Known(item.value == needle.value)) : Tri::kUnknown);
    }
    return CellOf(result);
}

Tri Evaluator::Included(const Node& node) {
    Tri result = Tri::kTrue;
    for (int i = 0; i < node.count && result != Tri::kFalse; ++i) {
        result = And(result, TriOf(Eval(program_.lists_[node.first + i])));
    }
    return result;
}

FactCell Evaluator::Quantify(const Node& node) {
    const int size = activation_.Size(node.b);
    Tri result = node.op == Op::kAll ? Tri::kTrue : Tri::kFalse;
    int found = 0;
    bool unknown = false;
    for (int i = 0; i < size; ++i) {
        element_[node.slot] = i;
        const Tri in = Included(node);
        if (in == Tri::kFalse) continue;
        const Tri body = TriOf(Eval(node.a));
        if (node.op == Op::kAll) {
            result = And(result, Or(Not(in), body));
            if (result == Tri::kFalse) return Known(0);
            continue;
        }
        const Tri hit = And(in, body);
        if (node.op == Op::kExists) {
            if (hit == Tri::kTrue) return Known(1);
            result = Or(result, hit);
            continue;
        }
        if (hit == Tri::kTrue && ++found > 1)
            return Known(0);  // two are two, whatever the others are
        unknown = unknown || hit == Tri::kUnknown;
    }
    if (node.op != Op::kExistsOne) return CellOf(result);
    return unknown ? FactCell{} : Known(found == 1);
}

FactCell Evaluator::Aggregate(const Node& node) {
    const int size = activation_.Size(node.b);
    std::int64_t total = 0;
    bool any = false;
    for (int i = 0; i < size; ++i) {
        element_[node.slot] = i;
        const Tri in = Included(node);
        if (in == Tri::kUnknown) return {};
        if (in == Tri::kFalse) continue;
        const FactCell value = node.op == Op::kSize ? Known(1) : Eval(node.a);
        if (!value.known) return {};
        if (node.op == Op::kMax) {
            total = any && total > value.value ? total : value.value;
        } else if (__builtin_add_overflow(total, value.value, &total)) {
            return Fault();
        }
        any = true;
    }
    if (node.op == Op::kMax && !any) return {};  // the largest of nothing
    return Known(total);
}

FactCell Evaluator::InMapped(const Node& node) {
    const FactCell needle = Eval(node.c);
    const int size = activation_.Size(node.b);
    Tri result = Tri::kFalse;
    for (int i = 0; i < size && result != Tri::kTrue; ++i) {
        element_[node.slot] = i;
        const Tri in = Included(node);
        if (in == Tri::kFalse) continue;
        const FactCell item = Eval(node.a);
        const bool known = needle.known && item.known;
        result =
            Or(result, And(in, known ? TriOf(Known(item.value == needle.value)) : Tri::kUnknown));
    }
    return CellOf(result);
}

Tri TreeProgram::Evaluate(const Activation& activation) const {
    Evaluator evaluator(*this, activation);
    const Tri result = TriOf(evaluator.Eval(root_));
    if (evaluator.faults() != 0) faults_.fetch_add(evaluator.faults(), std::memory_order_relaxed);
    return result;
}

}  // namespace shouwang::cel
