#include "common/cel/units.h"

namespace shouwang::cel {
namespace {

// What money and days may be multiplied with or divided by: bare numbers and counts ("per head").
bool IsScalar(int unit) {
    return unit == kLiteralUnit || unit == kCountUnit || unit == kNoUnit ||
           unit == options::v1::UNIT_PERSONS || unit == options::v1::UNIT_TIMES;
}

}  // namespace

std::string UnitName(int unit) {
    if (unit == kLiteralUnit) return "a literal";
    if (unit == kCountUnit) return "a count";
    if (unit == kNoUnit) return "no unit";
    return options::v1::Unit_Name(static_cast<options::v1::Unit>(unit));
}

std::optional<int> CommonUnit(int a, int b) {
    if (a == b) return a;
    if (a == kLiteralUnit) return b;
    if (b == kLiteralUnit) return a;
    const auto countable = [](int unit) {
        return unit == kNoUnit || unit == options::v1::UNIT_PERSONS ||
               unit == options::v1::UNIT_TIMES;
    };
    if (a == kCountUnit && countable(b)) return b;
    if (b == kCountUnit && countable(a)) return a;
    return std::nullopt;
}

std::optional<int> ArithmeticUnit(char op, int a, int b) {
    const bool scalar_a = IsScalar(a), scalar_b = IsScalar(b);
    if (op == '*') {
        if (scalar_a) return a == kLiteralUnit || !scalar_b ? b : a;
        return scalar_b ? std::optional(a) : std::nullopt;
    }
    if (op == '/') {
        if (a == b) return a == kLiteralUnit ? kLiteralUnit : kNoUnit;  // a ratio
        if (!scalar_b) return std::nullopt;
        return a == kLiteralUnit ? kNoUnit : a;  // per head
    }
    if (op == '%') return scalar_b || a == b ? std::optional(a) : std::nullopt;
    return CommonUnit(a, b);
}

}  // namespace shouwang::cel
