#include "common/log/log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "common/base/date.h"
#include "common/trace/trace.h"

namespace shouwang::log {
namespace {

using nlohmann::json;

template <typename Write>
std::vector<json> Written(const Write& write) {
    ::testing::internal::CaptureStderr();
    write();
    std::istringstream text(::testing::internal::GetCapturedStderr());
    std::vector<json> out;
    for (std::string line; std::getline(text, line);) out.push_back(json::parse(line));
    return out;
}

class LogTest : public ::testing::Test {
protected:
    LogTest() { Init("monitoring", Level::kInfo); }
};

TEST_F(LogTest, OneJsonObjectALine) {
    const auto lines = Written([] {
        Info("batch applied", {{"rows", 20000}, {"late", true}, {"dataset", "health.bill"}});
        Error("batch failed", {{"status", MakeStatus(Code::kInternal, "PG_ERROR", "no")}});
    });
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0]["level"], "info");
    EXPECT_EQ(lines[0]["service"], "monitoring");
    EXPECT_EQ(lines[0]["event"], "batch applied");
    EXPECT_EQ(lines[0]["rows"], 20000);
    EXPECT_EQ(lines[0]["late"], true);
    EXPECT_EQ(lines[0]["dataset"], "health.bill");
    EXPECT_TRUE(ParseRfc3339(lines[0]["time"].get<std::string>()));
    EXPECT_FALSE(lines[0].contains("trace"));
    EXPECT_EQ(lines[1]["level"], "error");
    EXPECT_EQ(lines[1]["status"], "PG_ERROR: no");
}

TEST_F(LogTest, NumbersOfEveryKind) {
    const auto lines = Written([] {
        Info("n", {{"u32", std::uint32_t{4000000000}},
                   {"i64", std::numeric_limits<std::int64_t>::min()},
                   {"size", std::size_t{7}},
                   {"long_long", 5LL},
                   {"double", 0.25},
                   {"nan", std::numeric_limits<double>::quiet_NaN()}});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0]["u32"], 4000000000U);
    EXPECT_EQ(lines[0]["i64"], std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(lines[0]["size"], 7);
    EXPECT_EQ(lines[0]["long_long"], 5);
    EXPECT_EQ(lines[0]["double"], 0.25);
    EXPECT_TRUE(lines[0]["nan"].is_null());
}

TEST_F(LogTest, NothingBreaksOutOfItsValue) {
    const std::string nasty = "a\"b\\c\nd\re\tf\x01g\x7f{}%v</script>守望";
    const auto lines = Written([&] { Warn(nasty, {{nasty, nasty}}); });
    ASSERT_EQ(lines.size(), 1U) << "a line break in a value must not start a line";
    EXPECT_EQ(lines[0]["event"], nasty);
    EXPECT_EQ(lines[0][nasty], nasty);
}

TEST_F(LogTest, MalformedTextBecomesReplacementCharacters) {
    const auto lines = Written([] {
        Info("bad", {{"gb", std::string("\xca\xd8\xff")}, {"nul", std::string("a\0b", 3)}});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0]["gb"].get<std::string>().find("\uFFFD"), std::string::npos);
    EXPECT_EQ(lines[0]["nul"], std::string("a\0b", 3));
}

TEST_F(LogTest, TheLevelFilters) {
    const auto count = [](Level level) {
        Init("monitoring", level);
        return Written([] {
                   Debug("d");
                   Info("i");
                   Warn("w");
                   Error("e");
               }).size();
    };
    EXPECT_EQ(count(Level::kDebug), 4U);
    EXPECT_EQ(count(Level::kInfo), 3U);
    EXPECT_EQ(count(Level::kWarn), 2U);
    EXPECT_EQ(count(Level::kError), 1U);
}

TEST_F(LogTest, CarriesTheTrace) {
    const trace::Context context = trace::Context::New();
    const auto lines = Written([&] {
        const trace::Scope scope(context);
        Info("traced");
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0]["trace"], context.trace_id);
    EXPECT_EQ(lines[0]["span"], context.span_id);
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
    const auto lines = Written([] {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([t] {
                for (int i = 0; i < 100; ++i) Info("line", {{"thread", t}, {"text", std::string(200, 'x')}});
            });
        }
        for (auto& thread : threads) thread.join();
    });
    EXPECT_EQ(lines.size(), 400U);
}

}  // namespace
}  // namespace shouwang::log
