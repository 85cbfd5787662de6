#include "common/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace shouwang {
namespace {

Result<int> Half(int n) {
    if (n % 2 != 0) return InvalidField("n", "must be even");
    return n / 2;
}

Result<int> Quarter(int n) {
    SW_ASSIGN_OR_RETURN(const int half, Half(n));
    SW_ASSIGN_OR_RETURN(const int quarter, Half(half));
    return quarter;
}

Status Check(int n) {
    SW_RETURN_IF_ERROR(Half(n).status());
    return Status::Ok();
}

TEST(StatusTest, OkIsTheDefault) {
    EXPECT_TRUE(Status().ok());
    EXPECT_TRUE(Status::Ok().reason.empty());
    EXPECT_FALSE(MakeStatus(Code::kNotFound, "X", "x").ok());
}

TEST(StatusTest, AnInvalidFieldNamesItself) {
    const Status status = InvalidField("visit.visitors", "must not be empty");
    EXPECT_EQ(status.code, Code::kInvalidArgument);
    EXPECT_EQ(status.reason, "INVALID_FIELD");
    EXPECT_EQ(status.message, "visit.visitors: must not be empty");
    ASSERT_EQ(status.violations.size(), 1U);
    EXPECT_EQ(status.violations[0].field, "visit.visitors");
}

TEST(ResultTest, CarriesTheValueOrTheError) {
    EXPECT_EQ(*Quarter(8), 2);
    EXPECT_TRUE(Quarter(8).status().ok());
    EXPECT_EQ(Quarter(6).status().reason, "INVALID_FIELD");
    EXPECT_EQ(Quarter(7).status().reason, "INVALID_FIELD");
    EXPECT_TRUE(Check(2).ok());
    EXPECT_FALSE(Check(3).ok());
}

TEST(ResultTest, MovesWhatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> value = *std::move(result);
    EXPECT_EQ(*value, 7);
}

}  // namespace
}  // namespace shouwang
