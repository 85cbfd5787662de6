// Why a rule is not true for a household (or why it is), as the smallest change that would turn it:
// fewest facts, then the shortest way. Exact: thresholds give their boundary values. A pure search;
// nothing is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/cel/cel.h"
#include "common/cel/range.h"

namespace shouwang::monitoring::domain {

struct FactChange {
    int variable = 0;  // kHouseholdVariable, kMembersVariable, kVillageVariable
    int element = 0;   // position among the members, 0 else
    int field_index = 0;
    std::int64_t from = 0, to = 0;
};

struct WhyNotOptions {
    int max_facts = 3;
    // Boxes of values looked at before giving up.
    int budget = 50'000;
    // The values a fact may be changed to; nullopt = it is not to be changed (age, death). Where
    // the function is empty: WhyNotDomain.
    std::function<std::optional<cel::Range>(int variable, int field_index)> domain;
};

struct WhyNotAnswer {
    cel::Tri verdict = cel::Tri::kUnknown;  // now
    // Turns a false rule true and a true one false. Empty where no change of at most max_facts
    // known facts does, and for an unknown verdict.
    std::vector<FactChange> changes;
    // Sum over the changes of |to - from| ÷ max(1, |from|).
    double distance = 0;
    // False where the budget ended first: `changes` then need not be the smallest, or may be
    // missing.
    bool complete = true;
    // Facts that nobody reports and that would matter. Of an unknown verdict: what keeps it unknown.
    // Of a known one: were the fact known, the verdict might turn with fewer changes than
    // `changes` (with at most two, where there are none).
    std::vector<cel::Read> unknown;
};

// Every value of the field's type: 0 and 1, or 32 or 64 bits.
cel::Range WhyNotDomain(int variable, int field_index);

// How many members a household has is not changed. program: of a rule (CompiledRule::program).
WhyNotAnswer WhyNot(const cel::Program& program, const cel::Activation& facts,
                    const WhyNotOptions& options = {});

}  // namespace shouwang::monitoring::domain
