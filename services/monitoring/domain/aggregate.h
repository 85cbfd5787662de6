// Rows of one subject → one fact's value, as its definition says (options.proto). Reads the rows
// where they lie.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/date.h"
#include "services/monitoring/domain/household_facts.h"

namespace shouwang::monitoring::domain {

struct AggregateContext {
    Date today;
    std::string_view region_code;
    const std::vector<Coverage>& coverage;
    bool with_sources;
};

// Days that count for a fact, both inclusive.
struct WindowDays {
    Date from, to;
};
WindowDays WindowOf(const options::v1::FactDefinition& definition, Date today);

// state may be null: nothing known.
ComputedFact Aggregate(const Fact& fact, const SubjectState* state,
                       const AggregateContext& context);

}  // namespace shouwang::monitoring::domain
