// Batches: opening, closing, reading, coverage and the queue of regions to screen again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/feed.pb.h"

namespace shouwang::monitoring::store {

// Makes the batch, or answers the one that has the name already. batch.dataset of the answer is the dataset's id.
Result<v1::Batch> OpenBatch(pg::Connection& connection, const v1::OpenBatchRequest& request, std::uint32_t dataset, TimePoint now);
// NOT_FOUND "BATCH_NOT_FOUND".
Result<v1::Batch> GetBatch(pg::Connection& connection, const std::string& name, bool lock = false);
Status CloseBatch(pg::Connection& connection, std::int64_t batch, std::int64_t rows, const std::string& content_hash, TimePoint now);
Status AbandonBatch(pg::Connection& connection, std::int64_t batch, TimePoint now);
Status RecordProgress(pg::Connection& connection, const std::string& name, std::int64_t last_durable_sequence);

struct BatchFilter {
    std::optional<std::uint32_t> dataset;
    std::string department;
    std::vector<v1::BatchState> states;
    std::int64_t before = 0;   // batch ids below this; 0 = from the newest
    int limit = 50;
};
Result<std::vector<v1::Batch>> ListBatches(pg::Connection& connection, const BatchFilter& filter);
// Errors behind (sequence, ordinal), in order; pairs with the ordinal.
Result<std::vector<std::pair<std::int64_t, v1::RowError>>> ListRowErrors(pg::Connection& connection, std::int64_t batch, std::int64_t after_sequence,
                                                                         std::int64_t after_ordinal, int limit);
Result<std::vector<v1::FeedFreshness>> ListFreshness(pg::Connection& connection);  // dataset = number as text; only datasets with batches
// Batch names by number, for source rows.
Result<std::vector<std::pair<std::int64_t, std::string>>> BatchNames(pg::Connection& connection, const std::vector<std::int64_t>& ids);

// Batches among `batches` whose last row has just been decided: marks them applied and answers them once.
Result<std::vector<v1::Batch>> MarkApplied(pg::Connection& connection, const std::vector<std::int64_t>& batches, TimePoint now);
// Rows of earlier complete batches of the dataset and region, newest first (at most 6).
Result<std::vector<std::int64_t>> CompleteHistory(pg::Connection& connection, const v1::Batch& batch, std::uint32_t dataset);
Status HoldBatch(pg::Connection& connection, std::int64_t batch, const std::string& reason);
Status AddCoverage(pg::Connection& connection, std::uint32_t dataset, const std::string& region_prefix, Date from, Date to, std::int64_t batch);
Result<std::vector<domain::Coverage>> LoadCoverage(pg::Connection& connection);
// Grows with every change of the declarations that this transaction can see. Read before LoadCoverage: then what was loaded is never
// older than its version.
Result<std::int64_t> CoverageVersion(pg::Connection& connection);

struct RescreenJob {
    std::int64_t id = 0;
    std::string region_prefix;
    std::int64_t done_up_to = 0;
};
Status QueueRescreen(pg::Connection& connection, const std::string& region_prefix, const std::string& reason, TimePoint now);
// The oldest job, locked for this transaction (skips what another replica has); nullopt where there is none.
Result<std::optional<RescreenJob>> NextRescreen(pg::Connection& connection);
Status RescreenProgress(pg::Connection& connection, std::int64_t id, std::int64_t done_up_to);
// Queues the whole deployment once for each business month.
Status QueueMonth(pg::Connection& connection, const std::string& month, TimePoint now);
Status FinishRescreen(pg::Connection& connection, std::int64_t id);

}  // namespace shouwang::monitoring::store
