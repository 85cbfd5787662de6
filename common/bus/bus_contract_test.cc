// The one contract, run against both buses (bus.h).
#include <algorithm>
#include <future>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "common/bus/bus_test_util.h"

namespace shouwang::bus {
namespace {

class BusContract : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        if (GetParam() == "kafka") {
            const auto address = KafkaAddressOrSkip();
            if (!address) return;
            address_ = *address;
        } else {
            database_ = std::make_unique<testing::TestDatabase>();
            address_ = "embedded:" + database_->conninfo();
        }
        bus_ = MustConnect(address_);
        ASSERT_TRUE(Declare(topic_, 4).ok());
    }

    Status Declare(const std::string& name, int partitions) {
        const TopicSpec spec{name, partitions, -1};
        return bus_->EnsureTopics({&spec, 1});
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::string address_;
    const std::string topic_ = "test." + Uuid4(), group_ = "group." + Uuid4();
    std::unique_ptr<Bus> bus_;
};

// Polls both until each owns something and they own everything together.
bool Shared(Consumer& a, Consumer& b, std::size_t total) {
    return testing::Eventually(
        [&] {
            EXPECT_TRUE(a.Poll(100, 10ms).value().empty());
            (void)b.Poll(100, 10ms);
            return !a.assigned().empty() && !b.assigned().empty() && a.assigned().size() + b.assigned().size() == total;
        },
        30);
}

TEST_P(BusContract, SaysWhichItIs) { EXPECT_EQ(bus_->kind(), GetParam()); }

TEST_P(BusContract, MessagesOutliveTheirProducerAndTheBus) {
    ProduceNumbers(*MustProducer(*bus_), topic_, 100, 10);
    bus_ = MustConnect(address_);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    EXPECT_EQ(Take(*consumer, 100).size(), 100u);
}

TEST_P(BusContract, KeepsTheOrderOfAKeyAndLosesNothing) {
    constexpr int kMessages = 6000, kKeys = 50;
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, kMessages, kKeys);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*consumer, kMessages);
    ASSERT_EQ(messages.size(), static_cast<std::size_t>(kMessages));
    std::map<std::string, int> last;
    std::map<std::int32_t, std::int64_t> next_offset;
    std::set<std::string> values;
    for (const auto& m : messages) {
        const int n = std::stoi(m.value);
        EXPECT_GT(n, last.try_emplace(m.key, -1).first->second) << m.key;
        last[m.key] = n;
        EXPECT_EQ(m.offset, next_offset[m.partition]++);
        values.insert(m.value);
    }
    EXPECT_EQ(values.size(), static_cast<std::size_t>(kMessages));
    EXPECT_EQ(next_offset.size(), 4u);  // 50 keys meet every partition
}

// Hashes of Kafka's own Java tests (UtilsTest.testMurmur2).
TEST_P(BusContract, PlacesKeysAsJavaDoes) {
    const std::map<std::string, std::int32_t> hashes = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    auto producer = MustProducer(*bus_);
    Reports reports;
    for (const auto& [key, hash] : hashes) MustProduce(*producer, {topic_, key, "v", {}}, reports);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*consumer, hashes.size());
    ASSERT_EQ(messages.size(), hashes.size());
    for (const auto& m : messages) EXPECT_EQ(m.partition, (hashes.at(m.key) & 0x7fffffff) % 4) << m.key;
}

TEST_P(BusContract, AGivenPartitionWinsOverTheKey) {
    auto producer = MustProducer(*bus_);
    Reports reports;
    for (int p = 0; p < 4; ++p) MustProduce(*producer, {topic_, "same", std::to_string(p), {}, p}, reports);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*consumer, 4);
    ASSERT_EQ(messages.size(), 4u);
    for (const auto& m : messages) EXPECT_EQ(std::to_string(m.partition), m.value);
}

TEST_P(BusContract, CarriesHeadersBytesAndTime) {
    const Headers headers = {{"ce_id", "1"}, {"ce_id", "2"}, {"empty", ""}, {"bytes", std::string("\0\xff\n", 3)}, {"中文", "值"}};
    const std::string bytes("\0value\xff", 7);
    const auto before = std::chrono::system_clock::now() - 5s;
    auto producer = MustProducer(*bus_);
    Reports reports;
    MustProduce(*producer, {topic_, std::string("\0k", 2), bytes, headers}, reports);
    MustProduce(*producer, {topic_, "", "", {}}, reports);
    ASSERT_TRUE(producer->Flush(DeadlineIn(20s)).ok());
    EXPECT_EQ(reports.ok, 2);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    auto messages = Take(*consumer, 2);
    ASSERT_EQ(messages.size(), 2u);
    if (messages[0].value.empty()) std::swap(messages[0], messages[1]);
    EXPECT_EQ(messages[0].key, std::string("\0k", 2));
    EXPECT_EQ(messages[0].value, bytes);
    EXPECT_EQ(messages[0].headers, headers);
    EXPECT_GT(messages[0].time, before);
    EXPECT_LT(messages[0].time, before + 60s);
    EXPECT_EQ(messages[1].key, "");
    EXPECT_EQ(messages[1].value, "");
    EXPECT_TRUE(messages[1].headers.empty());
}

TEST_P(BusContract, CarriesFiveMegabytesAndRefusesMoreThanTheBound) {
    std::string big(5 << 20, 'x');
    for (std::size_t i = 0; i < big.size(); i += 7) big[i] = static_cast<char>(i * 2654435761u >> 13);  // does not compress away
    auto producer = MustProducer(*bus_);
    Reports reports;
    for (int i = 0; i < 3; ++i) MustProduce(*producer, {topic_, "big", big, {}}, reports);
    ASSERT_TRUE(producer->Flush(DeadlineIn(30s)).ok());
    EXPECT_EQ(reports.ok, 3);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*consumer, 3);
    ASSERT_EQ(messages.size(), 3u);
    for (const auto& m : messages) EXPECT_TRUE(m.value == big);
    const Status refused = producer->Produce({topic_, "big", std::string(kMaxMessageBytes, 'x'), {}}, reports.One(), DeadlineIn(1s));
    EXPECT_EQ(refused.reason, "BUS_MESSAGE_TOO_LARGE");
    EXPECT_EQ(refused.code, Code::kInvalidArgument);
}

TEST_P(BusContract, FlushWaitsForEveryReport) {
    auto producer = MustProducer(*bus_, {.linger = 200ms});
    Reports reports;
    for (int i = 0; i < 1000; ++i) MustProduce(*producer, {topic_, std::to_string(i), "v", {}}, reports);
    ASSERT_TRUE(producer->Flush(DeadlineIn(20s)).ok());
    EXPECT_EQ(reports.ok, 1000);
    EXPECT_TRUE(producer->Flush(DeadlineIn(0s)).ok());  // nothing left
}

TEST_P(BusContract, AFullQueueMakesProduceWait) {
    auto producer = MustProducer(*bus_, {.max_messages = 10});
    Reports reports;
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    // The first report holds the internal thread, so nothing leaves the queue.
    const Status first = producer->Produce({topic_, "k", "0", {}}, [&, count = reports.One()](const Status& s) { open.wait(); count(s); }, DeadlineIn(5s));
    ASSERT_TRUE(first.ok());
    for (int i = 1; i < 10; ++i) MustProduce(*producer, {topic_, "k", std::to_string(i), {}}, reports);
    const Status full = producer->Produce({topic_, "k", "10", {}}, reports.One(), DeadlineIn(100ms));
    EXPECT_EQ(full.reason, "BUS_QUEUE_FULL");
    EXPECT_EQ(full.code, Code::kResourceExhausted);
    EXPECT_EQ(producer->Flush(DeadlineIn(50ms)).reason, "BUS_FLUSH_TIMEOUT");
    gate.set_value();
    for (int i = 10; i < 500; ++i) MustProduce(*producer, {topic_, "k", std::to_string(i), {}}, reports);
    ASSERT_TRUE(producer->Flush(DeadlineIn(20s)).ok());
    EXPECT_EQ(reports.ok, 500);  // the refused one has no report
    EXPECT_EQ(reports.failed, 0);
}

TEST_P(BusContract, AnUnknownTopicIsReported) {
    auto producer = MustProducer(*bus_);
    std::promise<Status> reported;
    ASSERT_TRUE(producer->Produce({"nobody." + Uuid4(), "k", "v", {}}, [&](const Status& s) { reported.set_value(s); }, DeadlineIn(5s)).ok());
    auto future = reported.get_future();
    ASSERT_EQ(future.wait_for(30s), std::future_status::ready);
    EXPECT_EQ(future.get().reason, "BUS_TOPIC_UNKNOWN");
    EXPECT_EQ(producer->Partitions("nobody." + Uuid4()).status().reason, "BUS_TOPIC_UNKNOWN");
    EXPECT_EQ(producer->Partitions(topic_).value(), 4);
    // The producer goes on.
    ProduceNumbers(*producer, topic_, 10, 3);
}

TEST_P(BusContract, EnsureTopicsIsIdempotentAndNeverRepartitions) {
    EXPECT_TRUE(Declare(topic_, 4).ok());
    const Status other = Declare(topic_, 5);
    EXPECT_EQ(other.code, Code::kFailedPrecondition);
    EXPECT_EQ(other.reason, "BUS_TOPIC_PARTITIONS");
    EXPECT_EQ(MustProducer(*bus_)->Partitions(topic_).value(), 4);
    const std::vector<TopicSpec> many = {{topic_, 4, -1}, {topic_ + ".dlq.test", 1, 60000}};
    EXPECT_TRUE(bus_->EnsureTopics(many).ok());
    EXPECT_TRUE(bus_->EnsureTopics(many).ok());
    EXPECT_EQ(MustProducer(*bus_)->Partitions(topic_ + ".dlq.test").value(), 1);
}

TEST_P(BusContract, WhatIsNotCommittedComesAgain) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 20, 1);  // one key: one partition
    auto first = MustConsumer(*bus_, group_, topic_);
    const auto seen = Take(*first, 20);
    ASSERT_EQ(seen.size(), 20u);
    ASSERT_TRUE(first->Commit(topic_, seen[11].partition, seen[11].offset).ok());
    first->Close();
    first->Close();  // idempotent
    EXPECT_EQ(first->Poll(1, 0ms).status().reason, "BUS_CLOSED");
    auto second = MustConsumer(*bus_, group_, topic_);
    const auto again = Take(*second, 8);
    ASSERT_EQ(again.size(), 8u);
    EXPECT_EQ(again.front().value, "12");
    EXPECT_EQ(again.back().value, "19");
}

TEST_P(BusContract, SeekGoesBack) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 20, 1);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto seen = Take(*consumer, 20);
    ASSERT_EQ(seen.size(), 20u);
    ASSERT_TRUE(consumer->Seek(topic_, seen[5].partition, seen[5].offset).ok());
    const auto again = Take(*consumer, 15);
    ASSERT_EQ(again.size(), 15u);
    EXPECT_EQ(again.front().value, "5");
    EXPECT_EQ(again.back().value, "19");
    EXPECT_EQ(consumer->Seek("another", 0, 0).reason, "BUS_NOT_ASSIGNED");
}

TEST_P(BusContract, GroupsAreIndependentAndMayBeginAtTheEnd) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 10, 5);
    auto late = bus_->NewConsumer({.group = group_ + ".late", .topics = {topic_}, .from_beginning = false, .session_timeout = 3000ms});
    ASSERT_TRUE(late.ok());
    ASSERT_TRUE(testing::Eventually([&] { return (*late)->Poll(10, 100ms).value().empty() && (*late)->assigned().size() == 4; }, 20));
    EXPECT_TRUE(Take(**late, 1, 1.0).empty());  // where "the end" was is settled now
    for (const std::string group : {".a", ".b"}) {
        auto consumer = MustConsumer(*bus_, group_ + group, topic_);
        EXPECT_EQ(Take(*consumer, 10).size(), 10u);
    }
    ProduceNumbers(*producer, topic_, 3, 3, 10);
    const auto news = Take(**late, 3);
    ASSERT_EQ(news.size(), 3u);
    for (const auto& m : news) EXPECT_GE(std::stoi(m.value), 10);
}

TEST_P(BusContract, AGroupSharesEachTopicAmongThoseThatReadIt) {
    const std::string other = topic_ + ".other";
    ASSERT_TRUE(Declare(other, 2).ok());
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 20, 20);
    ProduceNumbers(*producer, other, 20, 20);
    auto a = MustConsumer(*bus_, group_, topic_), b = MustConsumer(*bus_, group_, other);
    std::size_t from_a = 0, from_b = 0;
    EXPECT_TRUE(testing::Eventually(
        [&] {
            from_a += a->Poll(100, 50ms).value().size();
            from_b += b->Poll(100, 50ms).value().size();
            return a->assigned().size() == 4 && b->assigned().size() == 2 && from_a >= 20 && from_b >= 20;
        },
        30));
}

TEST_P(BusContract, TellsItsLag) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 40, 7);
    auto consumer = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*consumer, 40);
    ASSERT_EQ(messages.size(), 40u);
    EXPECT_TRUE(testing::Eventually([&] { return consumer->Lag() == 40; }));
    CommitAll(*consumer, {messages.begin(), messages.begin() + 10});
    // Committing the tenth message of a partition commits the nine before it.
    std::map<std::int32_t, std::int64_t> done;
    for (int i = 0; i < 10; ++i) done[messages[static_cast<std::size_t>(i)].partition] = messages[static_cast<std::size_t>(i)].offset + 1;
    std::int64_t committed = 0;
    for (const auto& [partition, n] : done) committed += n;
    EXPECT_TRUE(testing::Eventually([&] { return consumer->Lag() == 40 - committed; }));
    CommitAll(*consumer, messages);
    EXPECT_TRUE(testing::Eventually([&] { return consumer->Lag() == 0; }));
}

TEST_P(BusContract, TwoConsumersShareThePartitions) {
    auto producer = MustProducer(*bus_);
    auto a = MustConsumer(*bus_, group_, topic_), b = MustConsumer(*bus_, group_, topic_);
    ASSERT_TRUE(Shared(*a, *b, 4));
    const auto of_a = a->assigned(), of_b = b->assigned();
    EXPECT_EQ(of_a.size(), 2u);
    std::vector<Assignment> both;
    std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both));
    EXPECT_TRUE(both.empty());
    ProduceNumbers(*producer, topic_, 200, 40);
    std::multiset<std::string> seen;
    ASSERT_TRUE(testing::Eventually(
        [&] {
            for (Consumer* c : {a.get(), b.get()}) {
                auto some = c->Poll(100, 50ms);
                if (!some.ok()) return false;
                for (const auto& m : *some) {
                    seen.insert(m.value);
                    EXPECT_THAT(c->assigned(), ::testing::Contains(Assignment{m.topic, m.partition}));
                }
            }
            return seen.size() >= 200;
        },
        30));
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 200u);
    EXPECT_EQ(seen.size(), 200u);
}

TEST_P(BusContract, ALeavingConsumerIsReplaced) {
    auto producer = MustProducer(*bus_);
    auto a = MustConsumer(*bus_, group_, topic_), b = MustConsumer(*bus_, group_, topic_);
    ASSERT_TRUE(Shared(*a, *b, 4));
    ProduceNumbers(*producer, topic_, 100, 20);
    a->Close();
    EXPECT_TRUE(a->assigned().empty());
    std::set<std::string> seen;
    EXPECT_TRUE(testing::Eventually(
        [&] {
            auto some = b->Poll(100, 50ms);
            if (!some.ok()) return false;
            for (const auto& m : *some) seen.insert(m.value);
            return seen.size() == 100 && b->assigned().size() == 4;
        },
        30));
}

TEST_P(BusContract, ARevokedPartitionIsCommittedBeforeAndRefusedAfter) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 40, 20);
    // Before the consumer: its callback uses them until it is closed.
    std::map<std::int32_t, std::int64_t> last;
    std::set<std::int32_t> revoked;
    int committed = 0;
    auto a = MustConsumer(*bus_, group_, topic_);
    const auto messages = Take(*a, 40);
    ASSERT_EQ(messages.size(), 40u);
    for (const auto& m : messages) last[m.partition] = m.offset;
    a->OnRevoke([&](std::span<const Assignment> gone) {
        for (const auto& which : gone) {
            revoked.insert(which.partition);
            committed += a->Commit(which.topic, which.partition, last[which.partition]).ok() ? 1 : 0;
        }
    });
    auto b = MustConsumer(*bus_, group_, topic_);
    ASSERT_TRUE(Shared(*a, *b, 4));
    EXPECT_GE(revoked.size(), 2u);
    EXPECT_EQ(committed, static_cast<int>(revoked.size()));
    for (const auto& which : b->assigned()) {
        const Status refused = a->Commit(which.topic, which.partition, last[which.partition]);
        EXPECT_EQ(refused.code, Code::kFailedPrecondition);
        EXPECT_EQ(refused.reason, "BUS_NOT_ASSIGNED");
    }
    EXPECT_TRUE(Take(*b, 1, 1.0).empty());  // what was committed in the callback does not come again
}

INSTANTIATE_TEST_SUITE_P(Buses, BusContract, ::testing::Values("kafka", "embedded"), [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace shouwang::bus
