#include "services/gateway/feed/migrations.h"

namespace shouwang::gateway::feed {
namespace {

// feed_chunk_digest is written before the first byte of a chunk goes to the bus: a sender that
// comes back with other rows for it is refused instead of mixing two contents. feed_progress is
// written before an acknowledgement names its chunks.
constexpr std::string_view kChunks = R"sql(
CREATE TABLE feed_chunk_digest (
    batch_id    bigint  NOT NULL,
    chunk       integer NOT NULL,
    rows        integer NOT NULL,
    rejected    integer NOT NULL,
    digest      bytea   NOT NULL,
    merkle_root bytea   NOT NULL,
    CONSTRAINT feed_chunk_digest_pk PRIMARY KEY (batch_id, chunk)
);
CREATE TABLE feed_progress (
    batch_id       bigint  NOT NULL CONSTRAINT feed_progress_pk PRIMARY KEY,
    durable_chunks integer NOT NULL
) WITH (fillfactor = 50);
)sql";

constexpr std::string_view kReceipts = R"sql(
CREATE TABLE receipt (
    batch       text   NOT NULL CONSTRAINT receipt_pk PRIMARY KEY,
    batch_id    bigint NOT NULL CONSTRAINT receipt_batch_id_key UNIQUE,
    body        bytea  NOT NULL,
    signature   bytea  NOT NULL,
    key_id      text   NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE TABLE receipt_key (
    key_id         text NOT NULL CONSTRAINT receipt_key_pk PRIMARY KEY,
    public_key_pem text NOT NULL,
    first_used_at  timestamptz NOT NULL
);
)sql";

constexpr pg::Migration kAll[] = {{50, "feed_chunks", kChunks}, {51, "receipts", kReceipts}};

}  // namespace

std::span<const pg::Migration> Migrations() { return kAll; }

}  // namespace shouwang::gateway::feed
