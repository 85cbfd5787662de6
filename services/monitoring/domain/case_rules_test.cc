// The items of the cross-check, and the categories, on facts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/flow/limit.h"
#include "services/monitoring/domain/case_category.h"
#include "services/monitoring/domain/case_check.h"
#include "services/monitoring/domain/cross_check.h"
#include "services/monitoring/domain/parameters.h"
#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<cel::FactCell> kNoParameters;

const CrossCheckRule& RuleOf(const std::vector<CrossCheckRule>& rules, CrossCheckItem item) {
    return *std::find_if(rules.begin(), rules.end(), [&](const CrossCheckRule& r) { return r.item() == item; });
}

TEST(CrossCheck, TheShippedItemsAreWholeAndSay) {
    const auto rules = DefaultCrossCheckRules();
    ASSERT_TRUE(rules.ok()) << rules.status().message;
    const auto in_force = CrossCheckInForce(*rules, "360681100201", Day("2021-07-01"));
    ASSERT_EQ(in_force.size(), 12u);
    int hard = 0;
    for (const CrossCheckRule& r : in_force) hard += r.verdict() == VERDICT_HARD ? 1 : 0;
    EXPECT_EQ(hard, 6);
    EXPECT_EQ(RuleOf(in_force, CROSS_CHECK_ITEM_GAMBLING_DRUGS).verdict(), VERDICT_SOFT);
    EXPECT_TRUE(CrossCheckInForce(*rules, "360681100201", Day("2019-12-31")).empty());
}

TEST(CrossCheck, ARegionAndADayDecide) {
    CrossCheckRules rules = *DefaultCrossCheckRules();
    CrossCheckRule own = rules.rules(0);
    own.set_region_prefix("3606");
    own.set_valid_from("2021-08-01");
    own.set_verdict(VERDICT_SOFT);
    *rules.add_rules() = own;
    EXPECT_TRUE(CheckCrossCheckRules(rules).ok());
    const auto verdict = [&](const char* region, const char* day) {
        return RuleOf(CrossCheckInForce(rules, region, Day(day)), CROSS_CHECK_ITEM_TOWN_PROPERTY).verdict();
    };
    EXPECT_EQ(verdict("360681", "2021-07-31"), VERDICT_HARD);
    EXPECT_EQ(verdict("360681", "2021-08-01"), VERDICT_SOFT);
    EXPECT_EQ(verdict("360781", "2021-08-01"), VERDICT_HARD);
    *rules.add_rules() = own;
    EXPECT_THAT(CheckCrossCheckRules(rules).message, HasSubstr("twice"));
    rules.mutable_rules()->RemoveLast();
    rules.mutable_rules(3)->set_fact("person.owns_yacht");
    EXPECT_THAT(CheckCrossCheckRules(rules).message, HasSubstr("person.owns_yacht"));
    rules.mutable_rules()->DeleteSubrange(3, 1);
    EXPECT_THAT(CheckCrossCheckRules(rules).message, HasSubstr("EMPTY_HOUSE"));
}

TEST(CrossCheck, FactsAnswerOnlyWhatTheyKnow) {
    const auto rules = CrossCheckInForce(*DefaultCrossCheckRules(), "360681102203", Day("2021-07-01"));
    const CrossCheckRule& car = RuleOf(rules, CROSS_CHECK_ITEM_VEHICLE);
    const auto answer = [&](TestHousehold& h) { return ComputeFinding(car, HouseholdFacts(h.input, Day("2021-07-01"), h.coverage, kNoParameters)); };
    TestHousehold nothing;
    EXPECT_EQ(answer(nothing).answer(), CHECK_ANSWER_UNKNOWN);
    TestHousehold one_no;
    one_no.Add("vehicle 0 as_of: '2021-06-01' plate_hash: '0123456789abcdef' owned: false");
    EXPECT_EQ(answer(one_no).answer(), CHECK_ANSWER_UNKNOWN);  // of the other nobody knows
    one_no.Add("vehicle 1 as_of: '2021-06-01' plate_hash: '0123456789abcdef' owned: false");
    EXPECT_EQ(answer(one_no).answer(), CHECK_ANSWER_NO);
    TestHousehold one_yes;
    one_yes.Add("vehicle 1 as_of: '2021-06-01' plate_hash: '0123456789abcdef' owned: true");
    const Finding yes = answer(one_yes);
    EXPECT_EQ(yes.answer(), CHECK_ANSWER_YES);
    ASSERT_EQ(yes.operands_size(), 1);
    EXPECT_EQ(yes.operands(0).person(), "persons/12");
    EXPECT_EQ(yes.operands(0).value(), "true");
    TestHousehold stale;
    stale.Add("vehicle * as_of: '2020-01-01' plate_hash: '0123456789abcdef' owned: true");
    EXPECT_EQ(answer(stale).answer(), CHECK_ANSWER_UNKNOWN);
}

TEST(CrossCheck, AnOverrideDoesNotOutliveItsAnswer) {
    CrossCheck check;
    Finding f;
    f.set_item(CROSS_CHECK_ITEM_VEHICLE);
    f.set_answer(CHECK_ANSWER_YES);
    f.mutable_overridden()->set_by("accounts/1");
    PutFinding(f, check);
    f.clear_overridden();
    PutFinding(f, check);
    f.set_item(CROSS_CHECK_ITEM_TOWN_PROPERTY);
    PutFinding(f, check);
    ASSERT_EQ(check.findings_size(), 2);
    EXPECT_EQ(check.findings(0).item(), CROSS_CHECK_ITEM_TOWN_PROPERTY);
    EXPECT_FALSE(check.findings(1).has_overridden());
}

struct Figures {
    const char* title;
    HouseholdType type;
    std::int64_t now_yuan, before_yuan, spent_yuan;  // of the household (two members); -1 = not reported
    bool line, event;
    bool known;
    CaseCategory suggested;
};

TEST(CaseCategory, TheFiguresSuggestAndNeverGuess) {
    const std::vector<Figures> table{
        {"no income", HOUSEHOLD_TYPE_LIFTED, -1, -1, -1, true, true, false, CASE_CATEGORY_UNSPECIFIED},
        {"no line", HOUSEHOLD_TYPE_LIFTED, 8000, -1, -1, false, true, false, CASE_CATEGORY_UNSPECIFIED},
        {"lifted below", HOUSEHOLD_TYPE_LIFTED, 11999, -1, -1, true, false, true, CASE_CATEGORY_M1},
        {"ordinary below", HOUSEHOLD_TYPE_ORDINARY, 11999, -1, -1, true, false, true, CASE_CATEGORY_M2},
        {"at the line, nothing happened", HOUSEHOLD_TYPE_LIFTED, 12000, -1, -1, true, false, true, CASE_CATEGORY_UNSPECIFIED},
        {"event, spending unknown, last year unknown", HOUSEHOLD_TYPE_LIFTED, 20000, -1, -1, true, true, false, CASE_CATEGORY_UNSPECIFIED},
        {"event, dropped by 30 %", HOUSEHOLD_TYPE_ORDINARY, 14000, 20000, -1, true, true, true, CASE_CATEGORY_M3},
        {"event, dropped by less, spending unknown", HOUSEHOLD_TYPE_ORDINARY, 14002, 20000, -1, true, true, false, CASE_CATEGORY_UNSPECIFIED},
        {"event, spending takes it below", HOUSEHOLD_TYPE_LIFTED, 20000, -1, 9000, true, true, true, CASE_CATEGORY_M3},
        {"event, spending leaves enough, last year unknown", HOUSEHOLD_TYPE_LIFTED, 20000, -1, 100, true, true, false, CASE_CATEGORY_UNSPECIFIED},
        {"event, spending leaves enough, no drop", HOUSEHOLD_TYPE_LIFTED, 20000, 20000, 100, true, true, true, CASE_CATEGORY_UNSPECIFIED},
        {"event, dropped, but nobody dated it", HOUSEHOLD_TYPE_ORDINARY, 14000, 20000, -1, true, false, true, CASE_CATEGORY_UNSPECIFIED},
    };
    for (const Figures& f : table) {
        SCOPED_TRACE(f.title);
        TestHousehold h;
        const auto income = [&](std::int64_t yuan, const char* month) {
            const std::string fen = std::to_string(yuan * 100);
            if (yuan >= 0)
                h.Add("household_income - month: '" + std::string(month) + "' wage_fen: " + fen +
                      " business_net_fen: 0 property_fen: 0 transfer_fen: 0 net_fen: " + fen);
        };
        income(f.now_yuan, "2021-06");
        income(f.before_yuan, "2020-06");
        if (f.spent_yuan >= 0) {
            h.Add("medical_settlement 0 visit_id: '1' settled_on: '2021-05-03' kind: KIND_INPATIENT self_paid_fen: " +
                  std::to_string(f.spent_yuan * 100));
        }
        const HouseholdFacts facts(h.input, Day("2021-07-01"), h.coverage, kNoParameters);
        const CategoryView view = SuggestCategory({f.type, &facts, f.line ? std::optional<std::int64_t>(600'000) : std::nullopt,
                                                   f.event ? std::optional<Date>(Day("2021-06-10")) : std::nullopt, 3000});
        EXPECT_EQ(view.known(), f.known);
        EXPECT_EQ(view.suggested(), f.suggested);
        EXPECT_EQ(view.unknown().empty(), f.known);
        EXPECT_FALSE(view.reason_zh().empty());
        if (f.known) {
            EXPECT_EQ(CheckAgainst(view, f.suggested == CASE_CATEGORY_M1 ? CASE_CATEGORY_M3 : CASE_CATEGORY_M1, "").violations.at(0).field,
                      "category_reason");
            EXPECT_TRUE(CheckAgainst(view, CASE_CATEGORY_M1, "经核实").ok());
        } else {
            EXPECT_TRUE(CheckAgainst(view, CASE_CATEGORY_M1, "").ok());
        }
    }
}

TEST(CaseCategory, InvariantsNameTheField) {
    Case lifted, ordinary;
    lifted.set_household_type(HOUSEHOLD_TYPE_LIFTED);
    ordinary.set_household_type(HOUSEHOLD_TYPE_ORDINARY);
    EXPECT_TRUE(CheckCategory(lifted, CASE_CATEGORY_M1).ok());
    EXPECT_TRUE(CheckCategory(ordinary, CASE_CATEGORY_M2).ok());
    for (const auto& [c, category] :
         {std::pair(lifted, CASE_CATEGORY_M2), {ordinary, CASE_CATEGORY_M1}, {lifted, CASE_CATEGORY_M3}, {ordinary, CASE_CATEGORY_UNSPECIFIED}}) {
        EXPECT_EQ(CheckCategory(c, category).violations.at(0).field, "category");
    }
    lifted.mutable_visit()->set_event_on("2021-06-10");
    ordinary.mutable_emergency()->set_happened_on("2021-06-10");
    EXPECT_TRUE(CheckCategory(lifted, CASE_CATEGORY_M3).ok());
    EXPECT_TRUE(CheckCategory(ordinary, CASE_CATEGORY_M3).ok());
}

TEST(CaseCategory, TheLineIsOfTheRegionAndTheDay) {
    const auto rules = *DefaultRuleSet();
    EXPECT_EQ(IncomeLine(rules, "360681", Day("2020-12-31")), std::nullopt);
    EXPECT_EQ(IncomeLine(rules, "360681", Day("2021-07-01")), 600'000);
    EXPECT_EQ(IncomeLine(rules, "360681", Day("2024-07-01")), 850'000);
    EXPECT_EQ(IncomeLine(rules, "140000", Day("2023-07-01")), 710'000);
}

TEST(Calendar, TheShippedDaysDifferFromTheWeekAndYearsAreWhole) {
    const auto days = ShippedCalendarDays();
    ASSERT_TRUE(days.ok()) << days.status().message;
    std::map<int, std::pair<int, int>> by_year;  // holidays on weekdays, weekend days worked
    for (const auto& d : days->days()) {
        const Date day = Day(d.day().c_str());
        const bool weekend = !flow::WorkCalendar().Works(day);
        EXPECT_EQ(weekend, d.working()) << d.day();
        EXPECT_FALSE(d.source().empty());
        d.working() ? ++by_year[day.year()].second : ++by_year[day.year()].first;
    }
    // As counted in the yearly notices.
    const std::map<int, std::pair<int, int>> expected{{2020, {19, 6}}, {2021, {18, 7}}, {2022, {18, 7}}, {2023, {18, 7}},
                                                      {2024, {19, 8}}, {2025, {18, 5}}, {2026, {19, 6}}};
    EXPECT_EQ(by_year, expected);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
