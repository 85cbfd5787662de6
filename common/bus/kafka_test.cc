// What only a real broker can show: rebalance after a crash, static membership and fencing, a producer that became useless,
// a broker killed and started again.
#include <array>
#include <csignal>
#include <cstdio>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "common/bus/bus_test_util.h"
#include "common/bus/kafka_producer.h"

namespace shouwang::bus {
namespace {

class KafkaTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto address = KafkaAddressOrSkip();
        if (!address) return;
        address_ = *address;
        bus_ = MustConnect(address_);
        const TopicSpec spec{topic_, 4, -1};
        ASSERT_TRUE(bus_->EnsureTopics({&spec, 1}).ok());
    }

    std::string address_;
    const std::string topic_ = "test." + Uuid4(), group_ = "group." + Uuid4();
    std::unique_ptr<Bus> bus_;
};

TEST_F(KafkaTest, AUselessProducerIsReplaced) {
    auto producer = kafka::KafkaProducer::Create(address_.substr(8), {});
    ASSERT_TRUE(producer.ok());
    ProduceNumbers(**producer, topic_, 10, 3);
    Reports reports;
    (*producer)->BreakForTest();
    for (int i = 0; i < 1000; ++i) MustProduce(**producer, {topic_, "k", "maybe", {}}, reports);
    ASSERT_TRUE((*producer)->Flush(DeadlineIn(30s)).ok());
    EXPECT_EQ(reports.ok + reports.failed, 1000);  // each has its report, whichever
    ProduceNumbers(**producer, topic_, 10, 3, 10);
}

TEST_F(KafkaTest, AStaticMemberComesBackWithoutARebalance) {
    int revoked_of_a = 0;  // before the consumer: its callback uses it until it is closed
    auto a = MustConsumer(*bus_, group_, topic_, "a"), b = MustConsumer(*bus_, group_, topic_, "b");
    ASSERT_TRUE(testing::Eventually(
        [&] {
            (void)a->Poll(100, 10ms);
            (void)b->Poll(100, 10ms);
            return a->assigned().size() == 2 && b->assigned().size() == 2;
        },
        30));
    const auto had = b->assigned();
    a->OnRevoke([&](std::span<const Assignment>) { ++revoked_of_a; });
    b->Close();
    b = MustConsumer(*bus_, group_, topic_, "b");
    EXPECT_TRUE(testing::Eventually(
        [&] {
            (void)a->Poll(100, 10ms);
            (void)b->Poll(100, 50ms);
            return b->assigned() == had;
        },
        20));
    EXPECT_EQ(revoked_of_a, 0);
}

TEST_F(KafkaTest, ASecondReplicaOfTheSameNameFencesTheFirst) {
    ProduceNumbers(*MustProducer(*bus_), topic_, 20, 20);
    auto first = MustConsumer(*bus_, group_, topic_, "same");
    const auto seen = Take(*first, 20);
    ASSERT_EQ(seen.size(), 20u);
    auto second = MustConsumer(*bus_, group_, topic_, "same");
    ASSERT_EQ(Take(*second, 20).size(), 20u);
    const Status refused = first->Commit(topic_, seen[0].partition, seen[0].offset);
    EXPECT_TRUE(refused.reason == "BUS_FENCED" || refused.reason == "BUS_NOT_ASSIGNED") << refused.reason;
    EXPECT_EQ(refused.code, Code::kFailedPrecondition);
}

TEST_F(KafkaTest, ADeadMembersPartitionsAreTakenOverAfterItsSession) {
    ProduceNumbers(*MustProducer(*bus_), topic_, 20, 20);
    const pid_t child = fork();
    if (child == 0) {  // owns everything, commits nothing, never leaves
        auto bus = MustConnect(address_);
        auto consumer = MustConsumer(*bus, group_, topic_);
        while (true) (void)consumer->Poll(10, 100ms);
    }
    auto consumer = MustConsumer(*bus_, group_, topic_);
    EXPECT_TRUE(testing::Eventually([&] { return consumer->Poll(100, 50ms).ok() && consumer->assigned().size() == 2; }, 30));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(testing::Eventually([&] { return consumer->Poll(100, 50ms).ok() && consumer->assigned().size() == 4; }, 30));
}

// A broker of its own, since it is killed.
class BrokerLoss : public ::testing::Test {
protected:
    void SetUp() override {
        if (!KafkaAddressOrSkip()) return;  // where there is no Kafka at all
        state_ = testing::TempDir() + "/broker";
        port_ = Script("start_kafka >&2; port_of kafka");
        ASSERT_FALSE(port_.empty());
        bus_ = MustConnect("kafka://127.0.0.1:" + port_);
        const TopicSpec spec{topic_, 4, -1};
        ASSERT_TRUE(bus_->EnsureTopics({&spec, 1}).ok());
    }
    void TearDown() override {
        bus_.reset();
        if (!state_.empty()) Script("stop_kafka >&2");
    }

    // Runs shell with the local stack's functions; answers what it prints.
    std::string Script(const std::string& commands) const {
        const std::string line = "SW_STATE=" + state_ + " bash -c 'source deploy/local/lib.sh; init_state; " + commands + "'";
        FILE* pipe = popen(line.c_str(), "r");
        std::array<char, 256> buffer{};
        std::string out;
        while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
        return pclose(pipe) == 0 ? out : "";
    }

    std::string state_, port_;
    const std::string topic_ = "test.loss";
    std::unique_ptr<Bus> bus_;
};

TEST_F(BrokerLoss, NothingIsLostAndBothSidesGoOn) {
    auto producer = MustProducer(*bus_);
    ProduceNumbers(*producer, topic_, 1000, 20);
    auto consumer = MustConsumer(*bus_, "g", topic_);
    auto seen = Take(*consumer, 500);
    ASSERT_EQ(seen.size(), 500u);
    CommitAll(*consumer, seen);
    ASSERT_FALSE(Script("kill -KILL $(pid_of kafka); pid_of kafka || echo ended").empty());
    Reports reports;
    for (int i = 1000; i < 2000; ++i) MustProduce(*producer, {topic_, "k" + std::to_string(i % 20), std::to_string(i), {}}, reports);
    EXPECT_EQ(producer->Flush(DeadlineIn(300ms)).reason, "BUS_FLUSH_TIMEOUT");
    EXPECT_TRUE(consumer->Poll(10000, 100ms).ok());  // empty or what was fetched; not an error
    ASSERT_EQ(Script("start_kafka >&2; port_of kafka"), port_);
    ASSERT_TRUE(producer->Flush(DeadlineIn(60s)).ok());
    EXPECT_EQ(reports.ok, 1000);
    // Every key in order, everything there, from the beginning, by another group.
    auto auditor = MustConsumer(*bus_, "auditor", topic_);
    std::set<std::string> values;
    for (const auto& m : Take(*auditor, 2000, 60)) values.insert(m.value);
    EXPECT_EQ(values.size(), 2000u);
    // And the first consumer commits again.
    EXPECT_TRUE(testing::Eventually(
        [&] {
            const auto some = consumer->Poll(100, 200ms);
            return some.ok() && !some->empty() && consumer->Commit(topic_, some->back().partition, some->back().offset).ok();
        },
        60));
}

}  // namespace
}  // namespace shouwang::bus
