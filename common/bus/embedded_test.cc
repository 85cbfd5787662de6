// What only the embedded bus has: connections that die with their locks, offsets handed out under a row lock, purge.
#include <map>
#include <set>
#include <thread>

#include "common/bus/bus_test_util.h"
#include "common/bus/embedded_schema.h"
#include "common/pg/pg.h"

namespace shouwang::bus {
namespace {

class EmbeddedBusTest : public ::testing::Test {
protected:
    void SetUp() override {
        bus_ = MustConnect("embedded:" + database_.conninfo());
        const TopicSpec spec{topic_, 4, -1};
        ASSERT_TRUE(bus_->EnsureTopics({&spec, 1}).ok());
        sql_ = std::move(pg::Connection::Open(database_.conninfo(), DeadlineIn(5s))).value();
    }

    // Ends every other connection to this database, as a restart of the server would.
    void CutAll() {
        ASSERT_TRUE(sql_->Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").ok());
    }

    testing::TestDatabase database_;
    const std::string topic_ = "test.embedded";
    std::unique_ptr<Bus> bus_;
    std::unique_ptr<pg::Connection> sql_;
};

TEST_F(EmbeddedBusTest, ALostConnectionLosesThePartitionsAndComesBack) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 10, 1);
    // Before the consumer: its callback uses them until it is closed.
    std::vector<Message> seen;
    std::size_t lost = 0;
    std::string reason;
    auto consumer = MustConsumer(*bus_, "g", topic_);
    seen = Take(*consumer, 10);
    ASSERT_EQ(seen.size(), 10u);
    ASSERT_TRUE(consumer->Commit(topic_, seen[3].partition, seen[3].offset).ok());
    consumer->OnRevoke([&](std::span<const Assignment> gone) {
        lost = gone.size();
        reason = consumer->Commit(topic_, seen[9].partition, seen[9].offset).reason;
    });
    CutAll();
    const auto again = Take(*consumer, 6);
    EXPECT_EQ(lost, 4u);
    EXPECT_EQ(reason, "BUS_NOT_ASSIGNED");
    ASSERT_EQ(again.size(), 6u);
    EXPECT_EQ(again.front().value, "4");
}

TEST_F(EmbeddedBusTest, AProducerWritesOnAfterItsConnectionDied) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 10, 3);
    CutAll();
    ProduceNumbers(*producer, topic_, 10, 3, 10);
    auto consumer = MustConsumer(*bus_, "g", topic_);
    EXPECT_EQ(Take(*consumer, 20).size(), 20u);
}

TEST_F(EmbeddedBusTest, ReadersNeverSeeAGapWhileManyWrite) {
    constexpr int kWriters = 3, kEach = 3000;
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
        writers.emplace_back([&, w] { ProduceNumbers(*MustProducer(*bus_), topic_, kEach, 1 + w); });
    }
    auto consumer = MustConsumer(*bus_, "g", topic_);
    std::map<std::int32_t, std::int64_t> next;
    int seen = 0;
    EXPECT_TRUE(testing::Eventually(
        [&] {
            const auto some = consumer->Poll(500, 20ms);
            if (!some.ok()) return false;
            for (const auto& m : *some) {
                EXPECT_EQ(m.offset, next[m.partition]++);
                ++seen;
            }
            return seen >= kWriters * kEach;
        },
        60));
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(seen, kWriters * kEach);
}

TEST_F(EmbeddedBusTest, PurgeDeletesWhatIsTooOldAndNothingElse) {
    const std::string brief = "test.brief";
    const TopicSpec spec{brief, 2, 3'600'000};
    ASSERT_TRUE(bus_->EnsureTopics({&spec, 1}).ok());
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, brief, 100, 10);
    ProduceNumbers(*producer, topic_, 100, 10);
    ASSERT_EQ(embedded::Purge(*sql_).value(), 0);
    ASSERT_TRUE(sql_->Exec("UPDATE bus.message SET written = written - interval '2 hours'").ok());
    ProduceNumbers(*producer, brief, 7, 7, 100);
    EXPECT_EQ(embedded::Purge(*sql_).value(), 100);
    EXPECT_EQ(embedded::Purge(*sql_).value(), 0);
    auto consumer = MustConsumer(*bus_, "g", brief);
    const auto left = Take(*consumer, 7);
    ASSERT_EQ(left.size(), 7u);
    for (const auto& m : left) EXPECT_GE(std::stoi(m.value), 100);
    EXPECT_EQ(consumer->Lag(), 7);  // purged messages are not waiting for anybody
    auto kept = MustConsumer(*bus_, "g", topic_);
    EXPECT_EQ(Take(*kept, 100).size(), 100u);
}

TEST_F(EmbeddedBusTest, ManyMembersShareFairly) {
    std::vector<std::unique_ptr<Consumer>> members;
    for (int i = 0; i < 3; ++i) members.push_back(MustConsumer(*bus_, "g", topic_));
    EXPECT_TRUE(testing::Eventually(
        [&] {
            std::multiset<std::size_t> sizes;
            for (auto& m : members) {
                (void)m->Poll(100, 10ms);
                sizes.insert(m->assigned().size());
            }
            return sizes == std::multiset<std::size_t>{1, 1, 2};
        },
        20));
}

}  // namespace
}  // namespace shouwang::bus
