// The lives of what discovery keeps beside leads: household codes, declarations, campaigns. Pure.
#pragma once

#include "common/flow/state_table.h"
#include "shouwang/monitoring/v1/discovery.pb.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::domain {

const flow::StateTable& HouseholdCodeStates();
// "declare" (its household is known) or "hold" (the township has to find it), "match", "refuse", "answer".
const flow::StateTable& DeclarationStates();
const flow::StateTable& CampaignStates();

}  // namespace shouwang::monitoring::domain
