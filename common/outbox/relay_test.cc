#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "common/outbox/test_support.h"
#include "common/outbox/testing/memory_bus.h"

extern char** environ;

namespace shouwang::outbox {
namespace {

using outbox::testing::MemoryBus;
using shouwang::testing::Eventually;
using std::chrono::seconds;

const Status kRefused = MakeStatus(Code::kUnavailable, "BUS_DOWN", "down");

class RelayTest : public OutboxTest {
protected:
    RelayTest() {
        const bus::TopicSpec topic{kTopic, 4, -1};
        EXPECT_TRUE(bus_.EnsureTopics(std::span(&topic, 1)).ok());
    }
    std::unique_ptr<Relay> Started() {
        auto relay = std::make_unique<Relay>(db_.conninfo(), bus_);
        relay->Start();
        return relay;
    }
    bool Drained() {
        return Eventually([&] { return Waiting() == 0; }, 60);
    }
    // The backends of all relays on this database.
    void KillRelays() {
        SW_OK(c_->ExecScript(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
            "datname = current_database() AND application_name = 'shouwang outbox relay'"));
    }
    MemoryBus bus_;
};

TEST_F(RelayTest, MovesEverythingInOrderAndDeletesIt) {
    Write(Keys(5000, 37));
    const auto relay = Started();
    ASSERT_TRUE(Drained());
    Write(Keys(500, 41));
    ASSERT_TRUE(Drained());
    EXPECT_EQ(bus_.size(), 5500U);  // nothing twice where nothing failed
    ExpectCompleteAndInOrder(Numbers(bus_.All()));
    EXPECT_TRUE(Eventually([&] { return relay->relayed() == 5500; }));
    EXPECT_EQ(relay->shards(), 16);
    const auto headers = bus_.All().front().headers;
    EXPECT_TRUE(std::any_of(headers.begin(), headers.end(),
                            [](const auto& h) { return h.first == "ce_id"; }));
}

TEST_F(RelayTest, WakesFasterThanItPolls) {
    const auto relay = Started();
    ASSERT_TRUE(Eventually([&] { return relay->shards() == 16; }));
    double sum = 0;
    for (int i = 0; i < 10; ++i) {
        const auto start = std::chrono::steady_clock::now();
        Write({"a"});
        ASSERT_TRUE(Eventually([&] { return bus_.size() == static_cast<std::size_t>(i + 1); }));
        sum += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    EXPECT_LT(sum / 10, 0.4);  // polling alone would take half a second on average
}

TEST_F(RelayTest, ARowIsDeletedOnlyAfterItsReport) {
    bus_.Hold(true);
    const auto relay = Started();
    Write(Keys(100, 10));
    ASSERT_TRUE(Eventually([&] { return bus_.held() == 100; }));
    EXPECT_EQ(Waiting(), 100);
    EXPECT_EQ(relay->relayed(), 0);
    bus_.Hold(false);
    ASSERT_TRUE(Drained());
    EXPECT_EQ(bus_.size(), 100U);
}

TEST_F(RelayTest, OrderHoldsWhileTheBusFailsAtRandom) {
    // As Kafka would: once a key has been refused, what was sent behind it may still get through.
    std::mt19937 random(7);
    bus_.FailWhen(
        [&](const bus::OutMessage&) { return random() % 50 == 0 ? kRefused : Status::Ok(); });
    const auto relay = Started();
    for (int i = 0; i < 10; ++i) Write(Keys(300, 29));
    ASSERT_TRUE(Drained());
    EXPECT_GT(bus_.size(), 3000U);  // some came twice
    ExpectLastSightingsInOrder(Numbers(bus_.All()));
}

TEST_F(RelayTest, ARefusedKeyWaitsAndTheOthersGoOn) {
    std::atomic<bool> refuse{true};
    bus_.FailWhen([&](const bus::OutMessage& m) {
        return refuse && m.key == "k3" ? kRefused : Status::Ok();
    });
    const auto relay = Started();
    Write(Keys(1000, 10));
    ASSERT_TRUE(Eventually([&] { return Waiting() == 100; }));
    Write(Keys(100, 10));
    ASSERT_TRUE(Eventually([&] { return Waiting() == 110; }));
    refuse = false;
    ASSERT_TRUE(Drained());
    EXPECT_GE(bus_.size(), 1100U);
    ExpectLastSightingsInOrder(Numbers(bus_.All()));
}

TEST_F(RelayTest, AnUnknownTopicBlocksOnlyItsKey) {
    SW_OK(c_->ExecScript(
        "INSERT INTO outbox (shard, topic, key, value) VALUES (0, 'nowhere', 'x', '')"));
    const auto relay = Started();
    Write(Keys(200, 20));
    ASSERT_TRUE(Eventually([&] { return Waiting() == 1; }));
    EXPECT_EQ(bus_.size(), 200U);
}

TEST_F(RelayTest, TheWholeBusDownAndBack) {
    std::atomic<bool> down{true};
    bus_.FailWhen([&](const bus::OutMessage&) { return down ? kRefused : Status::Ok(); });
    const auto relay = Started();
    for (int i = 0; i < 5; ++i) Write(Keys(500, 250));
    EXPECT_EQ(Waiting(), 2500);
    down = false;
    ASSERT_TRUE(Drained());
    ExpectLastSightingsInOrder(Numbers(bus_.All()));
}

TEST_F(RelayTest, TheLinkIsLostAgainAndAgain) {
    const auto relay = Started();
    for (int i = 0; i < 8; ++i) {
        Write(Keys(400, 31));
        KillRelays();
    }
    ASSERT_TRUE(Drained());
    ExpectCompleteAndInOrder(Numbers(bus_.All()));
}

TEST_F(RelayTest, TwoRelaysShareAndTakeOver) {
    const auto a = Started();
    ASSERT_TRUE(Eventually([&] { return a->shards() == 16; }));
    const auto b = Started();
    std::atomic<bool> more{true};
    std::thread killer([&] {
        // Whoever loses its connection loses its shards; the other one is often faster.
        for (int i = 0; i < 6; ++i) {
            const auto before = bus_.size();
            Eventually([&] { return !more || bus_.size() > before + 200; }, 5);
            auto c = pg::OpenOrDie(db_.conninfo());
            EXPECT_TRUE(
                c->ExecScript("SELECT pg_terminate_backend(pid) FROM pg_locks "
                              "JOIN pg_stat_activity USING (pid) "
                              "WHERE locktype = 'advisory' AND datname = current_database() "
                              "ORDER BY random() LIMIT 1")
                    .ok());
        }
    });
    for (int i = 0; i < 40; ++i) Write(Keys(100, 23));
    more = false;
    killer.join();
    ASSERT_TRUE(Drained());
    ExpectCompleteAndInOrder(Numbers(bus_.All()));
    EXPECT_TRUE(Eventually([&] { return a->shards() + b->shards() == 16; }));
    // One stops: the other has everything.
    a->Stop();
    EXPECT_TRUE(Eventually([&] { return b->shards() == 16; }));
    Write(Keys(100, 23));
    ASSERT_TRUE(Drained());
    ExpectCompleteAndInOrder(Numbers(bus_.All()));
}

TEST_F(RelayTest, StopFinishesWhatIsInFlight) {
    bus_.Hold(true);
    const auto relay = Started();
    Write(Keys(50, 5));
    ASSERT_TRUE(Eventually([&] { return bus_.held() == 50; }));
    std::thread stopper([&] { relay->Stop(); });
    bus_.Hold(false);
    stopper.join();
    EXPECT_EQ(Waiting(), 0);
    EXPECT_EQ(bus_.size(), 50U);
}

TEST_F(RelayTest, LargeEventsPassInSmallBatches) {
    SW_OK(
        c_->ExecScript("INSERT INTO outbox (shard, topic, key, value) "
                       "SELECT g % 16, '" +
                       std::string(kTopic) +
                       "', 'k' || g % 16, "
                       "convert_to(repeat('x', 500000), 'UTF8') FROM generate_series(1, 400) g"));
    const auto relay = Started();
    ASSERT_TRUE(Drained());
    EXPECT_EQ(bus_.size(), 400U);
}

// Runs in a process of its own (see the next test): relays until the fault point ends it.
TEST(RelayChild, DISABLED_Relay) {
    const std::string conninfo = std::getenv("RELAY_CHILD_CONNINFO");
    auto bus = bus::Connect("embedded:" + conninfo);
    ASSERT_TRUE(bus.ok()) << bus.status().message;
    Relay relay(conninfo, **bus);
    relay.Start();
    EXPECT_FALSE(Eventually([] { return false; }, 60)) << "the fault point was not reached";
}

int RunChildRelay(const std::string& conninfo, const std::string& fault) {
    std::vector<std::string> env{"RELAY_CHILD_CONNINFO=" + conninfo, "SHOUWANG_FAULT=" + fault};
    std::vector<char*> envp;
    for (char** e = environ; *e != nullptr; ++e) envp.push_back(*e);
    for (auto& e : env) envp.push_back(e.data());
    envp.push_back(nullptr);
    std::string argv[] = {"relay_child", "--gtest_also_run_disabled_tests",
                          "--gtest_filter=RelayChild.DISABLED_Relay"};
    char* args[] = {argv[0].data(), argv[1].data(), argv[2].data(), nullptr};
    pid_t pid = 0;
    if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, args, envp.data()) != 0) return -1;
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(OutboxTest, ACrashBetweenReportAndDeleteDuplicatesAndLosesNothing) {
    auto bus = bus::Connect("embedded:" + db_.conninfo());
    ASSERT_TRUE(bus.ok()) << bus.status().message;
    const bus::TopicSpec topic{kTopic, 4, -1};
    SW_OK((*bus)->EnsureTopics(std::span(&topic, 1)));
    for (const char* fault : {"relay_after_report", "relay_after_report:3"}) {
        Write(Keys(2000, 50));
        EXPECT_EQ(RunChildRelay(db_.conninfo(), fault), 137) << fault;
        EXPECT_GT(Waiting(), 0) << fault;
    }
    Relay relay(db_.conninfo(), **bus);
    relay.Start();
    ASSERT_TRUE(Eventually([&] { return Waiting() == 0; }, 60));
    relay.Stop();
    auto consumer = (*bus)->NewConsumer({.group = "test", .topics = {kTopic}});
    ASSERT_TRUE(consumer.ok()) << consumer.status().message;
    std::vector<bus::Message> all;
    int quiet = 0;
    ASSERT_TRUE(Eventually(
        [&] {
            auto some = (*consumer)->Poll(1000, std::chrono::milliseconds(200));
            EXPECT_TRUE(some.ok());
            quiet = some->empty() && !all.empty() ? quiet + 1 : 0;
            for (auto& m : *some) all.push_back(std::move(m));
            return quiet >= 3;
        },
        60));
    EXPECT_GT(all.size(), 4000U);  // what had been reported came again
    ExpectCompleteAndInOrder(Numbers(all));
}

}  // namespace
}  // namespace shouwang::outbox
