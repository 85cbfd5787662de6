// The one bound on a message, and a waiting room with a bound: what both producers share.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "common/bus/bus.h"

namespace shouwang::bus {

// Bytes of key, value and headers.
std::size_t SizeOf(const OutMessage& message);
// INVALID_ARGUMENT "BUS_MESSAGE_TOO_LARGE".
Status CheckSize(const OutMessage& message, std::size_t size);

// Counts the messages that wait for their report. Thread-safe.
class InFlight {
public:
    InFlight(int max_messages, std::int64_t max_bytes) : max_messages_(max_messages), max_bytes_(max_bytes) {}

    // Waits for room; answers the epoch to give back with Leave. RESOURCE_EXHAUSTED "BUS_QUEUE_FULL" at the deadline.
    Result<std::uint64_t> Enter(std::size_t bytes, Deadline deadline);
    void Leave(std::uint64_t epoch, std::size_t bytes);
    // Waits until everything that entered before this call has left. DEADLINE_EXCEEDED "BUS_FLUSH_TIMEOUT".
    Status Flush(Deadline deadline);

private:
    const int max_messages_;
    const std::int64_t max_bytes_;
    std::mutex mutex_;
    std::condition_variable room_, left_;
    int messages_ = 0;
    std::int64_t bytes_ = 0;
    int waiting_for_room_ = 0;
    // Each Flush closes an epoch and waits for the older ones only: a busy producer cannot hold it up for ever.
    std::uint64_t epoch_ = 0;
    std::map<std::uint64_t, std::int64_t> by_epoch_;
};

}  // namespace shouwang::bus
