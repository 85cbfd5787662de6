// The meaning of facts, case by case.
#include <gtest/gtest.h>

#include "services/monitoring/domain/test_household.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

void ExpectKnown(const ComputedFact& fact, std::int64_t value, const char* as_of) {
    EXPECT_EQ(fact.known, Known::kKnown);
    EXPECT_EQ(fact.value, value);
    if (as_of != nullptr) {
        ASSERT_TRUE(fact.as_of.has_value());
        EXPECT_EQ(fact.as_of->ToString(), as_of);
    }
}

TEST(Facts, ValuesOfARow) {
    TestHousehold h;
    h.Add(
        "medical_settlement 0 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_INPATIENT "
        "total_fen: 900 self_paid_fen: 300");
    h.Add(
        "medical_settlement 0 visit_id: 'b' settled_on: '2021-05-04' kind: KIND_OUTPATIENT "
        "total_fen: 900 self_paid_fen: 50");
    ExpectKnown(h.Fact("person.inpatient_self_paid_ytd_fen"), 300, "2021-05-03");
    ExpectKnown(h.Fact("person.largest_stay_self_paid_fen"), 300, "2021-05-03");
    ExpectKnown(h.Fact("person.outpatient_self_paid_month_fen"), 50, "2021-05-04");
    ExpectKnown(h.Fact("person.medical_self_paid_12m_fen"), 350, "2021-05-04");
    EXPECT_EQ(h.Fact("person.medical_self_paid_12m_fen").sources.size(), 2u);
    EXPECT_EQ(h.Fact("person.medical_self_paid_12m_fen").sources[0]->date,
              Day("2021-05-04"));  // newest first
    EXPECT_EQ(h.Fact("person.medical_self_paid_12m_fen", 1).known, Known::kUnknown);
    // A date feeds a fact as days.
    h.Add(
        "monitored_household - as_of: '2021-06-01' category: CATEGORY_EDGE identified_on: "
        "'2021-02-03' members: 4 risk_eliminated: false");
    ExpectKnown(h.Fact("household.monitored_since"), Day("2021-02-03").days, "2021-06-01");
    ExpectKnown(h.Fact("household.monitored_category"), 2, "2021-06-01");
}

TEST(Facts, WindowEdges) {
    struct Case {
        const char* fact;
        const char* dataset;
        const char* before;  // one day too early
        const char* first;
        const char* last;
        const char* after;  // one day too late; empty where rows cannot lie there
    };
    const Case kCases[] = {
        {"person.inpatient_self_paid_ytd_fen", "medical_settlement", "2020-12-31", "2021-01-01",
         "2021-06-20", "2021-06-21"},
        {"person.largest_stay_self_paid_fen", "medical_settlement", "2020-05-31", "2020-06-01",
         "2021-05-31", "2021-06-01"},
        {"person.temporary_aid_12m_count", "temporary_aid", "2020-06-20", "2020-06-21",
         "2021-06-20", "2021-06-21"},
    };
    for (const Case& c : kCases) {
        for (const auto& [day, counts] :
             {std::pair(c.before, false), {c.first, true}, {c.last, true}, {c.after, false}}) {
            TestHousehold h;
            const std::string d = std::string("'") + day + "'";
            if (std::string(c.dataset) == "temporary_aid") {
                h.Add("temporary_aid 0 payment_no: '1' paid_on: " + d + " amount_fen: 100");
            } else {
                h.Add(
                    "medical_settlement 0 visit_id: '1' kind: KIND_INPATIENT self_paid_fen: 100 "
                    "settled_on: " +
                    d);
            }
            EXPECT_EQ(h.Fact(c.fact).known == Known::kKnown, counts) << c.fact << " " << day;
        }
    }
    for (const auto& [month, counts] :
         {std::pair("2020-08", false), {"2020-09", true}, {"2021-06", true}}) {
        TestHousehold h;
        h.Add(std::string("school_fees 0 fees_fen: 700 aid_fen: 0 month: '") + month + "'");
        EXPECT_EQ(h.Fact("person.school_fees_year_fen").known == Known::kKnown, counts) << month;
    }
}

TEST(Facts, LatestTiesStaleAndRetracted) {
    TestHousehold h;
    h.Add("industry_project - project_id: 'a' as_of: '2021-05-31' failed: false price_change_bp: 10");
    h.Add("industry_project - project_id: 'b' as_of: '2021-05-31' failed: false price_change_bp: 40");
    h.Add("industry_project - project_id: 'c' as_of: '2021-04-30' failed: false price_change_bp: 90");
    ExpectKnown(h.Fact("household.price_change_bp"), 40, "2021-05-31");
    EXPECT_EQ(h.Fact("household.price_change_bp").sources.size(), 1u);
    // A late, old state of the same project changes nothing; a correction of the newest does.
    h.Add("industry_project - project_id: 'b' as_of: '2021-03-31' failed: false price_change_bp: 99", 7);
    ExpectKnown(h.Fact("household.price_change_bp"), 40, "2021-05-31");
    h.Add("industry_project - project_id: 'b' as_of: '2021-05-31' failed: false price_change_bp: 20", 2);
    ExpectKnown(h.Fact("household.price_change_bp"), 20, "2021-05-31");
    h.Add("industry_project - project_id: 'b' as_of: '2021-05-31' failed: false price_change_bp: 20", 3,
          true);
    ExpectKnown(h.Fact("household.price_change_bp"), 10, "2021-05-31");
    h.today = Day("2021-09-08");  // 100 days
    EXPECT_EQ(h.Fact("household.price_change_bp").known, Known::kKnown);
    h.today = Day("2021-09-09");
    EXPECT_EQ(h.Fact("household.price_change_bp").known, Known::kStale);
    const std::vector<cel::FactCell> none;
    const HouseholdFacts facts(h.input, h.today, h.coverage, none);
    EXPECT_FALSE(facts
                     .Field(kHouseholdVariable, 0,
                            Facts().Find("household.price_change_bp")->field->index())
                     .known);
    // What nobody repeats in a complete declaration has ended.
    h.Cover("industry_project", "2021-06-01", "2021-08-31");
    ExpectKnown(h.Fact("household.price_change_bp"), 0, "2021-08-31");
}

TEST(Facts, OfSeveralLoansTheWorstSpeaks) {
    TestHousehold h;
    const char* kFact = "household.micro_credit_overdue_days";
    h.Add("micro_credit - contract_no: 'a' as_of: '2021-05-31' balance_fen: 1 overdue_days: 40");
    h.Add("micro_credit - contract_no: 'b' as_of: '2021-06-15' balance_fen: 1 overdue_days: 0");
    ExpectKnown(h.Fact(kFact), 40, "2021-06-15");
    // Each loan is what it says now: once repaid, its old arrears are gone.
    h.Add("micro_credit - contract_no: 'a' as_of: '2021-06-15' balance_fen: 1 overdue_days: 0");
    ExpectKnown(h.Fact(kFact), 0, "2021-06-15");
    // Nobody has spoken for 100 days: unknown, not zero.
    h.today = Day("2021-09-22");
    EXPECT_EQ(h.Fact(kFact).known, Known::kKnown);
    h.today = Day("2021-09-23");
    EXPECT_EQ(h.Fact(kFact).known, Known::kUnknown);
}

TEST(Facts, AbsenceIsUnknownUnlessDeclaredComplete) {
    TestHousehold h;
    EXPECT_EQ(h.Fact("person.outpatient_self_paid_month_fen").known, Known::kUnknown);
    h.Add(
        "medical_settlement 0 visit_id: 'x' settled_on: '2021-06-02' kind: KIND_OUTPATIENT "
        "self_paid_fen: 5");
    EXPECT_EQ(h.Fact("person.outpatient_self_paid_month_fen").known,
              Known::kUnknown);  // only rows outside the window
    h.Cover("medical_settlement", "2021-05-01", "2021-05-30");
    EXPECT_EQ(h.Fact("person.outpatient_self_paid_month_fen").known,
              Known::kUnknown);  // a day is missing
    h.Cover("medical_settlement", "2021-05-31", "2021-05-31", "14");
    EXPECT_EQ(h.Fact("person.outpatient_self_paid_month_fen").known,
              Known::kUnknown);  // another province
    h.Cover("medical_insurance", "2021-05-01", "2021-05-31");
    EXPECT_EQ(h.Fact("person.outpatient_self_paid_month_fen").known,
              Known::kUnknown);  // another dataset
    h.Cover("medical_settlement", "2021-05-31", "2021-06-30", "360681");
    ExpectKnown(h.Fact("person.outpatient_self_paid_month_fen"), 0, "2021-05-31");
    h.Add(
        "medical_settlement 0 visit_id: 'y' settled_on: '2021-05-02' kind: KIND_OUTPATIENT "
        "self_paid_fen: 70");
    ExpectKnown(h.Fact("person.outpatient_self_paid_month_fen"), 70, "2021-05-02");
    // Without a window: a declaration that reaches to within the freshness of today.
    EXPECT_EQ(h.Fact("person.public_payroll").known, Known::kUnknown);
    h.Cover("public_payroll", "2020-05-01", "2020-05-15");
    EXPECT_EQ(h.Fact("person.public_payroll").known, Known::kUnknown);
    h.Cover("public_payroll", "2020-05-01", "2020-05-31");
    ExpectKnown(h.Fact("person.public_payroll"), 0, "2020-05-31");
}

TEST(Facts, RunOfMonths) {
    TestHousehold h;
    const auto month = [&](const char* m, bool unemployed) {
        h.Add(std::string("employment 0 month: '") + m +
              "' employed: " + (unemployed ? "false" : "true") +
              " unemployed: " + (unemployed ? "true" : "false") + " wage_fen: 0");
    };
    EXPECT_EQ(h.Fact("person.unemployed_months").known, Known::kUnknown);
    month("2021-05", true);
    month("2021-04", true);
    month("2021-02", true);  // March is missing: the run ends there
    ExpectKnown(h.Fact("person.unemployed_months"), 2, "2021-05-31");
    EXPECT_EQ(h.Fact("person.unemployed_months").sources.size(), 2u);
    month("2021-03", true);
    ExpectKnown(h.Fact("person.unemployed_months"), 4, "2021-05-31");
    month("2021-06", false);  // the running month counts
    ExpectKnown(h.Fact("person.unemployed_months"), 0, "2021-06-30");
    h.today = Day("2021-12-20");
    EXPECT_EQ(h.Fact("person.unemployed_months").known, Known::kStale);
}

TEST(Facts, Change) {
    TestHousehold h;
    const auto wage = [&](const char* m, int fen) {
        h.Add(std::string("employment 0 month: '") + m +
              "' employed: true unemployed: false wage_fen: " + std::to_string(fen));
    };
    wage("2021-05", 2000);
    EXPECT_EQ(h.Fact("person.wage_change_bp").known, Known::kUnknown);
    for (const char* m : {"2020-12", "2021-01", "2021-02"}) wage(m, 4000);
    ExpectKnown(h.Fact("person.wage_change_bp"), -5000,
                "2021-05-31");  // one reported month against three: by month, not by sum
    wage("2021-04", 3000);
    wage("2021-03", 4000);
    ExpectKnown(h.Fact("person.wage_change_bp"), -2500, "2021-05-31");
    TestHousehold none;
    none.Add("employment 0 month: '2021-01' employed: false unemployed: true wage_fen: 0");
    none.Add("employment 0 month: '2021-05' employed: true unemployed: false wage_fen: 9");
    EXPECT_EQ(none.Fact("person.wage_change_bp").known,
              Known::kUnknown);  // nothing to compare with
}

TEST(Facts, SumThatOverflowsIsUnknown) {
    TestHousehold h;
    h.Add("pension_payment 0 month: '2021-04' paid_fen: 9223372036854775807");
    h.Add("pension_payment 0 month: '2021-05' paid_fen: 1");
    EXPECT_EQ(h.Fact("person.pension_12m_fen").known, Known::kUnknown);
}

TEST(Facts, FromTheRegistry) {
    TestHousehold h;
    ExpectKnown(h.Fact("person.age", 0), 41, nullptr);
    h.today = Day("2021-09-29");
    ExpectKnown(h.Fact("person.age", 1), 11, nullptr);
    h.today = Day("2021-09-30");
    ExpectKnown(h.Fact("person.age", 1), 12, nullptr);
    h.input.members[1].birth = Day("2004-02-29");
    h.today = Day("2021-02-28");
    ExpectKnown(h.Fact("person.age", 1), 16, nullptr);
    h.today = Day("2021-03-01");
    ExpectKnown(h.Fact("person.age", 1), 17, nullptr);
    struct Case {
        const char* birth;
        int labour;
        int can_work;  // 2 = unknown
    };
    const Case kCases[] = {{"2005-06-20", 1, 1}, {"2005-06-21", 1, 0}, {"1961-06-20", 2, 1},
                           {"1960-06-21", 3, 1}, {"1960-06-20", 1, 0}, {"1980-01-01", 3, 1},
                           {"1980-01-01", 4, 0}, {"1980-01-01", 5, 0}, {"1980-01-01", 0, 2},
                           {"2015-01-01", 0, 0}};
    h.today = Day("2021-06-20");
    for (const Case& c : kCases) {
        h.input.members[0].birth = Day(c.birth);
        h.input.members[0].labour = c.labour;
        const ComputedFact fact = h.Fact("person.can_work");
        EXPECT_EQ(fact.known == Known::kKnown ? static_cast<int>(fact.value) : 2, c.can_work)
            << c.birth << " " << c.labour;
    }
    h.input.members[0].main_earner.reset();
    EXPECT_EQ(h.Fact("person.main_earner").known, Known::kUnknown);
    h.input.members[0].labour = 0;
    EXPECT_EQ(h.Fact("person.labour").known, Known::kUnknown);
    ExpectKnown(h.Fact("household.members"), 2, nullptr);
    ExpectKnown(h.Fact("household.lifted"), 0, nullptr);
}

TEST(Facts, PerCapita) {
    TestHousehold h;
    EXPECT_EQ(h.Fact("household.net_income_per_capita_fen").known, Known::kUnknown);
    EXPECT_EQ(h.Fact("household.rigid_spending_per_capita_fen").known, Known::kUnknown);
    h.Add("household_income - month: '2021-05' net_fen: 1000001");
    ExpectKnown(h.Fact("household.net_income_per_capita_fen"), 500000, "2021-05-31");
    EXPECT_EQ(h.Fact("household.net_income_per_capita_fen").sources.size(), 1u);
    h.Add(
        "medical_settlement 0 visit_id: '1' settled_on: '2021-05-03' kind: KIND_INPATIENT "
        "self_paid_fen: 3000");
    ExpectKnown(h.Fact("household.rigid_spending_per_capita_fen"), 1500, "2021-05-03");
    h.Add("school_fees 1 month: '2021-03' fees_fen: 5000 aid_fen: 1000");
    h.Add("school_fees 0 month: '2021-03' fees_fen: 10 aid_fen: 1000");  // aid beyond the fees is
                                                                         // no income
    h.Add(
        "disaster_loss - disaster_id: 'd' happened_on: '2021-06-01' loss_fen: 1000 "
        "house_collapsed: false dead: 0");
    ExpectKnown(h.Fact("household.rigid_spending_per_capita_fen"), (3000 + 4000 + 1000) / 2,
                "2021-06-01");
    EXPECT_EQ(h.Fact("household.rigid_spending_per_capita_fen").sources.size(), 4u);
    TestHousehold empty(0);
    empty.Add("household_income - month: '2021-05' net_fen: 1000001");
    EXPECT_EQ(empty.Fact("household.net_income_per_capita_fen").known, Known::kUnknown);
    TestHousehold old;
    old.Add("household_income - month: '2020-04' net_fen: 1000001");
    EXPECT_EQ(old.Fact("household.net_income_per_capita_fen").known, Known::kStale);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
