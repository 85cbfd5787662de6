#include "services/monitoring/store/intake_store.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "common/base/bytes.h"

namespace shouwang::monitoring::store {

Status PlanByKey(pg::Connection& connection) {
    return connection.ExecScript(
        "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; "
        "SET LOCAL enable_mergejoin = off");
}

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

RowId RowIdOf(std::uint32_t dataset, const event::v1::FeedRow& row) {
    // The row's key has 16 bytes; what follows is fixed in size.
    std::array<char, 64> text;
    std::size_t size = std::min<std::size_t>(row.row_key().size(), 32);
    std::memcpy(text.data(), row.row_key().data(), size);
    const auto put = [&](auto v) {
        std::memcpy(text.data() + size, &v, sizeof(v));
        size += sizeof(v);
    };
    put(dataset);
    put(row.date());
    put(row.revision());
    put(row.retract());
    put(row.content_hash());
    RowId id;
    const std::uint64_t a = Hash64({text.data(), size}, 1), b = Hash64({text.data(), size}, 2);
    std::memcpy(id.bytes.data(), &a, 8);
    std::memcpy(id.bytes.data() + 8, &b, 8);
    return id;
}

Status PassGate(pg::Connection& connection, Gate gate) {
    // Of these modes each goes together with itself only, the last with none.
    const char* mode = gate == Gate::kRegister ? "ROW EXCLUSIVE" : gate == Gate::kSetAside ? "SHARE" : "SHARE ROW EXCLUSIVE";
    return connection.ExecScript(std::string("LOCK TABLE registry_gate IN ") + mode + " MODE");
}

Result<std::vector<bool>> KnownRows(pg::Connection& connection, std::span<const RowRecord> records) {
    std::vector<bool> known(records.size(), false);
    if (records.empty()) return known;
    std::vector<std::int64_t> subjects;
    std::vector<std::string> ids;
    for (const RowRecord& r : records) {
        subjects.push_back(r.subject_id);
        ids.emplace_back(r.id.view());
    }
    pg::Params params;
    params.AddArray(subjects).AddBytesArray(ids);
    SW_ASSIGN_OR_RETURN(pg::Rows found, connection.Exec(
        "SELECT q.n FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS q(subject_id, row_id, n) "
        "WHERE EXISTS (SELECT FROM feed_row r WHERE r.subject_id = q.subject_id AND uuid_send(r.row_id) = q.row_id)", params));
    for (int i = 0; i < found.size(); ++i) known[found.Int(i, 0) - 1] = true;
    return known;
}

Status InsertRows(pg::Connection& connection, std::span<RowRecord> records, TimePoint now) {
    // Neighbours in the index, one after another.
    std::stable_sort(records.begin(), records.end(), [](const RowRecord& a, const RowRecord& b) { return a.subject_id < b.subject_id; });
    pg::CopyBuffer copy;
    for (const RowRecord& r : records) {
        copy.Row(12).Int64(r.subject_id).Bytes(r.id.view()).Int64(r.batch).Int32(static_cast<std::int32_t>(r.row->sequence()));
        copy.Int16(static_cast<std::int16_t>(r.dataset)).DateOf(Date{r.row->date()});
        copy.Int32(static_cast<std::int32_t>(r.row->revision())).Bool(r.row->retract()).Time(now);
        copy.Bytes(r.row->content()).Bytes(r.row->sealed_fields()).Int64(static_cast<std::int64_t>(r.row->content_hash()));
    }
    return connection.Copy(
        "COPY feed_row (subject_id, row_id, batch_id, sequence, dataset, date, revision, retract, recorded_at, content, sealed, content_hash) "
        "FROM STDIN (FORMAT binary)", copy);
}

Result<std::vector<bool>> InsertUnmatched(pg::Connection& connection, std::span<const RowRecord> records, TimePoint now) {
    if (records.empty()) return std::vector<bool>{};
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS incoming_unmatched (LIKE unmatched_row) ON COMMIT DELETE ROWS; "
        "DELETE FROM incoming_unmatched"));
    pg::CopyBuffer copy;
    for (const RowRecord& r : records) {
        copy.Row(14).Bytes(r.blind).Bytes(r.id.view()).Int64(r.batch).Int32(static_cast<std::int32_t>(r.row->sequence()));
        copy.Int16(static_cast<std::int16_t>(r.dataset)).DateOf(Date{r.row->date()});
        copy.Int32(static_cast<std::int32_t>(r.row->revision())).Bool(r.row->retract()).Time(now);
        copy.Bytes(r.row->row_key()).Int64(static_cast<std::int64_t>(r.row->content_hash()));
        copy.Bytes(r.row->content()).Bytes(r.row->sealed_identity()).Bytes(r.row->sealed_fields());
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY incoming_unmatched FROM STDIN (FORMAT binary)", copy));
    SW_ASSIGN_OR_RETURN(pg::Rows inserted, connection.Exec(
        "INSERT INTO unmatched_row SELECT * FROM incoming_unmatched ORDER BY blind, row_id ON CONFLICT DO NOTHING RETURNING blind, uuid_send(row_id)"));
    std::vector<bool> fresh(records.size(), true);
    if (inserted.size() == static_cast<int>(records.size())) return fresh;
    std::unordered_set<std::string> seen;
    for (int i = 0; i < inserted.size(); ++i) seen.insert(std::string(inserted.Bytes(i, 0)) + std::string(inserted.Bytes(i, 1)));
    for (std::size_t i = 0; i < records.size(); ++i) fresh[i] = seen.contains(std::string(records[i].blind).append(records[i].id.view()));
    return fresh;
}

Result<std::vector<WaitingRow>> TakeWaiting(pg::Connection& connection, const std::vector<std::string>& blinds) {
    std::vector<WaitingRow> waiting;
    if (blinds.empty()) return waiting;
    pg::Params params;
    params.AddBytesArray(blinds);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "DELETE FROM unmatched_row WHERE blind = ANY($1) RETURNING blind, batch_id, sequence, dataset, date, "
        "revision, retract, row_key, content_hash, content, sealed",
        params));
    waiting.resize(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        WaitingRow& w = waiting[i];
        w.blind = rows.Bytes(i, 0);
        w.batch = rows.Int(i, 1);
        w.row.set_subject(w.blind);
        w.row.set_sequence(static_cast<std::uint32_t>(rows.Int(i, 2)));
        w.dataset = static_cast<std::uint32_t>(rows.Int(i, 3));
        w.row.set_date(rows.DateOf(i, 4).days);
        w.row.set_revision(static_cast<std::uint32_t>(rows.Int(i, 5)));
        w.row.set_retract(rows.Bool(i, 6));
        w.row.set_row_key(std::string(rows.Bytes(i, 7)));
        w.row.set_content_hash(static_cast<std::uint64_t>(rows.Int(i, 8)));
        w.row.set_content(std::string(rows.Bytes(i, 9)));
        w.row.set_sealed_fields(std::string(rows.Bytes(i, 10)));
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
    std::vector<std::int64_t> batches, applied, rejected, duplicate, unmatched;
    for (const auto& [batch, d] : deltas) {
        batches.push_back(batch);
        applied.push_back(d.applied);
        rejected.push_back(d.rejected);
        duplicate.push_back(d.duplicate);
        unmatched.push_back(d.unmatched);
    }
    if (batches.empty()) return Status::Ok();
    pg::Params locked;
    locked.AddArray(batches);
    SW_ASSIGN_OR_RETURN(const pg::Rows found, connection.Exec(
        "SELECT batch_id FROM feed_batch WHERE batch_id = ANY($1) ORDER BY batch_id FOR NO KEY UPDATE", locked));
    for (std::size_t i = 0; i < batches.size(); ++i) {
        if (static_cast<int>(i) < found.size() && found.Int(static_cast<int>(i), 0) == batches[i]) continue;
        return MakeStatus(Code::kFailedPrecondition, "BATCH_UNKNOWN", "no batch with number " + std::to_string(batches[i]));
    }
    pg::Params params;
    params.AddArray(batches).AddArray(applied).AddArray(rejected).AddArray(duplicate).AddArray(unmatched);
    return connection.Exec(
        "UPDATE feed_batch b SET accepted = accepted + d.applied + d.rejected + d.duplicate + d.unmatched, applied = b.applied + d.applied, "
        "rejected = b.rejected + d.rejected, duplicate = b.duplicate + d.duplicate, unmatched = b.unmatched + d.unmatched "
        "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) "
        "AS d(batch_id, applied, rejected, duplicate, unmatched) WHERE b.batch_id = d.batch_id", params).status();
}

}  // namespace shouwang::monitoring::store
