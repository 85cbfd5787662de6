// Why, why not and what if, on a household with one bill.
#include "services/monitoring/usecase/insight.h"

#include <gtest/gtest.h>

#include "services/monitoring/testing/monitoring_world.h"
#include "services/monitoring/usecase/simulate.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using monitoring::testing::MonitoringWorld;
using monitoring::testing::Soon;
using monitoring::testing::SyntheticIdentity;
constexpr const char* kRule = "medical-inpatient-lifted";  // 5,000 CNY a year

class InsightTest : public ::testing::Test {
protected:
    void Pay(int serial, std::int64_t fen) {
        feed::v1::MedicalSettlement bill;
        bill.set_identity_no(SyntheticIdentity(serial));
        bill.set_visit_id("v" + std::to_string(serial));
        bill.set_kind(feed::v1::MedicalSettlement::KIND_INPATIENT);
        bill.set_settled_on("2021-05-10");
        bill.set_total_fen(fen);
        bill.set_self_paid_fen(fen);
        world_.Feed<feed::v1::MedicalSettlement>("medical_insurance", "medical_settlement", {bill});
    }
    static v1::ExplainRuleRequest Ask(const std::string& household) {
        v1::ExplainRuleRequest q;
        q.set_household(household);
        q.set_rule(kRule);
        return q;
    }
    // The rules in force with another inpatient line.
    v1::RuleSet WithLine(std::int64_t fen) {
        v1::RuleSet set = world_.books.Current()->rule_set();
        for (v1::Parameter& p : *set.mutable_parameters()) {
            if (p.name() == "param.medical_inpatient_lifted_fen") p.set_value(fen);
        }
        return set;
    }
    Result<v1::SimulateResponse> Simulate(const v1::SimulateRequest& q) {
        Simulator simulator(world_.pool, world_.books, populations_, world_.regions, world_.clock);
        for (;;) {
            auto response = simulator.Run(q, "36", Soon());
            if (response.ok() || response.status().reason != "POPULATION_LOADING") return response;
            EXPECT_GT(response.status().retry_after_ms, 0);
            std::this_thread::yield();
        }
    }
    MonitoringWorld world_;
    Insight insight_{world_.pool, world_.books, world_.clock};
    Populations populations_{world_.pool, world_.clock};
};

TEST_F(InsightTest, ExplainsTrueFalseAndUnknown) {
    const std::string household = world_.Household(1);
    const auto unknown = insight_.Explain(Ask(household), "36", Soon());
    ASSERT_TRUE(unknown.ok()) << unknown.status().message;
    EXPECT_EQ(unknown->verdict(), v1::TRUTH_UNKNOWN);
    EXPECT_EQ(unknown->missing_facts(0), "person.inpatient_self_paid_ytd_fen");
    EXPECT_FALSE(unknown->has_explanation());

    Pay(1, 412'300);
    const auto no = insight_.Explain(Ask(household), "36", Soon());
    EXPECT_EQ(no->verdict(), v1::TRUTH_FALSE);
    EXPECT_TRUE(no->explanation().sentence_zh().empty());
    EXPECT_GT(no->explanation().operands_size(), 0);

    const std::string other = world_.Household(2);
    Pay(2, 700'000);
    const auto yes = insight_.Explain(Ask(other), "36", Soon());
    EXPECT_EQ(yes->verdict(), v1::TRUTH_TRUE);
    EXPECT_NE(yes->explanation().sentence_zh().find("7,000元"), std::string::npos) << yes->explanation().sentence_zh();
    EXPECT_EQ(yes->rule_set(), world_.books.Current()->id());
}

TEST_F(InsightTest, WhyNotNamesTheBoundary) {
    const std::string household = world_.Household(1);
    Pay(1, 412'300);
    const auto answer = insight_.WhyNot(Ask(household), "36", Soon());
    ASSERT_TRUE(answer.ok()) << answer.status().message;
    EXPECT_EQ(answer->verdict(), v1::TRUTH_FALSE);
    ASSERT_EQ(answer->changes_size(), 1);
    EXPECT_EQ(answer->changes(0).fact(), "person.inpatient_self_paid_ytd_fen");
    EXPECT_EQ(answer->changes(0).from(), "412300");
    EXPECT_EQ(answer->changes(0).to(), "500000");
    EXPECT_TRUE(answer->complete());
}

TEST_F(InsightTest, WhatIsNotThereIsNotFound) {
    const std::string household = world_.Household(1);
    EXPECT_EQ(insight_.Explain(Ask("households/999999"), "36", Soon()).status().reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(insight_.Explain(Ask(household), "14", Soon()).status().reason, "HOUSEHOLD_NOT_FOUND");
    auto q = Ask(household);
    q.set_rule("no-such-rule");
    EXPECT_EQ(insight_.Explain(q, "36", Soon()).status().reason, "RULE_NOT_FOUND");
    q.set_rule_set("0000");
    EXPECT_EQ(insight_.Explain(q, "36", Soon()).status().reason, "RULE_SET_NOT_FOUND");
}

TEST_F(InsightTest, SimulateCountsWhoWouldBeHit) {
    const std::string a = world_.Household(1), b = world_.Household(2);
    world_.Household(3);
    Pay(1, 412'300);
    Pay(2, 700'000);
    v1::SimulateRequest q;
    *q.mutable_after_content() = WithLine(400'000);
    const auto lower = Simulate(q);
    ASSERT_TRUE(lower.ok()) << lower.status().message;
    EXPECT_EQ(lower->total().households(), 3);
    EXPECT_EQ(lower->total().hit_before(), 1);
    EXPECT_EQ(lower->total().hit_after(), 2);
    EXPECT_EQ(lower->total().newly_hit(), 1);
    ASSERT_EQ(lower->households_size(), 1);
    EXPECT_EQ(lower->households(0).household(), a);
    EXPECT_EQ(lower->households(0).rules_gained(0), kRule);
    ASSERT_EQ(lower->parts_size(), 1);
    EXPECT_EQ(lower->parts(0).region_code(), "360681");

    *q.mutable_after_content() = WithLine(900'000);
    const auto higher = Simulate(q);
    EXPECT_EQ(higher->total().no_longer_hit(), 1);
    EXPECT_EQ(higher->households(0).household(), b);
    EXPECT_EQ(higher->households(0).rules_lost(0), kRule);
    // Nothing was changed by either.
    EXPECT_EQ(world_.Number("SELECT count(*) FROM lead WHERE state <> 5"), 1);
}

TEST_F(InsightTest, SimulateOnAPastMonthEnd) {
    world_.Household(1);
    Pay(1, 700'000);
    v1::SimulateRequest q;
    q.set_after(world_.books.Current()->id());
    q.set_date("2021-05-31");
    EXPECT_EQ(Simulate(q)->total().hit_before(), 1);
    q.set_date("2021-04-30");
    EXPECT_EQ(Simulate(q)->total().hit_before(), 0);  // the bill of May was not yet true
    q.set_date("2021-05-30");
    EXPECT_EQ(Simulate(q).status().violations.at(0).field, "date");
    q.set_date("2021-07-31");
    EXPECT_EQ(Simulate(q).status().violations.at(0).field, "date");
    q.clear_date();
    q.clear_after();
    EXPECT_EQ(Simulate(q).status().violations.at(0).field, "after");
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
