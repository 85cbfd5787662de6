// Takes chunks from the feed topic in micro-batches and applies them; offsets are committed after PostgreSQL has. A chunk that can
// never be applied goes to the dead-letter topic with its reason, and the feed goes on.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "common/bus/bus.h"
#include "services/monitoring/usecase/apply_feed.h"

namespace shouwang::monitoring::events {

inline constexpr const char* kFeedTopic = "shouwang.monitoring.feed.v1";
inline constexpr const char* kFeedDeadLetters = "shouwang.monitoring.feed.v1.dlq.monitoring";

// One thread with its own consumer and transactions. Start and Stop once each.
class FeedConsumer {
public:
    FeedConsumer(bus::Bus& bus, bus::Producer& producer, std::unique_ptr<usecase::ApplyFeed> apply, std::string instance);
    ~FeedConsumer();
    void Start();
    void Stop();

private:
    void Run();
    Result<std::vector<bus::Message>> Gather();
    // Applies the messages; true where their offsets may be committed.
    bool Apply(const std::vector<bus::Message>& messages);
    bool ApplyOne(const bus::Message& message);
    bool DeadLetter(const bus::Message& message, const Status& why);
    void Commit(const std::vector<bus::Message>& messages);
    void SeekBack(const std::vector<bus::Message>& messages);

    bus::Bus& bus_;
    bus::Producer& producer_;
    std::unique_ptr<usecase::ApplyFeed> apply_;
    std::string instance_;
    std::unique_ptr<bus::Consumer> consumer_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace shouwang::monitoring::events
