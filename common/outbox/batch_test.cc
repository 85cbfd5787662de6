#include "common/outbox/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "common/outbox/envelope.h"

namespace shouwang::outbox {
namespace {

using std::chrono::milliseconds;

const Status kRefused = MakeStatus(Code::kUnavailable, "BUS_DOWN", "down");

TEST(BatchTest, DeletesAKeyUpToItsFirstFailure) {
    // One letter a row: the key; upper case = acknowledged.
    const struct {
        std::string rows, deleted, failed;
    } cases[] = {
        {"ABAB", "0123", ""}, {"AaA", "0", "a"},  {"aAB", "2", "a"},       {"ABabAB", "01", "ab"},
        {"", "", ""},         {"abc", "", "abc"}, {"AABbAB", "0124", "b"},
    };
    for (const auto& c : cases) {
        Batch batch(c.rows.size());
        std::vector<std::string> keys;
        for (const char letter : c.rows) keys.emplace_back(1, static_cast<char>(letter | 0x20));
        for (std::size_t i = 0; i < c.rows.size(); ++i) {
            batch.Add({3, static_cast<std::int64_t>(i), keys[i]});
            batch.Expect();
        }
        for (std::size_t i = 0; i < c.rows.size(); ++i) {
            batch.Report(i, (c.rows[i] & 0x20) == 0 ? Status::Ok() : kRefused);
        }
        ASSERT_TRUE(batch.WaitUntil(DeadlineIn(milliseconds(0))));
        Batch::Outcome outcome = batch.Settle();
        std::string deleted, failed;
        for (const auto id : outcome.ids) deleted += std::to_string(id);
        std::sort(outcome.failed_keys.begin(), outcome.failed_keys.end());
        for (const auto& key : outcome.failed_keys) failed += key;
        EXPECT_EQ(deleted, c.deleted) << c.rows;
        EXPECT_EQ(failed, c.failed) << c.rows;
        EXPECT_EQ(outcome.shards.size(), outcome.ids.size());
    }
}

TEST(BatchTest, WaitsForEveryReport) {
    Batch batch(2);
    batch.Add({0, 1, "a"});
    batch.Add({0, 2, "b"});
    batch.Expect();
    batch.Expect();
    batch.Refused(kRefused);
    EXPECT_FALSE(batch.WaitUntil(DeadlineIn(milliseconds(1))));
    std::thread reporter([&] { batch.Report(0, Status::Ok()); });
    EXPECT_TRUE(batch.WaitUntil(DeadlineIn(milliseconds(60'000))));
    reporter.join();
    EXPECT_EQ(batch.first_error().reason, "BUS_DOWN");
    EXPECT_EQ(batch.Settle().ids, std::vector<std::int64_t>{1});
}

TEST(BlockedTest, PausesGrowAndEnd) {
    Blocked blocked;
    const Deadline start{};
    EXPECT_TRUE(blocked.Now(start).empty());
    blocked.Fail({"a"}, start);
    EXPECT_EQ(blocked.Now(start), std::vector<std::string>{"a"});
    EXPECT_EQ(blocked.Next(start), start + milliseconds(100));
    EXPECT_TRUE(blocked.Now(start + milliseconds(100)).empty());
    EXPECT_TRUE(blocked.Remembers("a"));
    blocked.Fail({"a"}, start + milliseconds(100));
    EXPECT_EQ(blocked.Next(start + milliseconds(100)), start + milliseconds(300));
    for (int i = 0; i < 20; ++i) blocked.Fail({"a"}, start);
    EXPECT_EQ(blocked.Next(start), start + milliseconds(10'000));
    blocked.Success({"a"});
    EXPECT_TRUE(blocked.empty());
    EXPECT_EQ(blocked.Next(start), Deadline::max());
}

TEST(BlockedTest, ForgetsWhatDoesNotComeAgain) {
    Blocked blocked;
    const Deadline start{};
    blocked.Fail({"a"}, start);
    EXPECT_TRUE(blocked.Now(start + std::chrono::minutes(5)).empty());
    EXPECT_FALSE(blocked.Remembers("a"));
}

TEST(BlockedTest, ManyFailuresPauseEverything) {
    Blocked blocked;
    std::vector<std::string> many;
    for (std::size_t i = 0; i <= Blocked::kMost; ++i) many.push_back("k" + std::to_string(i));
    const Deadline start = std::chrono::steady_clock::now();
    blocked.Fail(many, start);
    EXPECT_TRUE(blocked.empty());
    EXPECT_EQ(blocked.paused_until(), start + milliseconds(100));
    blocked.Fail(many, start);
    EXPECT_EQ(blocked.paused_until(), start + milliseconds(200));
    blocked.AllWell();
    blocked.Fail(many, start);
    EXPECT_EQ(blocked.paused_until(), start + milliseconds(100));
}

TEST(EventIdTest, IsAUuidAndNeverTheSame) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = NewEventId();
        ASSERT_EQ(id.size(), 36U);
        EXPECT_EQ(id[14], '4');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
        EXPECT_EQ(id[8], '-');
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 1000U);
}

TEST(HeadersTest, OfBytesThatAreNoEnvelope) { EXPECT_TRUE(HeadersOf("\xff\xff").empty()); }

}  // namespace
}  // namespace shouwang::outbox
