// What decisions rest on: authority, findings and overrides, categories and figures, the wall of the village, limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/testing/case_world.h"
#include "shouwang/monitoring/feed/v1/order.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace std::chrono_literals;
using monitoring::testing::As;
using monitoring::testing::CaseWorld;
using monitoring::testing::kCountyOperator;
using monitoring::testing::kTownshipOperator;
using monitoring::testing::kVillage;
using monitoring::testing::kVillageOperator;
using monitoring::testing::Meta;
using monitoring::testing::Soon;
using monitoring::testing::SyntheticIdentity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

feed::v1::Vehicle Car(int serial) {
    feed::v1::Vehicle v;
    v.set_identity_no(SyntheticIdentity(serial));
    v.set_plate_hash("0123456789abcdef");
    v.set_as_of("2021-06-20");
    v.set_owned(true);
    return v;
}

feed::v1::HouseholdIncome Income(int serial, std::int64_t yuan, const std::string& month = "2021-05") {
    feed::v1::HouseholdIncome i;
    i.set_identity_no(SyntheticIdentity(serial));
    i.set_month(month);
    i.set_wage_fen(yuan * 100);
    i.set_business_net_fen(0);
    i.set_property_fen(0);
    i.set_transfer_fen(0);
    i.set_net_fen(yuan * 100);
    return i;
}

const v1::Finding* FindingOf(const v1::Case& c, v1::CrossCheckItem item) {
    for (const v1::Finding& f : c.cross_check().findings()) {
        if (f.item() == item) return &f;
    }
    return nullptr;
}

void SetParameter(CaseWorld& w, const std::string& name, std::int64_t value, options::v1::Unit unit = options::v1::UNIT_UNSPECIFIED) {
    type::v1::SetParameterRequest q;
    q.set_name(name);
    q.set_region_prefix("36");
    q.set_valid_from("2021-01-01");
    q.set_value(value);
    q.set_unit(unit);
    q.set_source("省细则");
    const Status set =
        pg::RunInTransaction(w.pool, Soon(), [&](pg::Connection& c) { return w.parameters.Set(c, q, "accounts/1", w.clock.Now()).status(); });
    ASSERT_TRUE(set.ok()) << set.message;
}

TEST(CaseDecision, NothingIsQueriedWithoutAnAuthorityThatHolds) {
    CaseWorld w;
    v1::Case c = w.Open(1);
    const auto why = [&](const Status& status) {
        return status.ok() ? "accepted" : status.reason == "CASE_NO_AUTHORITY" ? Meta(status, "why") : status.reason;
    };
    const auto start = [&] { return w.Try(&Cases::StartCrossCheck, w.Named<v1::MoveCaseRequest>(c), kCountyOperator); };
    EXPECT_EQ(why(start()), "missing");
    EXPECT_EQ(why(w.Try(&Cases::RecordFindings, w.Findings(c), kCountyOperator)), "missing");

    auto q = w.Named<v1::RecordAuthorityRequest>(c);
    *q.mutable_authority() = w.Authority(366);  // longer than may be
    EXPECT_EQ(w.Try(&Cases::RecordAuthority, q, kVillageOperator).violations.at(0).field, "authority.expires_on");
    *q.mutable_authority() = w.Authority(2);
    q.mutable_authority()->set_signed_on("2021-07-02");
    EXPECT_EQ(w.Try(&Cases::RecordAuthority, q, kVillageOperator).violations.at(0).field, "authority.signed_on");
    *q.mutable_authority() = w.Authority(2);
    q.mutable_authority()->add_items(v1::CROSS_CHECK_ITEM_VEHICLE);
    c = w.Do(&Cases::RecordAuthority, q, kVillageOperator);
    EXPECT_EQ(why(start()), "accepted");
    EXPECT_EQ(FindingOf(w.Now(c), v1::CROSS_CHECK_ITEM_TOWN_PROPERTY), nullptr);  // outside the scope: not even computed
    ASSERT_NE(FindingOf(w.Now(c), v1::CROSS_CHECK_ITEM_VEHICLE), nullptr);

    const Status outside = w.Try(&Cases::RecordFindings, w.Findings(c), kCountyOperator);
    EXPECT_EQ(why(outside), "scope");
    EXPECT_THAT(Meta(outside, "items"), HasSubstr("CROSS_CHECK_ITEM_DEPOSITS"));
    EXPECT_EQ(why(w.Try(&Cases::RecordFindings, w.Findings(c, v1::CHECK_ANSWER_UNKNOWN), kCountyOperator)), "accepted");  // nobody was asked
    w.Days(2);
    EXPECT_EQ(why(start()), "accepted");  // its last day
    w.Days(1);
    EXPECT_EQ(why(start()), "expired");
    auto visit = w.Visit(c);
    visit.clear_authority();
    c = w.Do(&Cases::RecordVisit, visit, kVillageOperator);
    EXPECT_EQ(why(w.Try(&Cases::FinishCrossCheck, w.Named<v1::MoveCaseRequest>(c), kCountyOperator)), "expired");
    *q.mutable_authority() = w.Authority(30);
    w.Do(&Cases::RecordAuthority, q, kVillageOperator);
    EXPECT_EQ(why(w.Try(&Cases::FinishCrossCheck, w.Named<v1::MoveCaseRequest>(c), kCountyOperator)), "accepted");
}

TEST(CaseDecision, AHardFindingFromTheFactsNeedsAnOverride) {
    CaseWorld w;
    const std::string household = w.Household(1);
    w.Feed<feed::v1::Vehicle>("public_security", "vehicle", {Car(1)});
    v1::Case c = w.ToVisited(w.Do(&Cases::Open, w.Opening(household), kVillageOperator));
    c = w.Simple(&Cases::StartCrossCheck, c, kCountyOperator);
    const v1::Finding* car = FindingOf(c, v1::CROSS_CHECK_ITEM_VEHICLE);
    ASSERT_NE(car, nullptr);
    EXPECT_EQ(car->answer(), v1::CHECK_ANSWER_YES);
    EXPECT_EQ(car->verdict(), v1::VERDICT_HARD);
    ASSERT_EQ(car->operands_size(), 1);
    EXPECT_EQ(car->operands(0).fact(), "members.owns_car");
    ASSERT_EQ(car->operands(0).sources_size(), 1);
    EXPECT_EQ(car->operands(0).sources(0).dataset(), "vehicle");
    EXPECT_EQ(FindingOf(c, v1::CROSS_CHECK_ITEM_COMPANY)->answer(), v1::CHECK_ANSWER_UNKNOWN);  // no register of companies yet

    const Status open = w.Try(&Cases::FinishCrossCheck, w.Named<v1::MoveCaseRequest>(c), kCountyOperator);
    EXPECT_EQ(open.reason, "CASE_CHECK_UNFINISHED");
    EXPECT_THAT(Meta(open, "items"), HasSubstr("CROSS_CHECK_ITEM_COMPANY"));
    EXPECT_THAT(Meta(open, "items"), ::testing::Not(HasSubstr("CROSS_CHECK_ITEM_VEHICLE")));
    auto paper = w.Findings(c);
    for (int i = paper.findings_size() - 1; i >= 0; --i) {
        if (paper.findings(i).item() == v1::CROSS_CHECK_ITEM_VEHICLE) paper.mutable_findings()->DeleteSubrange(i, 1);
    }
    paper.mutable_findings(0)->set_answer(v1::CHECK_ANSWER_YES);  // town property: hard
    paper.mutable_findings(8)->set_answer(v1::CHECK_ANSWER_YES);  // pension insurance: soft
    w.Do(&Cases::RecordFindings, paper, kCountyOperator);
    w.Simple(&Cases::StartCrossCheck, c, kCountyOperator);  // computed again: what departments answered stands
    c = w.Simple(&Cases::FinishCrossCheck, c, kCountyOperator);
    EXPECT_EQ(FindingOf(c, v1::CROSS_CHECK_ITEM_TOWN_PROPERTY)->answer(), v1::CHECK_ANSWER_YES);

    c = w.Simple(&Cases::ReviewByTownship, w.ToPublicityEnded(w.ToPublicised(w.ToReviewed(c))), kTownshipOperator);
    const auto approve = w.Named<v1::ApproveCaseRequest>(c);
    const Status hard = w.Try(&Cases::Approve, approve, kCountyOperator);
    EXPECT_EQ(hard.reason, "CASE_HARD_FINDING");
    EXPECT_EQ(Meta(hard, "items"), "CROSS_CHECK_ITEM_TOWN_PROPERTY, CROSS_CHECK_ITEM_VEHICLE");
    EXPECT_EQ(w.Now(c).state(), v1::CASE_STATE_TOWNSHIP_REVIEWED);  // waits for a person: nothing rejects by itself

    auto override_it = w.Named<v1::OverrideFindingRequest>(c);
    override_it.set_item(v1::CROSS_CHECK_ITEM_PENSION_INSURANCE);
    override_it.set_reason("谋生工具");
    override_it.set_evidence("files/override-1");
    EXPECT_EQ(w.Try(&Cases::OverrideFinding, override_it, kCountyOperator).violations.at(0).field, "item");  // soft
    override_it.set_item(v1::CROSS_CHECK_ITEM_VEHICLE);
    EXPECT_EQ(w.Try(&Cases::OverrideFinding, override_it, kTownshipOperator).reason, "CASE_WRONG_ACTOR");
    auto bare = override_it;
    bare.clear_evidence();
    EXPECT_EQ(w.Try(&Cases::OverrideFinding, bare, kCountyOperator).violations.at(0).field, "evidence");
    w.Do(&Cases::OverrideFinding, override_it, kCountyOperator);
    EXPECT_EQ(Meta(w.Try(&Cases::Approve, approve, kCountyOperator), "items"), "CROSS_CHECK_ITEM_TOWN_PROPERTY");
    override_it.set_item(v1::CROSS_CHECK_ITEM_TOWN_PROPERTY);
    w.Do(&Cases::OverrideFinding, override_it, kCountyOperator);
    c = w.Do(&Cases::Approve, approve, kCountyOperator);
    EXPECT_EQ(FindingOf(c, v1::CROSS_CHECK_ITEM_VEHICLE)->overridden().by(), kCountyOperator.subject());
}

TEST(CaseDecision, ACheckMadeForTheLowIncomeGuaranteeStandsForAWhile) {
    CaseWorld w;
    const v1::Case c = w.ToVisited(w.Open(1));
    auto q = w.Named<v1::SkipCrossCheckRequest>(c);
    q.set_evidence("files/dibao-1");
    q.set_checked_on("2021-01-01");  // 181 days ago
    EXPECT_EQ(w.Try(&Cases::SkipCrossCheck, q, kCountyOperator).reason, "CASE_CHECK_TOO_OLD");
    q.set_checked_on("2021-07-02");
    EXPECT_EQ(w.Try(&Cases::SkipCrossCheck, q, kCountyOperator).reason, "CASE_CHECK_TOO_OLD");
    q.set_checked_on("2021-01-02");
    EXPECT_EQ(w.Do(&Cases::SkipCrossCheck, q, kCountyOperator).state(), v1::CASE_STATE_CROSS_CHECKED);
}

TEST(CaseDecision, CategoriesKeepTheirInvariantsAndAnswerToTheFigures) {
    CaseWorld w;
    const std::string household = w.Household(1);
    v1::Case c = w.ToChecked(w.ToVisited(w.Do(&Cases::Open, w.Opening(household), kVillageOperator)));
    const auto suggest = [&] { return *w.cases.Suggest(w.Named<v1::SuggestCategoryRequest>(c), kCountyOperator, Soon()); };
    EXPECT_FALSE(suggest().known());
    EXPECT_THAT(suggest().unknown(), ElementsAre("household.net_income_per_capita_fen"));
    auto review = w.Review(c);
    review.set_category(v1::CASE_CATEGORY_M2);
    EXPECT_EQ(w.Try(&Cases::RecordReview, review, kVillageOperator).violations.at(0).field, "category");  // lifted: never M2
    review.set_category(v1::CASE_CATEGORY_M1);
    c = w.Do(&Cases::RecordReview, review, kVillageOperator);

    w.Feed<feed::v1::HouseholdIncome>("rural_revitalization", "household_income", {Income(1, 8000)});
    EXPECT_FALSE(suggest().known());  // above the line: what matters then, rigid spending and last year, nobody has reported
    w.Feed<feed::v1::HouseholdIncome>("rural_revitalization", "household_income", {Income(1, 20000, "2020-05")});
    const v1::CategoryView view = suggest();
    EXPECT_TRUE(view.known());
    EXPECT_EQ(view.suggested(), v1::CASE_CATEGORY_M3);  // 20 000 → 8 000 after a dated event
    EXPECT_TRUE(view.unknown().empty());

    c = w.Simple(&Cases::ReviewByTownship, w.ToPublicityEnded(w.ToPublicised(c)), kTownshipOperator);
    auto approve = w.Named<v1::ApproveCaseRequest>(c);
    EXPECT_EQ(w.Try(&Cases::Approve, approve, kCountyOperator).violations.at(0).field, "category_reason");  // M1 against the figures
    approve.set_category(v1::CASE_CATEGORY_M3);
    EXPECT_EQ(w.Try(&Cases::Approve, approve, kCountyOperator).violations.at(0).field, "category_reason");  // not what was posted
    approve.set_category_reason("收入核实后为突发严重困难户");
    c = w.Do(&Cases::Approve, approve, kCountyOperator);
    EXPECT_EQ(c.category(), v1::CASE_CATEGORY_M3);
    EXPECT_EQ(c.category_view().suggested(), v1::CASE_CATEGORY_M3);
}

TEST(CaseDecision, TheWallShowsOneVillageMaskedAndForAsLongAsItMay) {
    CaseWorld w;
    v1::Case c = w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1))));
    auto posting = w.Posting(c);
    posting.set_contact("张主任 13812345678");
    EXPECT_EQ(w.Try(&Cases::StartPublicity, posting, kVillageOperator).violations.at(0).field, "contact");
    const auto wall = [&](const std::string& village) {
        v1::ListPublicityRequest q;
        q.set_region_code(village);
        v1::ListPublicityResponse response;
        EXPECT_TRUE(w.cases.ListPublicity(q, Soon(), response).ok());
        return response;
    };
    EXPECT_EQ(wall(kVillage).items_size(), 0);
    c = w.ToPublicised(c);
    ASSERT_EQ(wall(kVillage).items_size(), 1);
    const v1::PublicityItem item = wall(kVillage).items(0);
    EXPECT_EQ(item.masked_name(), "测*1");
    EXPECT_EQ(item.category(), v1::CASE_CATEGORY_M1);
    EXPECT_EQ(item.started_on(), "2021-07-01");
    EXPECT_EQ(item.ends_on(), "2021-07-06");
    EXPECT_EQ(wall("360681100202").items_size(), 0);
    // Neither who they are nor what ails them, nor any number.
    const std::string everything = wall(kVillage).SerializeAsString();
    for (const char* secret : {"测试1", "住院", "households/", "重病", "H1000001"}) EXPECT_THAT(everything, ::testing::Not(HasSubstr(secret)));
    v1::ListPublicityRequest wide;
    wide.set_region_code("360681");
    v1::ListPublicityResponse response;
    EXPECT_EQ(w.cases.ListPublicity(wide, Soon(), response).violations.at(0).field, "region_code");
    w.Days(6);  // the time is over though nobody has ended it
    EXPECT_EQ(wall(kVillage).items_size(), 0);
    EXPECT_EQ(w.Now(c).state(), v1::CASE_STATE_PUBLICISED);
}

TEST(CaseDecision, WorkListsAreOfWhoseTurnItIs) {
    CaseWorld w;
    const v1::Case opened = w.Open(1), visited = w.ToVisited(w.Open(2));
    w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(3))));
    const auto work = [&](const type::v1::Principal& by, bool overdue = false) {
        v1::ListCaseWorkRequest q;
        q.set_only_overdue(overdue);
        v1::ListCasesResponse response;
        EXPECT_TRUE(w.cases.ListWork(q, by.region_prefix(), by, Soon(), response).ok());
        std::string states;
        for (const v1::Case& c : response.cases()) {
            states += v1::CaseState_Name(c.state()).substr(11) + " ";
            EXPECT_FALSE(c.next_commands().empty());
            EXPECT_FALSE(c.head_name().empty());
        }
        return states;
    };
    EXPECT_EQ(work(kVillageOperator), "REVIEWED OPENED ");
    EXPECT_EQ(work(kCountyOperator), "VISITED OPENED ");
    EXPECT_EQ(work(As(options::v1::ROLE_AUDITOR, "36")), "");
    EXPECT_EQ(work(As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202")), "");
    w.Days(4);
    EXPECT_EQ(work(kVillageOperator, true), "REVIEWED OPENED ");  // a day to post, three to visit
    EXPECT_EQ(work(kCountyOperator, true), "OPENED ");            // five to check
}

TEST(CaseDecision, LimitsThatPassGoUpTheTree) {
    CaseWorld w;
    const v1::Case c = w.Open(1);
    w.Days(4);
    ASSERT_TRUE(w.cases.RunDue(Soon()).ok());
    v1::Case now = w.Now(c);
    EXPECT_TRUE(now.overdue());
    EXPECT_EQ(now.escalated_to(), "360681100");
    EXPECT_FALSE(now.total_overdue());
    w.Days(12);
    ASSERT_TRUE(w.cases.RunDue(Soon()).ok());
    ASSERT_TRUE(w.cases.RunDue(Soon()).ok());  // twice is once
    now = w.Now(c);
    EXPECT_TRUE(now.total_overdue());
    EXPECT_TRUE(now.total_escalated());
    EXPECT_EQ(now.state(), v1::CASE_STATE_OPENED);  // nobody is decided on by a clock
    EXPECT_EQ(now.steps(now.steps_size() - 1).note(), "total limit passed, to 360681");
    EXPECT_THAT(w.EventsOf(c), ElementsAre("CaseOpened", "CaseEscalated", "CaseEscalated", "CaseEscalated"));
}

TEST(CaseDecision, ARegionCountsInWorkingDaysWithItsHolidays) {
    CaseWorld w;
    SetParameter(w, "case.total_days", 20, options::v1::UNIT_WORKING_DAYS);
    w.clock.Set(*ParseRfc3339("2021-09-24T02:00:00Z"));  // a Friday before the National Day
    // 26 September is worked (调休), 1 to 7 October are not, 9 October is worked: the twentieth working day is Wednesday 27 October.
    const v1::Case c = w.Open(1);
    EXPECT_EQ(DateAt(TimePoint(std::chrono::seconds(c.total_due_at().seconds() - 1))).ToString(), "2021-10-27");
}

TEST(CaseDecision, OperandsOfFindingsAreForgottenAndDecisionsStay) {
    CaseWorld w;
    const std::string household = w.Household(1);
    w.Feed<feed::v1::Vehicle>("public_security", "vehicle", {Car(1)});
    v1::Case c = w.ToVisited(w.Do(&Cases::Open, w.Opening(household), kVillageOperator));
    w.Simple(&Cases::StartCrossCheck, c, kCountyOperator);
    c = w.Do(&Cases::Reject, w.Ending(c, v1::CASE_END_CROSS_CHECK), kCountyOperator);
    EXPECT_EQ(c.raw_due_on(), "2021-09-29");
    w.Days(89);
    ASSERT_TRUE(w.cases.RunDue(Soon()).ok());
    EXPECT_EQ(FindingOf(w.Now(c), v1::CROSS_CHECK_ITEM_VEHICLE)->operands_size(), 1);
    w.Days(1);
    ASSERT_TRUE(w.cases.RunDue(Soon()).ok());
    const v1::Case later = w.Now(c);
    EXPECT_EQ(FindingOf(later, v1::CROSS_CHECK_ITEM_VEHICLE)->operands_size(), 0);
    EXPECT_EQ(FindingOf(later, v1::CROSS_CHECK_ITEM_VEHICLE)->answer(), v1::CHECK_ANSWER_YES);
    EXPECT_EQ(later.raw_due_on(), "");
}

TEST(CaseDecision, TheLawsMinimumOfPublicityStandsWhateverIsSet) {
    CaseWorld w;
    v1::Case c = w.ToPublicised(w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1)))));
    type::v1::SetParameterRequest q;
    q.set_name("case.publicity_days");
    q.set_region_prefix("360681");
    q.set_valid_from("2021-07-01");
    q.set_value(4);
    q.set_source("s");
    EXPECT_EQ(
        pg::RunInTransaction(w.pool, Soon(), [&](pg::Connection& conn) { return w.parameters.Set(conn, q, "accounts/1", w.clock.Now()).status(); })
            .reason,
        "PARAMETER_RANGE");
    SetParameter(w, "case.publicity_days", 9);
    w.Days(6);
    EXPECT_EQ(w.Try(&Cases::EndPublicity, w.Named<v1::MoveCaseRequest>(c), kVillageOperator).reason, "CASE_TOO_EARLY");
    w.Days(4);
    EXPECT_EQ(w.Simple(&Cases::EndPublicity, c, kVillageOperator).state(), v1::CASE_STATE_PUBLICITY_ENDED);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
