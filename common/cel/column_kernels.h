// The inner loops of column programs: compiled twice (plain, and for AVX2 + BMI2), chosen once by
// what the processor has. `words`: 64 rows each. Private to common/cel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace shouwang::cel {

enum class Comparison : std::uint8_t { kLess, kGreater, kEqual };
enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kModulo };
enum class Width : std::uint8_t;

struct ColumnKernels {
    // out: a bit a row. Not for Width::kNone and Width::kBit.
    void (*compare_scalar)(Comparison op, Width width, const void* values, std::size_t words,
                           std::int64_t scalar, std::uint64_t* out);
    void (*compare)(Comparison op, const std::int64_t* a, const std::int64_t* b, std::size_t words,
                    std::uint64_t* out);
    // To 64 bits; Width::kNone gives zeros.
    void (*widen)(Width width, const void* values, std::size_t words, std::int64_t* out);
    // ok: a bit a row, 0 where the result overflows or divides by zero (out is 0 there).
    void (*arithmetic)(Arithmetic op, const std::int64_t* a, const std::int64_t* b,
                       std::size_t words, std::int64_t* out, std::uint64_t* ok);
    // Elements → their rows: bit r of out = some element of row r is hit. last: the last element
    // of every row; every row has one. out: a word more than the rows take.
    void (*any)(const std::uint64_t* hits, const std::uint64_t* last, std::size_t words,
                std::uint64_t* out);
};

const ColumnKernels& PlainKernels();
// The same as PlainKernels() where this build or this processor has no AVX2 and BMI2.
const ColumnKernels& BestKernels();

}  // namespace shouwang::cel
