#include "common/cel/sql/sql_program.h"

#include "common/cel/program.h"

namespace shouwang::cel::sql {
namespace {

// Each takes its operands once, so that no text is doubled with the depth of a tree.
constexpr std::string_view kFunctions = R"sql(
CREATE SCHEMA cel;
CREATE FUNCTION cel.add(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN b > 0 AND a > 9223372036854775807 - b THEN NULL
              WHEN b < 0 AND a < (-9223372036854775807 - 1) - b THEN NULL ELSE a + b END $$;
CREATE FUNCTION cel.subtract(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN b < 0 AND a > 9223372036854775807 + b THEN NULL
              WHEN b > 0 AND a < (-9223372036854775807 - 1) + b THEN NULL ELSE a - b END $$;
CREATE FUNCTION cel.multiply(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN a::numeric * b BETWEEN -9223372036854775808 AND 9223372036854775807 THEN a * b END $$;
CREATE FUNCTION cel.divide(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN b = 0 OR (a = -9223372036854775807 - 1 AND b = -1) THEN NULL ELSE a / b END $$;
CREATE FUNCTION cel.modulo(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN b = 0 OR (a = -9223372036854775807 - 1 AND b = -1) THEN NULL ELSE a % b END $$;
CREATE FUNCTION cel.choose(c boolean, a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN c THEN a WHEN NOT c THEN b WHEN a = b THEN a END $$;
CREATE FUNCTION cel.choose(c boolean, a boolean, b boolean) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN c THEN a WHEN NOT c THEN b WHEN a = b THEN a END $$;
-- Of counts in which every unknown element weighs a million.
CREATE FUNCTION cel.one(n bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN n IS NULL OR n % 1000000 > 1 THEN false WHEN n >= 1000000 THEN NULL ELSE n = 1 END $$;
CREATE FUNCTION cel.size(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN n IS NULL THEN 0 WHEN n < 1000000 THEN n END $$;
)sql";

class Writer {
public:
    Writer(const TreeProgram& program, const Tables& tables) : program_(program), tables_(tables) {}

    Result<std::string> Run() {
        int variable = -1;
        for (const Node& node : program_.nodes()) {
            if (!IsMacro(node.op)) continue;
            if (variable >= 0 && variable != node.b)
                return MakeStatus(Code::kInvalidArgument, "CEL_UNSUPPORTED",
                                  "SQL reads one list variable only");
            variable = node.b;
        }
        return Truth(program_.root());
    }

private:
    const Node& At(std::uint16_t index) const { return program_.nodes()[index]; }
    std::uint16_t Listed(const Node& node, int i) const {
        return program_.lists()[node.first + i];
    }

    static bool IsQuantifier(Op op) {
        return op == Op::kAll || op == Op::kExists || op == Op::kExistsOne || op == Op::kInMapped;
    }
    static bool IsMacro(Op op) {
        return IsQuantifier(op) || op == Op::kSize || op == Op::kSum || op == Op::kMax;
    }
    static std::string_view Symbol(Op op) {
        switch (op) {
            case Op::kLess:
                return "<";
            case Op::kLessEqual:
                return "<=";
            case Op::kGreater:
                return ">";
            case Op::kGreaterEqual:
                return ">=";
            case Op::kEqual:
                return "=";
            case Op::kNotEqual:
                return "<>";
            default:
                return "";
        }
    }
    static std::string_view Function(Op op) {
        switch (op) {
            case Op::kAdd:
                return "cel.add";
            case Op::kSubtract:
                return "cel.subtract";
            case Op::kMultiply:
                return "cel.multiply";
            case Op::kDivide:
                return "cel.divide";
            case Op::kModulo:
                return "cel.modulo";
            default:
                return "";
        }
    }

    Column FieldOf(const Node& node) const {
        Column column = tables_.field(node.a, node.b);
        const std::string alias =
            node.op == Op::kElementField ? "e" + std::to_string(node.slot) : "h";
        column.name = alias + "." + column.name;
        return column;
    }

    // A boolean expression, in parentheses where it needs them.
    std::string Truth(std::uint16_t index) {
        const Node& node = At(index);
        if (!Symbol(node.op).empty())
            return "(" + Value(node.a) + " " + std::string(Symbol(node.op)) + " " +
                   Value(node.b) + ")";
        if (IsQuantifier(node.op)) return Quantifier(node);
        switch (node.op) {
            case Op::kConst:
                return node.imm != 0 ? "true" : "false";
            case Op::kNot:
                return "(NOT " + Truth(node.a) + ")";
            case Op::kAnd:
                return "(" + Truth(node.a) + " AND " + Truth(node.b) + ")";
            case Op::kOr:
                return "(" + Truth(node.a) + " OR " + Truth(node.b) + ")";
            case Op::kCond:
                return "cel.choose(" + Truth(node.a) + ", " + Truth(node.b) + ", " +
                       Truth(node.c) + ")";
            case Op::kIn: {
                std::string text = "(" + Value(node.a) + " IN (";
                for (int i = 0; i < node.count; ++i)
                    text += (i > 0 ? ", " : "") + Value(Listed(node, i));
                return text + "))";
            }
            case Op::kField:
            case Op::kElementField: {
                const Column column = FieldOf(node);
                return column.boolean ? column.name : "(" + column.name + " <> 0)";
            }
            default:
                return "(" + Value(index) + " <> 0)";
        }
    }

    // A bigint expression.
    std::string Value(std::uint16_t index) {
        const Node& node = At(index);
        if (!Function(node.op).empty())
            return std::string(Function(node.op)) + "(" + Value(node.a) + ", " + Value(node.b) +
                   ")";
        switch (node.op) {
            case Op::kConst:
                return "'" + std::to_string(node.imm) + "'::bigint";
            case Op::kField:
            case Op::kElementField: {
                const Column column = FieldOf(node);
                return column.boolean ? column.name + "::int::bigint" : column.name;
            }
            case Op::kParam:
                return tables_.parameter(node.a);
            case Op::kNegate:
                return "cel.subtract(0, " + Value(node.a) + ")";
            case Op::kCond:
                return "cel.choose(" + Truth(node.a) + ", " + Value(node.b) + ", " +
                       Value(node.c) + ")";
            case Op::kSize:
                return "cel.size(" + OverElements(node, "sum", Included(node), "::int, 1000000") +
                       ")";
            case Op::kSum:
                return Folded(node, "CASE WHEN bool_or(s.blind OR s.running NOT BETWEEN "
                                    "-9223372036854775808 AND 9223372036854775807) THEN NULL ELSE "
                                    "coalesce(sum(s.v) FILTER (WHERE s.i), 0)::bigint END");
            case Op::kMax:
                return Folded(node, "CASE WHEN NOT bool_or(s.blind) THEN "
                                    "max(s.v) FILTER (WHERE s.i) END");
            default:
                return Truth(index) + "::int::bigint";
        }
    }

    std::string Included(const Node& node) {
        if (node.count == 0) return "true";
        std::string text;
        for (int i = 0; i < node.count; ++i)
            text += (i > 0 ? " AND " : "(") + Truth(Listed(node, i));
        return text + ")";
    }

    std::string ElementsOf(const Node& node) const {
        const std::string alias = "e" + std::to_string(node.slot);
        return tables_.elements + " " + alias + " WHERE " + alias + "." + tables_.key +
               " = h." + tables_.key;
    }

    // aggregate(coalesce(<truth>…)): the outermost list is the joined one, a list inside a macro a
    // subquery.
    std::string OverElements(const Node& node, const std::string& aggregate,
                             const std::string& truth, const std::string& code) {
        if (node.slot == 0 && !apart_)
            return aggregate + "(coalesce(" + truth + code + ")) FILTER (WHERE e0." +
                   tables_.key + " IS NOT NULL)";
        return "(SELECT " + aggregate + "(coalesce(s.x" + code + ")) FROM (SELECT " + truth +
               " AS x FROM " + ElementsOf(node) + " OFFSET 0) s)";
    }

    // A value inside an aggregate or a subquery that may use slot 0 for a list of its own: that list
    // is a subquery too, the joined one would be an aggregate within an aggregate.
    std::string OfItsOwn(std::uint16_t index) {
        const bool outer = apart_;
        apart_ = true;
        std::string text = Value(index);
        apart_ = outer;
        return text;
    }

    std::string Quantifier(const Node& node) {
        const bool all = node.op == Op::kAll;
        std::string body = node.op == Op::kInMapped
                               ? "(" + OfItsOwn(node.c) + " = " + Value(node.a) + ")"
                               : Truth(node.a);
        if (all) body = "(NOT " + body + ")";
        const std::string hit = "(" + Included(node) + " AND " + body + ")";
        if (node.op == Op::kExistsOne)
            return "cel.one(" + OverElements(node, "sum", hit, "::int, 1000000") + ")";
        // 2 = some element settles it, 1 = perhaps one does.
        return "(CASE " + OverElements(node, "max", hit, "::int * 2, 1") + " WHEN 2 THEN " +
               (all ? "false" : "true") + " WHEN 1 THEN NULL ELSE " + (all ? "true" : "false") +
               " END)";
    }

    std::string Folded(const Node& node, const std::string& result) {
        const std::string in = Included(node), value = Value(node.a);
        const std::string order = "e" + std::to_string(node.slot) + "." + tables_.position;
        return "(SELECT " + result +
               " FROM (SELECT r.i, r.v, r.i IS NULL OR (r.i AND r.v IS NULL) AS blind, "
               "sum(CASE WHEN r.i THEN r.v END) OVER (ORDER BY r.place) AS running FROM (SELECT " +
               in + " AS i, " + value + " AS v, " + order + " AS place FROM " + ElementsOf(node) +
               " OFFSET 0) r) s)";
    }

    const TreeProgram& program_;
    const Tables& tables_;
    bool apart_ = false;
};

}  // namespace

std::string_view Functions() { return kFunctions; }

Result<std::string> Condition(const Program& program, const Tables& tables) {
    const auto* tree = dynamic_cast<const TreeProgram*>(&program);
    if (tree == nullptr)
        return MakeStatus(Code::kInvalidArgument, "CEL_UNSUPPORTED",
                          "SQL is made only of programs of Program::Compile");
    return Writer(*tree, tables).Run();
}

std::string Select(const Tables& tables, std::span<const std::string> conditions) {
    std::string text = "SELECT h." + tables.key;
    for (const std::string& condition : conditions) text += ",\n  " + condition;
    return text + "\nFROM " + tables.rows + " h LEFT JOIN " + tables.elements + " e0 ON e0." +
           tables.key + " = h." + tables.key + "\nGROUP BY h." + tables.key;
}

}  // namespace shouwang::cel::sql
