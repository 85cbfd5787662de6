// The one way of rows into the bus, whatever they came as: check → seal → chunk → bus →
// acknowledgement → receipt.
//
// One batch, one sender, one thread. Rows are numbered from 1; chunk k holds rows (1000 k, 1000 (k
// + 1)], so that a row sent again is in the same chunk again. A row is judged as of the day its
// batch was opened: sent again on another day it is judged the same. Rows that are durable already
// are hashed and compared, never produced again. A partial last chunk goes out at Close only.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/crypto/crypto.h"
#include "common/metrics/metrics.h"
#include "services/gateway/feed/batch_directory.h"
#include "services/gateway/feed/batch_spec.h"
#include "services/gateway/feed/chunk_builder.h"
#include "services/gateway/feed/chunk_pipeline.h"

namespace shouwang::gateway::feed {

// What the door is made of; all of it outlives every batch and is thread-safe.
struct DoorParts {
    const model::Catalogue& catalogue;
    const model::RegionDirectory& regions;
    const crypto::BlindIndex& blind;
    const crypto::Sealer& sealer;
    const crypto::Signer& signer;
    bus::Producer& producer;
    BatchDirectory& directory;
    DoorStore& store;
    const Clock& clock;
    PipelineOptions pipeline;
};

// The next row, filled by a reader.
struct IncomingRow {
    google::protobuf::Message* message = nullptr;  // empty message of the dataset's type
    std::string hash;                              // RowHasher
    std::uint32_t revision = 0;
    bool retract = false;
    bool unreadable = false;  // nothing of it could be read: only `problems` counts
    std::vector<model::RowProblem> problems;
};

class BatchIngest {
public:
    // on_durable(n): rows 1 … n are durable for good; called on another thread, n rising, never
    // after this has gone. Besides what directory and store answer: ALREADY_EXISTS
    // BATCH_CONTENT_DIFFERS, FAILED_PRECONDITION BATCH_ABANDONED.
    static Result<std::unique_ptr<BatchIngest>> Open(const DoorParts& parts, const BatchSpec& spec,
                                                     std::function<void(std::int64_t)> on_durable,
                                                     Deadline deadline);
    ~BatchIngest();

    std::int64_t durable_at_open() const { return durable_; }
    std::int64_t durable_now() const;
    std::int64_t next_sequence() const { return next_; }
    // Where this sender begins: 1 to durable + 1 (the default). Before the first row. OUT_OF_RANGE
    // "SEQUENCE_GAP".
    Status StartAt(std::int64_t sequence);

    // False: the next row is durable already and only its hash is needed.
    bool WantsContent() const { return next_ > durable_; }
    IncomingRow& row() { return row_; }
    // Takes row() and empties it. ALREADY_EXISTS BATCH_CONTENT_DIFFERS, OUT_OF_RANGE
    // BATCH_TOO_LONG, or what broke on the way out.
    Status Add();

    // The sender has sent `rows` rows and is done: flushes, waits until all is durable, closes the
    // batch. Also: FAILED_PRECONDITION ROWS_DIFFER (the batch stays open). A batch closed before
    // gives its first receipt.
    Result<v1::Receipt> Close(std::int64_t rows, Deadline deadline);
    // The sender has gone without closing: lets what is in flight become durable.
    void Suspend();

private:
    BatchIngest(const DoorParts& parts, const BatchSpec& spec);
    Status Begin(const monitoring::v1::Batch& batch, std::function<void(std::int64_t)> on_durable,
                 Deadline deadline);
    void Accept();
    void Check();
    Status EndChunk();
    Status CheckComplete(std::int64_t rows) const;
    void Progress(std::uint32_t chunks);
    Result<v1::Receipt> Sign();

    const DoorParts parts_;
    const BatchSpec spec_;
    std::int64_t batch_id_ = 0;
    bool open_ = true;  // in monitoring's eyes
    std::optional<std::int64_t> declared_rows_;
    model::RowContext context_;
    std::unique_ptr<google::protobuf::Message> message_;
    IncomingRow row_;
    model::CheckedRow checked_;
    std::string traceparent_;

    std::unique_ptr<BatchSession> session_;
    std::vector<ChunkDigest> chunks_;         // begun in any session, in order
    std::optional<v1::Receipt> receipt_;      // the batch was closed before
    std::optional<std::int64_t> final_rows_;  // known since its last chunk was begun
    std::int64_t durable_ = 0;                // rows durable when this session began
    std::int64_t next_ = 1;
    bool whole_chunk_ = true;  // this session has the current chunk from its first row on
    ChunkHasher hasher_;
    std::unique_ptr<ChunkBuilder> builder_;

    std::function<void(std::int64_t)> on_durable_;
    std::atomic<std::int64_t> durable_now_{0};
    std::atomic<std::int64_t> last_row_{
        std::numeric_limits<std::int64_t>::max()};  // known at Close
    std::chrono::steady_clock::time_point next_progress_{};
    metrics::Counter accepted_, rejected_;
    std::unique_ptr<ChunkPipeline> pipeline_;  // last: its thread calls Progress
};

}  // namespace shouwang::gateway::feed
