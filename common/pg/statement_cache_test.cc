#include "common/pg/statement_cache.h"

#include <gtest/gtest.h>

#include "common/pg/error.h"
#include "common/pg/wire.h"

namespace shouwang::pg {
namespace {

using Oids = std::vector<std::uint32_t>;

TEST(StatementCacheTest, OnlyQueriesAndChangesAreWorthIt) {
    const struct {
        std::string sql;
        bool worth;
    } cases[] = {
        {"SELECT 1", true},
        {"  select 1", true},
        {"(SELECT 1) UNION (SELECT 2)", true},
        {"WITH a AS (…) …", true},
        {"INSERT INTO t …", true},
        {"UPDATE t …", true},
        {"DELETE FROM t", true},
        {"VALUES (1)", true},
        {"CREATE TEMP TABLE t ()", false},
        {"SET x = 1", false},
        {"TRUNCATE t", false},
        {"LISTEN a", false},
        {"SELECT", false},
        {"", false},
        {"   ", false},
        {"SELECT " + std::string(20'000, '1'), false},
    };
    for (const auto& c : cases) EXPECT_EQ(StatementCache::Worth(c.sql), c.worth) << c.sql;
}

TEST(StatementCacheTest, ForgetsTheLeastRecentlyUsed) {
    StatementCache cache(2);
    std::optional<std::string> evict;
    cache.Insert(cache.Plan("a", {}, &evict));
    cache.Insert(cache.Plan("b", {}, &evict));
    EXPECT_FALSE(evict);
    ASSERT_NE(cache.Find("a", {}), nullptr);
    const std::string b = cache.Find("b", {})->name;
    ASSERT_NE(cache.Find("a", {}), nullptr);
    cache.Insert(cache.Plan("c", {}, &evict));
    EXPECT_EQ(evict, b);
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(cache.Find("b", {}), nullptr);
    EXPECT_NE(cache.Find("a", {}), nullptr);
}

TEST(StatementCacheTest, NullFitsAnyTypeAndTypesAreLearnt) {
    StatementCache cache(10);
    std::optional<std::string> evict;
    cache.Insert(cache.Plan("q", Oids{wire::kInt8, 0}, &evict));
    EXPECT_NE(cache.Find("q", Oids{0, 0}), nullptr);
    EXPECT_EQ(cache.Find("q", Oids{wire::kInt8, wire::kText}),
              nullptr);  // inferred, so unknown to us
    cache.Insert(cache.Plan("q", Oids{0, wire::kText}, &evict));
    EXPECT_TRUE(evict);
    EXPECT_NE(cache.Find("q", Oids{wire::kInt8, wire::kText}), nullptr);  // both are known now
    EXPECT_EQ(cache.Find("q", Oids{wire::kInt4, wire::kText}), nullptr);
    EXPECT_EQ(cache.size(), 1U);
}

TEST(ClassifyTest, TheTable) {
    const struct {
        const char* sqlstate;
        Code code;
        const char* reason;
        bool link_lost;
    } cases[] = {
        {"40001", Code::kAborted, "PG_RETRY", false},
        {"40P01", Code::kAborted, "PG_RETRY", false},
        {"23505", Code::kAlreadyExists, "PG_ALREADY_EXISTS", false},
        {"23503", Code::kFailedPrecondition, "PG_CONSTRAINT", false},
        {"23514", Code::kFailedPrecondition, "PG_CONSTRAINT", false},
        {"23P01", Code::kFailedPrecondition, "PG_CONSTRAINT", false},
        {"57014", Code::kDeadlineExceeded, "PG_DEADLINE", false},
        {"08006", Code::kUnavailable, "PG_UNAVAILABLE", true},
        {"57P01", Code::kUnavailable, "PG_UNAVAILABLE", true},
        {"57P03", Code::kUnavailable, "PG_UNAVAILABLE", true},
        {"25006", Code::kUnavailable, "PG_UNAVAILABLE", true},
        {"53300", Code::kUnavailable, "PG_UNAVAILABLE", true},
        {"53100", Code::kUnavailable, "PG_UNAVAILABLE", false},
        {"23502", Code::kInternal, "PG_ERROR", false},
        {"42601", Code::kInternal, "PG_ERROR", false},
    };
    for (const auto& c : cases) {
        const Classified got = Classify(c.sqlstate);
        EXPECT_EQ(got.code, c.code) << c.sqlstate;
        EXPECT_STREQ(got.reason, c.reason) << c.sqlstate;
        EXPECT_EQ(got.link_lost, c.link_lost) << c.sqlstate;
    }
}

TEST(WireTest, DatesAndTimesSaturate) {
    const Date forever{std::numeric_limits<std::int32_t>::max()};
    EXPECT_EQ(wire::ToDate(wire::FromDate(forever)), forever);
    EXPECT_EQ(wire::ToDate(wire::FromDate(Date{-1})), Date{-1});
    EXPECT_EQ(wire::ToDate(std::numeric_limits<std::int32_t>::max()), forever);
    EXPECT_EQ(wire::ToTime(wire::FromTime(TimePoint::max())), TimePoint::max());
    EXPECT_EQ(wire::ToTime(wire::FromTime(TimePoint::min())), TimePoint::min());
    const TimePoint before{std::chrono::microseconds(-1'234'567)};
    EXPECT_EQ(wire::ToTime(wire::FromTime(before)), before);
}

}  // namespace
}  // namespace shouwang::pg
