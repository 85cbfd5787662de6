// The compiled form: a flat tree of small nodes, children by index. Evaluation walks it without
// allocating.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/cel/cel.h"

namespace shouwang::cel {

inline constexpr int kMaxSlots = 4;  // macros nested in macros

enum class Op : std::uint8_t {
    kConst,         // imm
    kField,         // a = variable, b = field
    kElementField,  // a = variable, b = field, slot
    kParam,         // a = parameter
    kNot,
    kNegate,  // a
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,  // a, b
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kNotEqual,
    kAnd,
    kOr,
    kCond,  // a ? b : c
    kIn,    // a in lists[first, first + count)
    // Over the elements of list variable b, in slot; lists[first, first + count) = filters; a =
    // body where the macro has one:
    kAll,
    kExists,
    kExistsOne,
    kSize,
    kSum,
    kMax,
    kInMapped,  // c in (a of each element)
};

struct Node {
    Op op = Op::kConst;
    std::uint8_t slot = 0;
    std::uint16_t a = 0, b = 0, c = 0;
    std::uint16_t first = 0, count = 0;
    std::int64_t imm = 0;
};

class TreeProgram final : public Program {
public:
    TreeProgram(std::vector<Node> nodes, std::vector<std::uint16_t> lists, std::uint16_t root,
                std::vector<std::pair<int, int>> reads, std::string source)
        : nodes_(std::move(nodes)),
          lists_(std::move(lists)),
          root_(root),
          reads_(std::move(reads)),
          source_(std::move(source)) {}

    // The tree, for the other ways to run it (columns, ranges, SQL).
    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<std::uint16_t>& lists() const { return lists_; }
    std::uint16_t root() const { return root_; }

    Tri Evaluate(const Activation& activation) const override;
    Tri Explain(const Activation& activation, std::vector<Read>& reads) const override;
    const std::vector<std::pair<int, int>>& reads() const override { return reads_; }
    std::string_view source() const override { return source_; }
    std::uint64_t arithmetic_faults() const override {
        return faults_.load(std::memory_order_relaxed);
    }

private:
    friend class Evaluator;
    friend class Explainer;
    const std::vector<Node> nodes_;
    const std::vector<std::uint16_t> lists_;
    const std::uint16_t root_;
    const std::vector<std::pair<int, int>> reads_;
    const std::string source_;
    mutable std::atomic<std::uint64_t> faults_{0};
};

// One evaluation: where the elements of the open macros stand.
class Evaluator {
public:
    Evaluator(const TreeProgram& program, const Activation& activation)
        : program_(program), activation_(activation) {}

    FactCell Eval(std::uint16_t index);
    // Filters and body of a macro for one element: is it in, and is the body true.
    Tri Included(const Node& node);
    void SetElement(const Node& node, int position) { element_[node.slot] = position; }
    int Element(const Node& node) const { return element_[node.slot]; }
    std::uint64_t faults() const { return faults_; }
    const Activation& activation() const { return activation_; }

private:
    FactCell Arithmetic(const Node& node);
    FactCell Compare(const Node& node);
    FactCell Logic(const Node& node);
    FactCell In(const Node& node);
    FactCell Quantify(const Node& node);
    FactCell Aggregate(const Node& node);
    FactCell InMapped(const Node& node);
    FactCell Fault() {
        ++faults_;
        return {};
    }

    const TreeProgram& program_;
    const Activation& activation_;
    int element_[kMaxSlots] = {};
    std::uint64_t faults_ = 0;
};

inline FactCell Known(std::int64_t value) { return {value, true}; }
inline FactCell CellOf(Tri tri) { return {tri == Tri::kTrue ? 1 : 0, tri != Tri::kUnknown}; }
inline Tri TriOf(FactCell cell) {
    return !cell.known ? Tri::kUnknown : cell.value != 0 ? Tri::kTrue : Tri::kFalse;
}
inline Tri And(Tri a, Tri b) {
    if (a == Tri::kFalse || b == Tri::kFalse) return Tri::kFalse;
    return a == Tri::kTrue && b == Tri::kTrue ? Tri::kTrue : Tri::kUnknown;
}
inline Tri Or(Tri a, Tri b) {
    if (a == Tri::kTrue || b == Tri::kTrue) return Tri::kTrue;
    return a == Tri::kFalse && b == Tri::kFalse ? Tri::kFalse : Tri::kUnknown;
}
inline Tri Not(Tri a) {
    return a == Tri::kUnknown ? a : a == Tri::kTrue ? Tri::kFalse : Tri::kTrue;
}

}  // namespace shouwang::cel
