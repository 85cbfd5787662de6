#include "common/testing/servers.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "common/pg/pg.h"
#include "common/testing/child.h"

namespace shouwang::testing {
namespace {

std::unique_ptr<pg::Connection> Open(const std::string& conninfo) {
    auto opened = pg::Connection::Open(conninfo, DeadlineIn(std::chrono::seconds(10)));
    EXPECT_TRUE(opened.ok()) << opened.status().message;
    return opened.ok() ? *std::move(opened) : nullptr;
}

std::string One(pg::Connection& connection, const std::string& sql) {
    const auto rows = connection.Exec(sql);
    EXPECT_TRUE(rows.ok()) << rows.status().message;
    return rows.ok() && rows->size() == 1 ? std::string(rows->Text(0, 0)) : "";
}

TEST(TestDatabaseTest, EachIsFreshAndItsOwn) {
    const TestDatabase a, b;
    EXPECT_NE(a.conninfo(), b.conninfo());
    const auto connection_a = Open(a.conninfo());
    const auto connection_b = Open(b.conninfo());
    ASSERT_TRUE(connection_a->ExecScript("CREATE TABLE t (id int)").ok());
    EXPECT_EQ(One(*connection_b, "SELECT (to_regclass('t') IS NULL)::text"), "true");
    EXPECT_EQ(One(*connection_a, "SHOW server_encoding"), "UTF8");
}

TEST(TestDatabaseTest, IsGoneAtTheEnd) {
    std::string conninfo;
    {
        const TestDatabase database;
        conninfo = database.conninfo();
        // An open connection does not keep it.
        const auto connection = Open(conninfo);
        EXPECT_NE(connection, nullptr);
    }
    EXPECT_FALSE(pg::Connection::Open(conninfo, DeadlineIn(std::chrono::seconds(5))).ok());
}

TEST(TestDatabaseTest, TheTemplateIsPreparedOnceAndCopied) {
    int prepared = 0;
    const auto prepare = [&](const std::string& conninfo) {
        ++prepared;
        EXPECT_TRUE(Open(conninfo)->ExecScript("CREATE TABLE t AS SELECT 'seed' AS v").ok());
    };
    for (int i = 0; i < 3; ++i) {
        const TestDatabase database("seeded", prepare);
        const auto connection = Open(database.conninfo());
        EXPECT_EQ(One(*connection, "SELECT string_agg(v, ',') FROM t"), "seed");
        EXPECT_TRUE(connection->ExecScript("INSERT INTO t VALUES ('mine')").ok());
    }
    EXPECT_EQ(prepared, 1);
}

TEST(TestRedisTest, IsThere) {
    const std::string address = TestRedis();
    EXPECT_EQ(address, TestRedis());
    EXPECT_NE(address.find(':'), std::string::npos);
}

TEST(TestKafkaTest, TellsWhyThereIsNone) {
    const struct {
        const char* bus;
        const char* kafka;
        const char* address;
        const char* why;
    } cases[] = {
        {"embedded", "127.0.0.1:9092", "", "SHOUWANG_BUS=embedded"},
        {nullptr, nullptr, "", "SHOUWANG_TEST_KAFKA is not set"},
        {"kafka", "127.0.0.1:9092", "127.0.0.1:9092", ""},
        {nullptr, "127.0.0.1:9092", "127.0.0.1:9092", ""},
    };
    const auto set = [](const char* name, const char* value) {
        value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
    };
    const auto saved = [](const char* name) {
        const char* const value = std::getenv(name);
        return value == nullptr ? std::string() : std::string(value);
    };
    const std::string bus = saved("SHOUWANG_BUS"), kafka = saved("SHOUWANG_TEST_KAFKA");
    for (const auto& c : cases) {
        set("SHOUWANG_BUS", c.bus);
        set("SHOUWANG_TEST_KAFKA", c.kafka);
        std::string why = "untouched";
        EXPECT_EQ(TestKafka(&why), c.address);
        EXPECT_EQ(why.substr(0, std::string(c.why).size()), c.why);
        EXPECT_EQ(why.empty(), std::string(c.why).empty());
    }
    set("SHOUWANG_BUS", bus.empty() ? nullptr : bus.c_str());
    set("SHOUWANG_TEST_KAFKA", kafka.empty() ? nullptr : kafka.c_str());
}

TEST(TempDirTest, EachIsNewAndWritable) {
    const std::string a = TempDir(), b = TempDir();
    EXPECT_NE(a, b);
    EXPECT_TRUE(std::ofstream(a + "/file") << "x");
    EXPECT_TRUE(std::filesystem::is_empty(b));
}

TEST(ChildTest, EndsByItsOwnPid) {
    const std::string log = TempDir() + "/log";
    const pid_t pid = StartChild({{"/bin/sleep", "1000"}, "", log});
    EXPECT_TRUE(ChildRuns(pid));
    EndChild(pid, SIGTERM);
    EXPECT_FALSE(ChildRuns(pid));
}

TEST(ChildTest, SaysHowAProgramEnded) {
    const std::string log = TempDir() + "/log";
    EXPECT_EQ(RunChild({{"/bin/sh", "-c", "echo hello; exit 7"}, "", log}), 7);
    EXPECT_EQ(ReadLog(log), "hello\n");
    EXPECT_EQ(RunChild({{"/nonexistent/program"}, "", log}), 127);
    EXPECT_THROW(StartChild({{"/bin/true"}, "nobody-of-this-name", log}), std::runtime_error);
}

// Started by the next test as a process of its own, which dies without any clean-up.
TEST(ChildTest, DISABLED_StartsOneAndDies) {
    const pid_t pid = StartChild({{"/bin/sleep", "1000"}, "", TempDir() + "/log"});
    std::ofstream(std::getenv("SHOUWANG_TEST_PID_FILE")) << pid << std::endl;
    ::kill(::getpid(), SIGKILL);
}

TEST(ChildTest, DiesWithItsParent) {
    const std::string directory = TempDir();
    const std::string file = directory + "/pid";
    ::setenv("SHOUWANG_TEST_PID_FILE", file.c_str(), 1);
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    EXPECT_EQ(RunChild({{self, "--gtest_also_run_disabled_tests",
                         "--gtest_filter=ChildTest.DISABLED_StartsOneAndDies"},
                        "",
                        directory + "/log"}),
              -1);
    ::unsetenv("SHOUWANG_TEST_PID_FILE");
    const std::string pid = ReadLog(file);
    ASSERT_FALSE(pid.empty()) << ReadLog(directory + "/log");
    // A dead child that nobody has reaped yet reads as "Z".
    const std::string state = "/proc/" + pid.substr(0, pid.size() - 1) + "/stat";
    EXPECT_TRUE(Eventually([&] {
        const std::string text = ReadLog(state);
        return text.empty() || text.find(") Z") != std::string::npos;
    }));
}

TEST(EventuallyTest, WaitsForTheConditionAndNotLonger) {
    int asked = 0;
    EXPECT_TRUE(Eventually([&] { return ++asked == 3; }));
    EXPECT_EQ(asked, 3);
    EXPECT_FALSE(Eventually([] { return false; }, 0.01));
    EXPECT_TRUE(Eventually([] { return true; }, 0));
}

}  // namespace
}  // namespace shouwang::testing
