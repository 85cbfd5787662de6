#include "common/cel/column_evaluator.h"

#include <algorithm>

namespace shouwang::cel {
namespace {

constexpr std::size_t kSlabWords = std::size_t{1} << 15;

std::uint64_t BitAt(const std::uint64_t* bits, std::size_t i) { return bits[i / 64] >> (i % 64) & 1; }

std::int64_t NumberAt(const ColumnView& column, std::size_t i) {
    switch (column.width) {
        case Width::kNone:
            return 0;
        case Width::kBit:
            return static_cast<std::int64_t>(
                BitAt(static_cast<const std::uint64_t*>(column.values), i));
        case Width::k8:
            return static_cast<const std::int8_t*>(column.values)[i];
        case Width::k16:
            return static_cast<const std::int16_t*>(column.values)[i];
        case Width::k32:
            return static_cast<const std::int32_t*>(column.values)[i];
        case Width::k64:
            return static_cast<const std::int64_t*>(column.values)[i];
    }
    return 0;
}

// The slots of open macros whose elements a node reads, from its children's.
std::uint8_t SlotsOf(const TreeProgram& program, const Node& node,
                     const std::vector<std::uint8_t>& slots) {
    switch (node.op) {
        case Op::kConst:
        case Op::kField:
        case Op::kParam:
            return 0;
        case Op::kElementField:
            return static_cast<std::uint8_t>(1 << node.slot);
        case Op::kNot:
        case Op::kNegate:
            return slots[node.a];
        case Op::kCond:
            return slots[node.a] | slots[node.b] | slots[node.c];
        case Op::kIn:
        case Op::kAll:
        case Op::kExists:
        case Op::kExistsOne:
        case Op::kSize:
        case Op::kSum:
        case Op::kMax:
        case Op::kInMapped:
            break;
        default:
            return slots[node.a] | slots[node.b];
    }
    std::uint8_t mask = node.op == Op::kSize ? std::uint8_t{0} : slots[node.a];
    for (int i = 0; i < node.count; ++i) mask |= slots[program.lists()[node.first + i]];
    if (node.op == Op::kIn) return mask;
    mask &= static_cast<std::uint8_t>(~(1 << node.slot));
    // The needle stands outside the list.
    return node.op == Op::kInMapped ? mask | slots[node.c] : mask;
}

bool IsTruth(Op op) {
    switch (op) {
        case Op::kNot:
        case Op::kLess:
        case Op::kLessEqual:
        case Op::kGreater:
        case Op::kGreaterEqual:
        case Op::kEqual:
        case Op::kNotEqual:
        case Op::kAnd:
        case Op::kOr:
        case Op::kIn:
        case Op::kAll:
        case Op::kExists:
        case Op::kExistsOne:
        case Op::kInMapped:
            return true;
        default:
            return false;
    }
}

Op Mirrored(Op op) {
    switch (op) {
        case Op::kLess:
            return Op::kGreater;
        case Op::kLessEqual:
            return Op::kGreaterEqual;
        case Op::kGreater:
            return Op::kLess;
        case Op::kGreaterEqual:
            return Op::kLessEqual;
        default:
            return op;
    }
}

// Every comparison is one of three kernels or its opposite.
Comparison KernelOf(Op op) {
    return op == Op::kLess || op == Op::kGreaterEqual      ? Comparison::kLess
           : op == Op::kGreater || op == Op::kLessEqual ? Comparison::kGreater
                                                          : Comparison::kEqual;
}
bool IsOpposite(Op op) {
    return op == Op::kGreaterEqual || op == Op::kLessEqual || op == Op::kNotEqual;
}

bool Compares(Op op, std::int64_t a, std::int64_t b) {
    const Comparison kernel = KernelOf(op);
    const bool holds = kernel == Comparison::kLess      ? a < b
                       : kernel == Comparison::kGreater ? a > b
                                                        : a == b;
    return holds != IsOpposite(op);
}

}  // namespace

std::uint64_t* ColumnWorkspace::Take(std::size_t words) {
    while (at_.slab < slabs_.size() && slabs_[at_.slab].size - at_.used < words)
        at_ = {at_.slab + 1, 0};
    if (at_.slab == slabs_.size()) {
        const std::size_t size = std::max(words, kSlabWords);
        slabs_.push_back({std::make_unique_for_overwrite<std::uint64_t[]>(size), size});
    }
    std::uint64_t* taken = slabs_[at_.slab].words.get() + at_.used;
    at_.used += words;
    return taken;
}

std::vector<std::uint32_t>& ColumnWorkspace::Owners(std::size_t variable) {
    if (owners_.size() <= variable) owners_.resize(variable + 1);
    return owners_[variable];
}

Result<std::shared_ptr<const ColumnProgram>> ColumnProgram::Compile(
    std::shared_ptr<const Program> program) {
    const auto* tree = dynamic_cast<const TreeProgram*>(program.get());
    if (tree == nullptr) {
        return MakeStatus(Code::kInvalidArgument, "CEL_UNSUPPORTED",
                          "columns run only programs of Program::Compile");
    }
    std::vector<std::uint8_t> slots;  // children stand before their parents
    for (const Node& node : tree->nodes()) slots.push_back(SlotsOf(*tree, node, slots));
    return std::shared_ptr<const ColumnProgram>(
        new ColumnProgram(std::move(program), std::move(slots)));
}

void ColumnProgram::Run(const ColumnBlock& block, ColumnWorkspace& workspace,
                        std::uint64_t* is_true, std::uint64_t* is_known) const {
    const auto& tree = static_cast<const TreeProgram&>(*program_);
    const ColumnWorkspace::Mark mark = workspace.Here();
    ColumnEvaluator(tree, slots_, block, workspace).Run(is_true, is_known);
    workspace.Release(mark);
}

ColumnEvaluator::ColumnEvaluator(const TreeProgram& program, const std::vector<std::uint8_t>& slots,
                                 const ColumnBlock& block, ColumnWorkspace& memory)
    : nodes_(program.nodes()),
      lists_(program.lists()),
      slots_(slots),
      root_(program.root()),
      block_(block),
      memory_(memory),
      kernels_(BestKernels()),
      rows_{-1, -1, block.rows(), WordsFor(block.rows())} {}

void ColumnEvaluator::Run(std::uint64_t* is_true, std::uint64_t* is_known) {
    const Bits result = Truth(root_, rows_);
    std::copy_n(result.t, rows_.words, is_true);
    std::copy_n(result.k, rows_.words, is_known);
    if (rows_.rows % 64 == 0) return;
    const std::uint64_t tail = (std::uint64_t{1} << (rows_.rows % 64)) - 1;
    is_true[rows_.words - 1] &= tail;
    is_known[rows_.words - 1] &= tail;
}

NewBits ColumnEvaluator::Splat(FactCell cell, const Space& space) {
    const NewBits out = Fresh(space);
    std::fill_n(out.t, space.words, cell.known && cell.value != 0 ? ~std::uint64_t{0} : 0);
    std::fill_n(out.k, space.words, cell.known ? ~std::uint64_t{0} : 0);
    return out;
}

Bits ColumnEvaluator::Truth(std::uint16_t index, const Space& space) {
    const Node& node = At(index);
    if (OfRows(index, space) && node.op != Op::kConst)
        return SpreadBits(Truth(index, rows_), space);
    switch (node.op) {
        case Op::kNot: {
            const Bits inner = Truth(node.a, space);
            std::uint64_t* t = Words(space.words);
            for (std::size_t w = 0; w < space.words; ++w) t[w] = inner.k[w] & ~inner.t[w];
            return {t, inner.k};
        }
        case Op::kAnd:
        case Op::kOr:
            return Logic(node, space);
        case Op::kCond:
            return Select(node, space);
        case Op::kLess:
        case Op::kLessEqual:
        case Op::kGreater:
        case Op::kGreaterEqual:
        case Op::kEqual:
        case Op::kNotEqual:
            return Comparison(node, space);
        case Op::kIn:
            return In(node, space);
        case Op::kAll:
        case Op::kExists:
        case Op::kExistsOne:
        case Op::kInMapped:
            return MacroTruth(node, space);
        default:
            return TruthOf(Value(index, space), space);
    }
}

Bits ColumnEvaluator::TruthOf(const Numbers& numbers, const Space& space) {
    if (numbers.scalar) return Splat(numbers.cell, space);
    const ColumnView& column = numbers.column;
    if (column.width == Width::kNone) return Splat({}, space);
    if (column.width == Width::kBit)
        return {static_cast<const std::uint64_t*>(column.values), column.known};
    const NewBits out = Fresh(space);
    CompareSides(Op::kNotEqual, numbers, {true, Known(0), {}}, space, out);
    return out;
}

Bits ColumnEvaluator::Logic(const Node& node, const Space& space) {
    const Bits a = Truth(node.a, space), b = Truth(node.b, space);
    const NewBits out = Fresh(space);
    for (std::size_t w = 0; w < space.words; ++w) {
        const std::uint64_t a_false = a.k[w] & ~a.t[w], b_false = b.k[w] & ~b.t[w];
        const bool conjunction = node.op == Op::kAnd;
        const std::uint64_t t = conjunction ? a.t[w] & b.t[w] : a.t[w] | b.t[w];
        const std::uint64_t f = conjunction ? a_false | b_false : a_false & b_false;
        out.t[w] = t;
        out.k[w] = t | f;
    }
    return out;
}

// Of an unknown condition the value is known where both sides are and agree.
Bits ColumnEvaluator::Select(const Node& node, const Space& space) {
    const Bits c = Truth(node.a, space), a = Truth(node.b, space), b = Truth(node.c, space);
    const NewBits out = Fresh(space);
    for (std::size_t w = 0; w < space.words; ++w) {
        const std::uint64_t no = c.k[w] & ~c.t[w], open = ~c.k[w];
        const std::uint64_t agree = open & a.k[w] & b.k[w] & ~(a.t[w] ^ b.t[w]);
        out.t[w] = (c.t[w] & a.t[w]) | (no & b.t[w]) | (agree & a.t[w]);
        out.k[w] = (c.t[w] & a.k[w]) | (no & b.k[w]) | agree;
    }
    return out;
}

Bits ColumnEvaluator::Comparison(const Node& node, const Space& space) {
    const Numbers left = Value(node.a, space), right = Value(node.b, space);
    const NewBits out = Fresh(space);
    CompareSides(node.op, left, right, space, out);
    return out;
}

void ColumnEvaluator::CompareToScalar(Op op, const ColumnView& column, std::int64_t scalar,
                                      const Space& space, std::uint64_t* out) {
    if (column.width == Width::kBit) {
        const auto* bits = static_cast<const std::uint64_t*>(column.values);
        const std::uint64_t one = Compares(op, 1, scalar) ? ~std::uint64_t{0} : 0;
        const std::uint64_t zero = Compares(op, 0, scalar) ? ~std::uint64_t{0} : 0;
        for (std::size_t w = 0; w < space.words; ++w) out[w] = (bits[w] & one) | (~bits[w] & zero);
        return;
    }
    kernels_.compare_scalar(KernelOf(op), column.width, column.values, space.words, scalar, out);
    if (!IsOpposite(op)) return;
    for (std::size_t w = 0; w < space.words; ++w) out[w] = ~out[w];
}

void ColumnEvaluator::CompareSides(Op op, const Numbers& left, const Numbers& right,
                                   const Space& space, NewBits out) {
    if (left.scalar && !right.scalar) return CompareSides(Mirrored(op), right, left, space, out);
    const bool blind = (right.scalar && !right.cell.known) ||
                       (left.scalar ? !left.cell.known : left.column.width == Width::kNone) ||
                       (!right.scalar && right.column.width == Width::kNone);
    if (blind || left.scalar) {
        const bool holds = !blind && Compares(op, left.cell.value, right.cell.value);
        std::fill_n(out.t, space.words, holds ? ~std::uint64_t{0} : 0);
        std::fill_n(out.k, space.words, blind ? 0 : ~std::uint64_t{0});
        return;
    }
    if (right.scalar) {
        CompareToScalar(op, left.column, right.cell.value, space, out.t);
        std::copy_n(left.column.known, space.words, out.k);
    } else {
        kernels_.compare(KernelOf(op), Wide(left, space), Wide(right, space), space.words, out.t);
        const std::uint64_t opposite = IsOpposite(op) ? ~std::uint64_t{0} : 0;
        for (std::size_t w = 0; w < space.words; ++w) {
            out.t[w] ^= opposite;
            out.k[w] = left.column.known[w] & right.column.known[w];
        }
    }
    for (std::size_t w = 0; w < space.words; ++w) out.t[w] &= out.k[w];
}

Bits ColumnEvaluator::In(const Node& node, const Space& space) {
    const Numbers needle = Value(node.a, space);
    const NewBits any = Fresh(space), one = Fresh(space);
    std::uint64_t* perhaps = Words(space.words);
    std::fill_n(any.t, space.words, 0);
    std::fill_n(perhaps, space.words, 0);
    for (int i = 0; i < node.count; ++i) {
        const Numbers item = Value(lists_[node.first + i], space);
        CompareSides(Op::kEqual, needle, item, space, one);
        for (std::size_t w = 0; w < space.words; ++w) {
            any.t[w] |= one.t[w];
            perhaps[w] |= ~one.k[w];
        }
    }
    for (std::size_t w = 0; w < space.words; ++w) any.k[w] = any.t[w] | ~perhaps[w];
    return any;
}

Numbers ColumnEvaluator::Value(std::uint16_t index, const Space& space) {
    const Node& node = At(index);
    if (node.op == Op::kConst) return {true, Known(node.imm), {}};
    if (OfRows(index, space)) return SpreadNumbers(Value(index, rows_), space);
    if (IsTruth(node.op)) {
        const Bits bits = Truth(index, space);
        return {false, {}, {Width::kBit, bits.t, bits.k}};
    }
    switch (node.op) {
        case Op::kField:
            return {false, {}, block_.Field(node.a, node.b)};
        case Op::kElementField:
            return ElementField(node, space);
        case Op::kParam:
            return Parameter(node);
        case Op::kCond:
            return SelectNumber(node, space);
        case Op::kSize:
        case Op::kSum:
        case Op::kMax:
            return MacroNumber(node, space);
        default:
            return Calculate(node, space);
    }
}

Numbers ColumnEvaluator::ElementField(const Node& node, const Space& space) {
    const ColumnView column = block_.Field(node.a, node.b);
    if (node.slot == space.slot || column.width == Width::kNone) return {false, {}, column};
    const std::uint32_t* element = loops_[node.slot].element;
    std::int64_t* out = FreshNumbers(space);
    std::uint64_t* known = Words(space.words);
    std::fill_n(known, space.words, 0);
    for (std::size_t r = 0; r < space.rows; ++r) {
        out[r] = NumberAt(column, element[r]);
        known[r / 64] |= BitAt(column.known, element[r]) << (r % 64);
    }
    std::fill(out + space.rows, out + space.words * 64, 0);
    return {false, {}, {Width::k64, out, known}};
}

Numbers ColumnEvaluator::Parameter(const Node& node) {
    const ParameterView view = block_.Parameter(node.a);
    if (view.group == nullptr) return {true, view.cells[0], {}};
    std::int64_t* out = FreshNumbers(rows_);
    std::uint64_t* known = Words(rows_.words);
    std::fill_n(known, rows_.words, 0);
    for (std::size_t r = 0; r < rows_.rows; ++r) {
        const FactCell cell = view.cells[view.group[r]];
        out[r] = cell.value;
        known[r / 64] |= std::uint64_t{cell.known} << (r % 64);
    }
    std::fill(out + rows_.rows, out + rows_.words * 64, 0);
    return {false, {}, {Width::k64, out, known}};
}

const std::int64_t* ColumnEvaluator::Wide(const Numbers& numbers, const Space& space) {
    if (!numbers.scalar && numbers.column.width == Width::k64)
        return static_cast<const std::int64_t*>(numbers.column.values);
    std::int64_t* out = FreshNumbers(space);
    if (numbers.scalar)
        std::fill_n(out, space.words * 64, numbers.cell.value);
    else
        kernels_.widen(numbers.column.width, numbers.column.values, space.words, out);
    return out;
}

const std::uint64_t* ColumnEvaluator::KnownOf(const Numbers& numbers, const Space& space) {
    if (!numbers.scalar && numbers.column.width != Width::kNone) return numbers.column.known;
    std::uint64_t* known = Words(space.words);
    std::fill_n(known, space.words, numbers.scalar && numbers.cell.known ? ~std::uint64_t{0} : 0);
    return known;
}

Numbers ColumnEvaluator::Calculate(const Node& node, const Space& space) {
    // -x is 0 - x, overflow included.
    const bool negate = node.op == Op::kNegate;
    const Numbers left = negate ? Numbers{true, Known(0), {}} : Value(node.a, space);
    const Numbers right = Value(negate ? node.a : node.b, space);
    const Arithmetic op = node.op == Op::kAdd        ? Arithmetic::kAdd
                          : node.op == Op::kMultiply ? Arithmetic::kMultiply
                          : node.op == Op::kDivide   ? Arithmetic::kDivide
                          : node.op == Op::kModulo   ? Arithmetic::kModulo
                                                     : Arithmetic::kSubtract;
    if (left.scalar && right.scalar) {
        alignas(64) std::int64_t a[64], b[64], result[64];
        std::fill_n(a, 64, left.cell.value);
        std::fill_n(b, 64, right.cell.value);
        std::uint64_t ok = 0;
        kernels_.arithmetic(op, a, b, 1, result, &ok);
        const bool known = left.cell.known && right.cell.known && (ok & 1) != 0;
        return {true, {known ? result[0] : 0, known}, {}};
    }
    std::int64_t* out = FreshNumbers(space);
    std::uint64_t* known = Words(space.words);
    kernels_.arithmetic(op, Wide(left, space), Wide(right, space), space.words, out, known);
    const std::uint64_t *left_known = KnownOf(left, space), *right_known = KnownOf(right, space);
    for (std::size_t w = 0; w < space.words; ++w) known[w] &= left_known[w] & right_known[w];
    return {false, {}, {Width::k64, out, known}};
}

Numbers ColumnEvaluator::SelectNumber(const Node& node, const Space& space) {
    const Bits c = Truth(node.a, space);
    const Numbers yes = Value(node.b, space), no = Value(node.c, space);
    const std::int64_t *a = Wide(yes, space), *b = Wide(no, space);
    const std::uint64_t *ka = KnownOf(yes, space), *kb = KnownOf(no, space);
    std::int64_t* out = FreshNumbers(space);
    std::uint64_t *known = Words(space.words), *equal = Words(space.words);
    kernels_.compare(Comparison::kEqual, a, b, space.words, equal);
    for (std::size_t w = 0; w < space.words; ++w) {
        const std::uint64_t refused = c.k[w] & ~c.t[w];
        const std::uint64_t agree = ~c.k[w] & ka[w] & kb[w] & equal[w];
        known[w] = (c.t[w] & ka[w]) | (refused & kb[w]) | agree;
        for (std::size_t i = w * 64; i < w * 64 + 64; ++i)
            out[i] = refused >> (i % 64) & 1 ? b[i] : a[i];
    }
    return {false, {}, {Width::k64, out, known}};
}

const std::uint32_t* ColumnEvaluator::Owners(int variable) {
    std::vector<std::uint32_t>& owners = memory_.Owners(static_cast<std::size_t>(variable));
    const ListView list = block_.List(variable);
    owners.resize(list.elements);
    for (std::uint32_t r = 0; r < rows_.rows; ++r)
        std::fill(owners.begin() + list.first[r], owners.begin() + list.first[r + 1], r);
    return owners.data();
}

Bits ColumnEvaluator::SpreadBits(Bits rows, const Space& space) {
    const std::uint32_t* owner = Owners(space.variable);
    const NewBits out = Fresh(space);
    std::fill_n(out.t, space.words, 0);
    std::fill_n(out.k, space.words, 0);
    for (std::size_t e = 0; e < space.rows; ++e) {
        out.t[e / 64] |= BitAt(rows.t, owner[e]) << (e % 64);
        out.k[e / 64] |= BitAt(rows.k, owner[e]) << (e % 64);
    }
    return out;
}

Numbers ColumnEvaluator::SpreadNumbers(const Numbers& rows, const Space& space) {
    if (rows.scalar || rows.column.width == Width::kNone) return rows;
    const std::uint32_t* owner = Owners(space.variable);
    std::int64_t* out = FreshNumbers(space);
    std::uint64_t* known = Words(space.words);
    std::fill_n(known, space.words, 0);
    for (std::size_t e = 0; e < space.rows; ++e) {
        out[e] = NumberAt(rows.column, owner[e]);
        known[e / 64] |= BitAt(rows.column.known, owner[e]) << (e % 64);
    }
    std::fill(out + space.rows, out + space.words * 64, 0);
    return {false, {}, {Width::k64, out, known}};
}

}  // namespace shouwang::cel
