// What discovery keeps, as records.
#pragma once

#include "common/record/kind.h"

namespace shouwang::monitoring::usecase {

const record::Kind& HouseholdCodeKind();
const record::Kind& DeclarationKind();
const record::Kind& CampaignKind();
const record::Kind& CadreVisitKind();  // without a life

inline constexpr const char* kDiscoveryTopic = "shouwang.monitoring.discovery.v1";

}  // namespace shouwang::monitoring::usecase
