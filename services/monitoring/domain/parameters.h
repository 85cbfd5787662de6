// The dated parameters of monitoring that ship with the product (parameters/*.textproto, embedded at build time): limits, counts and
// amounts of procedures. Thresholds and lines of rules are parameters of the rule set.
#pragma once

#include <string_view>

#include "common/base/status.h"
#include "shouwang/type/v1/parameter.pb.h"

namespace shouwang::monitoring::domain {

Result<type::v1::ParameterDefinitions> DefaultParameters();
// China's working days that differ from the week (data/holidays.textproto).
Result<type::v1::SetCalendarDaysRequest> ShippedCalendarDays();
// Unit of a shipped definition; UNIT_UNSPECIFIED for a name without one.
options::v1::Unit ParameterUnit(std::string_view name);

}  // namespace shouwang::monitoring::domain
