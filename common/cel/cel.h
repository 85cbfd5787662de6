// Typed rules: a subset of the Common Expression Language, type-checked against message
// descriptors, evaluated with three-valued (Kleene) logic. What is outside the subset, or does not
// fit, is a compile error that names the place; nothing falls back.
//
// In the subset: literals (int, bool, string, list of them), field selection, ! - * / % + - < <= >
// >= == != && || ?: in, and the list macros all, exists, exists_one, and `size(list)`,
// `filter(...)` + size, `map(...)` + sum/max via `sum(list)`, `max(list)`. Integer overflow and
// division by zero make the value unknown (and are counted), as does every absent field.
// Units: fields carry a unit (option fact_definition.unit); + - and comparisons need equal units; a
// literal takes the other side's unit; enum fields compare only with integers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::cel {

enum class Tri : std::uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };

enum class Type : std::uint8_t { kBool, kInt, kString, kList, kMessage };

// A variable of the environment.
struct Variable {
    std::string name;  // "household", "members", "param"
    const google::protobuf::Descriptor* message =
        nullptr;  // fields are facts; null = a namespace of parameters
    bool list = false;
};

struct Parameter {
    std::string name;  // "param.medical_inpatient_lifted_fen"
    options::v1::Unit unit;
};

class Environment {
public:
    Environment(std::vector<Variable> variables, std::vector<Parameter> parameters);
    const std::vector<Variable>& variables() const { return variables_; }
    const std::vector<Parameter>& parameters() const { return parameters_; }

private:
    std::vector<Variable> variables_;
    std::vector<Parameter> parameters_;
};

// A fact's value, as integers: bool 0/1, enums by number.
struct FactCell {
    std::int64_t value = 0;
    bool known = false;
};

// Where a program gets its operands. Field index = FieldDescriptor::index().
class Activation {
public:
    virtual ~Activation() = default;
    virtual FactCell Field(int variable, int element, int field_index)
        const = 0;                             // element: position in a list variable, 0 else
    virtual int Size(int variable) const = 0;  // list variables
    virtual FactCell Param(int parameter) const = 0;
};

// One operand that the verdict rests on.
struct Read {
    int variable = -1;  // -1: a parameter
    int element = 0;
    int field_index = 0;  // or the index of the parameter
    FactCell cell;
    auto Key() const { return std::tuple(variable, element, field_index); }
};

class Program {
public:
    // The expression must be boolean. INVALID_ARGUMENT reason "CEL_<WHAT>" with "at
    // <line>:<column>" in the message: CEL_SYNTAX, CEL_UNKNOWN_FIELD, CEL_UNKNOWN_VARIABLE,
    // CEL_TYPE, CEL_UNIT, CEL_UNSUPPORTED, CEL_UNUSED_VARIABLE.
    static Result<std::shared_ptr<const Program>> Compile(const Environment& environment,
                                                          std::string_view source);
    virtual ~Program() = default;

    virtual Tri Evaluate(const Activation& activation) const = 0;
    // Evaluates and names what the verdict rests on: for true and false the reads that decide it
    // (the deciding side of && and ||, the witness of exists), for unknown the unknown reads that
    // would matter. Deterministic order.
    virtual Tri Explain(const Activation& activation, std::vector<Read>& reads) const = 0;
    // Fields the program can read: (variable, field index); -1 = parameter.
    virtual const std::vector<std::pair<int, int>>& reads() const = 0;
    virtual std::string_view source() const = 0;
    // How often Evaluate met an overflow or a division by zero since the program was compiled.
    virtual std::uint64_t arithmetic_faults() const = 0;
};

}  // namespace shouwang::cel
