// A small real bus in memory, with knobs, for tests of what speaks to a bus: per-key order, partitions, groups, offsets, reports on
// an internal thread. It forgets everything at its end.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "common/bus/bus.h"

namespace shouwang::outbox::testing {

class MemoryBus final : public bus::Bus {
public:
    MemoryBus();
    ~MemoryBus() override;

    using bus::Bus::NewProducer;
    Result<std::unique_ptr<bus::Producer>> NewProducer(bus::ProducerOptions options) override;
    Result<std::unique_ptr<bus::Consumer>> NewConsumer(bus::ConsumerOptions options) override;
    Status EnsureTopics(std::span<const bus::TopicSpec> topics) override;
    std::string_view kind() const override { return "memory"; }

    // Asked for each message on its way in; a Status that is not ok becomes its report and the message is not stored.
    void FailWhen(std::function<Status(const bus::OutMessage&)> rule);
    // While held, messages are accepted but neither stored nor reported.
    void Hold(bool hold);
    // Messages that are accepted and held now.
    std::size_t held() const;
    // Everything stored, in the order of storing, over all topics and partitions.
    std::vector<bus::Message> All() const;
    std::size_t size() const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace shouwang::outbox::testing
