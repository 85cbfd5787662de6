#include "common/outbox/testing/memory_bus.h"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "common/base/bytes.h"

namespace shouwang::outbox::testing {

struct MemoryBus::State {
    using Partition = bus::Assignment;
    struct Group {
        std::vector<std::uint64_t> members;
        std::map<Partition, std::int64_t> next;  // committed offset + 1
        std::uint64_t generation = 0;
    };

    mutable std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, int> topics;
    std::map<Partition, std::vector<std::size_t>> partitions;  // → log
    std::vector<bus::Message> log;
    std::map<std::string, Group> groups;
    std::function<Status(const bus::OutMessage&)> rule;
    bool hold = false;
    std::size_t held = 0;
    std::uint64_t next_member = 1;

    // Stores a message or says why not. The lock is held.
    Status Store(bus::OutMessage& m) {
        if (rule) SW_RETURN_IF_ERROR(rule(m));
        const auto topic = topics.find(m.topic);
        if (topic == topics.end()) {
            return MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", "no topic " + m.topic);
        }
        const auto count = static_cast<std::uint32_t>(topic->second);
        const auto partition = m.partition >= 0
                                   ? m.partition
                                   : static_cast<int>((Murmur2(m.key) & 0x7fffffffU) % count);
        auto& at = partitions[{m.topic, partition}];
        bus::Message stored;
        stored.topic = std::move(m.topic);
        stored.partition = partition;
        stored.offset = static_cast<std::int64_t>(at.size());
        stored.key = std::move(m.key);
        stored.value = std::move(m.value);
        stored.headers = std::move(m.headers);
        stored.time = std::chrono::system_clock::now();
        at.push_back(log.size());
        log.push_back(std::move(stored));
        return Status::Ok();
    }
};

namespace {

using State = MemoryBus::State;

class MemoryProducer final : public bus::Producer {
public:
    MemoryProducer(std::shared_ptr<State> state, bus::ProducerOptions options)
        : state_(std::move(state)), options_(options), thread_([this] { Run(); }) {}
    // What is still held is reported as not sent.
    ~MemoryProducer() override {
        {
            const std::lock_guard lock(state_->mutex);
            closing_ = true;
        }
        state_->changed.notify_all();
        thread_.join();
    }

    Status Produce(bus::OutMessage message, Report report, Deadline deadline) override {
        std::unique_lock lock(state_->mutex);
        const auto room = [&] {
            return pending_ < static_cast<std::size_t>(options_.max_messages);
        };
        if (!state_->changed.wait_until(lock, deadline, room)) {
            return MakeStatus(Code::kResourceExhausted, "BUS_QUEUE_FULL", "the queue stayed full");
        }
        ++pending_;
        ++state_->held;
        queue_.push_back({std::move(message), std::move(report)});
        state_->changed.notify_all();
        return Status::Ok();
    }
    Status Flush(Deadline deadline) override {
        std::unique_lock lock(state_->mutex);
        if (state_->changed.wait_until(lock, deadline, [&] { return pending_ == 0; })) {
            return Status::Ok();
        }
        return MakeStatus(Code::kDeadlineExceeded, "BUS_FLUSH", "reports are missing");
    }
    Result<int> Partitions(const std::string& topic) override {
        const std::lock_guard lock(state_->mutex);
        const auto it = state_->topics.find(topic);
        if (it == state_->topics.end()) {
            return MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", "no topic " + topic);
        }
        return it->second;
    }

private:
    struct Item {
        bus::OutMessage message;
        Report report;
    };

    void Run() {
        std::unique_lock lock(state_->mutex);
        for (;;) {
            state_->changed.wait(lock,
                                 [&] { return closing_ || (!queue_.empty() && !state_->hold); });
            if (queue_.empty()) return;
            Item item = std::move(queue_.front());
            queue_.pop_front();
            --state_->held;
            const Status status = state_->hold ? MakeStatus(Code::kUnavailable, "BUS_CLOSED",
                                                            "the producer is closed")
                                               : state_->Store(item.message);
            lock.unlock();
            item.report(status);
            lock.lock();
            --pending_;
            state_->changed.notify_all();
        }
    }

    std::shared_ptr<State> state_;
    const bus::ProducerOptions options_;
    std::deque<Item> queue_;
    std::size_t pending_ = 0;
    bool closing_ = false;
    std::thread thread_;
};

class MemoryConsumer final : public bus::Consumer {
public:
    MemoryConsumer(std::shared_ptr<State> state, bus::ConsumerOptions options)
        : state_(std::move(state)), options_(std::move(options)) {
        const std::lock_guard lock(state_->mutex);
        id_ = state_->next_member++;
        auto& group = state_->groups[options_.group];
        group.members.push_back(id_);
        ++group.generation;
    }
    ~MemoryConsumer() override { Close(); }

    Result<std::vector<bus::Message>> Poll(std::size_t max,
                                           std::chrono::milliseconds wait) override {
        const auto deadline = DeadlineIn(wait);
        Rebalance();
        std::unique_lock lock(state_->mutex);
        std::vector<bus::Message> out;
        state_->changed.wait_until(lock, deadline, [&] { return Take(max, &out); });
        return out;
    }
    void OnRevoke(std::function<void(std::span<const bus::Assignment>)> callback) override {
        on_revoke_ = std::move(callback);
    }
    Status Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) override {
        const std::lock_guard lock(state_->mutex);
        const bus::Assignment at{topic, partition};
        if (!Current() || !position_.contains(at)) {
            return MakeStatus(Code::kFailedPrecondition, "BUS_NOT_ASSIGNED", "not ours any more");
        }
        state_->groups[options_.group].next[at] = offset + 1;
        return Status::Ok();
    }
    Status Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) override {
        const auto it = position_.find({topic, partition});
        if (it == position_.end()) {
            return MakeStatus(Code::kFailedPrecondition, "BUS_NOT_ASSIGNED", "not ours any more");
        }
        it->second = offset;
        return Status::Ok();
    }
    std::vector<bus::Assignment> assigned() const override {
        std::vector<bus::Assignment> out;
        for (const auto& [at, offset] : position_) out.push_back(at);
        return out;
    }
    std::int64_t Lag() override {
        const std::lock_guard lock(state_->mutex);
        std::int64_t lag = 0;
        for (const auto& [at, offset] : position_) lag += End(at) - Committed(at);
        return lag;
    }
    void Close() override {
        if (closed_) return;
        closed_ = true;
        Revoke();
        const std::lock_guard lock(state_->mutex);
        auto& group = state_->groups[options_.group];
        std::erase(group.members, id_);
        ++group.generation;
        state_->changed.notify_all();
    }

private:
    bool Current() const {
        return !closed_ && state_->groups[options_.group].generation == generation_;
    }
    std::int64_t End(const bus::Assignment& at) const {
        const auto it = state_->partitions.find(at);
        return it == state_->partitions.end() ? 0 : static_cast<std::int64_t>(it->second.size());
    }
    std::int64_t Committed(const bus::Assignment& at) const {
        const auto& next = state_->groups[options_.group].next;
        const auto it = next.find(at);
        if (it != next.end()) return it->second;
        return options_.from_beginning ? 0 : End(at);
    }
    void Revoke() {
        const auto gone = assigned();
        if (!gone.empty() && on_revoke_) on_revoke_(gone);
        position_.clear();
    }
    void Rebalance() {
        {
            const std::lock_guard lock(state_->mutex);
            if (Current() || closed_) return;
        }
        Revoke();
        const std::lock_guard lock(state_->mutex);
        const auto& group = state_->groups[options_.group];
        generation_ = group.generation;
        std::size_t turn = 0;
        for (const auto& name : options_.topics) {
            const auto topic = state_->topics.find(name);
            if (topic == state_->topics.end()) continue;
            for (int p = 0; p < topic->second; ++p, ++turn) {
                if (group.members[turn % group.members.size()] != id_) continue;
                const bus::Assignment at{name, p};
                position_[at] = Committed(at);
            }
        }
    }
    // True where there is something (or the group has changed, which ends the wait).
    bool Take(std::size_t max, std::vector<bus::Message>* out) {
        if (!Current()) return true;
        for (auto& [at, offset] : position_) {
            for (; offset < End(at) && out->size() < max; ++offset) {
                out->push_back(
                    state_->log[state_->partitions[at][static_cast<std::size_t>(offset)]]);
            }
        }
        return !out->empty();
    }

    std::shared_ptr<State> state_;
    const bus::ConsumerOptions options_;
    std::uint64_t id_ = 0, generation_ = 0;
    bool closed_ = false;
    std::map<bus::Assignment, std::int64_t> position_;
    std::function<void(std::span<const bus::Assignment>)> on_revoke_;
};

}  // namespace

MemoryBus::MemoryBus() : state_(std::make_shared<State>()) {}
MemoryBus::~MemoryBus() = default;

Result<std::unique_ptr<bus::Producer>> MemoryBus::NewProducer(bus::ProducerOptions options) {
    return std::unique_ptr<bus::Producer>(new MemoryProducer(state_, options));
}
Result<std::unique_ptr<bus::Consumer>> MemoryBus::NewConsumer(bus::ConsumerOptions options) {
    return std::unique_ptr<bus::Consumer>(new MemoryConsumer(state_, std::move(options)));
}
Status MemoryBus::EnsureTopics(std::span<const bus::TopicSpec> topics) {
    const std::lock_guard lock(state_->mutex);
    for (const auto& spec : topics) {
        const auto [it, added] = state_->topics.emplace(spec.name, spec.partitions);
        if (!added && it->second != spec.partitions) {
            return MakeStatus(Code::kFailedPrecondition, "BUS_TOPIC_PARTITIONS",
                              spec.name + " has another number of partitions");
        }
    }
    for (auto& [name, group] : state_->groups) ++group.generation;
    state_->changed.notify_all();
    return Status::Ok();
}
void MemoryBus::FailWhen(std::function<Status(const bus::OutMessage&)> rule) {
    const std::lock_guard lock(state_->mutex);
    state_->rule = std::move(rule);
}
void MemoryBus::Hold(bool hold) {
    const std::lock_guard lock(state_->mutex);
    state_->hold = hold;
    state_->changed.notify_all();
}
std::size_t MemoryBus::held() const {
    const std::lock_guard lock(state_->mutex);
    return state_->held;
}
std::vector<bus::Message> MemoryBus::All() const {
    const std::lock_guard lock(state_->mutex);
    return state_->log;
}
std::size_t MemoryBus::size() const {
    const std::lock_guard lock(state_->mutex);
    return state_->log.size();
}

}  // namespace shouwang::outbox::testing
