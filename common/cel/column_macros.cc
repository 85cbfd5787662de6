// Macros over columns: a reduction of elements to rows, or, inside another macro, a loop over the
// positions of the list.
#include <algorithm>
#include <bit>

#include "common/cel/column_evaluator.h"

namespace shouwang::cel {
namespace {

// Folds the elements of one row; the same steps as Evaluator::Aggregate. A sum that overflows on
// the way is unknown even where the whole would fit.
struct Folding {
    std::int64_t total = 0;
    bool any = false, fault = false;
    void Add(Op op, std::int64_t value) {
        if (op == Op::kMax)
            total = any && total > value ? total : value;
        else
            fault = __builtin_add_overflow(total, value, &total) || fault;
        any = true;
    }
    bool Known(Op op) const { return !fault && (op != Op::kMax || any); }
};

bool BitIn(const std::uint64_t* bits, std::size_t i) { return (bits[i / 64] >> (i % 64) & 1) != 0; }

}  // namespace

Bits ColumnEvaluator::Included(const Node& node, Bits present, const Space& space) {
    if (node.count == 0) return present;
    const NewBits in = Fresh(space);
    std::copy_n(present.t, space.words, in.t);
    std::copy_n(present.k, space.words, in.k);
    for (int i = 0; i < node.count; ++i) {
        const Bits filter = Truth(lists_[node.first + i], space);
        for (std::size_t w = 0; w < space.words; ++w) {
            const std::uint64_t no = (in.k[w] & ~in.t[w]) | (filter.k[w] & ~filter.t[w]);
            in.t[w] &= filter.t[w];
            in.k[w] = in.t[w] | no;
        }
    }
    return in;
}

NewBits ColumnEvaluator::Says(const Node& node, Bits in, const Space& space,
                              const Numbers* needle) {
    const NewBits out = Fresh(space);
    Bits body;
    if (needle != nullptr) {
        const NewBits equal = Fresh(space);
        CompareSides(Op::kEqual, *needle, Value(node.a, space), space, equal);
        body = equal;
    } else {
        body = Truth(node.a, space);
    }
    const bool all = node.op == Op::kAll;
    for (std::size_t w = 0; w < space.words; ++w) {
        const std::uint64_t settles = all ? body.k[w] & ~body.t[w] : body.t[w];
        const std::uint64_t perhaps = all ? ~body.t[w] : body.t[w] | ~body.k[w];
        out.t[w] = in.t[w] & settles;
        out.k[w] = (in.t[w] | ~in.k[w]) & perhaps & ~out.t[w];
    }
    return out;
}

Bits ColumnEvaluator::MacroTruth(const Node& node, const Space& space) {
    return space.slot < 0 ? Quantify(node) : QuantifyInLoop(node, space);
}

Numbers ColumnEvaluator::MacroNumber(const Node& node, const Space& space) {
    return space.slot < 0 ? Fold(node) : FoldInLoop(node, space);
}

const std::uint64_t* ColumnEvaluator::Any(const std::uint64_t* hits, const ListView& list) {
    std::uint64_t* out = Words(rows_.words + 1);
    kernels_.any(hits, list.last, WordsFor(list.elements), out);
    return out;
}

// exists, all and `in`: settled by one element.
Bits ColumnEvaluator::Quantified(Op op, const std::uint64_t* any, const std::uint64_t* perhaps,
                                 const Space& space) {
    const NewBits out = Fresh(space);
    for (std::size_t w = 0; w < space.words; ++w) {
        out.k[w] = any[w] | ~perhaps[w];
        out.t[w] = op == Op::kAll ? out.k[w] & ~any[w] : any[w];
    }
    return out;
}

// exists_one: two hits are two, whatever the others are. counts: a number a row.
Bits ColumnEvaluator::One(std::int64_t* counts, const std::uint64_t* blind) {
    const NewBits out = Fresh(rows_);
    kernels_.compare_scalar(cel::Comparison::kGreater, Width::k64, counts, rows_.words, 1, out.k);
    kernels_.compare_scalar(cel::Comparison::kEqual, Width::k64, counts, rows_.words, 1, out.t);
    for (std::size_t w = 0; w < rows_.words; ++w) {
        out.t[w] &= ~blind[w];
        out.k[w] |= ~blind[w];
    }
    return out;
}

Bits ColumnEvaluator::Quantify(const Node& node) {
    const ListView list = block_.List(node.b);
    const Space space{node.b, node.slot, list.elements, WordsFor(list.elements)};
    std::uint64_t* every = Words(space.words);
    std::fill_n(every, space.words, ~std::uint64_t{0});
    const Bits in = Included(node, {list.present, every}, space);
    Numbers needle;
    if (node.op == Op::kInMapped) needle = SpreadNumbers(Value(node.c, rows_), space);
    const NewBits says = Says(node, in, space, node.op == Op::kInMapped ? &needle : nullptr);
    const std::uint64_t* perhaps = Any(says.k, list);
    if (node.op != Op::kExistsOne) return Quantified(node.op, Any(says.t, list), perhaps, rows_);
    std::int64_t* counts = FreshNumbers(rows_);
    std::fill_n(counts, rows_.words * 64, 0);
    for (std::size_t r = 0; r < rows_.rows; ++r) {
        for (std::uint32_t e = list.first[r]; e < list.first[r + 1]; ++e)
            counts[r] += BitIn(says.t, e) ? 1 : 0;
    }
    return One(counts, perhaps);
}

Numbers ColumnEvaluator::Fold(const Node& node) {
    const ListView list = block_.List(node.b);
    const Space space{node.b, node.slot, list.elements, WordsFor(list.elements)};
    std::uint64_t* every = Words(space.words);
    std::fill_n(every, space.words, ~std::uint64_t{0});
    const Bits in = Included(node, {list.present, every}, space);
    const bool counts = node.op == Op::kSize;
    const Numbers body = counts ? Numbers{true, Known(1), {}} : Value(node.a, space);
    const std::int64_t* values = Wide(body, space);
    const std::uint64_t* body_known = KnownOf(body, space);
    std::uint64_t* blind_element = Words(space.words);
    for (std::size_t w = 0; w < space.words; ++w)
        blind_element[w] = ~in.k[w] | (in.t[w] & ~body_known[w]);
    const std::uint64_t* blind = Any(blind_element, list);
    std::int64_t* out = FreshNumbers(rows_);
    std::uint64_t* known = Words(rows_.words);
    std::fill_n(known, rows_.words, 0);
    for (std::size_t r = 0; r < rows_.rows; ++r) {
        Folding folding;
        for (std::uint32_t e = list.first[r]; e < list.first[r + 1]; ++e) {
            if (BitIn(in.t, e)) folding.Add(node.op, values[e]);
        }
        out[r] = folding.total;
        known[r / 64] |= std::uint64_t{folding.Known(node.op) && !BitIn(blind, r)} << (r % 64);
    }
    std::fill(out + rows_.rows, out + rows_.words * 64, 0);
    return {false, {}, {Width::k64, out, known}};
}

// step(present): every row of the space looks at its next element; present = 0 where it has none.
template <typename Step>
void ColumnEvaluator::ForEachPosition(const Node& node, const Space& space, Step step) {
    const ListView list = block_.List(node.b);
    const std::uint32_t* owner = Owners(space.variable);
    std::uint32_t longest = 0;
    for (std::size_t r = 0; r < rows_.rows; ++r)
        longest = std::max(longest, list.first[r + 1] - list.first[r]);
    auto* element = reinterpret_cast<std::uint32_t*>(Words(space.words * 32));
    std::uint64_t *present = Words(space.words), *every = Words(space.words);
    std::fill_n(every, space.words, ~std::uint64_t{0});
    const Loop outer = loops_[node.slot];
    for (std::uint32_t position = 0; position < longest; ++position) {
        std::fill_n(present, space.words, 0);
        for (std::size_t e = 0; e < space.rows; ++e) {
            const std::uint32_t first = list.first[owner[e]], end = list.first[owner[e] + 1];
            const bool within = first + position < end;
            element[e] = within ? first + position : first;
            present[e / 64] |= std::uint64_t{within && BitIn(list.present, element[e])} << (e % 64);
        }
        loops_[node.slot].element = element;
        const ColumnWorkspace::Mark mark = memory_.Here();
        step(Bits{present, every});
        memory_.Release(mark);
    }
    loops_[node.slot] = outer;
}

Bits ColumnEvaluator::QuantifyInLoop(const Node& node, const Space& space) {
    Numbers needle;
    const bool mapped = node.op == Op::kInMapped;
    if (mapped) needle = Value(node.c, space);
    std::uint64_t *any = Words(space.words), *two = Words(space.words),
                  *perhaps = Words(space.words);
    for (std::uint64_t* bits : {any, two, perhaps}) std::fill_n(bits, space.words, 0);
    ForEachPosition(node, space, [&](Bits present) {
        const Bits in = Included(node, present, space);
        const NewBits says = Says(node, in, space, mapped ? &needle : nullptr);
        for (std::size_t w = 0; w < space.words; ++w) {
            two[w] |= any[w] & says.t[w];
            any[w] |= says.t[w];
            perhaps[w] |= says.k[w];
        }
    });
    if (node.op != Op::kExistsOne) return Quantified(node.op, any, perhaps, space);
    const NewBits out = Fresh(space);
    for (std::size_t w = 0; w < space.words; ++w) {
        out.k[w] = two[w] | ~perhaps[w];
        out.t[w] = any[w] & ~two[w] & ~perhaps[w];
    }
    return out;
}

Numbers ColumnEvaluator::FoldInLoop(const Node& node, const Space& space) {
    static_assert(sizeof(Folding) == 16);
    std::uint64_t* memory = Words(space.rows * 2);
    auto* folding = reinterpret_cast<Folding*>(memory);
    std::uninitialized_fill_n(folding, space.rows, Folding{});
    std::uint64_t* blind = Words(space.words);
    std::fill_n(blind, space.words, 0);
    ForEachPosition(node, space, [&](Bits present) {
        const Bits in = Included(node, present, space);
        const Numbers body =
            node.op == Op::kSize ? Numbers{true, Known(1), {}} : Value(node.a, space);
        const std::int64_t* values = Wide(body, space);
        const std::uint64_t* body_known = KnownOf(body, space);
        for (std::size_t w = 0; w < space.words; ++w) {
            blind[w] |= ~in.k[w] | (in.t[w] & ~body_known[w]);
            for (std::uint64_t left = in.t[w]; left != 0; left &= left - 1) {
                const std::size_t e = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
                folding[e].Add(node.op, values[e]);
            }
        }
    });
    std::int64_t* out = FreshNumbers(space);
    std::uint64_t* known = Words(space.words);
    std::fill_n(known, space.words, 0);
    for (std::size_t e = 0; e < space.rows; ++e) {
        out[e] = folding[e].total;
        known[e / 64] |= std::uint64_t{folding[e].Known(node.op)} << (e % 64);
    }
    std::fill(out + space.rows, out + space.words * 64, 0);
    for (std::size_t w = 0; w < space.words; ++w) known[w] &= ~blind[w];
    return {false, {}, {Width::k64, out, known}};
}

}  // namespace shouwang::cel
