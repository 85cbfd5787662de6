#include "common/cache/token_bucket.h"

#include <gtest/gtest.h>

namespace shouwang::cache {
namespace {

using std::chrono::milliseconds;
const TokenBuckets::Time kStart{std::chrono::hours(1)};

TEST(TokenBucketsTest, ABurstThenTheRate) {
    TokenBuckets buckets;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(buckets.Take("k", 10, 3, kStart), 0);
    EXPECT_EQ(buckets.Take("k", 10, 3, kStart), 100);
    EXPECT_EQ(buckets.Take("k", 10, 3, kStart + milliseconds(40)), 60);
    EXPECT_EQ(buckets.Take("k", 10, 3, kStart + milliseconds(100)), 0);
    EXPECT_EQ(buckets.Take("k", 10, 3, kStart + milliseconds(100)), 100);
}

TEST(TokenBucketsTest, NeverHoldsMoreThanABurst) {
    TokenBuckets buckets;
    EXPECT_EQ(buckets.Take("k", 1, 2, kStart), 0);
    const auto later = kStart + std::chrono::hours(1);
    EXPECT_EQ(buckets.Take("k", 1, 2, later), 0);
    EXPECT_EQ(buckets.Take("k", 1, 2, later), 0);
    EXPECT_EQ(buckets.Take("k", 1, 2, later), 1000);
}

TEST(TokenBucketsTest, KeysDoNotShare) {
    TokenBuckets buckets;
    EXPECT_EQ(buckets.Take("a", 1, 1, kStart), 0);
    EXPECT_EQ(buckets.Take("b", 1, 1, kStart), 0);
    EXPECT_GT(buckets.Take("a", 1, 1, kStart), 0);
}

TEST(TokenBucketsTest, AClockThatGoesBackGivesNothing) {
    TokenBuckets buckets;
    EXPECT_EQ(buckets.Take("k", 1, 1, kStart), 0);
    EXPECT_EQ(buckets.Take("k", 1, 1, kStart - std::chrono::hours(1)), 1000);
}

TEST(TokenBucketsTest, ForgetsFullBuckets) {
    TokenBuckets buckets;
    for (int i = 0; i < 10'000; ++i) {
        buckets.Take(std::to_string(i), 1000, 1, kStart + milliseconds(2) * i);
    }
    EXPECT_LT(buckets.size(), 2'000U);
}

}  // namespace
}  // namespace shouwang::cache
