#include "common/model/page.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::model {
namespace {

TEST(PageSize, Table) {
    EXPECT_EQ(*PageSize(0), 50);
    EXPECT_EQ(*PageSize(1), 1);
    EXPECT_EQ(*PageSize(1000), 1000);
    EXPECT_EQ(*PageSize(5000), 1000);
    EXPECT_EQ(PageSize(-1).status().code, Code::kInvalidArgument);
}

TEST(PageTokens, ReadBackOnlyWithTheSameFilterAndKey) {
    const PageTokens tokens("key one"), others("key two");
    const std::string position("42\0|x", 5);
    monitoring::v1::ListLeadsRequest filter;
    filter.set_region_prefix("3606");
    filter.set_page_size(10);
    EXPECT_EQ(*tokens.Read(filter), "");
    const std::string token = tokens.Make(position, filter);
    filter.set_page_token(token);
    EXPECT_EQ(*tokens.Read(filter), position);
    filter.set_page_size(500);  // the size may change from page to page
    EXPECT_EQ(*tokens.Read(filter), position);

    const auto refused = [](const Result<std::string>& r) {
        return !r.ok() && r.status().code == Code::kInvalidArgument &&
               r.status().reason == "PAGE_TOKEN";
    };
    EXPECT_TRUE(refused(others.Read(filter)));
    monitoring::v1::ListLeadsRequest other = filter;
    other.set_region_prefix("36");
    EXPECT_TRUE(refused(tokens.Read(other)));
    other = filter;
    other.add_grades(monitoring::v1::GRADE_RED);
    EXPECT_TRUE(refused(tokens.Read(other)));
    gateway::v1::ListAccountsRequest accounts;  // a token of another list
    accounts.set_page_token(token);
    EXPECT_TRUE(refused(tokens.Read(accounts)));
}

TEST(PageTokens, EveryFlippedByteIsRefused) {
    const PageTokens tokens("key");
    monitoring::v1::ListLeadsRequest filter;
    const std::string bytes = *Base64UrlDecode(tokens.Make("12345", filter));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string broken = bytes;
        broken[i] = static_cast<char>(broken[i] ^ 1);
        filter.set_page_token(Base64UrlEncode(broken));
        EXPECT_FALSE(tokens.Read(filter).ok()) << i;
    }
    for (const std::string& text :
         {std::string("x"), std::string("%%%"), Base64UrlEncode(bytes.substr(0, 10))}) {
        filter.set_page_token(text);
        EXPECT_FALSE(tokens.Read(filter).ok()) << text;
    }
}

}  // namespace
}  // namespace shouwang::model
