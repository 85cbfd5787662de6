// What the bus's tests share: a bus of either kind with a topic of its own, and small loops around Produce and Poll.
#pragma once

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/bus/bus.h"
#include "common/testing/servers.h"

namespace shouwang::bus {

using namespace std::chrono_literals;

// Address of the bus under test, or nullopt after skipping (no broker) or failing (no broker though one is required).
inline std::optional<std::string> KafkaAddressOrSkip() {
    std::string why;
    const std::string address = testing::TestKafka(&why);
    if (!address.empty()) return "kafka://" + address;
    const char* require = std::getenv("SHOUWANG_REQUIRE_KAFKA");
    [&] {
        if (require != nullptr && std::string_view(require) == "1") FAIL() << "a real Kafka is required here: " << why;
        GTEST_SKIP() << "needs a Kafka broker: " << why;
    }();
    return std::nullopt;
}

inline std::unique_ptr<Bus> MustConnect(const std::string& address) {
    auto bus = Connect(address);
    if (!bus.ok()) throw std::runtime_error(bus.status().message);
    return std::move(bus).value();
}

inline std::unique_ptr<Producer> MustProducer(Bus& bus, ProducerOptions options = {}) {
    auto producer = bus.NewProducer(options);
    if (!producer.ok()) throw std::runtime_error(producer.status().message);
    return std::move(producer).value();
}

inline std::unique_ptr<Consumer> MustConsumer(Bus& bus, const std::string& group, const std::string& topic, const std::string& instance = "") {
    ConsumerOptions options{.group = group, .topics = {topic}, .instance = instance, .session_timeout = 3000ms};
    auto consumer = bus.NewConsumer(options);
    if (!consumer.ok()) throw std::runtime_error(consumer.status().message);
    return std::move(consumer).value();
}

// Counts reports.
struct Reports {
    std::atomic<int> ok = 0, failed = 0;
    Producer::Report One() {
        return [this](const Status& status) { ++(status.ok() ? ok : failed); };
    }
};

inline void MustProduce(Producer& producer, OutMessage message, Reports& reports) {
    const Status status = producer.Produce(std::move(message), reports.One(), DeadlineIn(20s));
    ASSERT_TRUE(status.ok()) << status.message;
}

// Messages "0" to "n-1" with keys "k<i % keys>"; waits for their reports.
inline void ProduceNumbers(Producer& producer, const std::string& topic, int n, int keys, int first = 0) {
    Reports reports;
    for (int i = first; i < first + n; ++i) {
        MustProduce(producer, {topic, "k" + std::to_string(i % keys), std::to_string(i), {}}, reports);
    }
    ASSERT_TRUE(producer.Flush(DeadlineIn(30s)).ok());
    ASSERT_EQ(reports.ok, n);
}

// Polls until `n` messages have come, or `seconds` have gone.
inline std::vector<Message> Take(Consumer& consumer, std::size_t n, double seconds = 20) {
    std::vector<Message> all;
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (all.size() < n && std::chrono::steady_clock::now() < end) {
        auto some = consumer.Poll(n - all.size(), 200ms);
        EXPECT_TRUE(some.ok()) << some.status().message;
        if (!some.ok()) break;
        for (auto& m : *some) all.push_back(std::move(m));
    }
    return all;
}

inline void CommitAll(Consumer& consumer, const std::vector<Message>& messages) {
    for (const auto& m : messages) {
        const Status status = consumer.Commit(m.topic, m.partition, m.offset);
        ASSERT_TRUE(status.ok()) << status.reason << ": " << status.message;
    }
}

}  // namespace shouwang::bus
