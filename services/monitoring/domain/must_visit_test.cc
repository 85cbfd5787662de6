#include "services/monitoring/domain/must_visit.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const RuleBook& Book() {
    static const std::shared_ptr<const RuleBook> book = [] {
        auto made = MustVisitBook(*DefaultRuleSet());
        EXPECT_TRUE(made.ok()) << made.status().message;
        return *made;
    }();
    return *book;
}

std::vector<MustVisitFound> Look(const TestHousehold& h) {
    const auto parameters = Book().ParametersFor(h.input.region_code, h.today);
    return MustVisitsOf(Book(), HouseholdFacts(h.input, h.today, h.coverage, parameters));
}
std::vector<std::string> Rules(const std::vector<MustVisitFound>& found) {
    std::vector<std::string> rules;
    for (const MustVisitFound& f : found) rules.push_back(f.rule.substr(std::string("must-visit-").size()));
    return rules;
}

TEST(MustVisit, NothingKnownIsNoReason) {
    TestHousehold h;
    EXPECT_THAT(Rules(Look(h)), IsEmpty());
}

// Each of the eight, with its rows; beside them the rule must not see.
TEST(MustVisit, EveryRuleHasItsFamily) {
    struct Case {
        const char* rule;
        int members;
        std::vector<std::string> rows;
    };
    const Case kCases[] = {
        {"income-low", 2, {"household_income - month: '2021-05' net_fen: 900000"}},
        {"illness-serious", 2, {"serious_illness 0 case_id: 'C' diagnosed_on: '2021-05-01' listed_big_illness: true"}},
        {"hardship-alone", 1, {"social_assistance 0 decision_no: 'A' decided_on: '2021-01-05' kind: KIND_EXTREME_HARDSHIP decision: DECISION_GRANTED"}},
        {"hardship", 2, {"social_assistance 0 decision_no: 'A' decided_on: '2021-01-05' kind: KIND_EXTREME_HARDSHIP decision: DECISION_GRANTED"}},
        {"minimum-living", 2, {"social_assistance 1 decision_no: 'B' decided_on: '2020-01-05' kind: KIND_MINIMUM_LIVING decision: DECISION_GRANTED"}},
        {"minimum-living-new", 2, {"social_assistance 1 decision_no: 'B' decided_on: '2021-06-05' kind: KIND_MINIMUM_LIVING decision: DECISION_REJECTED rejected: true"}},
        {"change-disaster", 2, {"disaster_loss - disaster_id: 'D' happened_on: '2021-06-01' house_collapsed: true"}},
    };
    for (const Case& c : kCases) {
        TestHousehold h(c.members);
        for (const std::string& row : c.rows) {
            if (Datasets().Find(row.substr(0, row.find(' '))) == nullptr) GTEST_FAIL() << row;
            h.Add(row);
        }
        const auto found = Look(h);
        EXPECT_THAT(Rules(found), Contains(std::string(c.rule)));
        for (const MustVisitFound& f : found) {
            EXPECT_FALSE(f.reason.sentence_zh().empty());
            EXPECT_FALSE(f.reason.operands().empty());
        }
    }
}

TEST(MustVisit, AStoppedGuaranteeIsNone) {
    TestHousehold h;
    h.Add("social_assistance 0 decision_no: 'A' decided_on: '2020-01-05' kind: KIND_MINIMUM_LIVING decision: DECISION_GRANTED");
    EXPECT_THAT(Rules(Look(h)), Contains("minimum-living"));
    h.Add("social_assistance 0 decision_no: 'B' decided_on: '2020-12-05' kind: KIND_MINIMUM_LIVING decision: DECISION_STOPPED");
    EXPECT_THAT(Rules(Look(h)), Not(Contains("minimum-living")));
}

// Three under 18, and the line that a province sets for it.
TEST(MustVisit, ManyChildrenByAge) {
    TestHousehold h(4);
    EXPECT_THAT(Rules(Look(h)), ElementsAre("children"));
    EXPECT_THAT(Look(h)[0].reason.sentence_zh(), HasSubstr("3"));
    EXPECT_THAT(Rules(Look(TestHousehold(3))), IsEmpty());
}

TEST(MustVisit, ParametersOfTheRuleSetInForceCount) {
    v1::RuleSet set = *DefaultRuleSet();
    v1::Parameter& p = *set.add_parameters();
    p.set_name("param.must_visit_children");
    p.set_valid_from("2021-01-01");
    p.set_value(2);
    p.set_unit(options::v1::UNIT_PERSONS);
    p.set_source("赣乡振发〔2021〕1号");
    const auto book = MustVisitBook(set);
    ASSERT_TRUE(book.ok()) << book.status().message;
    TestHousehold h(3);
    const auto parameters = (*book)->ParametersFor(h.input.region_code, h.today);
    EXPECT_THAT(Rules(MustVisitsOf(**book, HouseholdFacts(h.input, h.today, h.coverage, parameters))), ElementsAre("children"));
}

MustVisitFound Found(const std::string& rule, const std::string& digest, const std::string& sentence = "") {
    MustVisitFound f{rule, {}, digest};
    f.reason.set_rule(rule);
    f.reason.set_sentence_zh(sentence);
    return f;
}

TEST(MergeMustVisits, ListedVisitedListedAgainEnded) {
    const Date day = Day("2021-07-01");
    auto rows = MergeMustVisits({}, {Found("a", "1", "x"), Found("b", "1")}, day, 90);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows["a"].state, v1::MUST_VISIT_STATE_LISTED);
    EXPECT_EQ(rows["a"].listed_on, day);
    // Looked at again: the reason is brought up to date, the day stays.
    rows = MergeMustVisits(rows, {Found("a", "1", "y"), Found("b", "1")}, day + 5, 90);
    EXPECT_EQ(rows["a"].listed_on, day);
    EXPECT_THAT(rows["a"].reason, HasSubstr("y"));
    // Visited: stays so, until the time or another reason.
    rows["a"].state = v1::MUST_VISIT_STATE_VISITED;
    rows["a"].visited_on = day + 10;
    rows["a"].visit = "households/1/visits/1";
    EXPECT_EQ(MergeMustVisits(rows, {Found("a", "1"), Found("b", "1")}, day + 99, 90)["a"].state, v1::MUST_VISIT_STATE_VISITED);
    auto again = MergeMustVisits(rows, {Found("a", "1"), Found("b", "1")}, day + 100, 90);
    EXPECT_EQ(again["a"].state, v1::MUST_VISIT_STATE_LISTED);
    EXPECT_EQ(again["a"].listed_on, day + 100);
    EXPECT_EQ(again["a"].visit, "");
    EXPECT_EQ(MergeMustVisits(rows, {Found("a", "2")}, day + 11, 90)["a"].state, v1::MUST_VISIT_STATE_LISTED);
    // No longer true, and true again.
    rows = MergeMustVisits(rows, {}, day + 20, 90);
    EXPECT_EQ(rows["a"].state, v1::MUST_VISIT_STATE_ENDED);
    EXPECT_EQ(rows["b"].state, v1::MUST_VISIT_STATE_ENDED);
    rows = MergeMustVisits(rows, {Found("b", "1")}, day + 30, 90);
    EXPECT_EQ(rows["b"].listed_on, day + 30);
}

// The order of what is found, and looking twice, change nothing.
TEST(MergeMustVisits, IsAFunctionOfTheSet) {
    std::mt19937 random(3);
    for (int run = 0; run < 500; ++run) {
        std::map<std::string, MustVisitRow> rows;
        std::vector<MustVisitFound> found;
        for (int i = 0; i < 6; ++i) {
            const std::string rule(1, static_cast<char>('a' + i));
            if (random() % 2 == 0) found.push_back(Found(rule, std::to_string(random() % 2)));
            if (random() % 2 == 0) continue;
            MustVisitRow& row = rows[rule];
            row.state = static_cast<v1::MustVisitState>(1 + random() % 3);
            row.digest = std::to_string(random() % 2);
            row.listed_on = Day("2021-01-01") + static_cast<int>(random() % 100);
            if (row.state == v1::MUST_VISIT_STATE_VISITED) row.visited_on = row.listed_on + static_cast<int>(random() % 100);
        }
        const Date today = Day("2021-08-01");
        const auto once = MergeMustVisits(rows, found, today, 90);
        std::shuffle(found.begin(), found.end(), random);
        EXPECT_EQ(MergeMustVisits(rows, found, today, 90), once);
        EXPECT_EQ(MergeMustVisits(once, found, today, 90), once);
    }
}

}  // namespace
}  // namespace shouwang::monitoring::domain
