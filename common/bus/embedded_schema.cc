#include "common/bus/embedded_schema.h"

namespace shouwang::bus::embedded {
namespace {

// value is compressed with lz4: pglz costs more than the rest of the write.
constexpr const char* kSchema = R"sql(
SET LOCAL client_min_messages = warning;
SELECT pg_advisory_xact_lock(7355608801);
CREATE SCHEMA IF NOT EXISTS bus;
CREATE TABLE IF NOT EXISTS bus.topic (
    id           integer GENERATED ALWAYS AS IDENTITY CONSTRAINT topic_pk PRIMARY KEY,
    name         text    NOT NULL CONSTRAINT topic_name_key UNIQUE,
    partitions   integer NOT NULL CONSTRAINT topic_partitions_check CHECK (partitions > 0),
    retention_ms bigint  NOT NULL
);
CREATE TABLE IF NOT EXISTS bus.partition (
    topic_id    integer NOT NULL CONSTRAINT partition_topic_fk REFERENCES bus.topic,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL DEFAULT 0,
    CONSTRAINT partition_pk PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE TABLE IF NOT EXISTS bus.message (
    topic_id   integer     NOT NULL,
    partition  integer     NOT NULL,
    msg_offset bigint      NOT NULL,
    written    timestamptz NOT NULL,
    key        bytea       NOT NULL,
    value      bytea       COMPRESSION lz4 NOT NULL,
    headers    bytea       NOT NULL,
    CONSTRAINT message_pk PRIMARY KEY (topic_id, partition, msg_offset)
);
CREATE TABLE IF NOT EXISTS bus.group_offset (
    group_name  text    NOT NULL,
    topic_id    integer NOT NULL CONSTRAINT group_offset_topic_fk REFERENCES bus.topic,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    CONSTRAINT group_offset_pk PRIMARY KEY (group_name, topic_id, partition)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
)sql";

// Messages of a partition are written in the order of their offsets, so the oldest are the first: no index on time is needed.
constexpr const char* kPurge = R"sql(
DELETE FROM bus.message m
USING (SELECT p.topic_id, p.partition,
              (SELECT max(o.msg_offset)
               FROM (SELECT x.msg_offset, x.written FROM bus.message x
                     WHERE x.topic_id = p.topic_id AND x.partition = p.partition
                     ORDER BY x.msg_offset LIMIT 5000) o
               WHERE o.written < now() - t.retention_ms * interval '1 ms') AS last_old
       FROM bus.partition p JOIN bus.topic t ON t.id = p.topic_id
       WHERE t.retention_ms >= 0) old
WHERE m.topic_id = old.topic_id AND m.partition = old.partition AND m.msg_offset <= old.last_old
  AND (SELECT pg_try_advisory_xact_lock(7355608802))
)sql";

}  // namespace

Status EnsureSchema(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT to_regclass('bus.group_offset') IS NOT NULL"));
    if (rows.Bool(0, 0)) return Status::Ok();
    return connection.ExecScript(kSchema);
}

Result<Topic> FindTopic(pg::Connection& connection, const std::string& name) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT id, partitions FROM bus.topic WHERE name = $1", pg::P(name)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", "topic " + name);
    return Topic{static_cast<std::int32_t>(rows.Int(0, 0)), static_cast<int>(rows.Int(0, 1))};
}

Status EnsureTopic(pg::Connection& connection, const TopicSpec& spec) {
    // One statement, so that a topic is never seen without its partitions.
    const auto created = connection.Exec(
        "WITH t AS (INSERT INTO bus.topic (name, partitions, retention_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id) "
        "INSERT INTO bus.partition (topic_id, partition) SELECT t.id, n FROM t, generate_series(0, $2 - 1) n",
        pg::P(spec.name, static_cast<std::int32_t>(spec.partitions), spec.retention_ms));
    SW_RETURN_IF_ERROR(created.status());
    SW_ASSIGN_OR_RETURN(const Topic topic, FindTopic(connection, spec.name));
    if (topic.partitions == spec.partitions) return Status::Ok();
    return MakeStatus(Code::kFailedPrecondition, "BUS_TOPIC_PARTITIONS",
                      spec.name + " has " + std::to_string(topic.partitions) + " partitions, " + std::to_string(spec.partitions) +
                          " are declared");
}

Result<std::int64_t> Purge(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(kPurge));
    return rows.affected();
}

Status FromPg(const Status& status) {
    if (status.code == Code::kUnavailable || status.code == Code::kDeadlineExceeded || status.code == Code::kAborted) {
        return MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", status.message);
    }
    if (status.reason.starts_with("BUS_")) return status;
    return MakeStatus(Code::kInternal, "BUS_ERROR", status.message);
}

std::string ChannelOf(std::int32_t topic_id) { return "bus_topic_" + std::to_string(topic_id); }

// Each text with its length in four bytes before it.
std::string EncodeHeaders(const Headers& headers) {
    std::string out;
    auto put = [&](const std::string& text) {
        const auto n = static_cast<std::uint32_t>(text.size());
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(n >> shift & 0xff));
        out += text;
    };
    for (const auto& [name, value] : headers) {
        put(name);
        put(value);
    }
    return out;
}

Headers DecodeHeaders(std::string_view bytes) {
    Headers headers;
    auto take = [&]() -> std::string {
        std::uint32_t n = 0;
        for (std::size_t i = 0; i < 4 && i < bytes.size(); ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
        bytes.remove_prefix(std::min<std::size_t>(4, bytes.size()));
        std::string text(bytes.substr(0, n));
        bytes.remove_prefix(text.size());
        return text;
    };
    while (!bytes.empty()) {
        std::string name = take();
        std::string value = take();
        headers.emplace_back(std::move(name), std::move(value));
    }
    return headers;
}

}  // namespace shouwang::bus::embedded
