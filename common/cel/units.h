// Units of numbers: what may be added, compared, multiplied.
#pragma once

#include <optional>
#include <string>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::cel {

// Beside the declared units: a literal takes the unit of the other side, a count fits persons,
// times and bare numbers.
inline constexpr int kLiteralUnit = -1;
inline constexpr int kCountUnit = -2;
inline constexpr int kNoUnit = options::v1::UNIT_UNSPECIFIED;

std::string UnitName(int unit);
// The common unit of two sides, nullopt where they do not mix.
std::optional<int> CommonUnit(int a, int b);
// The unit of a + - * / % b, nullopt where there is none.
std::optional<int> ArithmeticUnit(char op, int a, int b);

}  // namespace shouwang::cel
