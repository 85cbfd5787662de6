// A fact as an operand of something a person reads: value, day and source rows.
#pragma once

#include <cstdint>

#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::monitoring::domain {

// computed: from HouseholdFacts::Explain. person_id: of a member's fact, 0 else. An unknown or stale fact has no value.
v1::Operand OperandOf(const Fact& fact, const ComputedFact& computed, std::int64_t person_id = 0);

}  // namespace shouwang::monitoring::domain
