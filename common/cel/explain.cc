// Why an expression has its value: a second walk that keeps the reads which decide. It evaluates
// sub-expressions again instead of carrying the reads through the first walk: explaining is rare,
// evaluating is not.
#include <algorithm>

#include "common/cel/program.h"

namespace shouwang::cel {

class Explainer {
public:
    Explainer(const TreeProgram& program, const Activation& activation, std::vector<Read>& reads)
        : program_(program), evaluator_(program, activation), reads_(reads) {}

    Tri Run() {
        const FactCell value = evaluator_.Eval(program_.root_);
        Collect(program_.root_);
        return TriOf(value);
    }

private:
    const Node& At(std::uint16_t index) const { return program_.nodes_[index]; }
    bool KnownAt(std::uint16_t index) { return evaluator_.Eval(index).known; }
    Tri TriAt(std::uint16_t index) { return TriOf(evaluator_.Eval(index)); }

    void Add(int variable, int element, int field, FactCell cell) {
        const Read read{variable, element, field, cell};
        const bool seen = std::any_of(reads_.begin(), reads_.end(),
                                      [&](const Read& r) { return r.Key() == read.Key(); });
        if (!seen) reads_.push_back(read);
    }

    // Invariant: of an unknown value only unknown reads are kept, of a known one only reads that
    // decide it.
    void Collect(std::uint16_t index) {
        const Node& node = At(index);
        const Activation& activation = evaluator_.activation();
        switch (node.op) {
            case Op::kConst:
                return;
            case Op::kField:
                return Add(node.a, 0, node.b, activation.Field(node.a, 0, node.b));
            case Op::kElementField: {
                const int element = evaluator_.Element(node);
                return Add(node.a, element, node.b, activation.Field(node.a, element, node.b));
            }
            case Op::kParam:
                return Add(-1, 0, node.a, activation.Param(node.a));
            case Op::kNot:
            case Op::kNegate:
                // Unknown although its operand is known: overflow, no fact would help.
                if (KnownAt(index) || !KnownAt(node.a)) Collect(node.a);
                return;
            case Op::kAnd:
                return CollectLogic(node, TriAt(index), Tri::kFalse);
            case Op::kOr:
                return CollectLogic(node, TriAt(index), Tri::kTrue);
            case Op::kCond:
                return CollectCond(node, KnownAt(index));
            case Op::kIn:
                return CollectIn(node, TriAt(index));
            case Op::kAll:
            case Op::kExists:
            case Op::kExistsOne:
            case Op::kSize:
            case Op::kSum:
            case Op::kMax:
            case Op::kInMapped:
                return CollectMacro(node, evaluator_.Eval(index));
            default:
                break;
        }
        const bool known = KnownAt(index);
        for (std::uint16_t child : {node.a, node.b}) {
            if (known || !KnownAt(child)) Collect(child);
        }
    }

    // `deciding`: the value of one side that settles the whole.
    void CollectLogic(const Node& node, Tri value, Tri deciding) {
        for (std::uint16_t child : {node.a, node.b}) {
            if (TriAt(child) != value) continue;
            Collect(child);
            if (value == deciding) return;
        }
    }

    void CollectCond(const Node& node, bool known) {
        const Tri condition = TriAt(node.a);
        if (condition != Tri::kUnknown) {
            if (known) Collect(node.a);
            return Collect(condition == Tri::kTrue ? node.b : node.c);
        }
        if (!known) Collect(node.a);
        for (std::uint16_t branch : {node.b, node.c}) {
            if (known || !KnownAt(branch)) Collect(branch);
        }
    }

    void CollectIn(const Node& node, Tri value) {
        const FactCell needle = evaluator_.Eval(node.a);
        if (value != Tri::kUnknown || !needle.known) Collect(node.a);
        for (int i = 0; i < node.count; ++i) {
            const std::uint16_t item = program_.lists_[node.first + i];
            const FactCell cell = evaluator_.Eval(item);
            const bool match = needle.known && cell.known && cell.value == needle.value;
            if (value == Tri::kUnknown ? !cell.known : value == Tri::kFalse || match) Collect(item);
            if (value == Tri::kTrue && match) return;
        }
    }

    // What one element says: for exists, exists_one and `in` a hit or not; for all a violation or
    // not; for the others its part.
    FactCell ElementValue(const Node& node) {
        const Tri in = evaluator_.Included(node);
        if (node.op == Op::kSize) return CellOf(in);
        if (in == Tri::kFalse) return CellOf(node.op == Op::kAll ? Tri::kTrue : Tri::kFalse);
        const FactCell body = evaluator_.Eval(node.a);
        switch (node.op) {
            case Op::kAll:
                return CellOf(Or(Not(in), TriOf(body)));
            case Op::kExists:
            case Op::kExistsOne:
                return CellOf(And(in, TriOf(body)));
            case Op::kInMapped: {
                // The needle stands outside the list and may use the same slot for a list of its
                // own.
                const int element = evaluator_.Element(node);
                const FactCell needle = evaluator_.Eval(node.c);
                evaluator_.SetElement(node, element);
                const bool known = needle.known && body.known;
                return CellOf(
                    And(in, known ? TriOf(Known(needle.value == body.value)) : Tri::kUnknown));
            }
            default:
                return in == Tri::kUnknown ? FactCell{} : body;
        }
    }

    void CollectMacro(const Node& node, FactCell value) {
        const int size = evaluator_.activation().Size(node.b);
        // One element settles the whole: a witness of exists and `in`, a violation of all, two
        // witnesses against exists_one.
        int needed = -1;
        FactCell witness = Known(1);
        if (value.known && (node.op == Op::kExists || node.op == Op::kInMapped) && value.value != 0)
            needed = 1;
        if (value.known && node.op == Op::kAll && value.value == 0) {
            needed = 1;
            witness = Known(0);
        }
        if (value.known && node.op == Op::kExistsOne && value.value == 0)
            needed = TwoWitnesses(node, size) ? 2 : -1;
        if (node.op == Op::kInMapped && value.known == KnownAt(node.c)) Collect(node.c);
        for (int i = 0; i < size && needed != 0; ++i) {
            evaluator_.SetElement(node, i);
            const FactCell cell = ElementValue(node);
            if (needed > 0) {
                if (!cell.known || cell.value != witness.value) continue;
                --needed;
            } else if (!value.known && cell.known) {
                continue;
            }
            CollectElement(node, cell.known);
        }
    }

    bool TwoWitnesses(const Node& node, int size) {
        int found = 0;
        for (int i = 0; i < size; ++i) {
            evaluator_.SetElement(node, i);
            const FactCell cell = ElementValue(node);
            found += cell.known && cell.value != 0 ? 1 : 0;
        }
        return found > 1;
    }

    void CollectElement(const Node& node, bool known) {
        const Tri in = evaluator_.Included(node);
        for (int i = 0; i < node.count; ++i) {
            const std::uint16_t filter = program_.lists_[node.first + i];
            const Tri passed = TriAt(filter);
            if (known && in == Tri::kFalse) {
                if (passed != Tri::kFalse) continue;
                return Collect(filter);  // the filter that leaves it out
            }
            if (known ? in == Tri::kTrue : passed == Tri::kUnknown) Collect(filter);
        }
        if (node.op == Op::kSize) return;
        const FactCell body = evaluator_.Eval(node.a);
        // Known although a filter is unknown: the body alone decides.
        if (known || !body.known) Collect(node.a);
    }

    const TreeProgram& program_;
    Evaluator evaluator_;
    std::vector<Read>& reads_;
};

Tri TreeProgram::Explain(const Activation& activation, std::vector<Read>& reads) const {
    return Explainer(*this, activation, reads).Run();
}

}  // namespace shouwang::cel
