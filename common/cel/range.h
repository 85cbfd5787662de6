// A program over ranges of values instead of values: what it can still become when some operands
// may move. Safe: a verdict named impossible is impossible; one named possible may still not occur
// (ranges of two mentions of one operand move apart). With all ranges of one value it is exact.
#pragma once

#include <cstdint>

#include "common/cel/cel.h"

namespace shouwang::cel {

struct Range {
    std::int64_t low = 0, high = 0;  // both inclusive; only where may_be_known
    bool may_be_known = false;
    bool may_be_unknown = true;

    static Range Of(FactCell cell) {
        return cell.known ? Range{cell.value, cell.value, true, false} : Range{};
    }
    static Range Between(std::int64_t low, std::int64_t high) { return {low, high, true, false}; }
};

class RangeActivation {
public:
    virtual ~RangeActivation() = default;
    virtual Range Field(int variable, int element, int field_index) const = 0;
    virtual int Size(int variable) const = 0;
    virtual Range Param(int parameter) const = 0;
};

struct PossibleVerdicts {
    bool is_true = false, is_false = false, is_unknown = false;
    bool Can(Tri verdict) const {
        return verdict == Tri::kTrue ? is_true : verdict == Tri::kFalse ? is_false : is_unknown;
    }
    bool Only(Tri verdict) const {
        return Can(verdict) && is_true + is_false + is_unknown == 1;
    }
};

PossibleVerdicts EvaluateRanges(const Program& program, const RangeActivation& activation);

}  // namespace shouwang::cel
