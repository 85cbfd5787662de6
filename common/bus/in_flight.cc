#include "common/bus/in_flight.h"

namespace shouwang::bus {

std::size_t SizeOf(const OutMessage& message) {
    std::size_t size = message.key.size() + message.value.size();
    for (const auto& [name, value] : message.headers) size += name.size() + value.size();
    return size;
}

Status CheckSize(const OutMessage& message, std::size_t size) {
    if (size <= kMaxMessageBytes) return Status::Ok();
    return MakeStatus(Code::kInvalidArgument, "BUS_MESSAGE_TOO_LARGE",
                      "a message for " + message.topic + " has " + std::to_string(size) + " bytes, at most " +
                          std::to_string(kMaxMessageBytes) + " are allowed");
}

Result<std::uint64_t> InFlight::Enter(std::size_t bytes, Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto size = static_cast<std::int64_t>(bytes);
    // One message always fits an empty room, whatever the bound.
    auto room = [&] { return messages_ == 0 || (messages_ < max_messages_ && bytes_ + size <= max_bytes_); };
    if (!room()) {
        ++waiting_for_room_;
        const bool got = room_.wait_until(lock, deadline, room);
        --waiting_for_room_;
        if (!got) return MakeStatus(Code::kResourceExhausted, "BUS_QUEUE_FULL", "the producer's queue is full");
    }
    ++messages_;
    bytes_ += size;
    ++by_epoch_[epoch_];
    return epoch_;
}

void InFlight::Leave(std::uint64_t epoch, std::size_t bytes) {
    std::lock_guard lock(mutex_);
    --messages_;
    bytes_ -= static_cast<std::int64_t>(bytes);
    auto it = by_epoch_.find(epoch);
    if (--it->second == 0) {
        by_epoch_.erase(it);
        left_.notify_all();
    }
    // Waiters are woken when a quarter is free again, not for every message.
    const bool much_room = messages_ == 0 || (messages_ <= max_messages_ / 4 * 3 && bytes_ <= max_bytes_ / 4 * 3);
    if (waiting_for_room_ > 0 && much_room) room_.notify_all();
}

Status InFlight::Flush(Deadline deadline) {
    std::unique_lock lock(mutex_);
    const std::uint64_t last = epoch_++;
    if (left_.wait_until(lock, deadline, [&] { return by_epoch_.empty() || by_epoch_.begin()->first > last; })) return Status::Ok();
    return MakeStatus(Code::kDeadlineExceeded, "BUS_FLUSH_TIMEOUT", "messages are still waiting for their report");
}

}  // namespace shouwang::bus
