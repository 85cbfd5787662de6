#include "common/cache/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/base/bytes.h"
#include "common/testing/gate.h"
#include "common/testing/servers.h"

namespace shouwang::cache {
namespace {

using std::chrono::seconds;
using testing::Eventually;
using testing::TcpGate;
using Mode = TcpGate::Mode;
using Values = std::vector<std::optional<std::string>>;

class CacheTest : public ::testing::Test {
protected:
    CacheTest()
        : redis_(testing::TestRedis()),
          gate_(redis_),
          prefix_("test:" + Uuid4() + ":"),
          cache_(Cache::Connect(gate_.address(), prefix_)),
          direct_(Cache::Connect(redis_, prefix_)) {}

    // How long one call takes.
    template <typename Call>
    static std::chrono::milliseconds Time(const Call& call) {
        const auto start = std::chrono::steady_clock::now();
        call();
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - start);
    }

    const std::string redis_;
    TcpGate gate_;
    const std::string prefix_;
    std::unique_ptr<Cache> cache_;
    std::unique_ptr<Cache> direct_;  // past the gate
};

TEST_F(CacheTest, KeepsWhatItIsGiven) {
    const std::string binary("a\0b\r\n\xff", 6);
    EXPECT_EQ(cache_->Get("k"), std::nullopt);
    cache_->Set("k", binary, seconds(60));
    cache_->Set("empty", "", seconds(60));
    EXPECT_EQ(cache_->Get("k"), binary);
    EXPECT_EQ(cache_->Get("empty"), "");
    cache_->Delete("k");
    EXPECT_EQ(cache_->Get("k"), std::nullopt);
    EXPECT_TRUE(cache_->up());
}

TEST_F(CacheTest, ManyAtOnceKeepTheirOrder) {
    std::vector<std::pair<std::string, std::string>> items;
    for (int i = 0; i < 2500; ++i) items.emplace_back(std::to_string(i), "v" + std::to_string(i));
    cache_->SetMany(items, seconds(60));
    const std::vector<std::string> keys{"2499", "none", "0", "1000"};
    EXPECT_EQ(cache_->GetMany(keys), (Values{"v2499", std::nullopt, "v0", "v1000"}));
    EXPECT_TRUE(cache_->GetMany({}).empty());
    cache_->SetMany({}, seconds(60));
}

TEST_F(CacheTest, PrefixesKeepCachesApart) {
    const auto other = Cache::Connect(redis_, prefix_ + "other:");
    cache_->Set("k", "mine", seconds(60));
    EXPECT_EQ(other->Get("k"), std::nullopt);
}

TEST_F(CacheTest, ValuesExpire) {
    cache_->Set("k", "v", seconds(1));
    EXPECT_EQ(cache_->Get("k"), "v");
    EXPECT_TRUE(Eventually([&] { return cache_->Get("k") == std::nullopt; }, 5));
    cache_->Set("now", "v", seconds(60));
    cache_->Set("now", "v", seconds(0));
    EXPECT_EQ(cache_->Get("now"), std::nullopt);
}

TEST_F(CacheTest, TokensAreSharedByAllCachesOnOneRedis) {
    // A rate so low that no token comes back while the test runs.
    EXPECT_EQ(cache_->TakeToken("t", 0.01, 3), 0);
    EXPECT_EQ(direct_->TakeToken("t", 0.01, 3), 0);
    EXPECT_EQ(cache_->TakeToken("t", 0.01, 3), 0);
    const int wait = direct_->TakeToken("t", 0.01, 3);
    EXPECT_GT(wait, 90'000);
    EXPECT_LE(wait, 100'000);
    EXPECT_EQ(cache_->TakeToken("other", 0.01, 3), 0);
}

TEST_F(CacheTest, TokensComeBack) {
    EXPECT_EQ(cache_->TakeToken("t", 50, 1), 0);
    EXPECT_TRUE(Eventually([&] { return cache_->TakeToken("t", 50, 1) == 0; }));
}

TEST_F(CacheTest, RefusedItAnswersAtOnceAndRecovers) {
    cache_->Set("k", "v", seconds(60));
    gate_.Set(Mode::kRefuse);
    EXPECT_EQ(cache_->Get("k"), std::nullopt);
    EXPECT_FALSE(cache_->up());
    const std::vector<std::string> keys{"k", "l"};
    EXPECT_EQ(cache_->GetMany(keys), (Values{std::nullopt, std::nullopt}));
    gate_.Set(Mode::kPass);
    EXPECT_TRUE(Eventually([&] { return cache_->Get("k") == "v"; }, 5));
    EXPECT_TRUE(cache_->up());
}

TEST_F(CacheTest, StalledItCostsOneTimeoutAndThenNothing) {
    cache_->Set("k", "v", seconds(60));
    gate_.Set(Mode::kStall);
    EXPECT_LT(Time([&] { EXPECT_EQ(cache_->Get("k"), std::nullopt); }).count(), 500);
    // 200 further callers: were each to wait 50 ms, this would take 10 s.
    EXPECT_LT(Time([&] {
                  for (int i = 0; i < 200; ++i) EXPECT_EQ(cache_->Get("k"), std::nullopt);
              }).count(),
              1000);
    gate_.Set(Mode::kPass);
    EXPECT_TRUE(Eventually([&] { return cache_->Get("k") == "v"; }, 5));
}

TEST_F(CacheTest, AConnectionThatWasClosedWhileIdleIsReplacedUnnoticed) {
    cache_->Set("k", "v", seconds(60));
    gate_.Cut();
    EXPECT_EQ(cache_->Get("k"), "v");
    EXPECT_TRUE(cache_->up());
    EXPECT_EQ(gate_.accepted(), 2);
}

TEST_F(CacheTest, AnAnswerToAnotherQuestionIsNeverTaken) {
    cache_->Set("a", "of a", seconds(60));
    cache_->Set("b", "of b", seconds(60));
    gate_.Set(Mode::kStallReplies);
    EXPECT_EQ(cache_->Get("a"), std::nullopt);
    gate_.Set(Mode::kPass);
    EXPECT_TRUE(Eventually([&] { return cache_->Get("b").has_value(); }, 5));
    EXPECT_EQ(cache_->Get("b"), "of b");
}

TEST_F(CacheTest, WhatWasDeletedWhileAwayDoesNotComeBack) {
    cache_->Set("deleted", "old", seconds(60));
    cache_->Set("changed", "old", seconds(60));
    cache_->Set("kept", "v", seconds(60));
    gate_.Set(Mode::kRefuse);
    cache_->Delete("deleted");
    cache_->Set("changed", "new", seconds(60));
    EXPECT_EQ(direct_->Get("deleted"), "old") << "the outage must be real";
    gate_.Set(Mode::kPass);
    EXPECT_TRUE(Eventually([&] { return cache_->Get("kept") == "v"; }, 5));
    EXPECT_EQ(cache_->Get("deleted"), std::nullopt);
    EXPECT_EQ(cache_->Get("changed"), std::nullopt);
}

TEST_F(CacheTest, AfterTooManyLostWritesEverythingBelowThePrefixGoes) {
    const auto other = Cache::Connect(redis_, "test:" + Uuid4() + ":");
    other->Set("k", "v", seconds(60));
    cache_->Set("k", "v", seconds(60));
    gate_.Set(Mode::kRefuse);
    for (int i = 0; i <= 10'000; ++i) cache_->Delete(std::to_string(i));
    gate_.Set(Mode::kPass);
    EXPECT_TRUE(Eventually([&] { cache_->Get("k"); return cache_->up(); }, 5));
    EXPECT_EQ(direct_->Get("k"), std::nullopt);
    EXPECT_EQ(other->Get("k"), "v");
}

TEST_F(CacheTest, TokensAreCountedHereWhileAway) {
    gate_.Set(Mode::kRefuse);
    EXPECT_EQ(cache_->TakeToken("t", 0.01, 2), 0);
    EXPECT_EQ(cache_->TakeToken("t", 0.01, 2), 0);
    EXPECT_GT(cache_->TakeToken("t", 0.01, 2), 0);
}

TEST_F(CacheTest, ManyThreadsShareIt) {
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const std::string key = std::to_string(t) + "/" + std::to_string(i);
                cache_->Set(key, key, seconds(60));
                // A busy machine may make a call time out; a wrong answer is what must never be.
                const auto value = cache_->Get(key);
                if (value && *value != key) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(CacheWithoutRedisTest, WorksWithoutEverConnecting) {
    for (const char* address : {"127.0.0.1:1", "unix:/nonexistent", "nonsense", ""}) {
        const auto cache = Cache::Connect(address, "p:");
        EXPECT_EQ(cache->Get("k"), std::nullopt) << address;
        EXPECT_FALSE(cache->up()) << address;
        EXPECT_EQ(cache->TakeToken("t", 1, 1), 0) << address;
    }
}

}  // namespace
}  // namespace shouwang::cache
