#include "services/monitoring/domain/province_columns.h"

#include <algorithm>

#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr std::size_t kMaxFields = 128;  // of one message (fact_catalogue.cc checks it)
constexpr std::size_t kVariables = 3;

const google::protobuf::FieldDescriptor& FieldOf(const FactRead& read) {
    const auto* message = read.first == kMembersVariable    ? v1::PersonFacts::descriptor()
                          : read.first == kHouseholdVariable ? v1::HouseholdFacts::descriptor()
                                                             : v1::VillageFacts::descriptor();
    return *message->field(read.second);
}

bool IsBool(const FactRead& read) {
    return FieldOf(read).cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL;
}

void SetBit(std::vector<std::uint64_t>& bits, std::size_t at, bool value) {
    if (bits.size() <= at / 64) bits.resize(at / 64 + 1, 0);
    const std::uint64_t bit = std::uint64_t{1} << (at % 64);
    bits[at / 64] = value ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

bool BitAt(const std::vector<std::uint64_t>& bits, std::size_t at) {
    return (bits[at / 64] >> (at % 64) & 1) != 0;
}

// What is known of an empty row.
class Nothing final : public cel::Activation {
public:
    cel::FactCell Field(int, int, int) const override { return {}; }
    int Size(int) const override { return 0; }
    cel::FactCell Param(int) const override { return {}; }
};

template <typename T>
std::size_t BytesOf(const std::vector<T>& vector) {
    return vector.capacity() * sizeof(T);
}

}  // namespace

std::vector<FactRead> FactsReadBy(const RuleBook& book) {
    std::vector<FactRead> reads;
    for (const CompiledRule& rule : book.rules()) {
        for (const FactRead& read : rule.program->reads()) {
            if (read.first >= 0) reads.push_back(read);
        }
    }
    std::sort(reads.begin(), reads.end());
    reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
    return reads;
}

ProvinceColumns::ProvinceColumns(std::vector<FactRead> reads, Date day)
    : reads_(std::move(reads)), column_of_(kVariables * kMaxFields, -1), day_(day) {
    std::sort(reads_.begin(), reads_.end());
    reads_.erase(std::unique(reads_.begin(), reads_.end()), reads_.end());
    for (std::size_t i = 0; i < reads_.size(); ++i) {
        const auto [variable, field] = reads_[i];
        column_of_[static_cast<std::size_t>(variable) * kMaxFields +
                   static_cast<std::size_t>(field)] = static_cast<std::int16_t>(i);
    }
}

int ProvinceColumns::ColumnOf(int variable, int field_index) const {
    return column_of_[static_cast<std::size_t>(variable) * kMaxFields +
                      static_cast<std::size_t>(field_index)];
}

bool ProvinceColumns::Covers(const RuleBook& book) const {
    const std::vector<FactRead> wanted = FactsReadBy(book);
    return std::includes(reads_.begin(), reads_.end(), wanted.begin(), wanted.end());
}

std::uint32_t ProvinceColumns::RegionIndex(std::string_view code) {
    const auto [it, fresh] =
        region_index_.try_emplace(std::string(code), static_cast<std::uint32_t>(regions_.size()));
    if (fresh) regions_.emplace_back(code);
    return it->second;
}

ProvinceColumns::Place ProvinceColumns::At(std::uint32_t row) {
    return {chunks_[row / kChunkRows], row % kChunkRows};
}

// At the end, or where a household was taken out. An empty row has one placeholder element.
std::uint32_t ProvinceColumns::NewRow() {
    if (!free_rows_.empty()) {
        const std::uint32_t row = free_rows_.back();
        free_rows_.pop_back();
        return row;
    }
    if (rows_ % kChunkRows == 0) {
        Chunk& chunk = chunks_.emplace_back();
        chunk.live.assign(kChunkRows / 64, 0);
        for (const FactRead& read : reads_) chunk.columns.emplace_back(IsBool(read));
    }
    Chunk& chunk = chunks_.back();
    chunk.households.push_back(0);
    chunk.region.push_back(0);
    const std::uint32_t element = chunk.first.back();
    SetBit(chunk.last, element, true);
    SetBit(chunk.present, element, false);
    chunk.first.push_back(element + 1);
    ++chunk.rows;
    for (std::size_t i = 0; i < reads_.size(); ++i) {
        const bool list = reads_[i].first == kMembersVariable;
        chunk.columns[i].Resize(list ? chunk.first.back() : chunk.rows);
    }
    return static_cast<std::uint32_t>(rows_++);
}

void ProvinceColumns::SetSize(Place place, int size) {
    Chunk& chunk = place.chunk;
    const std::uint32_t first = chunk.first[place.row], end = chunk.first[place.row + 1];
    const std::size_t had = end - first;
    const std::size_t wanted = static_cast<std::size_t>(std::max(size, 1));
    members_ -= BitAt(chunk.present, first) ? had : 0;
    members_ += static_cast<std::size_t>(size);
    if (had != wanted) {
        const bool at_end = place.row + 1 == chunk.rows;
        for (std::size_t r = place.row + 1; r < chunk.first.size(); ++r)
            chunk.first[r] = static_cast<std::uint32_t>(chunk.first[r] + wanted - had);
        for (std::size_t i = 0; i < reads_.size(); ++i) {
            if (reads_[i].first != kMembersVariable) continue;
            if (at_end)
                chunk.columns[i].Resize(chunk.first.back());
            else
                chunk.columns[i].Splice(first, had, wanted);
        }
        // Of the rows after it the marks move too.
        std::vector<bool> occupied;
        for (std::size_t r = place.row + 1, e = end; r < chunk.rows; ++r) {
            occupied.push_back(BitAt(chunk.present, e));
            e += chunk.first[r + 1] - chunk.first[r];
        }
        const std::size_t words = cel::WordsFor(chunk.first.back());
        chunk.last.resize(words, 0);
        chunk.present.resize(words, 0);
        for (std::size_t r = place.row + 1; r < chunk.rows; ++r) {
            for (std::uint32_t e = chunk.first[r]; e < chunk.first[r + 1]; ++e) {
                SetBit(chunk.last, e, e + 1 == chunk.first[r + 1]);
                SetBit(chunk.present, e, occupied[r - place.row - 1]);
            }
        }
        if (const std::size_t tail = chunk.first.back() % 64; tail != 0) {
            chunk.last.back() &= (std::uint64_t{1} << tail) - 1;
            chunk.present.back() &= (std::uint64_t{1} << tail) - 1;
        }
    }
    for (std::uint32_t e = first; e < chunk.first[place.row + 1]; ++e) {
        SetBit(chunk.last, e, e + 1 == chunk.first[place.row + 1]);
        SetBit(chunk.present, e, size > 0);
    }
}

void ProvinceColumns::SetFacts(Place place, const cel::Activation& facts) {
    Chunk& chunk = place.chunk;
    const std::uint32_t first = chunk.first[place.row];
    const int size = facts.Size(kMembersVariable);
    for (std::size_t i = 0; i < reads_.size(); ++i) {
        const auto [variable, field] = reads_[i];
        FactColumn& column = chunk.columns[i];
        if (variable != kMembersVariable) {
            column.Set(place.row, facts.Field(variable, 0, field));
            continue;
        }
        for (int m = 0; m < size; ++m)
            column.Set(first + static_cast<std::size_t>(m), facts.Field(variable, m, field));
        if (size == 0) column.Set(first, {});
    }
}

void ProvinceColumns::Update(std::int64_t household_id, std::string_view region_code,
                             const cel::Activation& facts) {
    const auto found = row_of_.find(household_id);
    const std::uint32_t row = found != row_of_.end() ? found->second : NewRow();
    if (found == row_of_.end()) row_of_.emplace(household_id, row);
    const Place place = At(row);
    place.chunk.households[place.row] = household_id;
    place.chunk.region[place.row] = RegionIndex(region_code);
    SetBit(place.chunk.live, place.row, true);
    SetSize(place, facts.Size(kMembersVariable));
    SetFacts(place, facts);
}

void ProvinceColumns::Remove(std::int64_t household_id) {
    const auto found = row_of_.find(household_id);
    if (found == row_of_.end()) return;
    const Place place = At(found->second);
    SetBit(place.chunk.live, place.row, false);
    SetSize(place, 0);
    SetFacts(place, Nothing());
    free_rows_.push_back(found->second);
    row_of_.erase(found);
}

std::optional<std::uint32_t> ProvinceColumns::RowOf(std::int64_t household_id) const {
    const auto found = row_of_.find(household_id);
    return found == row_of_.end() ? std::nullopt : std::optional(found->second);
}

std::int64_t ProvinceColumns::HouseholdAt(std::uint32_t row) const {
    return ChunkOf(row).households[row % kChunkRows];
}

std::uint32_t ProvinceColumns::RegionAt(std::uint32_t row) const {
    return ChunkOf(row).region[row % kChunkRows];
}

cel::FactCell ProvinceColumns::Field(std::uint32_t row, int variable, int element,
                                     int field_index) const {
    const int column = ColumnOf(variable, field_index);
    if (column < 0) return {};
    const Chunk& chunk = ChunkOf(row);
    const std::size_t at = variable == kMembersVariable
                               ? chunk.first[row % kChunkRows] + static_cast<std::size_t>(element)
                               : row % kChunkRows;
    return chunk.columns[static_cast<std::size_t>(column)].Get(at);
}

int ProvinceColumns::Size(std::uint32_t row) const {
    const Chunk& chunk = ChunkOf(row);
    const std::size_t r = row % kChunkRows;
    if (!BitAt(chunk.present, chunk.first[r])) return 0;
    return static_cast<int>(chunk.first[r + 1] - chunk.first[r]);
}

std::size_t ProvinceColumns::Bytes() const {
    std::size_t bytes = BytesOf(chunks_) + BytesOf(free_rows_);
    // A hash map's node and its bucket.
    bytes += row_of_.size() * (sizeof(void*) * 3 + 16);
    for (const std::string& region : regions_) bytes += 2 * (sizeof(std::string) + region.capacity()) + 40;
    for (const Chunk& chunk : chunks_) {
        bytes += BytesOf(chunk.households) + BytesOf(chunk.region) + BytesOf(chunk.live) +
                 BytesOf(chunk.first) + BytesOf(chunk.last) + BytesOf(chunk.present) +
                 BytesOf(chunk.columns);
        for (const FactColumn& column : chunk.columns) bytes += column.Bytes();
    }
    return bytes;
}

cel::ColumnView ChunkBlock::Field(int variable, int field_index) const {
    const int column = columns_.ColumnOf(variable, field_index);
    return column < 0 ? cel::ColumnView{}
                      : chunk_.columns[static_cast<std::size_t>(column)].View();
}

cel::ListView ChunkBlock::List(int) const {
    return {chunk_.first.back(), chunk_.first.data(), chunk_.last.data(), chunk_.present.data()};
}

cel::ParameterView ChunkBlock::Parameter(int parameter) const {
    const std::vector<cel::FactCell>& cells = cells_[static_cast<std::size_t>(parameter)];
    if (groups_ == nullptr) return {cells.data() + uniform_group_, nullptr};
    return {cells.data(), groups_};
}

}  // namespace shouwang::monitoring::domain
