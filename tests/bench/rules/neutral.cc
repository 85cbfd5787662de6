#include "tests/bench/rules/neutral.h"

#include "common/cel/program.h"

namespace shouwang::bench {
namespace {

using cel::Node;
using cel::Op;
using nlohmann::json;

class Writer {
public:
    Writer(const cel::TreeProgram& program, const cel::Environment& environment,
           const std::vector<cel::FactCell>& parameters)
        : program_(program), environment_(environment), parameters_(parameters) {}

    Result<json> Run() {
        json result = Truth(program_.root(), true);
        if (!missing_.empty())
            return MakeStatus(Code::kFailedPrecondition, "NOT_EXPRESSIBLE", missing_);
        return result;
    }

private:
    const Node& At(std::uint16_t index) const { return program_.nodes()[index]; }
    std::uint16_t Listed(const Node& node, int i) const { return program_.lists()[node.first + i]; }
    json Fail(const std::string& what) {
        if (missing_.empty()) missing_ = what;
        return nullptr;
    }

    json FieldOf(const Node& node) const {
        const cel::Variable& variable = environment_.variables()[node.a];
        return {variable.name, variable.message->field(node.b)->name()};
    }

    static const char* Name(Op op, bool positive) {
        switch (op) {
            case Op::kLess:
                return positive ? "<" : ">=";
            case Op::kLessEqual:
                return positive ? "<=" : ">";
            case Op::kGreater:
                return positive ? ">" : "<=";
            case Op::kGreaterEqual:
                return positive ? ">=" : "<";
            case Op::kEqual:
                return positive ? "==" : "!=";
            default:
                return positive ? "!=" : "==";
        }
    }

    // True where the node is (positive), or is not: never where it is unknown.
    json Truth(std::uint16_t index, bool positive) {
        const Node& node = At(index);
        switch (node.op) {
            case Op::kConst:
                return {{"constant", (node.imm != 0) == positive}};
            case Op::kField:
            case Op::kElementField:
                return {{"is", {FieldOf(node), positive}}};
            case Op::kNot:
                return Truth(node.a, !positive);
            case Op::kAnd:
            case Op::kOr: {
                const bool all = (node.op == Op::kAnd) == positive;
                return {{all ? "and" : "or", {Truth(node.a, positive), Truth(node.b, positive)}}};
            }
            case Op::kLess:
            case Op::kLessEqual:
            case Op::kGreater:
            case Op::kGreaterEqual:
            case Op::kEqual:
            case Op::kNotEqual:
                return {{"compare", {Name(node.op, positive), Number(node.a), Number(node.b)}}};
            case Op::kIn: {
                json items = json::array();
                for (int i = 0; i < node.count; ++i) {
                    if (At(Listed(node, i)).op != Op::kConst) return Fail("a list that is no constant");
                    items.push_back(At(Listed(node, i)).imm);
                }
                return {{positive ? "in" : "outside", {Number(node.a), items}}};
            }
            case Op::kExists:
            case Op::kAll:
                return Quantifier(node, positive);
            default:
                return Fail("a macro that other engines lack");
        }
    }

    // exists: some element in and true; all: every element out or true.
    json Quantifier(const Node& node, bool positive) {
        const bool some = (node.op == Op::kExists) == positive;
        const bool body_positive = positive;
        json parts = json::array();
        for (int i = 0; i < node.count; ++i) parts.push_back(Truth(Listed(node, i), some));
        parts.push_back(Truth(node.a, body_positive));
        json body = parts.size() == 1 ? parts[0] : json{{some ? "and" : "or", parts}};
        return {{some ? "some" : "every", std::move(body)}};
    }

    json Number(std::uint16_t index) {
        const Node& node = At(index);
        switch (node.op) {
            case Op::kConst:
                return {{"number", node.imm}};
            case Op::kParam:
                return {{"number", parameters_[node.a].value}};
            case Op::kField:
            case Op::kElementField:
                return {{"field", FieldOf(node)}};
            case Op::kNegate: {
                json inner = Number(node.a);
                if (!inner.contains("number")) return Fail("the negative of a fact");
                return {{"number", -inner["number"].get<std::int64_t>()}};
            }
            case Op::kAdd:
                return {{"+", {Number(node.a), Number(node.b)}}};
            case Op::kSubtract:
                return {{"-", {Number(node.a), Number(node.b)}}};
            default:
                return Fail("arithmetic that other engines do in floating point");
        }
    }

    const cel::TreeProgram& program_;
    const cel::Environment& environment_;
    const std::vector<cel::FactCell>& parameters_;
    std::string missing_;
};

}  // namespace

Result<json> Neutral(const cel::Program& program, const cel::Environment& environment,
                     const std::vector<cel::FactCell>& parameters) {
    return Writer(dynamic_cast<const cel::TreeProgram&>(program), environment, parameters).Run();
}

}  // namespace shouwang::bench
