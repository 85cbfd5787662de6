// The way of a rule set into force (RuleReleaseState): two people, a shadow, a day.
#pragma once

#include "common/flow/state_table.h"

namespace shouwang::monitoring::domain {

const flow::StateTable& RuleReleaseStates();

}  // namespace shouwang::monitoring::domain
