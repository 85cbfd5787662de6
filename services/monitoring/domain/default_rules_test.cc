// Every default rule by example: rows that make it true, rows that make it false, and what leaves
// it unknown.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

using Rows = std::vector<const char*>;

struct Example {
    const char* rule;
    bool lifted;
    Rows yes, no, unknown;
};

const char* const kIncome =
    "household_income - month: '2021-05' net_fen: 1200000";  // 6 000 CNY a head, exactly the line

const Example kExamples[] = {
    {"medical-inpatient-lifted",
     true,
     {"medical_settlement 0 visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT "
      "self_paid_fen: 300000",
      "medical_settlement 0 visit_id: 'b' settled_on: '2021-06-09' kind: KIND_INPATIENT "
      "self_paid_fen: 200000"},
     {"medical_settlement * visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT "
      "self_paid_fen: 499999"},
     {"medical_settlement 0 visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT "
      "self_paid_fen: 499999"}},
    {"medical-inpatient-other",
     false,
     {"medical_settlement 0 visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT "
      "self_paid_fen: 2000000"},
     {"medical_settlement * visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT "
      "self_paid_fen: 1999999"},
     {}},
    {"medical-outpatient",
     false,
     {"medical_settlement 1 visit_id: 'a' settled_on: '2021-05-01' kind: KIND_OUTPATIENT "
      "self_paid_fen: 50000"},
     {"medical_settlement * visit_id: 'a' settled_on: '2021-05-01' kind: KIND_OUTPATIENT "
      "self_paid_fen: 49999"},
     {"medical_settlement * visit_id: 'a' settled_on: '2021-06-01' kind: KIND_OUTPATIENT "
      "self_paid_fen: 50000"}},
    {"medical-stay-monitored",
     true,
     {"monitored_household - as_of: '2021-06-01' category: CATEGORY_EDGE members: 2 "
      "risk_eliminated: false",
      "medical_settlement 0 visit_id: 'a' settled_on: '2020-09-01' kind: KIND_INPATIENT "
      "self_paid_fen: 600000"},
     {"monitored_household - as_of: '2021-06-01' category: CATEGORY_EDGE members: 2 "
      "risk_eliminated: false",
      "medical_settlement * visit_id: 'a' settled_on: '2020-09-01' kind: KIND_INPATIENT "
      "self_paid_fen: 599999"},
     {"medical_settlement 0 visit_id: 'a' settled_on: '2020-09-01' kind: KIND_INPATIENT "
      "self_paid_fen: 600000"}},
    {"medical-stay-other",
     false,
     {"medical_settlement 0 visit_id: 'a' settled_on: '2020-09-01' kind: KIND_INPATIENT "
      "self_paid_fen: 1000000"},
     {"medical_settlement * visit_id: 'a' settled_on: '2020-09-01' kind: KIND_INPATIENT "
      "self_paid_fen: 999999"},
     {}},
    {"medical-not-insured",
     false,
     {"medical_insurance 1 as_of: '2021-05-31' insured: false"},
     {"medical_insurance * as_of: '2021-05-31' insured: true"},
     {"medical_insurance * as_of: '2020-05-01' insured: false"}},
    {"illness-serious-new",
     false,
     {"serious_illness 0 case_id: '1' diagnosed_on: '2021-02-01' listed_big_illness: true "
      "severe_mental_illness: false"},
     {"serious_illness * case_id: '1' diagnosed_on: '2021-02-01' listed_big_illness: false "
      "severe_mental_illness: false"},
     {"serious_illness * case_id: '1' diagnosed_on: '2020-02-01' listed_big_illness: true "
      "severe_mental_illness: false"}},
    {"illness-severe-mental",
     false,
     {"serious_illness 0 case_id: '1' diagnosed_on: '2015-02-01' listed_big_illness: false "
      "severe_mental_illness: true"},
     {"serious_illness * case_id: '1' diagnosed_on: '2015-02-01' listed_big_illness: true "
      "severe_mental_illness: false"},
     {}},
    {"school-dropout",
     false,
     {"school_status 1 as_of: '2021-05-31' stage: STAGE_JUNIOR dropped_out: true absent_days: 20"},
     {"school_status 0 as_of: '2021-05-31' stage: STAGE_HIGHER dropped_out: true absent_days: 0",
      "school_status 1 as_of: '2021-05-31' stage: STAGE_JUNIOR dropped_out: false absent_days: 0"},
     {"school_status 1 as_of: '2021-01-31' stage: STAGE_JUNIOR dropped_out: true absent_days: 20"}},
    {"school-absent",
     false,
     {"school_status 1 as_of: '2021-05-31' stage: STAGE_PRIMARY dropped_out: false absent_days: 7"},
     {"school_status * as_of: '2021-05-31' stage: STAGE_PRIMARY dropped_out: false absent_days: 6"},
     {"school_status 1 as_of: '2021-05-31' stage: STAGE_PRIMARY dropped_out: false"}},
    {"school-fees",
     false,
     {"school_fees 1 month: '2020-10' fees_fen: 1200000 aid_fen: 199999"},
     {"school_fees * month: '2020-10' fees_fen: 1200000 aid_fen: 200000"},
     {"school_fees 1 month: '2020-06' fees_fen: 1200000 aid_fen: 0"}},
    {"assistance-granted",
     false,
     {"social_assistance 0 decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "true rejected: false stopped: false"},
     {"social_assistance * decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "false rejected: true stopped: false"},
     {}},
    {"assistance-rejected",
     false,
     {"social_assistance 0 decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "false rejected: true stopped: false"},
     {"social_assistance * decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "true rejected: false stopped: false"},
     {"social_assistance * decision_no: '1' decided_on: '2021-03-01' minimum_living_newly_granted: "
      "false rejected: true stopped: false"}},
    {"assistance-stopped",
     false,
     {"social_assistance 0 decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "false rejected: false stopped: true"},
     {"social_assistance * decision_no: '1' decided_on: '2021-06-01' minimum_living_newly_granted: "
      "true rejected: false stopped: false"},
     {}},
    {"assistance-temporary-aid",
     false,
     {"temporary_aid 0 payment_no: '1' paid_on: '2020-08-01' amount_fen: 100000",
      "temporary_aid 0 payment_no: '2' paid_on: '2021-06-01' amount_fen: 100000"},
     {"temporary_aid * payment_no: '1' paid_on: '2020-08-01' amount_fen: 100000"},
     {}},
    {"disability-severe",
     false,
     {"disability_certificate 0 issued_on: '2012-01-01' grade: 2 newly_certified: false"},
     {"disability_certificate * issued_on: '2012-01-01' grade: 3 newly_certified: false"},
     {}},
    {"disability-new",
     false,
     {"disability_certificate 0 issued_on: '2021-06-01' grade: 3 newly_certified: true"},
     {"disability_certificate * issued_on: '2021-06-01' grade: 1 newly_certified: true"},
     {"disability_certificate * issued_on: '2021-01-01' grade: 3 newly_certified: true"}},
    {"house-dangerous",
     false,
     {"house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_C only_home: true"},
     {"house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_B only_home: true"},
     {"house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_D"}},
    {"house-dangerous-second",
     false,
     {"house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_D only_home: false"},
     {"house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_D only_home: true"},
     {}},
    {"water-quality",
     false,
     {"water_supply - source_id: 's' as_of: '2021-05-31' quality_ok: true quantity_ok: false "
      "cut_off_days: 0"},
     {"water_supply - source_id: 's' as_of: '2021-05-31' quality_ok: true quantity_ok: true "
      "cut_off_days: 0"},
     {"water_supply - source_id: 's' as_of: '2021-01-31' quality_ok: false quantity_ok: false "
      "cut_off_days: 0"}},
    {"water-cut-off",
     false,
     {"water_supply - source_id: 's' as_of: '2021-05-31' quality_ok: true quantity_ok: true "
      "cut_off_days: 8"},
     {"water_supply - source_id: 's' as_of: '2021-05-31' quality_ok: true quantity_ok: true "
      "cut_off_days: 7"},
     {}},
    {"work-main-earner-unemployed",
     false,
     {"employment 0 month: '2021-05' employed: false unemployed: true wage_fen: 0"},
     {"employment 0 month: '2021-05' employed: true unemployed: false wage_fen: 300000",
      "employment 1 month: '2021-05' employed: false unemployed: true wage_fen: 0"},
     {"employment 1 month: '2021-05' employed: false unemployed: true wage_fen: 0"}},
    {"work-wage-fall",
     false,
     {"employment 0 month: '2021-01' employed: true unemployed: false wage_fen: 400000",
      "employment 0 month: '2021-05' employed: true unemployed: false wage_fen: 280000"},
     {"employment * month: '2021-01' employed: true unemployed: false wage_fen: 400000",
      "employment * month: '2021-05' employed: true unemployed: false wage_fen: 280040"},
     {"employment 0 month: '2021-05' employed: true unemployed: false wage_fen: 100"}},
    {"disaster-house-collapsed",
     false,
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: true dead: 0 "
      "loss_fen: 0"},
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: false dead: 0 "
      "loss_fen: 0"},
     {"disaster_loss - disaster_id: 'd' happened_on: '2020-05-01' house_collapsed: true dead: 0 "
      "loss_fen: 0"}},
    {"disaster-death",
     false,
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: false dead: 1 "
      "loss_fen: 0"},
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: true dead: 0 "
      "loss_fen: 0"},
     {}},
    {"disaster-loss",
     false,
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: false dead: 0 "
      "loss_fen: 500000"},
     {"disaster_loss - disaster_id: 'd' happened_on: '2021-05-01' house_collapsed: false dead: 0 "
      "loss_fen: 499999"},
     {}},
    {"project-failed",
     false,
     {"industry_project - project_id: 'p' as_of: '2021-05-31' failed: true"},
     {"industry_project - project_id: 'p' as_of: '2021-05-31' failed: false"},
     {"industry_project - project_id: 'p' as_of: '2020-05-01' failed: true"}},
    {"project-price-fall",
     false,
     {"industry_project - project_id: 'p' as_of: '2021-05-31' failed: false price_change_bp: "
      "-3000"},
     {"industry_project - project_id: 'p' as_of: '2021-05-31' failed: false price_change_bp: "
      "-2999"},
     {"industry_project - project_id: 'p' as_of: '2021-05-31' failed: false"}},
    {"project-micro-credit-overdue",
     false,
     {"micro_credit - contract_no: 'c' as_of: '2021-05-31' balance_fen: 1 overdue_days: 30"},
     {"micro_credit - contract_no: 'c' as_of: '2021-05-31' balance_fen: 1 overdue_days: 29"},
     {}},
    {"labour-death",
     false,
     {"death 0 died_on: '2021-05-01' dead: true"},
     {"death 0 died_on: '2021-05-01' dead: false", "death 1 died_on: '2021-05-01' dead: true"},
     {}},
    {"labour-imprisonment",
     false,
     {"imprisonment 0 as_of: '2021-05-31' imprisoned: true"},
     {"imprisonment 0 as_of: '2021-05-31' imprisoned: false"},
     {"imprisonment 0 as_of: '2020-05-01' imprisoned: true"}},
    {"accident-serious-injury",
     false,
     {"accident 1 accident_id: 'a' happened_on: '2021-05-01' serious_injury: true "
      "medical_cost_fen: 1"},
     {"accident * accident_id: 'a' happened_on: '2021-05-01' serious_injury: false "
      "medical_cost_fen: 1"},
     {}},
    {"subsidy-stopped",
     false,
     {"subsidy_payment 0 month: '2021-03' subsidy_code: 'x' paid_fen: 0 stopped: true"},
     {"subsidy_payment * month: '2021-03' subsidy_code: 'x' paid_fen: 10 stopped: false"},
     {"subsidy_payment * month: '2021-02' subsidy_code: 'x' paid_fen: 0 stopped: true"}},
    {"business-closed",
     false,
     {"business 0 uscc: 'u' as_of: '2021-05-31' own_business_closed: true"},
     {"business * uscc: 'u' as_of: '2021-05-31' own_business_closed: false"},
     {}},
    {"land-hazard-dangerous-house",
     false,
     {"geological_hazard - hazard_id: 'g' as_of: '2021-05-31' active: true",
      "house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_D only_home: false"},
     {"geological_hazard - hazard_id: 'g' as_of: '2021-05-31' active: false"},
     {"geological_hazard - hazard_id: 'g' as_of: '2021-05-31' active: true"}},
    {"petition-hardship",
     false,
     {"petition_call 0 call_no: '1' called_on: '2021-06-10' hardship: true"},
     {"petition_call * call_no: '1' called_on: '2021-06-10' hardship: false"},
     {}},
    {"income-below-line",
     false,
     {"household_income - month: '2021-05' net_fen: 1199998"},
     {kIncome},
     {"household_income - month: '2020-04' net_fen: 1"}},
    {"income-after-rigid-spending",
     false,
     {kIncome,
      "medical_settlement 0 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_OUTPATIENT "
      "self_paid_fen: 2"},
     {kIncome,
      "medical_settlement 0 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_OUTPATIENT "
      "self_paid_fen: 1"},
     {kIncome}},
    {"relocated-no-work",
     false,
     {"employment 0 month: '2021-05' employed: false unemployed: true wage_fen: 0"},
     {"employment 0 month: '2021-05' employed: true unemployed: false wage_fen: 100"},
     {"employment 1 month: '2021-05' employed: false unemployed: true wage_fen: 0"}},
    {"finance-loan-overdue",
     false,
     {"bank_loan 0 contract_no: 'c' as_of: '2021-05-31' overdue_days: 30"},
     {"bank_loan * contract_no: 'c' as_of: '2021-05-31' overdue_days: 29"},
     {}},
    {"finance-insurance-claim",
     false,
     {"insurance_claim 0 claim_no: 'c' claimed_on: '2021-05-31' claimed_fen: 1000000"},
     {"insurance_claim * claim_no: 'c' claimed_on: '2021-05-31' claimed_fen: 999999"},
     {}},
    {"illness-two-cancers",
     false,
     {"cancer_screening 0 case_id: 'c' confirmed_on: '2021-05-31' confirmed: true"},
     {"cancer_screening * case_id: 'c' confirmed_on: '2021-05-31' confirmed: false"},
     {}},
    {"work-worker-in-difficulty",
     false,
     {"worker_in_difficulty 0 as_of: '2021-05-31' in_difficulty: true"},
     {"worker_in_difficulty * as_of: '2021-05-31' in_difficulty: false"},
     {}},
};

class DefaultRules : public ::testing::Test {
protected:
    DefaultRules() : book_(RuleBook::Compile(DefaultRuleSet().value()).value()) {}

    // The explanation of a rule, or nullptr; blind: whether the rule is unknown.
    struct Verdict {
        std::optional<v1::Explanation> explanation;
        bool blind = false;
    };
    Verdict Of(const Example& example, const Rows& rows) const {
        TestHousehold h;
        h.input.lifted = example.lifted;
        h.input.relocated = true;
        for (const char* row : rows) h.Add(row);
        Verdict verdict;
        const Screening screening = h.Screen(*book_);
        for (const LeadDraft& draft : screening.drafts) {
            for (const v1::Explanation& e : draft.explanations) {
                if (e.rule() == example.rule) verdict.explanation = e;
            }
        }
        for (const Blind& blind : screening.blind) {
            if (blind.rule->rule.id() != example.rule) continue;
            verdict.blind = true;
            EXPECT_FALSE(blind.missing.empty());
        }
        return verdict;
    }

    std::shared_ptr<const RuleBook> book_;
};

TEST_F(DefaultRules, EachByExample) {
    std::set<std::string> seen;
    for (const Example& example : kExamples) {
        SCOPED_TRACE(example.rule);
        EXPECT_TRUE(seen.insert(example.rule).second);
        const Verdict yes = Of(example, example.yes);
        ASSERT_TRUE(yes.explanation.has_value());
        EXPECT_FALSE(yes.explanation->operands().empty());
        EXPECT_EQ(yes.explanation->sentence_zh().find("未知"), std::string::npos)
            << yes.explanation->sentence_zh();
        EXPECT_EQ(yes.explanation->sentence_en().find("unknown"), std::string::npos)
            << yes.explanation->sentence_en();
        EXPECT_FALSE(yes.explanation->legal_basis().empty());
        const Verdict no = Of(example, example.no);
        EXPECT_FALSE(no.explanation.has_value());
        EXPECT_FALSE(no.blind);
        const Verdict unknown = Of(example, example.unknown);
        EXPECT_FALSE(unknown.explanation.has_value());
        EXPECT_TRUE(unknown.blind);
    }
    for (const CompiledRule& rule : book_->rules())
        EXPECT_TRUE(seen.contains(rule.rule.id())) << rule.rule.id() << " has no example";
    EXPECT_GE(seen.size(), 30u);
}

TEST_F(DefaultRules, EveryParameterIsUsedAndHasASource) {
    const v1::RuleSet& set = book_->rule_set();
    for (const v1::Parameter& p : set.parameters()) {
        EXPECT_FALSE(p.source().empty()) << p.name();
        const bool used = std::any_of(
            set.rules().begin(), set.rules().end(),
            [&](const v1::Rule& r) { return r.condition().find(p.name()) != std::string::npos; });
        EXPECT_TRUE(used) << p.name();
    }
}

TEST_F(DefaultRules, IncomeLineByRegionAndDay) {
    struct Case {
        const char* region;
        const char* day;
        std::optional<std::int64_t> fen;
    };
    const Case kCases[] = {
        {"360681102203", "2020-12-31", std::nullopt}, {"360681102203", "2021-01-01", 600000},
        {"360681102203", "2023-12-31", 600000},       {"360681102203", "2024-01-01", 850000},
        {"141024001001", "2022-12-31", 600000},       {"141024001001", "2023-01-01", 710000},
        {"510726001001", "2024-06-01", 600000}};
    for (const Case& c : kCases) {
        const cel::FactCell cell =
            book_->ParametersFor(c.region, Day(c.day)).front();  // line.* stands before param.*
        EXPECT_EQ(cell.known, c.fen.has_value()) << c.region << c.day;
        EXPECT_EQ(cell.value, c.fen.value_or(0)) << c.region << c.day;
    }
}

// Seed case: one bill must not make a household red by being seen by two alternatives of one rule.
TEST_F(DefaultRules, OneBillIsOneYellow) {
    TestHousehold h;
    h.input.lifted = true;
    h.Add(
        "medical_settlement 0 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_INPATIENT "
        "self_paid_fen: 1500000");
    const Screening screening = h.Screen(*book_);
    ASSERT_EQ(screening.drafts.size(), 1u);
    EXPECT_EQ(screening.drafts[0].grade, v1::GRADE_YELLOW);
    EXPECT_EQ(screening.drafts[0].explanations.size(), 2u);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
