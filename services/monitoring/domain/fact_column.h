// One fact of many rows: values in the narrowest integers that hold them, and who is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/cel/columns.h"

namespace shouwang::monitoring::domain {

class FactColumn {
public:
    // boolean: values are 0 and 1. A column without a known row stores nothing.
    explicit FactColumn(bool boolean) : boolean_(boolean) {}

    std::size_t rows() const { return rows_; }
    // New rows are unknown.
    void Resize(std::size_t rows);
    void Set(std::size_t row, cel::FactCell cell);
    cel::FactCell Get(std::size_t row) const;
    // Rows [at, at + taken) make room for `given` unknown ones.
    void Splice(std::size_t at, std::size_t taken, std::size_t given);
    cel::ColumnView View() const { return {width_, values_.data(), known_.data()}; }
    std::size_t Bytes() const {
        return values_.capacity() * sizeof(std::uint64_t) +
               known_.capacity() * sizeof(std::uint64_t);
    }

private:
    cel::Width Needed(std::int64_t value) const;
    void Widen(cel::Width width);
    void Reserve();
    std::int64_t ValueAt(std::size_t row) const;
    void Store(std::size_t row, std::int64_t value);

    bool boolean_;
    cel::Width width_ = cel::Width::kNone;
    std::size_t rows_ = 0;
    std::vector<std::uint64_t> known_;
    std::vector<std::uint64_t> values_;  // bytes of `width_` a row, a multiple of 64 rows
};

}  // namespace shouwang::monitoring::domain
