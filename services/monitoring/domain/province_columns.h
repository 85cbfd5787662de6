// The facts of all households of a province as columns, for the rules that run over them
// (column_screening.h): only the facts that those rules read, in narrow integers, in chunks that fit
// a processor's cache. Kept up to date household by household.
//
// Not thread-safe while it is changed; any number of threads may read it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/date.h"
#include "common/cel/cel.h"
#include "services/monitoring/domain/fact_column.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

// (variable, field index) as in cel::Program::reads(); parameters are not among them.
using FactRead = std::pair<int, int>;
// What the rules of a book read, ascending.
std::vector<FactRead> FactsReadBy(const RuleBook& book);

class ProvinceColumns {
public:
    static constexpr std::size_t kChunkRows = 1024;  // a multiple of 64

    // reads: the union over all books that are to run. day: the day the facts are computed for.
    ProvinceColumns(std::vector<FactRead> reads, Date day);

    // Puts a household in, or brings it up to date. facts: those of `day()`, usually a
    // HouseholdFacts; every fact of reads() is asked for once.
    void Update(std::int64_t household_id, std::string_view region_code,
                const cel::Activation& facts);
    // Takes a household out; its row stays empty until another one gets it.
    void Remove(std::int64_t household_id);

    Date day() const { return day_; }
    const std::vector<FactRead>& reads() const { return reads_; }
    bool Covers(const RuleBook& book) const;
    std::size_t households() const { return row_of_.size(); }
    std::size_t members() const { return members_; }
    // Rows, empty ones too; a bitmap over the rows takes bitmap_words().
    std::size_t rows() const { return rows_; }
    std::size_t chunks() const { return chunks_.size(); }
    std::size_t bitmap_words() const { return chunks_.size() * kChunkRows / 64; }
    std::optional<std::uint32_t> RowOf(std::int64_t household_id) const;
    // Of an occupied row.
    std::int64_t HouseholdAt(std::uint32_t row) const;
    std::uint32_t RegionAt(std::uint32_t row) const;  // index into regions()
    const std::vector<std::string>& regions() const { return regions_; }
    std::size_t Bytes() const;

    // Facts of a row, known ones as they were given; a fact outside reads() is unknown.
    cel::FactCell Field(std::uint32_t row, int variable, int element, int field_index) const;
    int Size(std::uint32_t row) const;

private:
    friend class ChunkBlock;
    struct Chunk {
        std::size_t rows = 0;
        std::vector<std::int64_t> households;
        std::vector<std::uint32_t> region;
        std::vector<std::uint64_t> live;      // a bit a row
        std::vector<std::uint32_t> first{0};  // rows + 1: elements before the row's own
        std::vector<std::uint64_t> last, present;  // a bit an element
        std::vector<FactColumn> columns;           // as reads()
    };
    struct Place {
        Chunk& chunk;
        std::size_t row;  // in the chunk
    };

    Place At(std::uint32_t row);
    const Chunk& ChunkOf(std::uint32_t row) const { return chunks_[row / kChunkRows]; }
    std::uint32_t NewRow();
    void SetSize(Place place, int size);
    void SetFacts(Place place, const cel::Activation& facts);
    std::uint32_t RegionIndex(std::string_view code);
    int ColumnOf(int variable, int field_index) const;

    std::vector<FactRead> reads_;
    std::vector<std::int16_t> column_of_;  // by variable × kMaxFields + field, -1 = not read
    Date day_;
    std::vector<Chunk> chunks_;
    std::size_t rows_ = 0, members_ = 0;
    std::unordered_map<std::int64_t, std::uint32_t> row_of_;
    std::vector<std::uint32_t> free_rows_;
    std::vector<std::string> regions_;
    std::unordered_map<std::string, std::uint32_t> region_index_;
};

// One chunk as column programs see it.
class ChunkBlock final : public cel::ColumnBlock {
public:
    // cells: by parameter, by group. groups: by row of the chunk, null = all rows are of
    // `uniform_group`.
    ChunkBlock(const ProvinceColumns& columns, std::size_t chunk,
               std::span<const std::vector<cel::FactCell>> cells, const std::uint16_t* groups,
               std::uint16_t uniform_group)
        : columns_(columns),
          chunk_(columns.chunks_[chunk]),
          cells_(cells),
          groups_(groups),
          uniform_group_(uniform_group) {}

    std::size_t rows() const override { return chunk_.rows; }
    cel::ColumnView Field(int variable, int field_index) const override;
    cel::ListView List(int variable) const override;
    cel::ParameterView Parameter(int parameter) const override;

    std::span<const std::uint64_t> live() const { return chunk_.live; }
    std::span<const std::uint32_t> regions() const { return chunk_.region; }

private:
    const ProvinceColumns& columns_;
    const ProvinceColumns::Chunk& chunk_;
    std::span<const std::vector<cel::FactCell>> cells_;
    const std::uint16_t* groups_;
    std::uint16_t uniform_group_;
};

// The facts of one row, for the interpreter.
class RowFacts final : public cel::Activation {
public:
    RowFacts(const ProvinceColumns& columns, std::uint32_t row,
             const std::vector<cel::FactCell>& parameters)
        : columns_(columns), row_(row), parameters_(parameters) {}

    cel::FactCell Field(int variable, int element, int field_index) const override {
        return columns_.Field(row_, variable, element, field_index);
    }
    int Size(int variable) const override {
        return variable == kMembersVariable ? columns_.Size(row_) : 0;
    }
    cel::FactCell Param(int parameter) const override {
        const auto index = static_cast<std::size_t>(parameter);
        return index < parameters_.size() ? parameters_[index] : cel::FactCell{};
    }

private:
    const ProvinceColumns& columns_;
    const std::uint32_t row_;
    const std::vector<cel::FactCell>& parameters_;
};

}  // namespace shouwang::monitoring::domain
