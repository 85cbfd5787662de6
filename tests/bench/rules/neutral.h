// A rule as JSON that other engines' syntaxes are made from (engines.mjs). Those engines know no
// "unknown": negation is pushed down to the comparisons, each of which is false where something it
// reads is missing, so that the whole is true exactly where the rule is.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/status.h"
#include "common/cel/cel.h"

namespace shouwang::bench {

// {"and": […]}, {"or": […]}, {"some": body}, {"every": body} (over members, "missing" filters
// folded in), {"is": [field, bool]}, {"compare": [op, a, b]}, {"in": [a, [numbers]]}; numbers are
// {"field": [variable, name]}, {"number": n}, {"+"|"-"|"*": [a, b]}. Parameters are their values.
// FAILED_PRECONDITION "NOT_EXPRESSIBLE" naming what has no counterpart there.
Result<nlohmann::json> Neutral(const cel::Program& program, const cel::Environment& environment,
                               const std::vector<cel::FactCell>& parameters);

}  // namespace shouwang::bench
