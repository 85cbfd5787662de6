#include "services/monitoring/domain/fact_column.h"

#include <cstring>
#include <limits>

namespace shouwang::monitoring::domain {
namespace {

using cel::Width;

std::size_t BitsOf(Width width) {
    switch (width) {
        case Width::kNone:
            return 0;
        case Width::kBit:
            return 1;
        case Width::k8:
            return 8;
        case Width::k16:
            return 16;
        case Width::k32:
            return 32;
        case Width::k64:
            return 64;
    }
    return 0;
}

template <typename T>
bool Fits(std::int64_t value) {
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

template <typename T>
void Put(std::vector<std::uint64_t>& words, std::size_t row, std::int64_t value) {
    const T narrow = static_cast<T>(value);
    std::memcpy(reinterpret_cast<char*>(words.data()) + row * sizeof(T), &narrow, sizeof(T));
}

template <typename T>
std::int64_t Take(const std::vector<std::uint64_t>& words, std::size_t row) {
    T narrow;
    std::memcpy(&narrow, reinterpret_cast<const char*>(words.data()) + row * sizeof(T), sizeof(T));
    return narrow;
}

void SetBit(std::vector<std::uint64_t>& bits, std::size_t row, bool value) {
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    bits[row / 64] = value ? bits[row / 64] | bit : bits[row / 64] & ~bit;
}

bool BitAt(const std::vector<std::uint64_t>& bits, std::size_t row) {
    return (bits[row / 64] >> (row % 64) & 1) != 0;
}

}  // namespace

Width FactColumn::Needed(std::int64_t value) const {
    if (boolean_ && (value == 0 || value == 1)) return Width::kBit;
    if (Fits<std::int8_t>(value)) return Width::k8;
    if (Fits<std::int16_t>(value)) return Width::k16;
    return Fits<std::int32_t>(value) ? Width::k32 : Width::k64;
}

void FactColumn::Reserve() {
    if (width_ == Width::kNone) return;
    const std::size_t blocks = cel::WordsFor(rows_);
    known_.resize(blocks, 0);
    values_.resize(blocks * BitsOf(width_), 0);
}

void FactColumn::Widen(Width width) {
    FactColumn wide(boolean_);
    wide.width_ = width;
    wide.rows_ = rows_;
    wide.Reserve();
    for (std::size_t row = 0; row < rows_ && width_ != Width::kNone; ++row) {
        if (!BitAt(known_, row)) continue;
        SetBit(wide.known_, row, true);
        wide.Store(row, ValueAt(row));
    }
    *this = std::move(wide);
}

std::int64_t FactColumn::ValueAt(std::size_t row) const {
    switch (width_) {
        case Width::kNone:
            return 0;
        case Width::kBit:
            return BitAt(values_, row) ? 1 : 0;
        case Width::k8:
            return Take<std::int8_t>(values_, row);
        case Width::k16:
            return Take<std::int16_t>(values_, row);
        case Width::k32:
            return Take<std::int32_t>(values_, row);
        case Width::k64:
            return Take<std::int64_t>(values_, row);
    }
    return 0;
}

void FactColumn::Store(std::size_t row, std::int64_t value) {
    switch (width_) {
        case Width::kNone:
            return;
        case Width::kBit:
            return SetBit(values_, row, value != 0);
        case Width::k8:
            return Put<std::int8_t>(values_, row, value);
        case Width::k16:
            return Put<std::int16_t>(values_, row, value);
        case Width::k32:
            return Put<std::int32_t>(values_, row, value);
        case Width::k64:
            return Put<std::int64_t>(values_, row, value);
    }
}

void FactColumn::Resize(std::size_t rows) {
    rows_ = rows;
    Reserve();
}

void FactColumn::Set(std::size_t row, cel::FactCell cell) {
    if (!cell.known) {
        if (width_ == Width::kNone) return;
        SetBit(known_, row, false);
        return Store(row, 0);  // an unknown bit is 0: what columns ask for
    }
    if (const Width needed = Needed(cell.value); needed > width_) Widen(needed);
    SetBit(known_, row, true);
    Store(row, cell.value);
}

cel::FactCell FactColumn::Get(std::size_t row) const {
    if (width_ == Width::kNone || !BitAt(known_, row)) return {};
    return {ValueAt(row), true};
}

void FactColumn::Splice(std::size_t at, std::size_t taken, std::size_t given) {
    FactColumn spliced(boolean_);
    spliced.width_ = width_;
    spliced.Resize(rows_ - taken + given);
    for (std::size_t row = 0; row < rows_ && width_ != Width::kNone; ++row) {
        if (row >= at && row < at + taken) continue;
        spliced.Set(row < at ? row : row - taken + given, Get(row));
    }
    *this = std::move(spliced);
}

}  // namespace shouwang::monitoring::domain
