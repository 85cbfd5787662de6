// Events leave a service through its outbox: written in the transaction that makes the change, relayed to the bus after it.
// At least once, per aggregate in order. The relay deletes a row only after the bus has acknowledged it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <google/protobuf/message.h>

#include "common/bus/bus.h"
#include "common/pg/pg.h"

namespace shouwang::outbox {

// Migrations of the outbox and inbox tables; a service puts them before its own (versions 1 to 9 are reserved for common).
std::span<const pg::Migration> Migrations();

struct Event {
    std::string topic;
    std::string subject;        // resource name
    std::string partition_key;  // aggregate id
    std::int64_t aggregate_version = 0;
    std::string causation_id;
    std::string correlation_id;
    const google::protobuf::Message* data = nullptr;
};

// Collects the events of one transaction. Not thread-safe.
class Writer {
public:
    // source: "/shouwang/monitoring"; now: the service's clock.
    Writer(std::string source, TimePoint now, std::string traceparent);
    void Add(const Event& event);
    // Writes them (COPY) and notifies the relay at commit. Call once, last in the transaction.
    Status Flush(pg::Connection& connection);
    std::size_t size() const { return count_; }

private:
    std::string source_;
    TimePoint now_;
    std::string traceparent_;
    pg::CopyBuffer rows_;
    std::size_t count_ = 0;
};

// Moves outbox rows to the bus: 16 shards, one owner each by advisory lock; wakes by NOTIFY, polls every second as fallback.
// Start and Stop are called once; Stop finishes the rows in flight.
class Relay {
public:
    Relay(std::string conninfo, bus::Bus& bus);
    ~Relay();
    void Start();
    void Stop();
    std::int64_t relayed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Inbox: true exactly once for an event id (in the caller's transaction); false = seen before, skip it.
Result<bool> FirstTime(pg::Connection& connection, std::string_view consumer, std::string_view event_id);
// The same for many ids at once: answers one flag an id, in order.
Result<std::vector<bool>> FirstTime(pg::Connection& connection, std::string_view consumer, const std::vector<std::string>& event_ids);

// request_id of creates and custom methods: the stored answer of the same request, or nullopt. ALREADY_EXISTS
// "REQUEST_ID_REUSED" where the same id came with another request.
Result<std::optional<std::string>> StoredAnswer(pg::Connection& connection, std::string_view request_id, std::string_view request_hash);
Status StoreAnswer(pg::Connection& connection, std::string_view request_id, std::string_view request_hash, std::string_view answer);

}  // namespace shouwang::outbox
