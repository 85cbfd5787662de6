// Rows on their way in: chunks taken once, rows kept once, row errors, unmatched rows, the batch ledger.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"

namespace shouwang::monitoring::store {

// For transactions that find everything by key, hundreds to thousands of keys a statement: the planner cannot know how many, and must
// not read whole tables for them. Holds until the end of the transaction.
Status PlanByKey(pg::Connection& connection);

struct ChunkKey {
    std::int64_t batch;
    std::uint32_t chunk;
    std::uint32_t part;
};
// One flag a chunk, in order: true = never seen before, and now ours.
Result<std::vector<bool>> ClaimChunks(pg::Connection& connection, std::span<const ChunkKey> chunks);

struct PersonRef {
    std::int64_t person_id;
    std::int64_t household_id;
};
// Persons by blind index. What is missing is not registered.
Result<std::unordered_map<std::string, PersonRef>> FindPersons(pg::Connection& connection, const std::vector<std::string>& blinds);

// Registering persons and setting rows aside as unmatched exclude each other, so that no row is set aside for a person who is being
// registered beside it. Taken once a transaction, before any lock of a row; any number of transactions of one kind run together.
enum class Gate { kRegister, kSetAside, kBoth };
Status PassGate(pg::Connection& connection, Gate gate);

// The same for the same row, different for any other row of the subject.
struct RowId {
    std::array<char, 16> bytes;
    std::string_view view() const { return {bytes.data(), bytes.size()}; }
    bool operator==(const RowId&) const = default;
};
RowId RowIdOf(std::uint32_t dataset, const event::v1::FeedRow& row);

// One row for feed_row or unmatched_row.
struct RowRecord {
    std::int64_t subject_id = 0;   // feed_row
    std::string_view blind;        // unmatched_row
    RowId id;
    std::int64_t batch = 0;
    std::uint32_t dataset = 0;
    const event::v1::FeedRow* row = nullptr;
};
// One flag a record, in order: true = this very row is in the history. The subjects must be locked.
Result<std::vector<bool>> KnownRows(pg::Connection& connection, std::span<const RowRecord> records);
// Adds rows to the history; sorts them by subject. They must be new, and their subjects locked.
Status InsertRows(pg::Connection& connection, std::span<RowRecord> records, TimePoint now);
// One flag a record, in order: true = new, false = this very row was here before. Records must differ among each other.
Result<std::vector<bool>> InsertUnmatched(pg::Connection& connection, std::span<const RowRecord> records, TimePoint now);

// Rows that waited for these persons, taken out of unmatched_row.
struct WaitingRow {
    std::string blind;
    std::int64_t batch = 0;
    std::uint32_t dataset = 0;
    event::v1::FeedRow row;
};
Result<std::vector<WaitingRow>> TakeWaiting(pg::Connection& connection, const std::vector<std::string>& blinds);

struct RejectedRecord {
    std::int64_t batch;
    std::uint32_t ordinal;   // of the problem in the row
    const event::v1::RejectedRow* row;
};
Status InsertRowErrors(pg::Connection& connection, std::span<const RejectedRecord> rejected);

struct LedgerDelta {
    std::int64_t applied = 0, rejected = 0, duplicate = 0, unmatched = 0;
};
// Adds, in the order of batch ids. Call last in the transaction: the ledger row is what concurrent workers meet on.
Status AddToLedger(pg::Connection& connection, const std::map<std::int64_t, LedgerDelta>& deltas);

}  // namespace shouwang::monitoring::store
