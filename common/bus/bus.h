// The bus contract. Two implementations pass one contract test suite: Kafka (kafka.h) and the embedded bus on PostgreSQL
// (embedded.h).
//
// Delivery: at least once, per-key order. A produced message is durable when its report says ok. A consumer sees the messages
// of a partition in order; what it has not committed it sees again after a restart or rebalance.
//
// Reasons: BUS_ADDRESS, BUS_UNAVAILABLE, BUS_QUEUE_FULL, BUS_FLUSH_TIMEOUT, BUS_MESSAGE_TOO_LARGE, BUS_TOPIC_UNKNOWN,
// BUS_TOPIC_PARTITIONS, BUS_NOT_ASSIGNED, BUS_FENCED, BUS_CONFIG, BUS_CLOSED, BUS_ERROR.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace shouwang::bus {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Key, value and headers of one message together. Larger: INVALID_ARGUMENT "BUS_MESSAGE_TOO_LARGE" at Produce.
inline constexpr std::size_t kMaxMessageBytes = 8'000'000;

struct OutMessage {
    std::string topic;
    std::string key;    // partition = murmur2(key) as Kafka's Java client does it; empty = any partition
    std::string value;
    Headers headers;
    int partition = -1;  // ≥ 0: exactly this partition, whatever the key
};

struct Message {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    Headers headers;
    TimePoint time;
};

struct ProducerOptions {
    int max_messages = 100'000;          // waiting for their report; more: Produce waits
    std::int64_t max_bytes = 128 << 20;
    std::chrono::milliseconds linger{5};
    // A message that has not been acknowledged by then is reported UNAVAILABLE (it may have arrived all the same).
    std::chrono::milliseconds delivery_timeout{60000};
};

// Thread-safe. Reports come on an internal thread, once for each accepted message; keep them short and call nothing of the
// producer's in them. A message that Produce refused has no report.
class Producer {
public:
    using Report = std::function<void(const Status&)>;
    virtual ~Producer() = default;
    // Waits while the internal queue is full (the bound is the back-pressure), until the deadline: RESOURCE_EXHAUSTED
    // "BUS_QUEUE_FULL". An unknown topic shows in the report: NOT_FOUND "BUS_TOPIC_UNKNOWN".
    virtual Status Produce(OutMessage message, Report report, Deadline deadline) = 0;
    // Waits until everything produced so far has its report, or DEADLINE_EXCEEDED.
    virtual Status Flush(Deadline deadline) = 0;
    // Partitions of a topic; declared, never grown.
    virtual Result<int> Partitions(const std::string& topic) = 0;
};

struct ConsumerOptions {
    std::string group;
    std::vector<std::string> topics;
    std::string instance;          // static membership: stable over restarts of the same replica; empty = dynamic
    bool from_beginning = true;    // where the group has no offset yet
    std::chrono::milliseconds session_timeout{10000};
};

struct Assignment {
    std::string topic;
    std::int32_t partition;
    auto operator<=>(const Assignment&) const = default;
};

// Driven by one thread.
class Consumer {
public:
    virtual ~Consumer() = default;
    // Up to `max` (≥ 1) messages, waiting at most `wait` for the first one. While the bus is away nothing comes; an error is what
    // waiting does not heal (BUS_TOPIC_UNKNOWN, BUS_FENCED, BUS_CLOSED).
    virtual Result<std::vector<Message>> Poll(std::size_t max, std::chrono::milliseconds wait) = 0;
    // Called inside Poll and Close before partitions go: commit what is done, drop the rest. Where they are lost already (the
    // session has ended), it is called too and Commit answers BUS_NOT_ASSIGNED. May be empty.
    virtual void OnRevoke(std::function<void(std::span<const Assignment>)> callback) = 0;
    // The messages up to and including this one are done. Synchronous. FAILED_PRECONDITION "BUS_NOT_ASSIGNED" where the
    // partition is not ours any more.
    virtual Status Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) = 0;
    // Next Poll begins again at this offset (after a transient failure).
    virtual Status Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) = 0;
    virtual std::vector<Assignment> assigned() const = 0;
    // Messages not yet committed, over the assigned partitions (-1 = not known yet).
    virtual std::int64_t Lag() = 0;
    // Leaves the group. Idempotent.
    virtual void Close() = 0;
};

struct TopicSpec {
    std::string name;
    int partitions = 1;
    std::int64_t retention_ms = -1;  // -1 = keep
};

class Bus {
public:
    virtual ~Bus() = default;
    virtual Result<std::unique_ptr<Producer>> NewProducer(ProducerOptions options) = 0;
    Result<std::unique_ptr<Producer>> NewProducer() { return NewProducer(ProducerOptions{}); }
    virtual Result<std::unique_ptr<Consumer>> NewConsumer(ConsumerOptions options) = 0;
    // Creates what is missing; FAILED_PRECONDITION "BUS_TOPIC_PARTITIONS" where a topic exists with another number of partitions.
    virtual Status EnsureTopics(std::span<const TopicSpec> topics) = 0;
    virtual std::string_view kind() const = 0;  // "kafka" or "embedded"
};

// "kafka://127.0.0.1:9092,127.0.0.1:9093" or "embedded:<libpq conninfo>". INVALID_ARGUMENT where it is neither.
Result<std::unique_ptr<Bus>> Connect(const std::string& address);

}  // namespace shouwang::bus
