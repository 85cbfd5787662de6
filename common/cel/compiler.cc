#include "common/cel/compiler.h"

#include <algorithm>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::cel {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int kMaxTreeDepth = 300;

}  // namespace

const char* TypeName(Type type) {
    switch (type) {
        case Type::kBool:
            return "bool";
        case Type::kInt:
            return "int";
        case Type::kString:
            return "string";
        case Type::kList:
            return "list";
        case Type::kMessage:
            return "message";
    }
    return "?";
}

Result<std::shared_ptr<const Program>> Compiler::Run(const Expr& root) {
    const std::optional<Operand> result = Value(root);
    if (result && result->type != Type::kBool) {
        Fail("CEL_TYPE", root.place,
             std::string("a condition is bool, this is ") + TypeName(result->type));
    }
    if (nodes_.size() > 60000) Fail("CEL_UNSUPPORTED", root.place, "expression too large");
    if (error_) return *error_;
    return std::shared_ptr<const Program>(std::make_shared<TreeProgram>(
        std::move(nodes_), std::move(lists_), result->node,
        std::vector<std::pair<int, int>>(reads_.begin(), reads_.end()), std::string(source_)));
}

std::nullopt_t Compiler::Fail(std::string reason, Place place, const std::string& what) {
    if (!error_) error_ = ErrorAt(std::move(reason), place, what);
    return std::nullopt;
}

std::uint16_t Compiler::Emit(const Node& node) {
    nodes_.push_back(node);
    return static_cast<std::uint16_t>(nodes_.size() - 1);
}

Operand Compiler::EmitAs(const Node& node, Type type, int unit) {
    return Operand{Emit(node), type, unit, nullptr, false};
}

std::optional<Operand> Compiler::Value(const Expr& expr) {
    if (++depth_ > kMaxTreeDepth || nodes_.size() > 60000)
        return Fail("CEL_UNSUPPORTED", expr.place, "expression too large");
    std::optional<Operand> result = ValueInner(expr);
    --depth_;
    return result;
}

std::optional<Operand> Compiler::ValueInner(const Expr& expr) {
    Node node;
    switch (expr.kind) {
        case ExprKind::kInt:
        case ExprKind::kBool: {
            node.imm = expr.value;
            Operand operand = EmitAs(node, expr.kind == ExprKind::kInt ? Type::kInt : Type::kBool,
                                     expr.kind == ExprKind::kInt ? kLiteralUnit : kNoUnit);
            operand.literal = true;
            return operand;
        }
        case ExprKind::kString: {
            const auto at = std::find(strings_.begin(), strings_.end(), expr.text);
            node.imm = at - strings_.begin();
            if (at == strings_.end()) strings_.push_back(expr.text);
            return EmitAs(node, Type::kString);
        }
        case ExprKind::kList:
            return Fail("CEL_TYPE", expr.place, "a list stands only after `in`");
        case ExprKind::kName:
            return Name(expr);
        case ExprKind::kSelect:
            return Select(expr);
        case ExprKind::kCall:
            return Call(expr);
        case ExprKind::kMethod:
            return Method(expr);
        case ExprKind::kUnary:
            return Unary(expr);
        case ExprKind::kBinary:
            return Binary(expr);
        case ExprKind::kTernary:
            return Ternary(expr);
    }
    return std::nullopt;
}

int Compiler::FindVariable(std::string_view name) const {
    const auto& all = environment_.variables();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& variable) { return variable.name == name; });
    return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

Compiler::Scope* Compiler::FindScope(std::string_view name) {
    const auto innermost = std::find_if(scopes_.rbegin(), scopes_.rend(),
                                        [&](const Scope& scope) { return scope.name == name; });
    return innermost == scopes_.rend() ? nullptr : &*innermost;
}

std::optional<Operand> Compiler::Name(const Expr& expr) {
    if (FindScope(expr.text) == nullptr && FindVariable(expr.text) < 0) {
        return Fail("CEL_UNKNOWN_VARIABLE", expr.place, "unknown variable '" + expr.text + "'");
    }
    return Fail("CEL_TYPE", expr.place,
                "'" + expr.text + "' is not a value; name one of its fields");
}

std::optional<Operand> Compiler::Select(const Expr& expr) {
    const Expr& target = *expr.args[0];
    if (target.kind != ExprKind::kName)
        return Fail("CEL_TYPE", expr.place,
                    "'" + expr.text + "' is selected from something without fields");
    Scope* scope = FindScope(target.text);
    const int variable = scope != nullptr ? scope->variable : FindVariable(target.text);
    if (variable < 0)
        return Fail("CEL_UNKNOWN_VARIABLE", target.place, "unknown variable '" + target.text + "'");
    const Variable& declared = environment_.variables()[variable];
    if (declared.message == nullptr) return ParameterOf(expr, target.text + "." + expr.text);
    if (scope == nullptr && declared.list) {
        return Fail("CEL_TYPE", expr.place,
                    "'" + target.text + "' is a list; use exists, all, filter, map");
    }
    if (scope != nullptr) scope->used = true;
    return Field(expr, variable, declared, scope);
}

std::optional<Operand> Compiler::ParameterOf(const Expr& expr, const std::string& name) {
    const auto& all = environment_.parameters();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name != name) continue;
        Node node;
        node.op = Op::kParam;
        node.a = static_cast<std::uint16_t>(i);
        reads_.emplace(-1, static_cast<int>(i));
        return EmitAs(node, Type::kInt, all[i].unit);
    }
    return Fail("CEL_UNKNOWN_FIELD", expr.place, "unknown parameter '" + name + "'");
}

std::optional<Operand> Compiler::Field(const Expr& expr, int variable, const Variable& declared,
                                       const Scope* scope) {
    const FieldDescriptor* field = declared.message->FindFieldByName(expr.text);
    if (field == nullptr) {
        return Fail("CEL_UNKNOWN_FIELD", expr.place,
                    "'" + declared.name + "' has no field '" + expr.text + "'");
    }
    const auto type = field->cpp_type();
    if (field->is_repeated() ||
        (type != FieldDescriptor::CPPTYPE_BOOL && type != FieldDescriptor::CPPTYPE_INT32 &&
         type != FieldDescriptor::CPPTYPE_INT64 && type != FieldDescriptor::CPPTYPE_ENUM)) {
        return Fail("CEL_UNSUPPORTED", expr.place,
                    "field '" + expr.text + "' is not a number, bool or enum");
    }
    Node node;
    node.op = scope != nullptr ? Op::kElementField : Op::kField;
    node.slot = static_cast<std::uint8_t>(scope != nullptr ? scope->slot : 0);
    node.a = static_cast<std::uint16_t>(variable);
    node.b = static_cast<std::uint16_t>(field->index());
    reads_.emplace(variable, field->index());
    Operand operand = EmitAs(node, type == FieldDescriptor::CPPTYPE_BOOL ? Type::kBool : Type::kInt,
                             field->options().GetExtension(options::v1::fact_definition).unit());
    operand.enumeration = field->enum_type();
    return operand;
}

bool Compiler::ExpectType(const Operand& operand, Type type, Place place, const std::string& op) {
    if (operand.type == type) return true;
    Fail("CEL_TYPE", place,
         "'" + op + "' needs " + TypeName(type) + ", not " + TypeName(operand.type));
    return false;
}

bool Compiler::ExpectNumber(const Operand& operand, Place place, const std::string& op) {
    if (!ExpectType(operand, Type::kInt, place, op)) return false;
    if (operand.enumeration == nullptr) return true;
    Fail("CEL_TYPE", place, "an enum is compared, never calculated with");
    return false;
}

std::optional<Operand> Compiler::Unary(const Expr& expr) {
    const std::optional<Operand> inner = Value(*expr.args[0]);
    if (!inner) return std::nullopt;
    Node node;
    node.a = inner->node;
    if (expr.text == "!") {
        if (!ExpectType(*inner, Type::kBool, expr.place, "!")) return std::nullopt;
        node.op = Op::kNot;
        return EmitAs(node, Type::kBool);
    }
    if (!ExpectNumber(*inner, expr.place, "-")) return std::nullopt;
    node.op = Op::kNegate;
    return EmitAs(node, Type::kInt, inner->unit);
}

std::optional<Operand> Compiler::Binary(const Expr& expr) {
    if (expr.text == "in") return In(expr);
    const std::optional<Operand> left = Value(*expr.args[0]);
    if (!left) return std::nullopt;
    const std::optional<Operand> right = Value(*expr.args[1]);
    if (!right) return std::nullopt;
    const std::string& op = expr.text;
    if (op == "&&" || op == "||") {
        if (!ExpectType(*left, Type::kBool, expr.place, op) ||
            !ExpectType(*right, Type::kBool, expr.place, op))
            return std::nullopt;
        Node node;
        node.op = op == "&&" ? Op::kAnd : Op::kOr;
        node.a = left->node;
        node.b = right->node;
        return EmitAs(node, Type::kBool);
    }
    if (op.size() == 1 && std::string_view("+-*/%").find(op[0]) != std::string_view::npos)
        return Arithmetic(expr, *left, *right);
    return Comparison(expr, *left, *right);
}

std::optional<Operand> Compiler::Arithmetic(const Expr& expr, const Operand& left,
                                            const Operand& right) {
    const std::string& op = expr.text;
    if (!ExpectNumber(left, expr.place, op) || !ExpectNumber(right, expr.place, op))
        return std::nullopt;
    const std::optional<int> unit = ArithmeticUnit(op[0], left.unit, right.unit);
    if (!unit) return UnitMix(expr, left, right);
    if ((op == "/" || op == "%") && right.literal && nodes_[right.node].imm == 0)
        return Fail("CEL_TYPE", expr.place, "division by zero");
    Node node;
    node.op = op == "+"   ? Op::kAdd
              : op == "-" ? Op::kSubtract
              : op == "*" ? Op::kMultiply
              : op == "/" ? Op::kDivide
                          : Op::kModulo;
    node.a = left.node;
    node.b = right.node;
    return EmitAs(node, Type::kInt, *unit);
}

std::nullopt_t Compiler::UnitMix(const Expr& expr, const Operand& left, const Operand& right) {
    return Fail(
        "CEL_UNIT", expr.place,
        "'" + expr.text + "' mixes " + UnitName(left.unit) + " and " + UnitName(right.unit));
}

std::optional<int> Compiler::Match(const Expr& expr, const Operand& left, const Operand& right) {
    if (left.type != right.type) {
        return Fail(
            "CEL_TYPE", expr.place,
            "'" + expr.text + "' with " + TypeName(left.type) + " and " + TypeName(right.type));
    }
    if (left.enumeration != nullptr && right.enumeration != nullptr &&
        left.enumeration != right.enumeration) {
        return Fail("CEL_TYPE", expr.place, "two different enums");
    }
    const std::optional<int> unit = CommonUnit(left.unit, right.unit);
    if (!unit) return UnitMix(expr, left, right);
    return unit;
}

std::optional<Operand> Compiler::Comparison(const Expr& expr, const Operand& left,
                                            const Operand& right) {
    if (!Match(expr, left, right)) return std::nullopt;
    const std::string& op = expr.text;
    const bool equality = op == "==" || op == "!=";
    if (!equality && left.type == Type::kBool)
        return Fail("CEL_TYPE", expr.place, "bool values have no order");
    if (!equality && left.type == Type::kString)
        return Fail("CEL_UNSUPPORTED", expr.place, "order of strings");
    Node node;
    node.op = op == "<"    ? Op::kLess
              : op == "<=" ? Op::kLessEqual
              : op == ">"  ? Op::kGreater
              : op == ">=" ? Op::kGreaterEqual
              : op == "==" ? Op::kEqual
                           : Op::kNotEqual;
    node.a = left.node;
    node.b = right.node;
    return EmitAs(node, Type::kBool);
}

std::optional<Operand> Compiler::Ternary(const Expr& expr) {
    const std::optional<Operand> condition = Value(*expr.args[0]);
    if (!condition || !ExpectType(*condition, Type::kBool, expr.place, "?")) return std::nullopt;
    const std::optional<Operand> yes = Value(*expr.args[1]);
    const std::optional<Operand> no = yes ? Value(*expr.args[2]) : std::nullopt;
    if (!no) return std::nullopt;
    const std::optional<int> unit = Match(expr, *yes, *no);
    if (!unit) return std::nullopt;
    Node node;
    node.op = Op::kCond;
    node.a = condition->node;
    node.b = yes->node;
    node.c = no->node;
    Operand operand = EmitAs(node, yes->type, *unit);
    operand.enumeration = yes->enumeration != nullptr ? yes->enumeration : no->enumeration;
    return operand;
}

std::optional<Operand> Compiler::In(const Expr& expr) {
    const std::optional<Operand> needle = Value(*expr.args[0]);
    if (!needle) return std::nullopt;
    const Expr& list = *expr.args[1];
    if (list.kind != ExprKind::kList) return InMapped(expr, *needle);
    if (list.args.empty()) return Fail("CEL_TYPE", list.place, "empty list");
    std::vector<std::uint16_t> items;
    for (const auto& item : list.args) {
        const std::optional<Operand> operand = Value(*item);
        if (!operand || !Match(expr, *needle, *operand)) return std::nullopt;
        items.push_back(operand->node);
    }
    Node node;
    node.op = Op::kIn;
    node.a = needle->node;
    if (!Keep(items, list.place, node)) return std::nullopt;
    return EmitAs(node, Type::kBool);
}

bool Compiler::Keep(const std::vector<std::uint16_t>& items, Place place, Node& node) {
    if (lists_.size() + items.size() > 60000) {
        Fail("CEL_UNSUPPORTED", place, "expression too large");
        return false;
    }
    node.first = static_cast<std::uint16_t>(lists_.size());
    node.count = static_cast<std::uint16_t>(items.size());
    lists_.insert(lists_.end(), items.begin(), items.end());
    return true;
}

Environment::Environment(std::vector<Variable> variables, std::vector<Parameter> parameters)
    : variables_(std::move(variables)), parameters_(std::move(parameters)) {}

Result<std::shared_ptr<const Program>> Program::Compile(const Environment& environment,
                                                        std::string_view source) {
    SW_ASSIGN_OR_RETURN(std::unique_ptr<Expr> root, Parse(source));
    return Compiler(environment, source).Run(*root);
}

}  // namespace shouwang::cel
