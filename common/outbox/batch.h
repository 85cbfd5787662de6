// What the relay has in flight, and which of it may be deleted. No I/O, so that the rule can be
// tested alone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace shouwang::outbox {

// The rows of one pass, in order (shard, id). Reports come from the bus's thread.
class Batch {
public:
    struct Row {
        std::int16_t shard;
        std::int64_t id;
        std::string_view key;
        bool acked = false;
    };
    explicit Batch(std::size_t rows) { rows_.reserve(rows); }
    void Add(Row row) { rows_.push_back(row); }
    const std::vector<Row>& rows() const { return rows_; }

    void Expect();  // one report more will come
    void Report(std::size_t row, const Status& status);
    // False where reports are still missing at the deadline.
    bool WaitUntil(Deadline deadline);
    // Takes back an Expect whose message was not accepted.
    void Refused(const Status& status);
    Status first_error() const;

    // After the wait: rows of a key up to its first row that is not acknowledged.
    struct Outcome {
        std::vector<std::int16_t> shards;  // of the rows to delete
        std::vector<std::int64_t> ids;
        std::vector<std::string> failed_keys;
    };
    Outcome Settle() const;

private:
    std::vector<Row> rows_;
    mutable std::mutex mutex_;
    std::condition_variable done_;
    std::size_t missing_ = 0;
    Status first_error_;
};

// Keys whose events the bus refused: they pause, longer each time, and the other keys go on. Where
// very many fail the bus itself is ill, and everything pauses.
class Blocked {
public:
    static constexpr std::size_t kMost = 64;
    void Fail(const std::vector<std::string>& keys, Deadline now);
    void Success(const std::vector<std::string>& keys);
    // Keys to leave out now. Forgets those that have not come again long after their pause.
    std::vector<std::string> Now(Deadline now);
    bool empty() const { return keys_.empty(); }
    bool Remembers(std::string_view key) const { return keys_.find(key) != keys_.end(); }
    // When everything may go on; the past where nothing is paused.
    Deadline paused_until() const { return paused_until_; }
    // The earliest end of a pause that still runs, or max().
    Deadline Next(Deadline now) const;
    void AllWell();

private:
    struct Pause {
        Deadline until;
        std::chrono::milliseconds length;
    };
    std::map<std::string, Pause, std::less<>> keys_;
    Deadline paused_until_{};
    std::chrono::milliseconds pause_{0};
};

}  // namespace shouwang::outbox
