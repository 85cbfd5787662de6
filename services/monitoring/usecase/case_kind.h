// Cases as records.
#pragma once

#include "common/record/kind.h"

namespace shouwang::monitoring::usecase {

const record::Kind& CaseKind();

}  // namespace shouwang::monitoring::usecase
