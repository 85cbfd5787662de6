// Source text → syntax tree. No types yet: compiler.h checks them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/cel/lexer.h"

namespace shouwang::cel {

enum class ExprKind : std::uint8_t {
    kInt,      // value
    kBool,     // value
    kString,   // text
    kList,     // args
    kName,     // text
    kSelect,   // args[0] . text
    kCall,     // text(args…)
    kMethod,   // args[0] . text(args[1]…)
    kUnary,    // text: ! -
    kBinary,   // text: operator
    kTernary,  // args[0] ? args[1] : args[2]
};

struct Expr {
    ExprKind kind = ExprKind::kInt;
    Place place;
    std::string text;
    std::int64_t value = 0;
    std::vector<std::unique_ptr<Expr>> args;
};

// Nested at most 64 deep, so that neither compiling nor evaluating can exhaust the stack.
Result<std::unique_ptr<Expr>> Parse(std::string_view source);

}  // namespace shouwang::cel
