// The dated parameters of monitoring that ship with the product (parameters/*.textproto, embedded at build time): limits, counts and
// amounts of procedures. Thresholds and lines of rules are parameters of the rule set.
#pragma once

#include "common/base/status.h"
#include "shouwang/type/v1/parameter.pb.h"

namespace shouwang::monitoring::domain {

Result<type::v1::ParameterDefinitions> DefaultParameters();

}  // namespace shouwang::monitoring::domain
