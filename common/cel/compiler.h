// Syntax tree → checked, compiled program.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/cel/cel.h"
#include "common/cel/parser.h"
#include "common/cel/program.h"
#include "common/cel/units.h"

namespace shouwang::cel {

struct Operand {
    std::uint16_t node = 0;
    Type type = Type::kInt;
    int unit = kNoUnit;
    const google::protobuf::EnumDescriptor* enumeration = nullptr;
    bool literal = false;  // written as a number or string, not read
};

// A list in the making: elements of a variable, filtered, perhaps mapped to a value.
struct ListOperand {
    int variable = -1;
    int slot = 0;
    std::vector<std::uint16_t> filters;
    std::optional<Operand> mapped;
    Place place;
};

const char* TypeName(Type type);

// One use. Methods answer nullopt after the first error, which is kept. Values and operators are in
// compiler.cc, lists and macros in compile_lists.cc.
class Compiler {
public:
    Compiler(const Environment& environment, std::string_view source)
        : environment_(environment), source_(source) {}

    Result<std::shared_ptr<const Program>> Run(const Expr& root);

private:
    struct Scope {
        std::string name;
        int variable;
        int slot;
        bool used = false;
    };

    std::nullopt_t Fail(std::string reason, Place place, const std::string& what);
    std::uint16_t Emit(const Node& node);
    Operand EmitAs(const Node& node, Type type, int unit = kNoUnit);
    // values
    std::optional<Operand> Value(const Expr& expr);
    std::optional<Operand> ValueInner(const Expr& expr);
    int FindVariable(std::string_view name) const;
    Scope* FindScope(std::string_view name);
    std::optional<Operand> Name(const Expr& expr);
    std::optional<Operand> Select(const Expr& expr);
    std::optional<Operand> ParameterOf(const Expr& expr, const std::string& name);
    std::optional<Operand> Field(const Expr& expr, int variable, const Variable& declared,
                                 const Scope* scope);
    // operators
    bool ExpectType(const Operand& operand, Type type, Place place, const std::string& op);
    bool ExpectNumber(const Operand& operand, Place place, const std::string& op);
    std::optional<Operand> Unary(const Expr& expr);
    std::optional<Operand> Binary(const Expr& expr);
    std::optional<Operand> Arithmetic(const Expr& expr, const Operand& left, const Operand& right);
    std::nullopt_t UnitMix(const Expr& expr, const Operand& left, const Operand& right);
    // Types, enums and units of two sides that are compared or are alternatives. The unit of both,
    // nullopt after an error.
    std::optional<int> Match(const Expr& expr, const Operand& left, const Operand& right);
    std::optional<Operand> Comparison(const Expr& expr, const Operand& left, const Operand& right);
    std::optional<Operand> Ternary(const Expr& expr);
    std::optional<Operand> In(const Expr& expr);
    bool Keep(const std::vector<std::uint16_t>& items, Place place, Node& node);

    // lists and macros
    std::optional<ListOperand> List(const Expr& expr);
    // `list.macro(name, body)`.
    std::optional<Operand> Body(const Expr& expr, const ListOperand& list);
    std::optional<Operand> EmitOver(const ListOperand& list, Op op, const Operand* body, Type type,
                                    int unit);
    std::optional<Operand> Method(const Expr& expr);
    std::optional<Operand> Call(const Expr& expr);
    std::optional<Operand> Size(const Expr& expr, const Expr& of);
    std::optional<Operand> InMapped(const Expr& expr, const Operand& needle);

    const Environment& environment_;
    std::string_view source_;
    std::vector<Node> nodes_;
    std::vector<std::uint16_t> lists_;
    std::vector<std::string> strings_;
    std::set<std::pair<int, int>> reads_;
    std::vector<Scope> scopes_;
    int slots_ = 0;
    int depth_ = 0;
    std::optional<Status> error_;
};

}  // namespace shouwang::cel
