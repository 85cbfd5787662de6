#include "services/gateway/feed/batch_ingest.h"

#include <google/protobuf/message.h>

#include "common/log/log.h"
#include "common/model/seal.h"
#include "common/trace/trace.h"
#include "services/gateway/feed/receipts.h"

namespace shouwang::gateway::feed {
namespace {

constexpr std::int64_t kMaxRows = 100'000'000;
constexpr std::chrono::milliseconds kProgressLimit{1000}, kProgressEvery{500},
    kProgressBackOff{10000}, kSettle{5000};

Status ContentDiffers(const std::string& batch, const std::string& what) {
    Status status = MakeStatus(Code::kAlreadyExists, "BATCH_CONTENT_DIFFERS",
                               batch + " was begun with another content: " + what);
    status.metadata = {{"batch", batch}};
    return status;
}

Status RowsDiffer(std::int64_t received, std::int64_t said) {
    Status status = MakeStatus(Code::kFailedPrecondition, "ROWS_DIFFER",
                               std::to_string(received) + " rows were received, " +
                                   std::to_string(said) + " were declared; the batch stays open");
    status.metadata = {{"received", std::to_string(received)}, {"declared", std::to_string(said)}};
    return status;
}

// Only what the first opening said counts: facts may rest on it already.
Status SameDeclaration(const BatchSpec& spec, const monitoring::v1::Batch& batch) {
    if (batch.dataset() != spec.dataset->options.id()) return ContentDiffers(spec.name, "dataset");
    if (batch.period() != spec.period) return ContentDiffers(spec.name, "period");
    if (batch.region_prefix() != spec.region) return ContentDiffers(spec.name, "region");
    if (batch.complete() != spec.complete) return ContentDiffers(spec.name, "complete");
    if (spec.declared_rows && batch.has_declared_rows() &&
        batch.declared_rows() != *spec.declared_rows) {
        return ContentDiffers(spec.name, "declared rows");
    }
    return Status::Ok();
}

monitoring::v1::OpenBatchRequest OpenRequest(const BatchSpec& spec) {
    monitoring::v1::OpenBatchRequest request;
    request.set_name(spec.name);
    request.set_dataset(spec.dataset->options.id());
    request.set_period(spec.period);
    request.set_region_prefix(spec.region);
    request.set_complete(spec.complete);
    if (spec.declared_rows) request.set_declared_rows(*spec.declared_rows);
    return request;
}

metrics::Counter RowsCounter(const BatchSpec& spec, const char* result) {
    return metrics::MakeCounter("shouwang_gateway_feed_rows_total",
                                "rows that came through the feed door",
                                {{"dataset", spec.dataset->options.id()}, {"result", result}});
}

}  // namespace

BatchIngest::BatchIngest(const DoorParts& parts, const BatchSpec& spec)
    : parts_(parts),
      spec_(spec),
      message_(google::protobuf::MessageFactory::generated_factory()
                   ->GetPrototype(spec.dataset->descriptor)
                   ->New()),
      traceparent_(trace::Current().ToString()),
      accepted_(RowsCounter(spec, "accepted")),
      rejected_(RowsCounter(spec, "rejected")) {
    row_.message = message_.get();
    context_.region_known = [&regions = parts.regions](std::string_view code) {
        return regions.Knows(code);
    };
    context_.prefix_known = [&regions = parts.regions](std::string_view prefix) {
        return regions.KnowsPrefix(prefix);
    };
}

BatchIngest::~BatchIngest() = default;

Result<std::unique_ptr<BatchIngest>> BatchIngest::Open(const DoorParts& parts,
                                                       const BatchSpec& spec,
                                                       std::function<void(std::int64_t)> on_durable,
                                                       Deadline deadline) {
    SW_ASSIGN_OR_RETURN(const monitoring::v1::Batch batch,
                        parts.directory.Open(OpenRequest(spec), deadline));
    SW_RETURN_IF_ERROR(SameDeclaration(spec, batch));
    if (batch.state() == monitoring::v1::BATCH_STATE_ABANDONED) {
        return MakeStatus(Code::kFailedPrecondition, "BATCH_ABANDONED",
                          spec.name + " was given up by its sender");
    }
    std::unique_ptr<BatchIngest> out(new BatchIngest(parts, spec));
    SW_RETURN_IF_ERROR(out->Begin(batch, std::move(on_durable), deadline));
    return out;
}

Status BatchIngest::Begin(const monitoring::v1::Batch& batch,
                          std::function<void(std::int64_t)> on_durable, Deadline deadline) {
    batch_id_ = batch.id();
    open_ = batch.state() == monitoring::v1::BATCH_STATE_OPEN;
    if (batch.has_declared_rows()) declared_rows_ = batch.declared_rows();
    if (spec_.declared_rows) declared_rows_ = spec_.declared_rows;
    context_.today =
        DateAt(batch.has_opened_at() ? TimePoint(std::chrono::seconds(batch.opened_at().seconds()))
                                     : parts_.clock.Now());
    on_durable_ = std::move(on_durable);
    SW_ASSIGN_OR_RETURN(session_, parts_.store.Lock(batch_id_, deadline));
    SW_ASSIGN_OR_RETURN(StoredBatch stored, session_->Load());
    SW_ASSIGN_OR_RETURN(const int partitions, parts_.producer.Partitions(kFeedTopic));
    if (!open_ && !stored.receipt) {
        return MakeStatus(Code::kDataLoss, "RECEIPT_LOST",
                          spec_.name + " is closed, but its receipt is not here");
    }
    if (stored.durable_chunks > stored.chunks.size()) {
        return MakeStatus(Code::kDataLoss, "PROGRESS_BROKEN",
                          spec_.name + " has more durable chunks than chunks");
    }
    chunks_ = std::move(stored.chunks);
    receipt_ = std::move(stored.receipt);
    for (std::uint32_t i = 0; i < stored.durable_chunks; ++i) durable_ += chunks_[i].rows;
    if (!chunks_.empty() && chunks_.back().rows < kChunkRows) {
        final_rows_ =
            static_cast<std::int64_t>(chunks_.size() - 1) * kChunkRows + chunks_.back().rows;
    }
    if (receipt_) final_rows_ = receipt_->content().rows();
    durable_now_ = durable_;
    next_ = durable_ + 1;
    whole_chunk_ = durable_ % kChunkRows == 0;
    builder_ =
        std::make_unique<ChunkBuilder>(batch_id_, spec_.dataset->options.number(), partitions);
    pipeline_ = std::make_unique<ChunkPipeline>(*session_, parts_.producer, stored.durable_chunks,
                                                parts_.pipeline,
                                                [this](std::uint32_t chunks) { Progress(chunks); });
    return Status::Ok();
}

std::int64_t BatchIngest::durable_now() const { return durable_now_; }

Status BatchIngest::StartAt(std::int64_t sequence) {
    if (sequence < 1 || sequence > durable_ + 1) {
        Status status =
            MakeStatus(Code::kOutOfRange, "SEQUENCE_GAP",
                       "rows go on at " + std::to_string(durable_ + 1) + " or any row before it");
        status.metadata = {{"next", std::to_string(durable_ + 1)}};
        return status;
    }
    next_ = sequence;
    whole_chunk_ = (next_ - 1) % kChunkRows == 0;
    return Status::Ok();
}

Status BatchIngest::Add() {
    if (final_rows_ && next_ > *final_rows_)
        return ContentDiffers(spec_.name, "it ended at row " + std::to_string(*final_rows_));
    if (next_ > kMaxRows)
        return MakeStatus(Code::kOutOfRange, "BATCH_TOO_LONG",
                          "a batch has at most 100000000 rows");
    hasher_.Add(row_.hash);
    if (WantsContent()) Check();
    row_.revision = 0;
    row_.retract = row_.unreadable = false;
    row_.problems.clear();
    message_->Clear();
    return next_++ % kChunkRows == 0 ? EndChunk() : Status::Ok();
}

void BatchIngest::Check() {
    if (!row_.unreadable)
        model::CheckRow(*spec_.dataset, *message_, context_, checked_, row_.problems);
    if (row_.problems.empty()) {
        Accept();
    } else {
        builder_->AddRejected(static_cast<std::uint32_t>(next_), row_.problems);
    }
}

void BatchIngest::Accept() {
    const bool person = !checked_.identity.empty();
    auto& out = builder_->AddRow(static_cast<std::uint32_t>(next_),
                                 person ? parts_.blind.Of(checked_.identity) : checked_.region);
    out.set_row_key(checked_.row_key);
    out.set_revision(row_.revision);
    out.set_retract(row_.retract);
    out.set_date(checked_.date.days);
    out.set_content(checked_.content);
    out.set_content_hash(checked_.content_hash);
    if (person)
        out.set_sealed_identity(parts_.sealer.Seal(checked_.identity, model::kSealIdentity));
    if (!checked_.sealed_plain.empty())
        out.set_sealed_fields(parts_.sealer.Seal(checked_.sealed_plain, model::kSealFields));
}

Status BatchIngest::EndChunk() {
    const auto number = static_cast<std::uint32_t>((next_ - 2) / kChunkRows);
    const std::uint32_t rejected = builder_->rejected();
    ChunkDigest digest = hasher_.Finish(number, rejected);
    // A sender that began inside this chunk: its first rows are durable and cannot be compared.
    if (!std::exchange(whole_chunk_, true)) return Status::Ok();
    const bool recorded = number < chunks_.size();
    if (recorded && !chunks_[number].SameContent(digest)) {
        return ContentDiffers(
            spec_.name, "rows " + std::to_string(std::int64_t{number} * kChunkRows + 1) + " to " +
                            std::to_string(next_ - 1));
    }
    if (std::int64_t{number} * kChunkRows < durable_) return Status::Ok();
    accepted_.Add(digest.rows - rejected);
    rejected_.Add(rejected);
    if (!recorded) chunks_.push_back(digest);
    return pipeline_->Put(
        {std::move(digest), recorded,
         builder_->Finish(number, std::chrono::system_clock::now(), traceparent_)});
}

void BatchIngest::Progress(std::uint32_t chunks) {
    durable_now_ = std::min<std::int64_t>(std::int64_t{chunks} * kChunkRows, last_row_);
    if (on_durable_) on_durable_(durable_now_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_progress_) return;
    // For monitoring this is news, not truth: where it cannot take it, rows go on flowing.
    const Status told =
        parts_.directory.RecordProgress(spec_.name, durable_now_, DeadlineIn(kProgressLimit));
    if (!told.ok())
        log::Warn("feed progress not recorded", {{"batch", spec_.name}, {"error", told}});
    next_progress_ = now + (told.ok() ? kProgressEvery : kProgressBackOff);
}

Status BatchIngest::CheckComplete(std::int64_t rows) const {
    const std::int64_t received = next_ - 1;
    if (rows != received) return RowsDiffer(received, rows);
    std::int64_t begun = 0;
    for (const ChunkDigest& chunk : chunks_) begun += chunk.rows;
    if (rows < begun)
        return ContentDiffers(spec_.name, "it had at least " + std::to_string(begun) + " rows");
    if (final_rows_ && rows != *final_rows_)
        return ContentDiffers(spec_.name, "it had " + std::to_string(*final_rows_) + " rows");
    if (declared_rows_ && rows != *declared_rows_) return RowsDiffer(rows, *declared_rows_);
    return Status::Ok();
}

Result<v1::Receipt> BatchIngest::Close(std::int64_t rows, Deadline deadline) {
    SW_RETURN_IF_ERROR(CheckComplete(rows));
    // Whoever began behind the durable rows of a partial last chunk has nothing of it to flush.
    if (rows % kChunkRows != 0 && !(next_ == durable_ + 1 && !whole_chunk_)) {
        last_row_ = rows;
        SW_RETURN_IF_ERROR(EndChunk());
    }
    SW_RETURN_IF_ERROR(pipeline_->Drain());
    if (!receipt_) {
        SW_ASSIGN_OR_RETURN(receipt_, Sign());
    }
    if (open_)
        SW_RETURN_IF_ERROR(
            parts_.directory.Close(spec_.name, rows, receipt_->content().content_hash(), deadline)
                .status());
    return *receipt_;
}

Result<v1::Receipt> BatchIngest::Sign() {
    BatchHasher batch;
    for (const ChunkDigest& chunk : chunks_) batch.Add(chunk);
    v1::ReceiptBody body;
    body.set_batch(spec_.name);
    body.set_dataset(spec_.dataset->options.id());
    body.set_period(spec_.period);
    body.set_rows(batch.rows());
    body.set_rejected(batch.rejected());
    body.set_merkle_root(batch.MerkleRoot());
    body.set_content_hash(batch.ContentHash());
    body.set_received_at(
        std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.Now().time_since_epoch())
            .count());
    return session_->SaveReceipt(SignReceipt(parts_.signer, body));
}

void BatchIngest::Suspend() { pipeline_->Settle(kSettle); }

}  // namespace shouwang::gateway::feed
