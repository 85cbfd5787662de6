#include <gtest/gtest.h>

#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {
namespace {

TEST(DefaultRules, Compile) {
    const Result<v1::RuleSet> rules = DefaultRuleSet();
    ASSERT_TRUE(rules.ok()) << rules.status().message;
    EXPECT_GE(rules->rules_size(), 30);
    const auto book = RuleBook::Compile(*rules);
    ASSERT_TRUE(book.ok()) << book.status().reason << ": " << book.status().message;
    EXPECT_EQ((*book)->id(), rules->id());
    EXPECT_EQ((*book)->id().size(), 64u);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
