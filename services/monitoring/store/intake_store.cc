#include "services/monitoring/store/intake_store.h"

#include <unordered_set>

namespace shouwang::monitoring::store {
namespace {

// Flags of `records` from the (subject, row id) pairs that an INSERT … RETURNING reported; `n` of them were inserted.
template <typename Key>
std::vector<bool> FlagsFrom(const pg::Rows& inserted, std::span<const RowRecord> records, Key key) {
    std::vector<bool> flags(records.size(), true);
    if (inserted.size() == static_cast<int>(records.size())) return flags;
    std::unordered_set<std::string> seen;
    seen.reserve(inserted.size());
    for (int i = 0; i < inserted.size(); ++i) {
        seen.insert(std::string(inserted.Bytes(i, 0)) + std::string(inserted.Bytes(i, 1)));
    }
    for (std::size_t i = 0; i < records.size(); ++i) flags[i] = seen.contains(key(records[i]));
    return flags;
}

std::string BigEndian(std::int64_t v) {
    std::string out(8, '\0');
    for (int i = 7; i >= 0; --i, v >>= 8) out[i] = static_cast<char>(v & 0xff);
    return out;
}

}  // namespace

Result<std::vector<bool>> ClaimChunks(pg::Connection& connection, std::span<const ChunkKey> chunks) {
    std::vector<std::int64_t> batches;
    std::vector<std::int32_t> numbers, parts;
    for (const ChunkKey& c : chunks) {
        batches.push_back(c.batch);
        numbers.push_back(static_cast<std::int32_t>(c.chunk));
        parts.push_back(static_cast<std::int32_t>(c.part));
    }
    pg::Params params;
    params.AddArray(batches).AddArray(numbers).AddArray(parts);
    // Sorted, so that two workers that meet on the same chunks wait for each other instead of deadlocking.
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "INSERT INTO feed_chunk (batch_id, chunk, part) "
        "SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[]) AS c(batch_id, chunk, part) "
        "ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING RETURNING batch_id, chunk, part",
        params));
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, int> claimed;
    for (int i = 0; i < rows.size(); ++i) claimed[{rows.Int(i, 0), rows.Int(i, 1), rows.Int(i, 2)}] = 1;
    std::vector<bool> flags;
    for (const ChunkKey& c : chunks) {
        // The same chunk twice in one poll: only the first is ours.
        const auto it = claimed.find({c.batch, c.chunk, c.part});
        flags.push_back(it != claimed.end() && it->second-- > 0);
    }
    return flags;
}

Result<std::unordered_map<std::string, PersonRef>> FindPersons(pg::Connection& connection,
                                                               const std::vector<std::string>& blinds) {
    std::unordered_map<std::string, PersonRef> found;
    if (blinds.empty()) return found;
    pg::Params params;
    params.AddBytesArray(blinds);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT blind, person_id, household_id FROM person_identity WHERE blind = ANY($1)", params));
    found.reserve(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        found.emplace(rows.Bytes(i, 0), PersonRef{rows.Int(i, 1), rows.Int(i, 2)});
    }
    return found;
}

Result<std::vector<bool>> InsertRows(pg::Connection& connection, std::span<const RowRecord> records, TimePoint now) {
    if (records.empty()) return std::vector<bool>{};
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS incoming_row (subject_id bigint, row_id uuid, batch_id bigint, sequence int, "
        "dataset smallint, date date, revision int, retract boolean, content bytea, sealed bytea) ON COMMIT DELETE ROWS; "
        "DELETE FROM incoming_row"));
    pg::CopyBuffer copy;
    for (const RowRecord& r : records) {
        copy.Row(10).Int64(r.subject_id).Bytes(r.row_id).Int64(r.batch).Int32(static_cast<std::int32_t>(r.row->sequence()));
        copy.Int16(static_cast<std::int16_t>(r.dataset)).DateOf(Date{r.row->date()});
        copy.Int32(static_cast<std::int32_t>(r.row->revision())).Bool(r.row->retract());
        copy.Bytes(r.row->content()).Bytes(r.row->sealed_fields());
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY incoming_row FROM STDIN (FORMAT binary)", copy));
    SW_ASSIGN_OR_RETURN(pg::Rows inserted, connection.Exec(
        "INSERT INTO feed_row (subject_id, row_id, batch_id, sequence, dataset, date, revision, retract, recorded_at, content, sealed) "
        "SELECT subject_id, row_id, batch_id, sequence, dataset, date, revision, retract, $1, content, sealed FROM incoming_row "
        "ON CONFLICT DO NOTHING RETURNING int8send(subject_id), uuid_send(row_id)",
        pg::P(now)));
    return FlagsFrom(inserted, records, [](const RowRecord& r) { return BigEndian(r.subject_id) + r.row_id; });
}

Result<std::vector<bool>> InsertUnmatched(pg::Connection& connection, std::span<const RowRecord> records, TimePoint now) {
    if (records.empty()) return std::vector<bool>{};
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS incoming_unmatched (LIKE unmatched_row) ON COMMIT DELETE ROWS; "
        "DELETE FROM incoming_unmatched"));
    pg::CopyBuffer copy;
    for (const RowRecord& r : records) {
        copy.Row(14).Bytes(r.blind).Bytes(r.row_id).Int64(r.batch).Int32(static_cast<std::int32_t>(r.row->sequence()));
        copy.Int16(static_cast<std::int16_t>(r.dataset)).DateOf(Date{r.row->date()});
        copy.Int32(static_cast<std::int32_t>(r.row->revision())).Bool(r.row->retract()).Time(now);
        copy.Bytes(r.row->row_key()).Int64(static_cast<std::int64_t>(r.row->content_hash()));
        copy.Bytes(r.row->content()).Bytes(r.row->sealed_identity()).Bytes(r.row->sealed_fields());
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY incoming_unmatched FROM STDIN (FORMAT binary)", copy));
    SW_ASSIGN_OR_RETURN(pg::Rows inserted, connection.Exec(
        "INSERT INTO unmatched_row SELECT * FROM incoming_unmatched ON CONFLICT DO NOTHING RETURNING blind, uuid_send(row_id)"));
    return FlagsFrom(inserted, records, [](const RowRecord& r) { return std::string(r.blind) + r.row_id; });
}

Result<std::vector<WaitingRow>> TakeWaiting(pg::Connection& connection, const std::vector<std::string>& blinds) {
    std::vector<WaitingRow> waiting;
    if (blinds.empty()) return waiting;
    pg::Params params;
    params.AddBytesArray(blinds);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "DELETE FROM unmatched_row WHERE blind = ANY($1) RETURNING blind, uuid_send(row_id), batch_id, sequence, dataset, date, "
        "revision, retract, row_key, content_hash, content, sealed",
        params));
    waiting.resize(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        WaitingRow& w = waiting[i];
        w.blind = rows.Bytes(i, 0);
        w.row_id = rows.Bytes(i, 1);
        w.batch = rows.Int(i, 2);
        w.row.set_subject(w.blind);
        w.row.set_sequence(static_cast<std::uint32_t>(rows.Int(i, 3)));
        w.dataset = static_cast<std::uint32_t>(rows.Int(i, 4));
        w.row.set_date(rows.DateOf(i, 5).days);
        w.row.set_revision(static_cast<std::uint32_t>(rows.Int(i, 6)));
        w.row.set_retract(rows.Bool(i, 7));
        w.row.set_row_key(std::string(rows.Bytes(i, 8)));
        w.row.set_content_hash(static_cast<std::uint64_t>(rows.Int(i, 9)));
        w.row.set_content(std::string(rows.Bytes(i, 10)));
        w.row.set_sealed_fields(std::string(rows.Bytes(i, 11)));
    }
    return waiting;
}

Status InsertRowErrors(pg::Connection& connection, std::span<const RejectedRecord> rejected) {
    if (rejected.empty()) return Status::Ok();
    pg::CopyBuffer copy;
    for (const RejectedRecord& r : rejected) {
        copy.Row(7).Int64(r.batch).Int32(static_cast<std::int32_t>(r.row->sequence())).Int32(static_cast<std::int32_t>(r.ordinal));
        copy.Text(r.row->field()).Text(r.row->code()).Text(r.row->got()).Text(r.row->want());
    }
    return connection.Copy("COPY row_error FROM STDIN (FORMAT binary)", copy);
}

Status AddToLedger(pg::Connection& connection, const std::map<std::int64_t, LedgerDelta>& deltas) {
    for (const auto& [batch, d] : deltas) {
        SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
            "UPDATE feed_batch SET accepted = accepted + $2 + $3 + $4 + $5, applied = applied + $2, rejected = rejected + $3, "
            "duplicate = duplicate + $4, unmatched = unmatched + $5 WHERE batch_id = $1",
            pg::P(batch, d.applied, d.rejected, d.duplicate, d.unmatched)));
        if (rows.affected() != 1) {
            return MakeStatus(Code::kFailedPrecondition, "BATCH_UNKNOWN", "no batch with number " + std::to_string(batch));
        }
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::store
