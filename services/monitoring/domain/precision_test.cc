#include "services/monitoring/domain/precision.h"

#include <gtest/gtest.h>

namespace shouwang::monitoring::domain {
namespace {

v1::Lead Explained(std::initializer_list<const char*> rules, const char* evidence = "2021-06-01") {
    v1::Lead lead;
    for (const char* rule : rules) {
        v1::Explanation* e = lead.add_explanations();
        e->set_rule(rule);
        e->add_operands()->add_sources()->set_date(evidence);
    }
    return lead;
}

TEST(Wilson, PublishedValues) {
    // 81 of 263 (Newcombe 1998, method 3): 0.2553 to 0.3662; 0 of 20: 0.0000 to 0.1611; 1 of 29: 0.0061 to 0.1718.
    EXPECT_EQ(WilsonBp(81, 263), (std::pair{2553, 3662}));
    EXPECT_EQ(WilsonBp(0, 20), (std::pair{0, 1611}));
    EXPECT_EQ(WilsonBp(1, 29), (std::pair{61, 1718}));
    EXPECT_EQ(WilsonBp(20, 20).second, 10'000);
}

TEST(PrecisionLedger, CountsByRuleAndCounty) {
    const v1::Lead both = Explained({"a", "b", "a"}), one = Explained({"a"}, "2021-06-20");
    const Date closed = *Date::Parse("2021-06-30");
    PrecisionLedger ledger(3);
    ledger.Add({"360681103204", v1::LEAD_END_CONFIRMED, true, closed, &both}, "");
    ledger.Add({"360681103205", v1::LEAD_END_NOT_CONFIRMED, true, closed, &one}, "");
    ledger.Add({"360781103205", v1::LEAD_END_SOLVED, true, closed, &one}, "");
    ledger.Add({"360781103205", v1::LEAD_END_NO_LONGER_TRUE, false, closed, &one}, "");
    ledger.Add({"360781103205", v1::LEAD_END_DUPLICATE, false, closed, &one}, "");
    const auto answer = ledger.Answer({1, 0});
    ASSERT_EQ(answer.parts_size(), 3);
    const auto& a_guixi = answer.parts(0);
    EXPECT_EQ(a_guixi.rule(), "a");
    EXPECT_EQ(a_guixi.region_code(), "360681");
    EXPECT_EQ(a_guixi.confirmed(), 1);
    EXPECT_EQ(a_guixi.precision_bp(), 5000);
    EXPECT_EQ(a_guixi.visits_per_case_hundredths(), 200);
    EXPECT_EQ(a_guixi.lead_time_median_days(), 29);
    ASSERT_EQ(answer.totals_size(), 2);
    EXPECT_EQ(answer.totals(0).confirmed(), 2);
    EXPECT_EQ(answer.totals(0).solved(), 1);
    EXPECT_EQ(answer.totals(0).duplicate(), 1);
    EXPECT_EQ(answer.totals(0).no_longer_true(), 1);
    EXPECT_EQ(answer.totals(0).lead_time_median_days(), 10);
}

TEST(PrecisionLedger, NothingAnsweredIsUnknownNotZero) {
    const v1::Lead lead = Explained({"a"});
    PrecisionLedger ledger(3);
    ledger.Add({"360681103204", v1::LEAD_END_NO_LONGER_TRUE, false, *Date::Parse("2021-06-30"), &lead}, "");
    const auto answer = ledger.Answer({0, 10'001});
    EXPECT_FALSE(answer.totals(0).has_precision_bp());
    EXPECT_FALSE(answer.totals(0).has_visits_per_case_hundredths());
    EXPECT_FALSE(answer.totals(0).quiet_proposed());
}

TEST(PrecisionLedger, QuietNeedsEnoughAnswersAndALowUpperBound) {
    const v1::Lead lead = Explained({"a"});
    const Date closed = *Date::Parse("2021-06-30");
    PrecisionLedger ledger(3);
    for (int i = 0; i < 29; ++i) ledger.Add({"360681103204", i == 0 ? v1::LEAD_END_CONFIRMED : v1::LEAD_END_NOT_CONFIRMED, true, closed, &lead}, "a");
    EXPECT_TRUE(ledger.Answer({29, 1719}).totals(0).quiet_proposed());
    EXPECT_FALSE(ledger.Answer({29, 1718}).totals(0).quiet_proposed());
    EXPECT_FALSE(ledger.Answer({30, 5000}).totals(0).quiet_proposed());
}

}  // namespace
}  // namespace shouwang::monitoring::domain
