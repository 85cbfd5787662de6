// One run of a column program over one block. Private to common/cel.
//
// A node is evaluated in a space: the rows, or the elements of a list (the body of a macro), whose
// result is reduced to the rows. A macro inside a macro has no space of its own: it is a loop over
// the positions of its list, at each of which every row of the space looks at one element.
// What reads no element of an open macro is evaluated for the rows and spread to the elements.
#pragma once

#include <cstdint>
#include <vector>

#include "common/cel/column_kernels.h"
#include "common/cel/columns.h"
#include "common/cel/program.h"

namespace shouwang::cel {

// Three-valued: t ⊆ k.
struct Bits {
    const std::uint64_t* t = nullptr;
    const std::uint64_t* k = nullptr;
};
struct NewBits {
    std::uint64_t* t = nullptr;
    std::uint64_t* k = nullptr;
    operator Bits() const { return {t, k}; }
};

// A number a row: a column, or the same for all.
struct Numbers {
    bool scalar = false;
    FactCell cell;  // of a scalar
    ColumnView column;
};

class ColumnEvaluator {
public:
    ColumnEvaluator(const TreeProgram& program, const std::vector<std::uint8_t>& slots,
                    const ColumnBlock& block, ColumnWorkspace& memory);

    void Run(std::uint64_t* is_true, std::uint64_t* is_known);

private:
    struct Space {
        int variable = -1;  // whose elements; -1 = the rows
        int slot = -1;      // the macro they stand for
        std::size_t rows = 0, words = 0;
    };
    // A macro inside a macro at one position: for each row of the space, the element it looks at.
    struct Loop {
        const std::uint32_t* element = nullptr;
    };

    const Node& At(std::uint16_t index) const { return nodes_[index]; }
    bool OfRows(std::uint16_t index, const Space& space) const {
        return space.slot >= 0 && slots_[index] == 0;
    }
    std::uint64_t* Words(std::size_t words) { return memory_.Take(words); }
    NewBits Fresh(const Space& space) { return {Words(space.words), Words(space.words)}; }
    std::int64_t* FreshNumbers(const Space& space) {
        return reinterpret_cast<std::int64_t*>(Words(space.words * 64));
    }
    NewBits Splat(FactCell cell, const Space& space);

    // column_evaluator.cc
    Bits Truth(std::uint16_t index, const Space& space);
    Bits TruthOf(const Numbers& numbers, const Space& space);
    Bits Logic(const Node& node, const Space& space);
    Bits Select(const Node& node, const Space& space);
    Bits Comparison(const Node& node, const Space& space);
    void CompareSides(Op op, const Numbers& left, const Numbers& right, const Space& space,
                      NewBits out);
    void CompareToScalar(Op op, const ColumnView& column, std::int64_t scalar, const Space& space,
                         std::uint64_t* out);
    Bits In(const Node& node, const Space& space);
    Numbers Value(std::uint16_t index, const Space& space);
    Numbers ElementField(const Node& node, const Space& space);
    Numbers Parameter(const Node& node);
    Numbers Calculate(const Node& node, const Space& space);
    Numbers SelectNumber(const Node& node, const Space& space);
    const std::int64_t* Wide(const Numbers& numbers, const Space& space);
    const std::uint64_t* KnownOf(const Numbers& numbers, const Space& space);
    const std::uint32_t* Owners(int variable);
    Bits SpreadBits(Bits rows, const Space& space);
    Numbers SpreadNumbers(const Numbers& rows, const Space& space);

    // column_macros.cc
    Bits Included(const Node& node, Bits present, const Space& space);
    Bits MacroTruth(const Node& node, const Space& space);
    Numbers MacroNumber(const Node& node, const Space& space);
    // What one element says: t = it settles a quantifier (hit of exists, violation of all),
    // k = u, perhaps it does.
    NewBits Says(const Node& node, Bits in, const Space& space, const Numbers* needle);
    Bits Quantify(const Node& node);
    Numbers Fold(const Node& node);
    Bits One(std::int64_t* counts, const std::uint64_t* blind);
    Bits QuantifyInLoop(const Node& node, const Space& space);
    Numbers FoldInLoop(const Node& node, const Space& space);
    Bits Quantified(Op op, const std::uint64_t* any, const std::uint64_t* perhaps,
                    const Space& space);
    const std::uint64_t* Any(const std::uint64_t* hits, const ListView& list);
    template <typename Step>
    void ForEachPosition(const Node& node, const Space& space, Step step);

    const std::vector<Node>& nodes_;
    const std::vector<std::uint16_t>& lists_;
    const std::vector<std::uint8_t>& slots_;
    const std::uint16_t root_;
    const ColumnBlock& block_;
    ColumnWorkspace& memory_;
    const ColumnKernels& kernels_;
    const Space rows_;
    Loop loops_[kMaxSlots];
};

}  // namespace shouwang::cel
