// What needs no server: addresses, the list of topics, the waiting room, headers.
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "common/bus/bus.h"
#include "common/bus/embedded_schema.h"
#include "common/bus/in_flight.h"
#include "common/bus/topics.h"

namespace shouwang::bus {
namespace {

using namespace std::chrono_literals;

TEST(Connect, KnowsTwoKinds) {
    const struct {
        const char *address, *kind;
    } cases[] = {
        {"kafka://127.0.0.1:9092", "kafka"}, {"embedded:host=127.0.0.1 dbname=bus", "embedded"}, {"kafka://", ""},
        {"embedded:", ""},                   {"", ""},                                           {"redis://127.0.0.1", ""},
    };
    for (const auto& c : cases) {
        const auto bus = Connect(c.address);
        EXPECT_EQ(bus.ok() ? std::string((*bus)->kind()) : "", c.kind) << c.address;
        EXPECT_EQ(bus.status().reason, bus.ok() ? "" : "BUS_ADDRESS") << c.address;
    }
    // A password in a mistyped address does not get into logs.
    EXPECT_EQ(Connect("embeded:password=hidden").status().message.find("hidden"), std::string::npos);
}

TEST(Topics, TheDeclaredOnesAreReadable) {
    const auto topics = DeclaredTopics();
    ASSERT_TRUE(topics.ok()) << topics.status().message;
    const auto file = LoadTopics("deploy/kafka/topics.yaml");
    ASSERT_TRUE(file.ok()) << file.status().message;
    EXPECT_EQ(topics->size(), file->size());
    auto find = [&](const std::string& name) {
        for (const auto& t : *topics) {
            if (t.name == name) return t;
        }
        return TopicSpec{"", 0, 0};
    };
    EXPECT_EQ(find("shouwang.monitoring.feed.v1").partitions, 8);
    EXPECT_EQ(find("shouwang.monitoring.feed.v1").retention_ms, 7 * 86'400'000);
    EXPECT_EQ(find("shouwang.monitoring.lead.v1").partitions, 8);
    EXPECT_EQ(find("shouwang.monitoring.household.v1").partitions, 8);
    EXPECT_EQ(find(DeadLetterTopic("shouwang.monitoring.feed.v1", "monitoring")).partitions, 1);
}

TEST(Topics, WhatIsWrongIsNamed) {
    const std::string dlq = "\ndlq: {partitions: 1, retention: 1d}";
    const struct {
        std::string yaml, word;
    } cases[] = {
        {"topics: [{name: a, partitions: 0, retention: 1d}]" + dlq, "partitions"},
        {"topics: [{name: a, partitions: many, retention: 1d}]" + dlq, "partitions"},
        {"topics: [{name: a, partitions: 1, retention: 1w}]" + dlq, "retention"},
        {"topics: [{name: a, partitions: 1, retention: 1d, colour: red}]" + dlq, "colour"},
        {"topics: [{name: a, partitions: 1, retention: 1d}, {name: a, partitions: 1, retention: 1d}]" + dlq, "twice"},
        {"topics: [{name: A b, partitions: 1, retention: 1d}]" + dlq, "A b"},
        {"topics: [{name: a, partitions: 1, retention: 1d}]", "dlq"},
        {"topics: {", "topics"},
        {"", "topics"},
    };
    for (const auto& c : cases) {
        const auto topics = ParseTopics(c.yaml);
        ASSERT_FALSE(topics.ok()) << c.yaml;
        EXPECT_EQ(topics.status().reason, "BUS_CONFIG");
        EXPECT_NE(topics.status().message.find(c.word), std::string::npos) << topics.status().message;
    }
    EXPECT_NE(LoadTopics("no/such/file.yaml").status().message.find("no/such/file.yaml"), std::string::npos);
}

TEST(InFlight, BoundsMessagesAndBytes) {
    InFlight room(2, 100);
    const auto first = room.Enter(60, DeadlineIn(0s));
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(room.Enter(60, DeadlineIn(10ms)).status().reason, "BUS_QUEUE_FULL");  // bytes
    const auto second = room.Enter(10, DeadlineIn(0s));
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(room.Enter(1, DeadlineIn(10ms)).status().reason, "BUS_QUEUE_FULL");  // messages
    auto waiting = std::async(std::launch::async, [&] { return room.Enter(1, DeadlineIn(10s)).ok(); });
    room.Leave(*first, 60);
    room.Leave(*second, 10);
    EXPECT_TRUE(waiting.get());
}

TEST(InFlight, AMessageLargerThanTheBoundEntersAnEmptyRoom) {
    InFlight room(2, 100);
    EXPECT_TRUE(room.Enter(1000, DeadlineIn(0s)).ok());
}

TEST(InFlight, FlushWaitsForThoseBeforeItOnly) {
    InFlight room(10, 1000);
    const auto before = room.Enter(1, DeadlineIn(0s));
    EXPECT_EQ(room.Flush(DeadlineIn(10ms)).reason, "BUS_FLUSH_TIMEOUT");
    const auto after = room.Enter(1, DeadlineIn(0s));
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_NE(*before, *after);
    auto flush = std::async(std::launch::async, [&] { return room.Flush(DeadlineIn(10s)).ok(); });
    room.Leave(*before, 1);
    room.Leave(*after, 1);
    EXPECT_TRUE(flush.get());
}

TEST(EmbeddedHeaders, RoundTrip) {
    const Headers cases[] = {{}, {{"a", "b"}}, {{"a", ""}, {"", "b"}, {"a", std::string("\0\xff", 2)}}, {{std::string(70000, 'n'), "v"}}};
    for (const auto& headers : cases) EXPECT_EQ(embedded::DecodeHeaders(embedded::EncodeHeaders(headers)), headers);
}

TEST(EmbeddedHeaders, CutBytesEnd) {
    const std::string bytes = embedded::EncodeHeaders({{"name", "value"}});
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_LE(embedded::DecodeHeaders(bytes.substr(0, n)).size(), 1u);
}

}  // namespace
}  // namespace shouwang::bus
