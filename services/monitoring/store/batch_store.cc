#include "services/monitoring/store/batch_store.h"

#include "common/pg/row_mapper.h"
#include "services/monitoring/domain/fact_catalogue.h"

namespace shouwang::monitoring::store {
namespace {

// The state follows from what happened; it is never stored, so it can never disagree.
constexpr std::string_view kState =
    "CASE WHEN abandoned_at IS NOT NULL THEN 6 WHEN closed_at IS NULL THEN 1 WHEN held_reason <> '' THEN 5 "
    "WHEN applied_at IS NOT NULL THEN 4 WHEN accepted > 0 THEN 3 ELSE 2 END";

const std::vector<std::string> kColumns = {"name",     "department", "period",    "region_prefix", "complete",  "declared_rows", "received",
                                           "accepted", "applied",    "rejected",  "duplicate",     "unmatched", "content_hash",  "opened_at",
                                           "closed_at", "applied_at", "held_reason"};

std::string Select() {
    return "SELECT dataset, batch_id, " + std::string(kState) + " AS state, " + pg::ColumnList(kColumns) + " FROM feed_batch ";
}

v1::Batch Read(const pg::Rows& rows, int i) {
    static const pg::RowReader reader = [] {
        std::vector<std::string> columns = {"id", "state"};
        columns.insert(columns.end(), kColumns.begin(), kColumns.end());
        return pg::RowReader(*v1::Batch::descriptor(), columns);
    }();
    v1::Batch batch;
    reader.Read(rows, i, batch, 1);
    const model::Dataset* dataset = domain::Datasets().Find(static_cast<std::uint32_t>(rows.Int(i, 0)));
    batch.set_dataset(dataset != nullptr ? dataset->options.id() : "");
    batch.set_last_durable_sequence(batch.received());
    return batch;
}

}  // namespace

Result<v1::Batch> OpenBatch(pg::Connection& connection, const v1::OpenBatchRequest& q, std::uint32_t dataset, TimePoint now) {
    pg::Params params;
    const std::string department = q.name().substr(8, q.name().find('/', 8) - 8);  // "batches/{department}/{id}"
    params.Add(q.name()).Add(static_cast<std::int32_t>(dataset)).Add(department).Add(q.period()).Add(q.region_prefix()).Add(q.complete());
    if (q.has_declared_rows()) {
        params.Add(static_cast<std::int64_t>(q.declared_rows()));
    } else {
        params.AddNull();
    }
    params.Add(now);
    SW_ASSIGN_OR_RETURN(pg::Rows made, connection.Exec(
        "INSERT INTO feed_batch (name, dataset, department, period, region_prefix, complete, declared_rows, opened_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7::bigint, $8) ON CONFLICT (name) DO NOTHING", params));
    (void)made;
    return GetBatch(connection, q.name());
}

Result<v1::Batch> GetBatch(pg::Connection& connection, const std::string& name, bool lock) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(Select() + "WHERE name = $1" + (lock ? " FOR NO KEY UPDATE" : ""), pg::P(name)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "BATCH_NOT_FOUND", "no batch is named " + name);
    return Read(rows, 0);
}

Status CloseBatch(pg::Connection& connection, std::int64_t batch, std::int64_t rows, const std::string& content_hash, TimePoint now) {
    return connection.Exec("UPDATE feed_batch SET received = $2, content_hash = $3, closed_at = $4 WHERE batch_id = $1",
                           pg::P(batch, rows, content_hash, now)).status();
}

Status AbandonBatch(pg::Connection& connection, std::int64_t batch, TimePoint now) {
    return connection.Exec("UPDATE feed_batch SET abandoned_at = $2 WHERE batch_id = $1", pg::P(batch, now)).status();
}

Status RecordProgress(pg::Connection& connection, const std::string& name, std::int64_t last_durable_sequence) {
    return connection.Exec("UPDATE feed_batch SET received = greatest(received, $2) WHERE name = $1 AND closed_at IS NULL",
                           pg::P(name, last_durable_sequence)).status();
}

Result<std::vector<v1::Batch>> ListBatches(pg::Connection& connection, const BatchFilter& filter) {
    std::vector<std::int32_t> states;
    for (const v1::BatchState s : filter.states) states.push_back(s);
    pg::Params params;
    params.Add(static_cast<std::int32_t>(filter.dataset.value_or(0))).Add(filter.department).AddArray(states).Add(filter.before);
    params.Add(static_cast<std::int64_t>(filter.limit));
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        Select() + "WHERE ($1 = 0 OR dataset = $1) AND ($2 = '' OR department = $2) AND (cardinality($3::int[]) = 0 OR " + std::string(kState) +
            " = ANY($3)) AND ($4 = 0 OR batch_id < $4) ORDER BY batch_id DESC LIMIT $5", params));
    std::vector<v1::Batch> batches;
    for (int i = 0; i < rows.size(); ++i) batches.push_back(Read(rows, i));
    return batches;
}

Result<std::vector<std::pair<std::int64_t, v1::RowError>>> ListRowErrors(pg::Connection& connection, std::int64_t batch, std::int64_t after_sequence,
                                                                         std::int64_t after_ordinal, int limit) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT ordinal, sequence, field, code, got, want FROM row_error WHERE batch_id = $1 AND (sequence, ordinal) > ($2, $3) "
        "ORDER BY sequence, ordinal LIMIT $4",
        pg::P(batch, after_sequence, after_ordinal, static_cast<std::int64_t>(limit))));
    static const pg::RowReader reader(*v1::RowError::descriptor(), {"sequence", "field", "code", "got", "want"});
    std::vector<std::pair<std::int64_t, v1::RowError>> errors;
    for (int i = 0; i < rows.size(); ++i) {
        v1::RowError error;
        reader.Read(rows, i, error, 1);
        errors.emplace_back(rows.Int(i, 0), std::move(error));
    }
    return errors;
}

Result<std::vector<v1::FeedFreshness>> ListFreshness(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT dataset::text, max(opened_at) AS last_batch_at, max(period) AS last_period, sum(accepted)::bigint AS rows, "
        "sum(rejected)::bigint AS rejected, sum(unmatched)::bigint AS unmatched FROM feed_batch GROUP BY dataset ORDER BY dataset"));
    std::vector<v1::FeedFreshness> feeds(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        pg::ReadRow(rows, i, {"dataset", "last_batch_at", "last_period", "rows", "rejected", "unmatched"}, feeds[i]);
    }
    return feeds;
}

Result<std::vector<std::pair<std::int64_t, std::string>>> BatchNames(pg::Connection& connection, const std::vector<std::int64_t>& ids) {
    pg::Params params;
    params.AddArray(ids);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec("SELECT batch_id, name FROM feed_batch WHERE batch_id = ANY($1)", params));
    std::vector<std::pair<std::int64_t, std::string>> names;
    for (int i = 0; i < rows.size(); ++i) names.emplace_back(rows.Int(i, 0), rows.Text(i, 1));
    return names;
}

Result<std::vector<v1::Batch>> MarkApplied(pg::Connection& connection, const std::vector<std::int64_t>& batches, TimePoint now) {
    pg::Params params;
    params.AddArray(batches).Add(now);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "UPDATE feed_batch SET applied_at = $2 WHERE batch_id = ANY($1) AND closed_at IS NOT NULL AND applied_at IS NULL "
        "AND accepted = received RETURNING name", params));
    std::vector<v1::Batch> done;
    for (int i = 0; i < rows.size(); ++i) {
        SW_ASSIGN_OR_RETURN(v1::Batch batch, GetBatch(connection, std::string(rows.Text(i, 0))));
        done.push_back(std::move(batch));
    }
    return done;
}

Result<std::vector<std::int64_t>> CompleteHistory(pg::Connection& connection, const v1::Batch& batch, std::uint32_t dataset) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT received FROM feed_batch WHERE dataset = $1 AND region_prefix = $2 AND complete AND applied_at IS NOT NULL "
        "AND held_reason = '' AND batch_id <> $3 ORDER BY batch_id DESC LIMIT 6",
        pg::P(static_cast<std::int32_t>(dataset), batch.region_prefix(), static_cast<std::int64_t>(batch.id()))));
    std::vector<std::int64_t> counts;
    for (int i = 0; i < rows.size(); ++i) counts.push_back(rows.Int(i, 0));
    return counts;
}

Status HoldBatch(pg::Connection& connection, std::int64_t batch, const std::string& reason) {
    return connection.Exec("UPDATE feed_batch SET held_reason = $2 WHERE batch_id = $1", pg::P(batch, reason)).status();
}

Status AddCoverage(pg::Connection& connection, std::uint32_t dataset, const std::string& region_prefix, Date from, Date to, std::int64_t batch) {
    return connection.Exec(
        "INSERT INTO feed_coverage (dataset, region_prefix, period_from, period_to, batch_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        pg::P(static_cast<std::int32_t>(dataset), region_prefix, from, to, batch)).status();
}

Result<std::vector<domain::Coverage>> LoadCoverage(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT dataset, region_prefix, period_from, period_to FROM feed_coverage ORDER BY dataset, region_prefix, period_from, period_to"));
    std::vector<domain::Coverage> coverage;
    for (int i = 0; i < rows.size(); ++i) {
        coverage.push_back({static_cast<std::uint32_t>(rows.Int(i, 0)), std::string(rows.Text(i, 1)), rows.DateOf(i, 2), rows.DateOf(i, 3)});
    }
    return coverage;
}

Result<std::int64_t> CoverageVersion(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT version FROM feed_coverage_version"));
    return rows.Int(0, 0);
}

Status QueueRescreen(pg::Connection& connection, const std::string& region_prefix, const std::string& reason, TimePoint now) {
    // A job that has not begun and covers the region does this work too. It stays locked until this transaction ends, so that it cannot
    // begin before the change is visible; a job that is being worked on is locked by its worker and does not count.
    SW_RETURN_IF_ERROR(connection.Exec(
        "WITH covering AS (SELECT FROM rescreen_queue WHERE done_up_to = 0 AND starts_with($1, region_prefix) LIMIT 1 FOR UPDATE SKIP LOCKED) "
        "INSERT INTO rescreen_queue (region_prefix, reason, queued_at) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM covering)",
        pg::P(region_prefix, reason, now)).status());
    return connection.Exec("SELECT pg_notify('rescreen', '')").status();
}

Result<std::optional<RescreenJob>> NextRescreen(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT rescreen_id, region_prefix, done_up_to FROM rescreen_queue ORDER BY rescreen_id LIMIT 1 FOR UPDATE SKIP LOCKED"));
    if (rows.size() == 0) return std::optional<RescreenJob>();
    return std::optional<RescreenJob>({rows.Int(0, 0), std::string(rows.Text(0, 1)), rows.Int(0, 2)});
}

Status RescreenProgress(pg::Connection& connection, std::int64_t id, std::int64_t done_up_to) {
    return connection.Exec("UPDATE rescreen_queue SET done_up_to = $2 WHERE rescreen_id = $1", pg::P(id, done_up_to)).status();
}

Status QueueMonth(pg::Connection& connection, const std::string& month, TimePoint now) {
    SW_ASSIGN_OR_RETURN(pg::Rows fresh, connection.Exec(
        "INSERT INTO swept_month (month, queued_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1", pg::P(month, now)));
    if (fresh.size() == 0) return Status::Ok();
    return QueueRescreen(connection, "", "month " + month, now);
}

Status FinishRescreen(pg::Connection& connection, std::int64_t id) {
    return connection.Exec("DELETE FROM rescreen_queue WHERE rescreen_id = $1", pg::P(id)).status();
}

}  // namespace shouwang::monitoring::store
