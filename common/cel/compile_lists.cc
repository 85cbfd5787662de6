// Lists and macros: they exist only on the way to a value.
#include "common/cel/compiler.h"

namespace shouwang::cel {

std::optional<ListOperand> Compiler::List(const Expr& expr) {
    if (expr.kind == ExprKind::kName) {
        const int variable = FindScope(expr.text) != nullptr ? -1 : FindVariable(expr.text);
        if (variable < 0 && FindScope(expr.text) == nullptr) {
            return Fail("CEL_UNKNOWN_VARIABLE", expr.place, "unknown variable '" + expr.text + "'");
        }
        if (variable < 0 || !environment_.variables()[variable].list)
            return Fail("CEL_TYPE", expr.place, "'" + expr.text + "' is not a list");
        if (slots_ >= kMaxSlots)
            return Fail("CEL_UNSUPPORTED", expr.place, "macros nested more than four deep");
        return ListOperand{variable, slots_, {}, std::nullopt, expr.place};
    }
    if (expr.kind == ExprKind::kList)
        return Fail("CEL_UNSUPPORTED", expr.place, "a written list stands only after `in`");
    if (expr.kind != ExprKind::kMethod || (expr.text != "filter" && expr.text != "map"))
        return Fail("CEL_TYPE", expr.place, "a list is expected");
    std::optional<ListOperand> list = List(*expr.args[0]);
    if (!list) return std::nullopt;
    if (list->mapped) return Fail("CEL_UNSUPPORTED", expr.place, "map ends a list");
    const std::optional<Operand> body = Body(expr, *list);
    if (!body) return std::nullopt;
    if (expr.text == "map") {
        list->mapped = body;
        return list;
    }
    if (!ExpectType(*body, Type::kBool, expr.place, "filter")) return std::nullopt;
    list->filters.push_back(body->node);
    return list;
}

std::optional<Operand> Compiler::Body(const Expr& expr, const ListOperand& list) {
    if (expr.args.size() != 3 || expr.args[1]->kind != ExprKind::kName) {
        return Fail("CEL_SYNTAX", expr.place, "'" + expr.text + "' takes a name and an expression");
    }
    const std::string& name = expr.args[1]->text;
    if (FindScope(name) != nullptr || FindVariable(name) >= 0) {
        return Fail("CEL_UNSUPPORTED", expr.args[1]->place,
                    "'" + name + "' hides another variable");
    }
    scopes_.push_back({name, list.variable, list.slot});
    ++slots_;
    const std::optional<Operand> body = Value(*expr.args[2]);
    --slots_;
    const bool used = scopes_.back().used;
    scopes_.pop_back();
    if (body && !used)
        return Fail("CEL_UNUSED_VARIABLE", expr.args[1]->place, "'" + name + "' is not used");
    return body;
}

std::optional<Operand> Compiler::EmitOver(const ListOperand& list, Op op, const Operand* body,
                                          Type type, int unit) {
    Node node;
    node.op = op;
    node.slot = static_cast<std::uint8_t>(list.slot);
    node.b = static_cast<std::uint16_t>(list.variable);
    node.a = body != nullptr ? body->node : 0;
    if (!Keep(list.filters, list.place, node)) return std::nullopt;
    return EmitAs(node, type, unit);
}

std::optional<Operand> Compiler::Method(const Expr& expr) {
    const bool quantifier =
        expr.text == "all" || expr.text == "exists" || expr.text == "exists_one";
    if (expr.text == "size" && expr.args.size() == 1) return Size(expr, *expr.args[0]);
    if (expr.text == "filter" || expr.text == "map")
        return Fail("CEL_TYPE", expr.place, "a list is not a value; use size, sum or max");
    if (!quantifier)
        return Fail("CEL_UNSUPPORTED", expr.place, "unknown method '" + expr.text + "'");
    const std::optional<ListOperand> list = List(*expr.args[0]);
    if (!list) return std::nullopt;
    if (list->mapped)
        return Fail("CEL_UNSUPPORTED", expr.place, "'" + expr.text + "' over mapped values");
    const std::optional<Operand> body = Body(expr, *list);
    if (!body || !ExpectType(*body, Type::kBool, expr.place, expr.text)) return std::nullopt;
    const Op op = expr.text == "all"      ? Op::kAll
                  : expr.text == "exists" ? Op::kExists
                                          : Op::kExistsOne;
    return EmitOver(*list, op, &*body, Type::kBool, kNoUnit);
}

std::optional<Operand> Compiler::Call(const Expr& expr) {
    if (expr.text != "size" && expr.text != "sum" && expr.text != "max") {
        return Fail("CEL_UNSUPPORTED", expr.place, "unknown function '" + expr.text + "'");
    }
    if (expr.args.size() != 1)
        return Fail("CEL_SYNTAX", expr.place, "'" + expr.text + "' takes one list");
    if (expr.text == "size") return Size(expr, *expr.args[0]);
    const std::optional<ListOperand> list = List(*expr.args[0]);
    if (!list) return std::nullopt;
    if (!list->mapped)
        return Fail("CEL_TYPE", expr.place, "'" + expr.text + "' needs mapped numbers");
    if (!ExpectNumber(*list->mapped, expr.place, expr.text)) return std::nullopt;
    return EmitOver(*list, expr.text == "sum" ? Op::kSum : Op::kMax, &*list->mapped, Type::kInt,
                    list->mapped->unit);
}

std::optional<Operand> Compiler::Size(const Expr& expr, const Expr& of) {
    const std::optional<ListOperand> list = List(of);
    if (!list) return std::nullopt;
    // Mapping changes no size: reading the values for it would make the size unknown with them.
    if (list->mapped)
        return Fail("CEL_UNSUPPORTED", expr.place, "size of mapped values; leave the map out");
    return EmitOver(*list, Op::kSize, nullptr, Type::kInt, kCountUnit);
}

std::optional<Operand> Compiler::InMapped(const Expr& expr, const Operand& needle) {
    const std::optional<ListOperand> list = List(*expr.args[1]);
    if (!list) return std::nullopt;
    if (!list->mapped) return Fail("CEL_TYPE", expr.place, "'in' needs a list of values");
    if (!Match(expr, needle, *list->mapped)) return std::nullopt;
    std::optional<Operand> result =
        EmitOver(*list, Op::kInMapped, &*list->mapped, Type::kBool, kNoUnit);
    if (result) nodes_[result->node].c = needle.node;
    return result;
}

}  // namespace shouwang::cel
