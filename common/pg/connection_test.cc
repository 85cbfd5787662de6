#include <gtest/gtest.h>

#include <thread>

#include "common/pg/test_support.h"

namespace shouwang::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConnectionTest : public ::testing::Test {
protected:
    void SetUp() override { c_ = OpenOrDie(db_.conninfo()); }
    testing::TestDatabase db_;
    std::unique_ptr<Connection> c_;
};

const TimePoint kMoment{std::chrono::microseconds(1'625'040'000'123'456)};
const Date kDay = Date::FromCivil(2021, 6, 30);

TEST_F(ConnectionTest, ParametersAndResultsOfEveryType) {
    const auto rows = c_->Exec(
        "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::float8, $6::text, $7::date, "
        "$8::timestamptz, $9::bytea",
        P(true, std::int16_t{-2}, std::int32_t{-70'000}, std::int64_t{-5'000'000'000}, 0.1, "守望",
          kDay, kMoment)
            .AddBytes(std::string_view("\0\xff", 2)));
    ASSERT_TRUE(rows.ok()) << rows.status().message;
    EXPECT_TRUE(rows->Bool(0, 0));
    EXPECT_EQ(rows->Int(0, 1), -2);
    EXPECT_EQ(rows->Int(0, 2), -70'000);
    EXPECT_EQ(rows->Int(0, 3), -5'000'000'000);
    EXPECT_EQ(rows->Double(0, 4), 0.1);
    EXPECT_EQ(rows->Text(0, 5), "守望");
    EXPECT_EQ(rows->DateOf(0, 6), kDay);
    EXPECT_EQ(rows->Time(0, 7), kMoment);
    EXPECT_EQ(rows->Bytes(0, 8), std::string_view("\0\xff", 2));
}

TEST_F(ConnectionTest, TheServerSeesTheSameValues) {
    const auto rows = c_->Exec("SELECT $1::date::text, extract(epoch FROM $2::timestamptz)::text",
                               P(kDay, kMoment));
    ASSERT_TRUE(rows.ok()) << rows.status().message;
    EXPECT_EQ(rows->Text(0, 0), "2021-06-30");
    EXPECT_EQ(rows->Text(0, 1), "1625040000.123456");
}

TEST_F(ConnectionTest, Arrays) {
    const std::vector<std::int16_t> shorts{1, -1};
    const std::vector<std::int32_t> ints{};
    const std::vector<std::int64_t> longs{1, -5'000'000'000, 3};
    const std::vector<std::string> texts{"a", "", "守望", "{\"quoted\", NULL}"};
    const std::vector<std::string> bytes{std::string("\0", 1), ""};
    const std::vector<Date> days{kDay, kDay + 1};
    Params p;
    p.AddArray(shorts).AddArray(ints).AddArray(longs).AddArray(texts).AddBytesArray(bytes);
    p.AddArray(days);
    const auto rows = c_->Exec("SELECT $1, $2, $3, $4, $5, $6::text", p);
    ASSERT_TRUE(rows.ok()) << rows.status().message;
    EXPECT_EQ(rows->IntArray(0, 0), (std::vector<std::int64_t>{1, -1}));
    EXPECT_EQ(rows->IntArray(0, 1), std::vector<std::int64_t>{});
    EXPECT_EQ(rows->IntArray(0, 2), longs);
    EXPECT_EQ(rows->StringArray(0, 3), texts);
    EXPECT_EQ(rows->StringArray(0, 4), bytes);
    EXPECT_EQ(rows->Text(0, 5), "{2021-06-30,2021-07-01}");
}

TEST_F(ConnectionTest, NullsBothWays) {
    SW_OK(c_->ExecScript("CREATE TABLE t (a bigint, b text, d date)"));
    const char* insert = "INSERT INTO t VALUES ($1, $2, $3)";
    // The same statement with and without NULLs, in all orders: types are learnt, never guessed.
    SW_OK(c_->Exec(insert, Params().AddNull().Add("x").AddNull()).status());
    SW_OK(c_->Exec(insert, P(std::int64_t{1}).AddNull().Add(kDay)).status());
    SW_OK(c_->Exec(insert, Params().AddNull().AddNull().AddNull()).status());
    SW_OK(c_->Exec(insert, P(std::int64_t{2}, "y", kDay)).status());
    const auto rows = c_->Exec("SELECT a, b, d FROM t ORDER BY a NULLS LAST, b");
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 4);
    EXPECT_TRUE(rows->IsNull(0, 1));
    EXPECT_FALSE(rows->IsNull(1, 1));
    EXPECT_TRUE(rows->IsNull(3, 2));
    EXPECT_EQ(rows->Int(3, 0), 0);  // reads as zero
    EXPECT_EQ(rows->Text(3, 1), "");
}

TEST_F(ConnectionTest, ErrorsOfTheServer) {
    SW_OK(
        c_->ExecScript("CREATE TABLE parent (id int CONSTRAINT parent_pkey PRIMARY KEY);"
                       "CREATE TABLE child (id int CONSTRAINT child_parent REFERENCES parent, "
                       "  n int NOT NULL DEFAULT 0 CONSTRAINT child_n CHECK (n >= 0));"
                       "INSERT INTO parent VALUES (1)"));
    const struct {
        const char* sql;
        Code code;
        const char* sqlstate;
        const char* constraint;
    } cases[] = {
        {"INSERT INTO parent VALUES (1)", Code::kAlreadyExists, "23505", "parent_pkey"},
        {"INSERT INTO child VALUES (7)", Code::kFailedPrecondition, "23503", "child_parent"},
        {"INSERT INTO child VALUES (1, -1)", Code::kFailedPrecondition, "23514", "child_n"},
        {"INSERT INTO child VALUES (1, NULL)", Code::kInternal, "23502", ""},
        {"SELECT 1 FROM nowhere", Code::kInternal, "42P01", ""},
        {"SELECT 1/0", Code::kInternal, "22012", ""},
        {"SELEKT", Code::kInternal, "42601", ""},
    };
    for (const auto& c : cases) {
        const Status status = c_->Exec(c.sql).status();
        EXPECT_EQ(status.code, c.code) << c.sql;
        EXPECT_EQ(Meta(status, "sqlstate"), c.sqlstate) << c.sql;
        EXPECT_EQ(Meta(status, "constraint"), c.constraint) << c.sql;
        EXPECT_TRUE(c_->alive()) << c.sql;
    }
    // No values of rows in messages.
    EXPECT_EQ(c_->Exec("INSERT INTO parent VALUES (1)").status().message.find("(1)"),
              std::string::npos);
}

TEST_F(ConnectionTest, CopyOfEveryTypeAndNull) {
    SW_OK(
        c_->ExecScript("CREATE TABLE t (a bool, b int2, c int4, d int8, e float8, f text, "
                       "g bytea, h date, i timestamptz)"));
    CopyBuffer rows;
    rows.Row(9).Bool(true).Int16(-1).Int32(-2).Int64(-3).Double(-0.5).Text("守\t望\n\\N");
    rows.Bytes(std::string_view("\0\1", 2)).DateOf(kDay).Time(kMoment);
    rows.Row(9);
    for (int i = 0; i < 9; ++i) rows.Null();
    EXPECT_EQ(rows.rows(), 2);
    SW_OK(c_->Copy("COPY t FROM STDIN (FORMAT binary)", rows));
    const auto got = c_->Exec("SELECT * FROM t ORDER BY b NULLS LAST");
    ASSERT_TRUE(got.ok());
    ASSERT_EQ(got->size(), 2);
    EXPECT_TRUE(got->Bool(0, 0));
    EXPECT_EQ(got->Int(0, 1), -1);
    EXPECT_EQ(got->Int(0, 2), -2);
    EXPECT_EQ(got->Int(0, 3), -3);
    EXPECT_EQ(got->Double(0, 4), -0.5);
    EXPECT_EQ(got->Text(0, 5), "守\t望\n\\N");
    EXPECT_EQ(got->Bytes(0, 6), std::string_view("\0\1", 2));
    EXPECT_EQ(got->DateOf(0, 7), kDay);
    EXPECT_EQ(got->Time(0, 8), kMoment);
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(got->IsNull(1, i)) << i;
}

TEST_F(ConnectionTest, CopyOfManyChunksAndAgainFromTheSameBuffer) {
    SW_OK(c_->ExecScript("CREATE TABLE t (a int8, b text)"));
    CopyBuffer rows;
    for (int round = 1; round <= 2; ++round) {
        for (int i = 0; i < 50'000; ++i) rows.Row(2).Int64(i).Text("some text of a common length");
        SW_OK(c_->Copy("COPY t FROM STDIN (FORMAT binary)", rows));
        EXPECT_EQ(Count(*c_, "t"), round * 50'000);
        rows.Clear();
        EXPECT_EQ(rows.rows(), 0);
    }
    SW_OK(c_->Copy("COPY t FROM STDIN (FORMAT binary)", rows));  // nothing to do
}

TEST_F(ConnectionTest, CopyThatFailsLeavesTheConnectionUsable) {
    SW_OK(c_->ExecScript("CREATE TABLE t (a int8 CONSTRAINT t_pkey PRIMARY KEY)"));
    CopyBuffer twice, wide;
    for (int i = 0; i < 100'000; ++i) twice.Row(1).Int64(i / 2);
    wide.Row(2).Int64(1).Int64(2);
    const Status duplicate = c_->Copy("COPY t FROM STDIN (FORMAT binary)", twice);
    EXPECT_EQ(duplicate.code, Code::kAlreadyExists) << duplicate.message;
    EXPECT_EQ(Meta(duplicate, "constraint"), "t_pkey");
    EXPECT_EQ(c_->Copy("COPY t FROM STDIN (FORMAT binary)", wide).code, Code::kInternal);
    EXPECT_EQ(c_->Copy("COPY nowhere FROM STDIN (FORMAT binary)", wide).code, Code::kInternal);
    EXPECT_EQ(c_->Copy("SELECT 1", wide).code, Code::kInternal);
    EXPECT_EQ(Count(*c_, "t"), 0);
}

TEST_F(ConnectionTest, CopyThroughExecIsRefused) {
    SW_OK(c_->ExecScript("CREATE TABLE t (a int)"));
    EXPECT_EQ(c_->Exec("COPY t FROM STDIN").status().code, Code::kInternal);
    EXPECT_FALSE(c_->alive());
}

TEST_F(ConnectionTest, StreamsRowByRow) {
    std::int64_t sum = 0;
    int rows = 0;
    SW_OK(c_->Stream("SELECT g FROM generate_series(1, $1) g", P(std::int64_t{10'000}),
                     [&](const Rows& row) {
                         EXPECT_EQ(row.size(), 1);
                         sum += row.Int(0, 0);
                         return ++rows > 0;
                     }));
    EXPECT_EQ(rows, 10'000);
    EXPECT_EQ(sum, 50'005'000);
}

TEST_F(ConnectionTest, AStreamCanBeStopped) {
    for (const bool in_transaction : {false, true}) {
        if (in_transaction) SW_OK(c_->ExecScript("BEGIN"));
        int rows = 0;
        // Without a cancel this would take minutes outside a transaction.
        const std::int64_t many = in_transaction ? 1000 : 1'000'000'000;
        SW_OK(c_->Stream("SELECT generate_series(1, $1)", P(many),
                         [&](const Rows&) { return ++rows < 5; }));
        EXPECT_EQ(rows, 5);
        EXPECT_EQ(c_->Exec("SELECT 1").status().code, Code::kOk);
    }
    SW_OK(c_->ExecScript("COMMIT"));
}

TEST_F(ConnectionTest, AStreamThatFailsInTheMiddle) {
    int rows = 0;
    const Status status = c_->Stream("SELECT 1000 / (500 - g) FROM generate_series(1, 1000) g", {},
                                     [&](const Rows&) { return ++rows > 0; });
    EXPECT_EQ(Meta(status, "sqlstate"), "22012");
    EXPECT_EQ(rows, 499);
    EXPECT_TRUE(c_->Exec("SELECT 1").ok());
}

TEST_F(ConnectionTest, TheDeadlineCancels) {
    c_->SetDeadline(DeadlineIn(milliseconds(100)));
    const auto start = std::chrono::steady_clock::now();
    const Status status = c_->Exec("SELECT pg_sleep(20)").status();
    EXPECT_EQ(status.code, Code::kDeadlineExceeded) << status.message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
    // And later statements are not even sent.
    EXPECT_EQ(c_->Exec("SELECT 1").status().code, Code::kDeadlineExceeded);
    c_->SetDeadline(std::nullopt);
    EXPECT_TRUE(c_->alive());
}

TEST_F(ConnectionTest, CancelFromAnotherThread) {
    const std::int64_t pid = Backend(*c_);
    const auto other = OpenOrDie(db_.conninfo());
    std::thread canceller([&] {
        EXPECT_TRUE(testing::Eventually([&] {
            const auto rows = other->Exec(
                "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", P(pid));
            return rows.ok() && rows->size() == 1;
        }));
        c_->Cancel();
    });
    EXPECT_EQ(c_->Exec("SELECT pg_sleep(60)").status().code, Code::kDeadlineExceeded);
    canceller.join();
}

TEST_F(ConnectionTest, AKilledBackendIsUnavailableAndDead) {
    const auto other = OpenOrDie(db_.conninfo());
    SW_OK(other->Exec("SELECT pg_terminate_backend($1::int4, 5000)", P(Backend(*c_))).status());
    const Status status = c_->Exec("SELECT 1").status();
    EXPECT_EQ(status.code, Code::kUnavailable) << status.message;
    EXPECT_FALSE(c_->alive());
    EXPECT_EQ(c_->Exec("SELECT 1").status().code, Code::kUnavailable);
    EXPECT_EQ(c_->ExecScript("SELECT 1").code, Code::kUnavailable);
}

TEST_F(ConnectionTest, MoreStatementsThanTheCacheHolds) {
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 600; ++i) {
            const auto rows = c_->Exec("SELECT " + std::to_string(i));
            ASSERT_TRUE(rows.ok()) << rows.status().message;
            ASSERT_EQ(rows->Int(0, 0), i);
        }
    }
    const auto held = c_->Exec("SELECT count(*) FROM pg_prepared_statements");
    ASSERT_TRUE(held.ok());
    EXPECT_LE(held->Int(0, 0), 500);
}

TEST_F(ConnectionTest, PreparedStatementsSurviveChangesOfTheirTables) {
    const struct {
        const char* change;
        int columns;
    } changes[] = {
        {"ALTER TABLE t ADD COLUMN b int DEFAULT 5", 2},
        {"DROP TABLE t; CREATE TABLE t (z text); INSERT INTO t VALUES ('again')", 1},
        {"DEALLOCATE ALL", 1},
    };
    SW_OK(c_->ExecScript("CREATE TABLE t (a int); INSERT INTO t VALUES (1)"));
    SW_OK(c_->Exec("SELECT * FROM t").status());
    for (const auto& change : changes) {
        SW_OK(c_->ExecScript(change.change));
        const auto rows = c_->Exec("SELECT * FROM t");
        ASSERT_TRUE(rows.ok()) << change.change << ": " << rows.status().message;
        EXPECT_EQ(rows->size(), 1);
        EXPECT_NO_FATAL_FAILURE(rows->IsNull(0, change.columns - 1));
    }
    // A table that is really gone is an error, every time.
    SW_OK(c_->ExecScript("DROP TABLE t"));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(Meta(c_->Exec("SELECT * FROM t").status(), "sqlstate"), "42P01");
    }
}

TEST_F(ConnectionTest, NotificationsArriveAndTheWaitEnds) {
    SW_OK(c_->ExecScript("LISTEN news"));
    auto nothing = c_->WaitNotification(std::chrono::steady_clock::now());
    ASSERT_TRUE(nothing.ok());
    EXPECT_FALSE(*nothing);
    const auto other = OpenOrDie(db_.conninfo());
    SW_OK(other->ExecScript("NOTIFY news, 'hello'"));
    const auto got = c_->WaitNotification(DeadlineIn(seconds(10)));
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(*got, "hello");
    // A readable descriptor ends the wait.
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    ASSERT_EQ(write(fds[1], "x", 1), 1);
    const auto woken = c_->WaitNotification(DeadlineIn(seconds(60)), fds[0]);
    ASSERT_TRUE(woken.ok());
    EXPECT_FALSE(*woken);
    close(fds[0]);
    close(fds[1]);
    SW_OK(other->Exec("SELECT pg_terminate_backend($1::int4, 5000)", P(Backend(*c_))).status());
    EXPECT_EQ(c_->WaitNotification(DeadlineIn(seconds(10))).status().code, Code::kUnavailable);
}

TEST(OpenTest, FailsWithinTheDeadline) {
    for (const char* conninfo : {"host=127.0.0.1 port=1 dbname=x", "not a conninfo",
                                 "host=192.0.2.1 port=5432 dbname=x"}) {
        const auto start = std::chrono::steady_clock::now();
        const auto opened = Connection::Open(conninfo, DeadlineIn(milliseconds(200)));
        EXPECT_EQ(opened.status().code, Code::kUnavailable) << conninfo;
        EXPECT_FALSE(opened.status().message.empty()) << conninfo;
        EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(5)) << conninfo;
    }
}

TEST_F(ConnectionTest, AWrongTypeIsAProgrammerError) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto rows = c_->Exec("SELECT 'x' AS name");
    ASSERT_TRUE(rows.ok());
    EXPECT_DEATH((void)rows->Int(0, 0), "column 0 \\(name\\) has type oid 25");
    EXPECT_DEATH((void)rows->Text(1, 0), "no cell");
    EXPECT_DEATH((void)rows->Text(0, 1), "no cell");
}

}  // namespace
}  // namespace shouwang::pg
