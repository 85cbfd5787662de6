// Jobs run once an interval whatever the number of replicas, never beside themselves, and again sooner after a failure.
#include "services/monitoring/events/clockwork.h"

#include <gtest/gtest.h>

#include "common/testing/servers.h"

namespace shouwang::monitoring::events {
namespace {

using namespace std::chrono_literals;

class ClockworkTest : public ::testing::Test {
protected:
    ClockworkTest()
        : database_("clockwork", [](const std::string& conninfo) {
              // As in migration 014; the rest of the schema is none of a clock's business.
              auto connection = pg::Connection::Open(conninfo, DeadlineIn(10s));
              ASSERT_TRUE(connection.ok());
              ASSERT_TRUE((*connection)->ExecScript("CREATE TABLE job (name text NOT NULL CONSTRAINT job_pk PRIMARY KEY, ran_at timestamptz NOT NULL)").ok());
          }),
          clock_(*ParseRfc3339("2021-07-01T02:00:00Z")) {}

    std::unique_ptr<Clockwork> Replica(const std::string& name, std::chrono::seconds interval, Clockwork::Job job) {
        auto clockwork = std::make_unique<Clockwork>(database_.conninfo(), clock_);
        clockwork->Add(name, interval, std::move(job));
        return clockwork;
    }

    shouwang::testing::TestDatabase database_;
    ManualClock clock_;
};

TEST_F(ClockworkTest, OnceAnIntervalWhateverTheNumberOfReplicas) {
    int runs = 0;
    const auto count = [&](Deadline) {
        ++runs;
        return Status::Ok();
    };
    const auto a = Replica("tidy", 60s, count), b = Replica("tidy", 60s, count);
    EXPECT_EQ(a->RunDue() + b->RunDue(), 1);
    EXPECT_EQ(a->RunDue() + b->RunDue(), 0);
    clock_.Advance(59s);
    EXPECT_EQ(b->RunDue() + a->RunDue(), 0);
    clock_.Advance(1s);
    EXPECT_EQ(b->RunDue(), 1);
    EXPECT_EQ(a->RunDue(), 0);
    // A replica that starts later does not begin anew.
    const auto late = Replica("tidy", 60s, count);
    EXPECT_EQ(late->RunDue(), 0);
    clock_.Advance(60s);
    EXPECT_EQ(late->RunDue(), 1);
    EXPECT_EQ(runs, 3);
}

TEST_F(ClockworkTest, NeverBesideItself) {
    int inner = 0;
    const auto other = Replica("slow", 60s, [&](Deadline) {
        ++inner;
        return Status::Ok();
    });
    int seen = -1;
    const auto busy = Replica("slow", 60s, [&](Deadline) {
        seen = other->RunDue();  // another replica looks while this one is at it
        return Status::Ok();
    });
    EXPECT_EQ(busy->RunDue(), 1);
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(inner, 0);
    clock_.Advance(61s);
    EXPECT_EQ(other->RunDue(), 1);
    EXPECT_EQ(inner, 1);
}

TEST_F(ClockworkTest, AFailureIsRepeatedSooner) {
    int runs = 0;
    const auto flaky = Replica("flaky", 3600s, [&](Deadline) { return ++runs < 3 ? MakeStatus(Code::kUnavailable, "AWAY", "away") : Status::Ok(); });
    EXPECT_EQ(flaky->RunDue(), 1);
    EXPECT_EQ(flaky->RunDue(), 0);
    clock_.Advance(30s);
    EXPECT_EQ(flaky->RunDue(), 1);
    clock_.Advance(30s);
    EXPECT_EQ(flaky->RunDue(), 1);
    clock_.Advance(3599s);
    EXPECT_EQ(flaky->RunDue(), 0);
    EXPECT_EQ(runs, 3);
}

TEST_F(ClockworkTest, AClockThatWasSetBackDoesNotStopJobs) {
    int runs = 0;
    const auto job = [&](Deadline) {
        ++runs;
        return Status::Ok();
    };
    EXPECT_EQ(Replica("daily", 86400s, job)->RunDue(), 1);
    clock_.Set(*ParseRfc3339("2021-01-01T00:00:00Z"));
    EXPECT_EQ(Replica("daily", 86400s, job)->RunDue(), 1);
    EXPECT_EQ(runs, 2);
}

TEST_F(ClockworkTest, OneJobsFailureIsNotTheOthers) {
    Clockwork clockwork(database_.conninfo(), clock_);
    int good = 0;
    clockwork.Add("bad", 60s, [](Deadline) { return MakeStatus(Code::kInternal, "BROKEN", "broken"); });
    clockwork.Add("good", 60s, [&](Deadline) {
        ++good;
        return Status::Ok();
    });
    EXPECT_EQ(clockwork.RunDue(), 2);
    EXPECT_EQ(good, 1);
}

TEST_F(ClockworkTest, TheThreadRunsAndDrains) {
    std::atomic<int> runs{0};
    const auto clockwork = Replica("ticking", 10s, [&](Deadline) {
        ++runs;
        return Status::Ok();
    });
    clockwork->Start();
    EXPECT_TRUE(shouwang::testing::Eventually([&] { return runs == 1; }));
    clock_.Advance(10s);
    EXPECT_TRUE(shouwang::testing::Eventually([&] { return runs == 2; }));
    clockwork->Stop();
    clock_.Advance(3600s);
    EXPECT_EQ(clockwork->RunDue(), 0);
    EXPECT_EQ(runs, 2);
}

TEST_F(ClockworkTest, ADatabaseThatIsAwayIsTriedAgain) {
    Clockwork clockwork("host=127.0.0.1 port=1 dbname=nowhere connect_timeout=1", clock_);
    clockwork.Add("nowhere", 60s, [](Deadline) { return Status::Ok(); });
    EXPECT_EQ(clockwork.RunDue(), 0);
}

}  // namespace
}  // namespace shouwang::monitoring::events
