// Rows about villages and counties: drinking water, hazard points, weather warnings.
#pragma once

#include "tests/province/mailroom.h"
#include "tests/province/plan.h"

namespace shouwang::province {

void TellRegions(const Reference& reference, const Plan& plan, const Options& options, int county,
                 Mailroom& mail);

}  // namespace shouwang::province
