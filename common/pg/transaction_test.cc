#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "common/pg/test_support.h"
#include "common/testing/gate.h"

namespace shouwang::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PoolTest : public ::testing::Test {
protected:
    void SetUp() override {
        c_ = OpenOrDie(db_.conninfo());
        SW_OK(c_->ExecScript("CREATE TABLE t (id int8 CONSTRAINT t_pkey PRIMARY KEY, n int8)"));
    }
    Status Kill(std::int64_t pid) {
        return c_->Exec("SELECT pg_terminate_backend($1::int4, 5000)", P(pid)).status();
    }
    testing::TestDatabase db_;
    std::unique_ptr<Connection> c_;
};

Status Insert(Connection& c, std::int64_t id) {
    return c.Exec("INSERT INTO t VALUES ($1, 0)", P(id)).status();
}

TEST_F(PoolTest, IsBoundedAndSaysWhenItIsExhausted) {
    Pool pool({.conninfo = db_.conninfo(), .size = 2});
    auto a = pool.Acquire(DeadlineIn(seconds(10)));
    ASSERT_TRUE(a.ok()) << a.status().message;
    std::int64_t pid = 0;
    {
        auto b = pool.Acquire(DeadlineIn(seconds(10)));
        ASSERT_TRUE(b.ok());
        pid = Backend(**b);
        const auto start = std::chrono::steady_clock::now();
        const auto none = pool.Acquire(DeadlineIn(milliseconds(50)));
        EXPECT_EQ(none.status().code, Code::kUnavailable);
        EXPECT_EQ(none.status().reason, "PG_POOL_EXHAUSTED");
        EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(45));
    }
    // What came back is used again.
    auto again = pool.Acquire(DeadlineIn(seconds(10)));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(Backend(**again), pid);
}

TEST_F(PoolTest, AWaiterGetsWhatIsGivenBack) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    std::atomic<bool> got{false};
    std::thread waiter;
    {
        auto lease = pool.Acquire(DeadlineIn(seconds(10)));
        ASSERT_TRUE(lease.ok());
        waiter = std::thread([&] { got = pool.Acquire(DeadlineIn(seconds(30))).ok(); });
    }
    waiter.join();
    EXPECT_TRUE(got);
}

TEST_F(PoolTest, ManyThreadsShareFewConnections) {
    Pool pool({.conninfo = db_.conninfo(), .size = 3});
    SW_OK(Insert(*c_, 1));
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 25; ++k) {
                const Status status =
                    RunInTransaction(pool, DeadlineIn(seconds(60)), [](Connection& c) {
                        return c.Exec("UPDATE t SET n = n + 1 WHERE id = 1").status();
                    });
                EXPECT_TRUE(status.ok()) << status.message;
            }
        });
    }
    for (auto& t : threads) t.join();
    EXPECT_EQ(c_->Exec("SELECT n FROM t WHERE id = 1")->Int(0, 0), 300);
}

TEST_F(PoolTest, ADirtyLeaseIsCleanedAndADeadOneReplaced) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    std::int64_t pid = 0;
    {
        auto lease = pool.Acquire(DeadlineIn(seconds(10)));
        ASSERT_TRUE(lease.ok());
        pid = Backend(**lease);
        SW_OK((*lease)->ExecScript("BEGIN"));
        SW_OK(Insert(**lease, 1));
    }
    EXPECT_EQ(Count(*c_, "t"), 0);
    {
        auto lease = pool.Acquire(DeadlineIn(seconds(10)));
        ASSERT_TRUE(lease.ok());
        EXPECT_EQ(Backend(**lease), pid);
        EXPECT_FALSE((*lease)->in_transaction());
    }
    SW_OK(Kill(pid));  // while idle in the pool: the next caller must not notice
    auto lease = pool.Acquire(DeadlineIn(seconds(10)));
    ASSERT_TRUE(lease.ok());
    EXPECT_NE(Backend(**lease), 0);
    EXPECT_NE(Backend(**lease), pid);
}

TEST_F(PoolTest, FailedConnectsDoNotUseUpThePool) {
    Pool pool({.conninfo = "host=127.0.0.1 port=1 dbname=x", .size = 1});
    for (int i = 0; i < 3; ++i) {
        const auto lease = pool.Acquire(DeadlineIn(seconds(5)));
        EXPECT_EQ(lease.status().reason, "PG_UNAVAILABLE");
    }
}

TEST_F(PoolTest, CommitsOrRollsBackAsAWhole) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(10)), [](Connection& c) {
        SW_RETURN_IF_ERROR(Insert(c, 1));
        return Insert(c, 2);
    }));
    EXPECT_EQ(Count(*c_, "t"), 2);
    const Status refused =
        RunInTransaction(pool, DeadlineIn(seconds(10)), [](Connection& c) -> Status {
            SW_RETURN_IF_ERROR(Insert(c, 3));
            return MakeStatus(Code::kFailedPrecondition, "NO", "no");
        });
    EXPECT_EQ(refused.reason, "NO");
    EXPECT_EQ(Count(*c_, "t"), 2);
}

TEST_F(PoolTest, AnErrorThatWasSwallowedIsNotACommit) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    const Status status = RunInTransaction(pool, DeadlineIn(seconds(10)), [](Connection& c) {
        SW_RETURN_IF_ERROR(Insert(c, 1));
        EXPECT_FALSE(Insert(c, 1).ok());
        return Status::Ok();
    });
    EXPECT_EQ(status.reason, "PG_TRANSACTION_ABORTED");
    EXPECT_EQ(Count(*c_, "t"), 0);
}

TEST_F(PoolTest, ADeadlockIsRetriedUntilBothPass) {
    Pool pool({.conninfo = db_.conninfo(), .size = 2});
    SW_OK(c_->ExecScript("INSERT INTO t VALUES (1, 0), (2, 0)"));
    std::barrier both(2);
    std::atomic<int> runs{0};
    const auto update = [&](std::int64_t first, std::int64_t second) {
        bool met = false;
        return RunInTransaction(pool, DeadlineIn(seconds(60)), [&](Connection& c) -> Status {
            ++runs;
            const char* sql = "UPDATE t SET n = n + 1 WHERE id = $1";
            SW_RETURN_IF_ERROR(c.Exec(sql, P(first)).status());
            if (!met) both.arrive_and_wait();
            met = true;
            return c.Exec(sql, P(second)).status();
        });
    };
    Status a, b;
    std::thread other([&] { a = update(1, 2); });
    b = update(2, 1);
    other.join();
    EXPECT_TRUE(a.ok()) << a.message;
    EXPECT_TRUE(b.ok()) << b.message;
    EXPECT_GE(runs, 3);
    EXPECT_EQ(c_->Exec("SELECT sum(n)::int8 FROM t")->Int(0, 0), 4);
}

TEST_F(PoolTest, SerializationFailuresAreRetriedFiveTimesAtMost) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    for (const int failures : {2, 100}) {
        int runs = 0;
        const Status status =
            RunInTransaction(pool, DeadlineIn(seconds(30)), [&](Connection& c) -> Status {
                if (++runs > failures) return Insert(c, runs);
                return c.ExecScript(
                    "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
            });
        EXPECT_EQ(runs, failures == 2 ? 3 : 5);
        EXPECT_EQ(status.ok(), failures == 2);
        EXPECT_EQ(status.reason, failures == 2 ? "" : "PG_RETRY");
    }
}

TEST_F(PoolTest, TheRemainingTimeIsTheLimit) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    std::int64_t limit = 0;
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(20)), [&](Connection& c) {
        const auto rows =
            c.Exec("SELECT setting::int8 FROM pg_settings WHERE name = 'statement_timeout'");
        if (rows.ok()) limit = rows->Int(0, 0);
        return rows.status();
    }));
    EXPECT_GT(limit, 10'000);
    EXPECT_LE(limit, 20'000);
    const auto start = std::chrono::steady_clock::now();
    const Status status = RunInTransaction(pool, DeadlineIn(milliseconds(200)), [](Connection& c) {
        SW_RETURN_IF_ERROR(Insert(c, 1));
        return c.Exec("SELECT pg_sleep(20)").status();
    });
    EXPECT_EQ(status.code, Code::kDeadlineExceeded) << status.message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
    EXPECT_EQ(Count(*c_, "t"), 0);
    // The limit ends with the transaction.
    auto lease = pool.Acquire(DeadlineIn(seconds(10)));
    ASSERT_TRUE(lease.ok());
    EXPECT_EQ((*lease)->Exec("SHOW statement_timeout")->Text(0, 0), "0");
}

TEST_F(PoolTest, WorkThatReturnsTooLateIsRolledBack) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    const Deadline deadline = DeadlineIn(milliseconds(300));
    const Status status = RunInTransaction(pool, deadline, [&](Connection& c) {
        SW_RETURN_IF_ERROR(Insert(c, 1));
        EXPECT_TRUE(
            testing::Eventually([&] { return std::chrono::steady_clock::now() > deadline; }));
        return Status::Ok();
    });
    EXPECT_EQ(status.code, Code::kDeadlineExceeded);
    EXPECT_EQ(Count(*c_, "t"), 0);
}

TEST_F(PoolTest, ABackendKilledInTheMiddle) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    int runs = 0;
    const Status status =
        RunInTransaction(pool, DeadlineIn(seconds(30)), [&](Connection& c) -> Status {
            ++runs;
            SW_RETURN_IF_ERROR(Insert(c, 1));
            SW_RETURN_IF_ERROR(Kill(Backend(c)));
            return Insert(c, 2);
        });
    EXPECT_EQ(status.code, Code::kUnavailable) << status.message;
    EXPECT_EQ(status.reason, "PG_UNAVAILABLE");
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(Count(*c_, "t"), 0);
    // And it recovers.
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)),
                           [](Connection& c) { return Insert(c, 3); }));
}

TEST_F(PoolTest, AllIdleConnectionsLostAtOnce) {
    Pool pool({.conninfo = db_.conninfo(), .size = 3});
    {
        auto a = pool.Acquire(DeadlineIn(seconds(10)));
        auto b = pool.Acquire(DeadlineIn(seconds(10)));
        auto c = pool.Acquire(DeadlineIn(seconds(10)));
        ASSERT_TRUE(a.ok() && b.ok() && c.ok());
    }
    SW_OK(
        c_->ExecScript("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE datname = current_database() AND pid <> pg_backend_pid()"));
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)),
                           [](Connection& c) { return Insert(c, 1); }));
}

class GateTest : public PoolTest {
protected:
    std::string Through() const {
        return db_.conninfo() + " host=127.0.0.1 port=" + std::to_string(gate_.port());
    }
    testing::TcpGate gate_{testing::TestPostgresAddress()};
};

TEST_F(GateTest, ALinkLostDuringCommitLeavesTheOutcomeUnknown) {
    Pool pool({.conninfo = Through(), .size = 1});
    gate_.CutAnswerTo("COMMIT");
    const Status status =
        RunInTransaction(pool, DeadlineIn(seconds(30)), [](Connection& c) { return Insert(c, 1); });
    EXPECT_EQ(status.code, Code::kUnavailable);
    EXPECT_EQ(status.reason, "PG_OUTCOME_UNKNOWN") << status.message;
    EXPECT_EQ(Count(*c_, "t"), 1);  // it had been committed; only the caller could not know
    gate_.CutBefore("COMMIT");
    EXPECT_EQ(
        RunInTransaction(pool, DeadlineIn(seconds(30)), [](Connection& c) { return Insert(c, 2); })
            .reason,
        "PG_OUTCOME_UNKNOWN");
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)),
                           [](Connection& c) { return Insert(c, 3); }));
    EXPECT_EQ(Count(*c_, "t"), 2);
}

TEST_F(GateTest, ABlackHoleEndsByTheDeadline) {
    Pool pool({.conninfo = Through(), .size = 1});
    const auto start = std::chrono::steady_clock::now();
    const Status status = RunInTransaction(pool, DeadlineIn(milliseconds(300)), [&](Connection& c) {
        SW_RETURN_IF_ERROR(Insert(c, 1));
        gate_.Set(testing::TcpGate::Mode::kStall);
        return Insert(c, 2);
    });
    EXPECT_EQ(status.code, Code::kUnavailable) << status.message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(20));
    gate_.Set(testing::TcpGate::Mode::kPass);
    SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)),
                           [](Connection& c) { return Insert(c, 3); }));
}

TEST_F(PoolTest, TemporaryTablesOnceAConnection) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    for (int round = 0; round < 3; ++round) {
        SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)), [](Connection& c) -> Status {
            SW_RETURN_IF_ERROR(
                c.Exec("CREATE TEMP TABLE IF NOT EXISTS incoming (id int8) ON COMMIT DELETE ROWS")
                    .status());
            CopyBuffer rows;
            rows.Row(1).Int64(1).Row(1).Int64(2);
            SW_RETURN_IF_ERROR(c.Copy("COPY incoming FROM STDIN (FORMAT binary)", rows));
            const auto done = c.Exec(
                "INSERT INTO t SELECT id, 1 FROM incoming "
                "ON CONFLICT (id) DO UPDATE SET n = t.n + 1");
            EXPECT_EQ(done.ok() ? done->affected() : -1, 2);
            return done.status();
        }));
    }
    EXPECT_EQ(c_->Exec("SELECT sum(n)::int8 FROM t")->Int(0, 0), 6);
}

TEST_F(PoolTest, TemporaryTablesThatAreMadeAnewWorkTooEvenWithOtherColumns) {
    Pool pool({.conninfo = db_.conninfo(), .size = 1});
    for (const char* columns : {"a int", "a int", "a int, b int", "b text"}) {
        SW_OK(RunInTransaction(pool, DeadlineIn(seconds(30)), [&](Connection& c) -> Status {
            SW_RETURN_IF_ERROR(
                c.Exec("CREATE TEMP TABLE x (" + std::string(columns) + ") ON COMMIT DROP")
                    .status());
            return c.Exec("SELECT * FROM x").status();
        }));
    }
}

}  // namespace
}  // namespace shouwang::pg
