// The loops themselves, once. Included by column_kernels.cc and column_kernels_avx2.cc, compiled
// with different options: everything here is local to the including file, so that no function
// compiled for AVX2 can be linked into the rest.
#include <cstddef>
#include <cstdint>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "common/cel/column_kernels.h"
#include "common/cel/columns.h"

namespace shouwang::cel {
namespace {

// 64 bytes of 0 or 1 → 64 bits.
inline std::uint64_t Pack(const std::uint8_t* bytes) {
#ifdef __AVX2__
    const auto half = [&](int at) {
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + at));
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(x, 7)));
    };
    return half(0) | static_cast<std::uint64_t>(half(32)) << 32;
#else
    std::uint64_t bits = 0;
    for (int i = 0; i < 64; ++i) bits |= static_cast<std::uint64_t>(bytes[i]) << i;
    return bits;
#endif
}

template <typename F>
inline void FillBits(std::size_t words, std::uint64_t* out, F&& bit) {
    for (std::size_t w = 0; w < words; ++w) {
        alignas(64) std::uint8_t bytes[64];
        for (std::size_t i = 0; i < 64; ++i) bytes[i] = bit(w * 64 + i);
        out[w] = Pack(bytes);
    }
}

void FillAll(bool value, std::size_t words, std::uint64_t* out) {
    for (std::size_t w = 0; w < words; ++w) out[w] = value ? ~std::uint64_t{0} : 0;
}

// In the column's own width: a narrow column is compared many rows an instruction.
template <typename T>
void CompareNarrow(Comparison op, const void* values, std::size_t words, std::int64_t scalar,
                   std::uint64_t* out) {
    const T* v = static_cast<const T*>(values);
    const T s = static_cast<T>(scalar);
    if (s != scalar) {  // beyond every value of the column
        return FillAll(op != Comparison::kEqual && (op == Comparison::kLess) == (scalar > 0), words,
                       out);
    }
    switch (op) {
        case Comparison::kLess:
            return FillBits(words, out, [=](std::size_t i) { return v[i] < s; });
        case Comparison::kGreater:
            return FillBits(words, out, [=](std::size_t i) { return v[i] > s; });
        case Comparison::kEqual:
            return FillBits(words, out, [=](std::size_t i) { return v[i] == s; });
    }
}

void CompareScalar(Comparison op, Width width, const void* values, std::size_t words,
                   std::int64_t scalar, std::uint64_t* out) {
    switch (width) {
        case Width::k8:
            return CompareNarrow<std::int8_t>(op, values, words, scalar, out);
        case Width::k16:
            return CompareNarrow<std::int16_t>(op, values, words, scalar, out);
        case Width::k32:
            return CompareNarrow<std::int32_t>(op, values, words, scalar, out);
        default:
            return CompareNarrow<std::int64_t>(op, values, words, scalar, out);
    }
}

void Compare(Comparison op, const std::int64_t* a, const std::int64_t* b, std::size_t words,
             std::uint64_t* out) {
    switch (op) {
        case Comparison::kLess:
            return FillBits(words, out, [=](std::size_t i) { return a[i] < b[i]; });
        case Comparison::kGreater:
            return FillBits(words, out, [=](std::size_t i) { return a[i] > b[i]; });
        case Comparison::kEqual:
            return FillBits(words, out, [=](std::size_t i) { return a[i] == b[i]; });
    }
}

template <typename T>
void WidenFrom(const void* values, std::size_t words, std::int64_t* out) {
    const T* v = static_cast<const T*>(values);
    for (std::size_t i = 0; i < words * 64; ++i) out[i] = v[i];
}

void Widen(Width width, const void* values, std::size_t words, std::int64_t* out) {
    switch (width) {
        case Width::kNone:
            for (std::size_t i = 0; i < words * 64; ++i) out[i] = 0;
            return;
        case Width::kBit: {
            const std::uint64_t* bits = static_cast<const std::uint64_t*>(values);
            for (std::size_t i = 0; i < words * 64; ++i)
                out[i] = static_cast<std::int64_t>(bits[i / 64] >> (i % 64) & 1);
            return;
        }
        case Width::k8:
            return WidenFrom<std::int8_t>(values, words, out);
        case Width::k16:
            return WidenFrom<std::int16_t>(values, words, out);
        case Width::k32:
            return WidenFrom<std::int32_t>(values, words, out);
        case Width::k64:
            return WidenFrom<std::int64_t>(values, words, out);
    }
}

// Wrapping, in unsigned; overflow shows in the signs.
template <bool kMinus>
void AddOrSubtract(const std::int64_t* a, const std::int64_t* b, std::size_t words,
                   std::int64_t* out, std::uint64_t* ok) {
    FillBits(words, ok, [=](std::size_t i) -> std::uint8_t {
        const std::uint64_t x = static_cast<std::uint64_t>(a[i]), y = static_cast<std::uint64_t>(b[i]);
        const std::uint64_t r = kMinus ? x - y : x + y;
        const std::uint64_t overflow = kMinus ? (x ^ y) & (x ^ r) : (x ^ r) & (y ^ r);
        const bool fits = static_cast<std::int64_t>(overflow) >= 0;
        out[i] = fits ? static_cast<std::int64_t>(r) : 0;
        return fits;
    });
}

void Multiply(const std::int64_t* a, const std::int64_t* b, std::size_t words, std::int64_t* out,
              std::uint64_t* ok) {
    FillBits(words, ok, [=](std::size_t i) -> std::uint8_t {
        std::int64_t r = 0;
        const bool fits = !__builtin_mul_overflow(a[i], b[i], &r);
        out[i] = fits ? r : 0;
        return fits;
    });
}

template <bool kModulo>
void Divide(const std::int64_t* a, const std::int64_t* b, std::size_t words, std::int64_t* out,
            std::uint64_t* ok) {
    FillBits(words, ok, [=](std::size_t i) -> std::uint8_t {
        const bool fits = b[i] != 0 && !(a[i] == INT64_MIN && b[i] == -1);
        const std::int64_t x = fits ? a[i] : 0, y = fits ? b[i] : 1;
        out[i] = kModulo ? x % y : x / y;
        return fits;
    });
}

void Calculate(Arithmetic op, const std::int64_t* a, const std::int64_t* b, std::size_t words,
               std::int64_t* out, std::uint64_t* ok) {
    switch (op) {
        case Arithmetic::kAdd:
            return AddOrSubtract<false>(a, b, words, out, ok);
        case Arithmetic::kSubtract:
            return AddOrSubtract<true>(a, b, words, out, ok);
        case Arithmetic::kMultiply:
            return Multiply(a, b, words, out, ok);
        case Arithmetic::kDivide:
            return Divide<false>(a, b, words, out, ok);
        case Arithmetic::kModulo:
            return Divide<true>(a, b, words, out, ok);
    }
}

// The bits of x at the set bits of mask, pushed together.
inline std::uint64_t Compress(std::uint64_t x, std::uint64_t mask) {
#ifdef __BMI2__
    return _pext_u64(x, mask);
#else
    std::uint64_t out = 0;
    for (int n = 0; mask != 0; mask &= mask - 1, ++n)
        out |= (x >> __builtin_ctzll(mask) & 1) << n;
    return out;
#endif
}

// Adding the hits to ones at every element but the last of a row carries each hit up to that last
// element, where the addition has a zero and the carry stops: a whole word of rows in one addition.
void Any(const std::uint64_t* hits, const std::uint64_t* last, std::size_t words,
         std::uint64_t* out) {
    std::uint64_t carry = 0, open = 0;
    unsigned filled = 0;
    for (std::size_t w = 0; w < words; ++w) {
        const std::uint64_t ones = ~last[w], inner = hits[w] & ones;
        std::uint64_t sum = 0;
        const bool over_a = __builtin_add_overflow(inner, ones, &sum);
        const bool over_b = __builtin_add_overflow(sum, carry, &sum);
        carry = over_a || over_b ? 1 : 0;
        const std::uint64_t rows = Compress((sum | hits[w]) & last[w], last[w]);
        const unsigned count = static_cast<unsigned>(__builtin_popcountll(last[w]));
        open |= rows << filled;
        if (filled + count >= 64) {
            *out++ = open;
            const unsigned taken = 64 - filled;
            open = taken == 64 ? 0 : rows >> taken;
            filled = filled + count - 64;
        } else {
            filled += count;
        }
    }
    *out = open;
}

constexpr ColumnKernels kKernels{CompareScalar, Compare, Widen, Calculate, Any};

}  // namespace
}  // namespace shouwang::cel
