// What the door must remember over a crash: digests of the chunks it began, how many are durable,
// receipts, receipt keys.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/pg/pg.h"
#include "services/gateway/feed/content_hash.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::feed {

struct StoredBatch {
    std::vector<ChunkDigest>
        chunks;  // begun: chunk 0, 1, … without gaps; only the last may have fewer than 1000 rows
    std::uint32_t durable_chunks = 0;
    std::optional<v1::Receipt> receipt;
};

// The right to write one batch; nobody else has it until this dies. Not thread-safe.
class BatchSession {
public:
    virtual ~BatchSession() = default;
    virtual Result<StoredBatch> Load() = 0;
    // Both in one transaction. durable_chunks never goes back.
    virtual Status Record(std::span<const ChunkDigest> begun, std::uint32_t durable_chunks) = 0;
    // Keeps the first receipt of a batch for ever and answers with the one that is kept.
    virtual Result<v1::Receipt> SaveReceipt(const v1::Receipt& receipt) = 0;
};

// Thread-safe.
class DoorStore {
public:
    virtual ~DoorStore() = default;
    // ABORTED "BATCH_BUSY" where another sender writes the same batch; RESOURCE_EXHAUSTED
    // "DOOR_BUSY" where too many batches are written.
    virtual Result<std::unique_ptr<BatchSession>> Lock(std::int64_t batch, Deadline deadline) = 0;
    virtual Result<std::optional<v1::Receipt>> FindReceipt(const std::string& batch_name,
                                                           Deadline deadline) = 0;
    virtual Status KeepKey(const v1::ReceiptKey& key, TimePoint now, Deadline deadline) = 0;
    virtual Result<v1::ListReceiptKeysResponse> ListKeys(Deadline deadline) = 0;
};

// On PostgreSQL. A session holds one connection of a pool of its own (so that uploads never starve
// other work) with an advisory lock: kill -9 of a gateway frees the batch at once, whichever
// replica its sender turns to.
struct PgDoorStoreOptions {
    std::string conninfo;
    int sessions = 16;
    std::chrono::milliseconds busy_wait{5000};  // how long Lock waits for the other sender to end
};
std::unique_ptr<DoorStore> MakePgDoorStore(PgDoorStoreOptions options);

}  // namespace shouwang::gateway::feed
