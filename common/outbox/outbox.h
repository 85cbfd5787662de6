// Events leave a service through its outbox: written in the transaction that makes the change, relayed to the bus after it.
// At least once, per aggregate in order. The relay deletes a row only after the bus has acknowledged it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
    // Answers the event's id (for the causation_id of what follows).
    std::string Add(const Event& event);
    // Writes them (COPY); the commit wakes the relay. Call it last in the transaction, after the aggregates' rows are locked:
    // then the order of the rows is the order of the commits. INVALID_ARGUMENT "OUTBOX_EVENT_TOO_LARGE" where the bus would refuse one.
    Status Flush(pg::Connection& connection);
    std::size_t size() const { return count_; }

private:
    std::string source_;
    TimePoint now_;
    std::string traceparent_;
    pg::CopyBuffer rows_;
    std::size_t count_ = 0;
    bool too_large_ = false;
};

// Moves outbox rows to the bus: 16 shards, one owner each by advisory lock; wakes by NOTIFY, polls every second as fallback. The
// lock, the reads and the deletes are on one connection of its own: who has lost the lock cannot delete. Any number of relays may
// run on one database; what one leaves another takes over. Also purges the inbox and the answers of more than 30 days.
// A key whose event the bus refuses waits and is tried again (later with longer pauses); the other keys go on.
// Start and Stop are called once; Stop finishes the rows in flight. The bus must outlive it.
class Relay {
public:
    Relay(std::string conninfo, bus::Bus& bus);
    ~Relay();
    void Start();
    void Stop();
    std::int64_t relayed() const;
    int shards() const;  // owned now

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
// ABORTED "PG_RETRY" where the same request is being answered by another transaction (RunInTransaction then finds its answer).
Status StoreAnswer(pg::Connection& connection, std::string_view request_id, std::string_view request_hash, std::string_view answer);

// Deletes at most `limit` inbox rows and answers each that are older than `days`; says how many. The relay calls it.
Result<std::int64_t> Purge(pg::Connection& connection, int days, std::int64_t limit);

}  // namespace shouwang::outbox
