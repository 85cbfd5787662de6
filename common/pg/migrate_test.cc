#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "common/pg/test_support.h"

namespace shouwang::pg {
namespace {

const Migration kOne{1, "one", "CREATE TABLE one (id int); INSERT INTO one VALUES (1);"};
const Migration kTwo{2, "two", "ALTER TABLE one ADD COLUMN b int; INSERT INTO one VALUES (2, 2);"};
const Migration kTen{10, "ten", "INSERT INTO one VALUES (10, 10);"};

class MigrateTest : public ::testing::Test {
protected:
    void SetUp() override { c_ = OpenOrDie(db_.conninfo()); }
    Status Run(std::vector<Migration> list) { return Migrate(db_.conninfo(), list); }
    testing::TestDatabase db_;
    std::unique_ptr<Connection> c_;
};

TEST_F(MigrateTest, AppliesWhatIsMissingOnceInOrder) {
    SW_OK(Run({kTwo, kOne}));
    SW_OK(Run({kOne, kTwo}));
    EXPECT_EQ(Count(*c_, "one"), 2);
    SW_OK(Run({kOne, kTwo, kTen}));
    SW_OK(Run({kOne}));  // an older program beside a newer schema
    EXPECT_EQ(Count(*c_, "one"), 3);
    const auto rows =
        c_->Exec("SELECT version, name FROM schema_migration ORDER BY applied, version");
    ASSERT_EQ(rows->size(), 3);
    EXPECT_EQ(rows->Int(2, 0), 10);
    EXPECT_EQ(rows->Text(0, 1), "one");
}

TEST_F(MigrateTest, RefusesAChangedOne) {
    SW_OK(Run({kOne}));
    Migration changed = kOne;
    changed.sql = "CREATE TABLE one (id bigint)";
    const Status status = Run({changed, kTwo});
    EXPECT_EQ(status.code, Code::kFailedPrecondition);
    EXPECT_EQ(status.reason, "PG_MIGRATION_CHANGED");
    EXPECT_NE(status.message.find("1 (one)"), std::string::npos) << status.message;
    EXPECT_EQ(Count(*c_, "schema_migration"), 1);  // and nothing after it was applied
}

TEST_F(MigrateTest, AFailedOneLeavesNothingBehind) {
    const Migration broken{2, "broken", "INSERT INTO one VALUES (7); SELECT 1/0;"};
    const Status status = Run({kOne, broken, kTen});
    EXPECT_EQ(Meta(status, "sqlstate"), "22012");
    EXPECT_NE(status.message.find("2 (broken)"), std::string::npos) << status.message;
    EXPECT_EQ(Count(*c_, "one"), 1);
    SW_OK(Run({kOne, kTwo, kTen}));
    EXPECT_EQ(Count(*c_, "one"), 3);
}

TEST_F(MigrateTest, RefusesAVersionTwice) {
    Migration again = kTwo;
    again.version = 1;
    EXPECT_EQ(Run({kOne, again}).reason, "PG_MIGRATION_TWICE");
}

TEST_F(MigrateTest, ManyStartAtOnce) {
    const Migration slow{3, "slow", "SELECT pg_sleep(0.2); INSERT INTO one VALUES (3, 3);"};
    std::vector<std::thread> threads;
    std::vector<Status> statuses(6);
    for (auto& status : statuses) {
        threads.emplace_back([&] { status = Run({kOne, kTwo, slow}); });
    }
    for (auto& t : threads) t.join();
    for (const auto& status : statuses) EXPECT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(Count(*c_, "one"), 3);
}

TEST_F(MigrateTest, TheServerOrThePasswordIsWrong) {
    EXPECT_EQ(Migrate("host=127.0.0.1 port=1", std::vector<Migration>{kOne}).code,
              Code::kUnavailable);
}

}  // namespace
}  // namespace shouwang::pg
