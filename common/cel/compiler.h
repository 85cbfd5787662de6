// Syntax tree → checked, compiled program.
#pragma once

#include <memory>
#include <string_view>

#include "common/base/status.h"
#include "common/cel/cel.h"
#include "common/cel/parser.h"

namespace shouwang::cel {

Result<std::shared_ptr<const Program>> CompileTree(const Environment& environment, const Expr& root, std::string_view source);

}  // namespace shouwang::cel
