#include "services/gateway/feed/door_store.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace shouwang::gateway::feed {
namespace {

std::int64_t LockKey(std::int64_t batch) {
    return static_cast<std::int64_t>(Hash64("feed door " + std::to_string(batch)));
}

v1::Receipt ReceiptFrom(const pg::Rows& rows) {
    v1::Receipt receipt;
    receipt.set_body(std::string(rows.Bytes(0, 0)));
    receipt.set_signature(std::string(rows.Bytes(0, 1)));
    receipt.set_key_id(std::string(rows.Text(0, 2)));
    receipt.mutable_content()->ParseFromString(receipt.body());
    return receipt;
}

class PgSession final : public BatchSession {
public:
    PgSession(pg::Pool::Lease lease, std::int64_t batch)
        : lease_(std::move(lease)), batch_(batch) {}
    ~PgSession() override {
        // Where this fails the connection is dead, and the lock with it.
        if (lease_->alive())
            (void)lease_->Exec("SELECT pg_advisory_unlock($1)", pg::P(LockKey(batch_)));
    }

    Result<StoredBatch> Load() override {
        StoredBatch out;
        SW_ASSIGN_OR_RETURN(
            pg::Rows rows,
            lease_->Exec("SELECT chunk, rows, rejected, digest, merkle_root FROM feed_chunk_digest "
                         "WHERE batch_id = $1 ORDER BY chunk",
                         pg::P(batch_)));
        for (int i = 0; i < rows.size(); ++i) {
            out.chunks.push_back({static_cast<std::uint32_t>(rows.Int(i, 0)),
                                  static_cast<std::uint32_t>(rows.Int(i, 1)),
                                  static_cast<std::uint32_t>(rows.Int(i, 2)),
                                  std::string(rows.Bytes(i, 3)), std::string(rows.Bytes(i, 4))});
        }
        SW_ASSIGN_OR_RETURN(
            rows, lease_->Exec("SELECT durable_chunks FROM feed_progress WHERE batch_id = $1",
                               pg::P(batch_)));
        if (rows.size() > 0) out.durable_chunks = static_cast<std::uint32_t>(rows.Int(0, 0));
        SW_ASSIGN_OR_RETURN(
            rows, lease_->Exec("SELECT body, signature, key_id FROM receipt WHERE batch_id = $1",
                               pg::P(batch_)));
        if (rows.size() > 0) out.receipt = ReceiptFrom(rows);
        return out;
    }

    Status Record(std::span<const ChunkDigest> begun, std::uint32_t durable_chunks) override {
        std::vector<std::int32_t> chunks, counts, rejected;
        std::vector<std::string> digests, roots;
        for (const ChunkDigest& c : begun) {
            chunks.push_back(static_cast<std::int32_t>(c.chunk));
            counts.push_back(static_cast<std::int32_t>(c.rows));
            rejected.push_back(static_cast<std::int32_t>(c.rejected));
            digests.push_back(c.digest);
            roots.push_back(c.merkle_root);
        }
        pg::Params params;
        params.Add(batch_)
            .AddArray(chunks)
            .AddArray(counts)
            .AddArray(rejected)
            .AddBytesArray(digests)
            .AddBytesArray(roots);
        params.Add(static_cast<std::int32_t>(durable_chunks));
        return lease_
            ->Exec(
                "WITH begun AS (INSERT INTO feed_chunk_digest (batch_id, chunk, rows, rejected, "
                "digest, merkle_root) "
                "SELECT $1::bigint, * FROM unnest($2::int[], $3::int[], $4::int[], $5::bytea[], "
                "$6::bytea[]) ON CONFLICT DO NOTHING) "
                "INSERT INTO feed_progress (batch_id, durable_chunks) VALUES ($1::bigint, $7::int) "
                "ON CONFLICT (batch_id) DO UPDATE "
                "SET durable_chunks = greatest(feed_progress.durable_chunks, "
                "EXCLUDED.durable_chunks)",
                params)
            .status();
    }

    Result<v1::Receipt> SaveReceipt(const v1::Receipt& receipt) override {
        pg::Params params;
        params.Add(receipt.content().batch())
            .Add(batch_)
            .AddBytes(receipt.body())
            .AddBytes(receipt.signature());
        params.Add(receipt.key_id())
            .Add(TimePoint(std::chrono::seconds(receipt.content().received_at())));
        SW_RETURN_IF_ERROR(
            lease_
                ->Exec(
                    "INSERT INTO receipt (batch, batch_id, body, signature, key_id, received_at) "
                    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    params)
                .status());
        SW_ASSIGN_OR_RETURN(
            pg::Rows rows,
            lease_->Exec("SELECT body, signature, key_id FROM receipt WHERE batch_id = $1",
                         pg::P(batch_)));
        if (rows.size() == 0)
            return MakeStatus(Code::kDataLoss, "RECEIPT_LOST",
                              "another batch number holds the receipt of this name");
        return ReceiptFrom(rows);
    }

private:
    pg::Pool::Lease lease_;
    const std::int64_t batch_;
};

class PgDoorStore final : public DoorStore {
public:
    explicit PgDoorStore(PgDoorStoreOptions options)
        : busy_wait_(options.busy_wait),
          sessions_({options.conninfo, options.sessions}),
          queries_({options.conninfo, 2}) {}

    Result<std::unique_ptr<BatchSession>> Lock(std::int64_t batch, Deadline deadline) override {
        Result<pg::Pool::Lease> lease =
            sessions_.Acquire(std::min(deadline, DeadlineIn(busy_wait_)));
        if (!lease.ok()) return Busy(lease.status());
        pg::Connection& connection = **lease;
        SW_RETURN_IF_ERROR(
            connection
                .Exec("SELECT set_config('lock_timeout', $1, false)",
                      pg::P(std::to_string(std::max<std::int64_t>(busy_wait_.count(), 1))))
                .status());
        const Status locked =
            connection.Exec("SELECT pg_advisory_lock($1)", pg::P(LockKey(batch))).status();
        if (!locked.ok()) return Held(locked);
        return std::unique_ptr<BatchSession>(std::make_unique<PgSession>(std::move(*lease), batch));
    }

    Result<std::optional<v1::Receipt>> FindReceipt(const std::string& batch_name,
                                                   Deadline deadline) override {
        SW_ASSIGN_OR_RETURN(pg::Pool::Lease lease, queries_.Acquire(deadline));
        SW_ASSIGN_OR_RETURN(
            const pg::Rows rows,
            lease->Exec("SELECT body, signature, key_id FROM receipt WHERE batch = $1",
                        pg::P(batch_name)));
        if (rows.size() == 0) return std::optional<v1::Receipt>();
        return std::optional<v1::Receipt>(ReceiptFrom(rows));
    }

    Status KeepKey(const v1::ReceiptKey& key, TimePoint now, Deadline deadline) override {
        SW_ASSIGN_OR_RETURN(pg::Pool::Lease lease, queries_.Acquire(deadline));
        return lease
            ->Exec(
                "INSERT INTO receipt_key (key_id, public_key_pem, first_used_at) VALUES ($1, $2, "
                "$3) ON CONFLICT DO NOTHING",
                pg::P(key.key_id(), key.public_key_pem(), now))
            .status();
    }

    Result<v1::ListReceiptKeysResponse> ListKeys(Deadline deadline) override {
        SW_ASSIGN_OR_RETURN(pg::Pool::Lease lease, queries_.Acquire(deadline));
        SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                            lease->Exec("SELECT key_id, public_key_pem FROM receipt_key ORDER BY "
                                        "first_used_at DESC, key_id"));
        v1::ListReceiptKeysResponse out;
        for (int i = 0; i < rows.size(); ++i) {
            auto& key = *out.add_keys();
            key.set_key_id(std::string(rows.Text(i, 0)));
            key.set_public_key_pem(std::string(rows.Text(i, 1)));
        }
        return out;
    }

private:
    static Status Busy(Status cause) {
        if (cause.reason != "PG_POOL_EXHAUSTED") return cause;
        Status status = MakeStatus(Code::kResourceExhausted, "DOOR_BUSY",
                                   "too many batches are being received");
        status.retry_after_ms = 5000;
        return status;
    }
    static Status Held(Status cause) {
        const bool timeout =
            std::any_of(cause.metadata.begin(), cause.metadata.end(),
                        [](const auto& m) { return m.first == "sqlstate" && m.second == "55P03"; });
        if (!timeout) return cause;
        Status status =
            MakeStatus(Code::kAborted, "BATCH_BUSY", "another connection is sending this batch");
        status.retry_after_ms = 5000;
        return status;
    }

    const std::chrono::milliseconds busy_wait_;
    pg::Pool sessions_, queries_;
};

}  // namespace

std::unique_ptr<DoorStore> MakePgDoorStore(PgDoorStoreOptions options) {
    return std::make_unique<PgDoorStore>(std::move(options));
}

}  // namespace shouwang::gateway::feed
