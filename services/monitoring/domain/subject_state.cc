#include "services/monitoring/domain/subject_state.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <tuple>

#include "common/base/bytes.h"

namespace shouwang::monitoring::domain {
namespace {

// Version 1: for every dataset (ascending): number, rows; for every row (by key): key (8 bytes),
// content hash (8 bytes), revision × 2 + retract, date as days from 2020-01-01 (zigzag), batch,
// sequence, number of values, then (stored fact id, zigzag value) each. All numbers not said
// otherwise are varints.
constexpr char kVersion = 1;
constexpr std::int32_t kEpoch = 18262;  // 2020-01-01: keeps the days of the present in two bytes

std::uint64_t ZigZag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t UnZigZag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void PutVarint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}
void PutFixed(std::string& out, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    bool AtEnd() const { return at_ == bytes_.size(); }
    std::size_t Left() const { return bytes_.size() - at_; }

    std::uint8_t Byte() {
        if (AtEnd()) Malformed();
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    std::uint64_t Varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint8_t byte = Byte();
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        Malformed();
    }
    std::uint64_t Fixed() {
        if (Left() < 8) Malformed();
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes_[at_ + i]))
                     << (8 * i);
        at_ += 8;
        return value;
    }
    [[noreturn]] static void Malformed() {
        throw std::runtime_error("subject state: malformed bytes");
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

StateRow ReadRow(Reader& reader, std::uint32_t dataset, const FactCatalogue& catalogue) {
    StateRow row;
    row.dataset = dataset;
    row.key = reader.Fixed();
    row.content_hash = reader.Fixed();
    const std::uint64_t revision = reader.Varint();
    row.revision = static_cast<std::uint32_t>(revision >> 1);
    row.retract = (revision & 1) != 0;
    row.date = Date{static_cast<std::int32_t>(UnZigZag(reader.Varint()) + kEpoch)};
    row.batch = UnZigZag(reader.Varint());
    row.sequence = static_cast<std::uint32_t>(reader.Varint());
    const std::uint64_t values = reader.Varint();
    if (values > reader.Left()) Reader::Malformed();
    row.values.reserve(values);
    for (std::uint64_t i = 0; i < values; ++i) {
        const int fact = catalogue.FromStoredId(static_cast<std::uint32_t>(reader.Varint()));
        const std::int64_t value = UnZigZag(reader.Varint());
        if (fact >= 0)
            row.values.emplace_back(static_cast<FactIndex>(fact),
                                    value);  // a fact that no longer exists is left behind
    }
    return row;
}

void WriteRow(std::string& out, const StateRow& row, const FactCatalogue& catalogue) {
    PutFixed(out, row.key);
    PutFixed(out, row.content_hash);
    PutVarint(out, (static_cast<std::uint64_t>(row.revision) << 1) | (row.retract ? 1 : 0));
    PutVarint(out, ZigZag(static_cast<std::int64_t>(row.date.days) - kEpoch));
    PutVarint(out, ZigZag(row.batch));
    PutVarint(out, row.sequence);
    PutVarint(out, row.values.size());
    for (const auto& [fact, value] : row.values) {
        PutVarint(out, catalogue.StoredId(fact));
        PutVarint(out, ZigZag(value));
    }
}

bool KeyLess(const StateRow& a, const StateRow& b) {
    return std::tie(a.dataset, a.key) < std::tie(b.dataset, b.key);
}

// A total order over everything a row says, so that the winner is the same in any order of arrival:
// < 0 where a loses. The date stands first for states and plays no part for events and series until
// all else is equal.
std::strong_ordering Compare(const StateRow& a, const StateRow& b, bool state) {
    if (state && a.date != b.date) return a.date <=> b.date;
    const auto rank = [](const StateRow& r) {
        return std::tie(r.revision, r.retract, r.content_hash, r.date, r.values);
    };
    return rank(a) <=> rank(b);
}

bool SmallerOrigin(const StateRow& a, const StateRow& b) {
    return std::tie(a.batch, a.sequence) < std::tie(b.batch, b.sequence);
}

void Touched(const StateRow& before, const StateRow& after, const FactCatalogue& catalogue,
             std::vector<FactIndex>& facts) {
    facts.clear();
    for (const StateRow* row : {&before, &after}) {
        for (const auto& value : row->values) facts.push_back(value.first);
    }
    if (facts.empty())
        facts = catalogue.FactsOf(after.dataset);  // a tombstone that comes first must be kept too
    std::sort(facts.begin(), facts.end());
    facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
}

StateRow AsStateRow(const IncomingRow& row) {
    StateRow next;
    next.dataset = row.dataset;
    next.key = Hash64(row.row_key);
    next.revision = row.revision;
    next.retract = row.retract;
    next.date = row.date;
    next.content_hash = row.content_hash;
    next.batch = row.batch;
    next.sequence = row.sequence;
    if (!row.retract) next.values = row.values;
    std::sort(next.values.begin(), next.values.end());
    return next;
}

}  // namespace

SubjectState SubjectState::Parse(std::string_view bytes) {
    SubjectState state;
    if (bytes.empty()) return state;
    const FactCatalogue& catalogue = Facts();
    Reader reader(bytes);
    if (reader.Byte() != kVersion) throw std::runtime_error("subject state: unknown version");
    while (!reader.AtEnd()) {
        const auto dataset = static_cast<std::uint32_t>(reader.Varint());
        const std::uint64_t count = reader.Varint();
        if (count > reader.Left() / 16) Reader::Malformed();
        state.dataset_mask_ |= DatasetBit(dataset);
        for (std::uint64_t i = 0; i < count; ++i) {
            state.rows_.push_back(ReadRow(reader, dataset, catalogue));
            const std::size_t size = state.rows_.size();
            if (size > 1 && !KeyLess(state.rows_[size - 2], state.rows_[size - 1]))
                Reader::Malformed();
        }
    }
    return state;
}

std::string SubjectState::Serialize() const {
    std::string out;
    if (rows_.empty()) return out;
    const FactCatalogue& catalogue = Facts();
    out.reserve(1 + rows_.size() * 32);
    out.push_back(kVersion);
    for (std::size_t i = 0; i < rows_.size();) {
        const std::span<const StateRow> rows = RowsOf(rows_[i].dataset);
        PutVarint(out, rows_[i].dataset);
        PutVarint(out, rows.size());
        for (const StateRow& row : rows) WriteRow(out, row, catalogue);
        i += rows.size();
    }
    return out;
}

std::span<const StateRow> SubjectState::RowsOf(std::uint32_t dataset) const {
    const auto first = std::partition_point(rows_.begin(), rows_.end(),
                                            [&](const StateRow& r) { return r.dataset < dataset; });
    const auto last = std::partition_point(first, rows_.end(),
                                           [&](const StateRow& r) { return r.dataset == dataset; });
    return {first, last};
}

std::vector<FactIndex> SubjectState::Apply(const IncomingRow& row, const FactCatalogue& catalogue,
                                           RowOutcome* outcome) {
    RowOutcome ignored;
    std::vector<FactIndex> touched;
    Put(row, catalogue, true, outcome != nullptr ? *outcome : ignored, touched);
    return touched;
}

Seen SubjectState::Offer(const IncomingRow& row, const FactCatalogue& catalogue,
                         std::vector<FactIndex>& touched) {
    RowOutcome outcome;
    if (!Put(row, catalogue, false, outcome, touched)) return Seen::kAskHistory;
    return outcome == RowOutcome::kWon         ? Seen::kNever
           : outcome == RowOutcome::kDuplicate ? Seen::kBefore
                                               : Seen::kAskHistory;
}

bool SubjectState::Put(const IncomingRow& row, const FactCatalogue& catalogue, bool smallest_origin,
                       RowOutcome& outcome, std::vector<FactIndex>& touched) {
    touched.clear();
    outcome = RowOutcome::kWon;
    const model::Dataset* dataset = catalogue.datasets().Find(row.dataset);
    if (dataset == nullptr || catalogue.FactsOf(row.dataset).empty()) return false;
    StateRow next = AsStateRow(row);
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), next, KeyLess);
    if (at == rows_.end() || KeyLess(next, *at)) {
        Touched(next, next, catalogue, touched);
        dataset_mask_ |= DatasetBit(next.dataset);
        rows_.insert(at, std::move(next));
        return true;
    }
    const auto order =
        Compare(next, *at, dataset->options.kind() == options::v1::DATASET_KIND_STATE);
    outcome = order > 0    ? RowOutcome::kWon
              : order == 0 ? RowOutcome::kDuplicate
                           : RowOutcome::kSuperseded;
    if (order < 0 || (order == 0 && (!smallest_origin || !SmallerOrigin(next, *at)))) return true;
    Touched(*at, next, catalogue, touched);
    *at = std::move(next);
    return true;
}

}  // namespace shouwang::monitoring::domain
