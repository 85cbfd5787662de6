// The identification procedure by its use cases on a real PostgreSQL: the straight way, every way back, the green channel, the ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/monitoring/testing/case_world.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace std::chrono_literals;
using monitoring::testing::As;
using monitoring::testing::CaseWorld;
using monitoring::testing::kCityOperator;
using monitoring::testing::kCountyOperator;
using monitoring::testing::kTownshipOperator;
using monitoring::testing::kVillage;
using monitoring::testing::kVillageOperator;
using monitoring::testing::Meta;
using monitoring::testing::Soon;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Outcome = v1::AnswerObjectionsRequest;

std::vector<std::string> Commands(const v1::Case& c) {
    std::vector<std::string> all;
    for (const auto& step : c.steps()) all.push_back(step.command());
    return all;
}

v1::AnswerObjectionsRequest Answering(const v1::Case& c, Outcome::Outcome outcome, std::vector<int> numbers = {1}) {
    auto q = CaseWorld::Named<v1::AnswerObjectionsRequest>(c);
    for (const int number : numbers) {
        q.add_answers()->set_number(number);
        q.mutable_answers(q.answers_size() - 1)->set_answer("经核查，情况属实");
    }
    q.set_outcome(outcome);
    return q;
}

v1::FileObjectionRequest Objecting(const v1::Case& c) {
    auto q = CaseWorld::Named<v1::FileObjectionRequest>(c);
    q.set_objector("周村民");
    q.set_content("其子在县城有房");
    return q;
}

TEST(CaseFlow, TheStraightWay) {
    CaseWorld w;
    v1::Case c = w.Open(1);
    EXPECT_EQ(c.state(), v1::CASE_STATE_OPENED);
    EXPECT_EQ(c.household_type(), v1::HOUSEHOLD_TYPE_LIFTED);
    EXPECT_EQ(c.total_due_at().seconds(), ParseRfc3339("2021-07-16T16:00:00Z")->time_since_epoch() / 1s);  // 15 natural days from the clue
    EXPECT_EQ(c.due_at().seconds(), ParseRfc3339("2021-07-04T16:00:00Z")->time_since_epoch() / 1s);
    c = w.FromVisitToPublicityEnded(c);
    EXPECT_EQ(c.state(), v1::CASE_STATE_PUBLICITY_ENDED);
    c = w.ToApproved(c);
    EXPECT_EQ(c.category(), v1::CASE_CATEGORY_M1);
    EXPECT_EQ(c.approved_on(), "2021-07-07");
    c = w.Now(w.ToMonitored(c));
    EXPECT_EQ(c.state(), v1::CASE_STATE_MONITORED);
    EXPECT_EQ(c.monitored_on(), "2021-07-07");
    EXPECT_EQ(c.owner(), "泗沥镇乡村振兴办");
    EXPECT_FALSE(c.overdue());
    EXPECT_FALSE(c.total_overdue());
    EXPECT_EQ(c.raw_due_on(), "2021-10-05");
    EXPECT_THAT(Commands(c), ElementsAre("open", "record_visit", "record_findings", "finish_cross_check", "record_review", "start_publicity",
                                         "end_publicity", "township_review", "approve", "announce", "enter"));
    EXPECT_THAT(w.EventsOf(c),
                ElementsAre("CaseOpened", "CaseCrossCheckDone", "CasePublicityStarted", "CasePublicityEnded", "CaseApproved", "HouseholdMonitored"));
}

TEST(CaseFlow, PublicityCannotBeCutShort) {
    CaseWorld w;
    const v1::Case c = w.ToPublicised(w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1)))));
    for (int day = 0; day < 5; ++day) {
        const Status early = w.Try(&Cases::EndPublicity, w.Named<v1::MoveCaseRequest>(c), kVillageOperator);
        EXPECT_EQ(early.reason, "CASE_TOO_EARLY") << day;
        EXPECT_EQ(Meta(early, "not_before"), "2021-07-06T16:00:00.000Z");
        w.Days(1);
    }
    // The fifth whole day is over at midnight, not at the hour of the start.
    EXPECT_EQ(w.Try(&Cases::EndPublicity, w.Named<v1::MoveCaseRequest>(c), kVillageOperator).reason, "CASE_TOO_EARLY");
    w.clock.Set(*ParseRfc3339("2021-07-06T16:00:00Z"));
    EXPECT_EQ(w.Simple(&Cases::EndPublicity, c, kVillageOperator).state(), v1::CASE_STATE_PUBLICITY_ENDED);
}

TEST(CaseFlow, AnObjectionDismissedBeginsPublicityAnew) {
    CaseWorld w;
    v1::Case c = w.ToPublicised(w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1)))));
    w.Days(4);
    c = w.Do(&Cases::FileObjection, Objecting(c), kVillageOperator);
    c = w.Do(&Cases::FileObjection, Objecting(c), kTownshipOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_OBJECTED);
    EXPECT_EQ(w.Try(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_DISMISSED), kVillageOperator).violations.at(0).field,
              "answers");  // the second has none
    EXPECT_EQ(w.Try(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_DISMISSED, {1, 3}), kVillageOperator).violations.at(0).field,
              "answers[1].number");
    EXPECT_EQ(w.Try(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_UNSPECIFIED, {1, 2}), kVillageOperator).violations.at(0).field,
              "outcome");
    c = w.Do(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_DISMISSED, {1, 2}), kVillageOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_PUBLICISED);
    EXPECT_TRUE(c.objections(1).has_answered_at());
    w.Days(3);  // seven days since the first start, three since the second
    EXPECT_EQ(w.Try(&Cases::EndPublicity, w.Named<v1::MoveCaseRequest>(c), kVillageOperator).reason, "CASE_TOO_EARLY");
    w.Days(3);
    EXPECT_EQ(w.Simple(&Cases::EndPublicity, c, kVillageOperator).state(), v1::CASE_STATE_PUBLICITY_ENDED);
}

TEST(CaseFlow, AnObjectionUpheldRejects) {
    CaseWorld w;
    v1::Case c = w.ToPublicised(w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1)))));
    c = w.Do(&Cases::FileObjection, Objecting(c), kVillageOperator);
    EXPECT_EQ(w.Try(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_UPHELD), kVillageOperator).reason, "CASE_WRONG_ACTOR");
    c = w.Do(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_UPHELD), kTownshipOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_REJECTED);
    EXPECT_EQ(c.case_end(), v1::CASE_END_OBJECTION);
    EXPECT_EQ(c.reply(), "经核查，情况属实");
    EXPECT_EQ(w.EventsOf(c).back(), "CaseRejected");
}

TEST(CaseFlow, AnObjectionToCheckAgainBringsANewPublicity) {
    CaseWorld w;
    v1::Case c = w.ToPublicised(w.ToReviewed(w.ToChecked(w.ToVisited(w.Open(1)))));
    w.Days(1);
    c = w.Do(&Cases::FileObjection, Objecting(c), kVillageOperator);
    c = w.Do(&Cases::AnswerObjections, Answering(c, Outcome::OUTCOME_RECHECK), kVillageOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_RETURNED);
    EXPECT_FALSE(c.has_publicity());
    c = w.ToReviewed(w.ToChecked(w.ToVisited(c)));
    EXPECT_EQ(w.Try(&Cases::Submit, w.Named<v1::MoveCaseRequest>(c), kVillageOperator).reason, "CASE_PUBLICITY_MISSING");
    EXPECT_EQ(w.ToPublicised(c).state(), v1::CASE_STATE_PUBLICISED);
}

TEST(CaseFlow, SentBackAfterPublicityItIsVisitedAgainAndNotPostedAgain) {
    CaseWorld w;
    v1::Case c = w.FromVisitToPublicityEnded(w.Open(1));
    auto back = w.Named<v1::ReturnCaseRequest>(c);
    EXPECT_EQ(w.Try(&Cases::Return, back, kTownshipOperator).violations.at(0).field, "reason");
    back.set_reason("刚性支出未核实");
    c = w.Do(&Cases::Return, back, kTownshipOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_RETURNED);
    EXPECT_EQ(c.due_at().seconds() - c.state_since().seconds(), 3 * 86400 + 14 * 3600);  // three whole days more
    auto old = w.Visit(c);
    old.mutable_visit()->set_visited_on("2021-07-02");
    EXPECT_EQ(w.Try(&Cases::RecordVisit, old, kVillageOperator).violations.at(0).field, "visit.visited_on");
    c = w.ToVisited(c);
    EXPECT_EQ(w.Simple(&Cases::FinishCrossCheck, c, kCountyOperator).state(), v1::CASE_STATE_CROSS_CHECKED);  // the answers are still there
    c = w.ToReviewed(c);
    EXPECT_EQ(w.Try(&Cases::StartPublicity, w.Posting(c), kVillageOperator).reason, "CASE_PUBLICITY_ONCE");
    c = w.Simple(&Cases::Submit, c, kVillageOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_PUBLICITY_ENDED);
    c = w.ToMonitored(w.ToApproved(c));
    const auto steps = Commands(w.Now(c));
    EXPECT_EQ(std::count(steps.begin(), steps.end(), "start_publicity"), 1);
}

TEST(CaseFlow, TheGreenChannelEntersFirst) {
    CaseWorld w;
    auto opening = w.Opening(w.Household(1));
    opening.set_green_channel(true);
    EXPECT_EQ(w.Try(&Cases::Open, opening, kVillageOperator).violations.at(0).field, "emergency.happened_on");
    opening.mutable_emergency()->set_happened_on("2021-07-01");
    opening.mutable_emergency()->set_event("暴雨致房屋倒塌");
    v1::Case c = w.Do(&Cases::Open, opening, kVillageOperator);
    EXPECT_EQ(c.due_at().seconds() - c.state_since().seconds(), 24 * 3600);
    EXPECT_EQ(w.Try(&Cases::EnterProvisionally, w.Named<v1::MoveCaseRequest>(c), kCountyOperator).reason,
              "CASE_EMERGENCY_UNCONFIRMED");  // the township has not
    w.Do(&Cases::ConfirmEmergency, w.Named<v1::ConfirmEmergencyRequest>(c), kTownshipOperator);
    c = w.Simple(&Cases::EnterProvisionally, c, kCountyOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_PROVISIONAL);
    EXPECT_EQ(c.total_due_at().seconds(), ParseRfc3339("2021-07-31T16:00:00Z")->time_since_epoch() / 1s);  // 30 days to make the procedure good
    EXPECT_EQ(w.Try(&Cases::Withdraw, w.Ending(w.ToVisited(c), v1::CASE_END_FAMILY_WISH), kVillageOperator).reason, "CASE_PROVISIONAL");
    c = w.ToMonitored(w.ToApproved(w.ToPublicityEnded(w.ToPublicised(w.ToReviewed(w.ToChecked(w.Now(c)))))));
    EXPECT_EQ(c.state(), v1::CASE_STATE_MONITORED);
    EXPECT_THAT(w.EventsOf(c), ElementsAre("CaseOpened", "CaseEnteredProvisionally", "CaseCrossCheckDone", "CasePublicityStarted",
                                           "CasePublicityEnded", "CaseApproved", "HouseholdMonitored"));
}

TEST(CaseFlow, AProvisionalEntryIsRevokedAndItsHelpKept) {
    CaseWorld w;
    v1::Case c = w.Open(1);
    EXPECT_EQ(w.Try(&Cases::ConfirmEmergency, w.Named<v1::ConfirmEmergencyRequest>(c), kVillageOperator).violations.at(0).field,
              "emergency.happened_on");
    auto confirm = w.Named<v1::ConfirmEmergencyRequest>(c);
    confirm.mutable_emergency()->set_happened_on("2021-06-30");
    confirm.mutable_emergency()->set_event("车祸重伤");
    w.Do(&Cases::ConfirmEmergency, confirm, kVillageOperator);
    c = w.Do(&Cases::ConfirmEmergency, w.Named<v1::ConfirmEmergencyRequest>(c), kTownshipOperator);
    EXPECT_EQ(c.due_at().seconds(), w.clock.Now().time_since_epoch() / 1s + 24 * 3600);  // an ordinary case that turns into an emergency
    EXPECT_EQ(w.Try(&Cases::Revoke, w.Revoking(w.ToVisited(w.Simple(&Cases::EnterProvisionally, c, kCountyOperator)), v1::CASE_END_UNSPECIFIED),
                    kCountyOperator)
                  .violations.at(0)
                  .field,
              "end");
    auto revoke = w.Revoking(c, v1::CASE_END_COPES_ALONE);
    revoke.clear_help_kept();
    EXPECT_EQ(w.Try(&Cases::Revoke, revoke, kCountyOperator).violations.at(0).field, "help_kept");
    EXPECT_EQ(w.Try(&Cases::Reject, w.Ending(c, v1::CASE_END_COPES_ALONE), kVillageOperator).reason, "CASE_PROVISIONAL");
    c = w.Do(&Cases::Revoke, w.Revoking(c, v1::CASE_END_COPES_ALONE), kCountyOperator);
    EXPECT_EQ(c.state(), v1::CASE_STATE_REVOKED);
    EXPECT_EQ(c.emergency().help_kept(), "临时救助 2000 元");
    EXPECT_EQ(w.EventsOf(c).back(), "CaseRevoked");
    const v1::Case ordinary = w.ToVisited(w.Open(2));
    EXPECT_EQ(w.Try(&Cases::Revoke, w.Revoking(ordinary, v1::CASE_END_COPES_ALONE), kCountyOperator).reason, "CASE_NOT_PROVISIONAL");
}

TEST(CaseFlow, EndsNeedAReasonThatFits) {
    CaseWorld w;
    const v1::Case c = w.ToVisited(w.Open(1));
    const auto field = [&](v1::CaseEnd end, bool reject) {
        const Status status =
            reject ? w.Try(&Cases::Reject, w.Ending(c, end), kVillageOperator) : w.Try(&Cases::Withdraw, w.Ending(c, end), kVillageOperator);
        return status.ok() ? std::string("accepted") : status.reason + " " + status.violations.at(0).field;
    };
    EXPECT_EQ(field(v1::CASE_END_UNSPECIFIED, true), "CASE_END end");
    EXPECT_EQ(field(v1::CASE_END_FAMILY_WISH, true), "CASE_END end");
    EXPECT_EQ(field(v1::CASE_END_NO_RISK, false), "CASE_END end");
    EXPECT_EQ(field(v1::CASE_END_REVIEW, true), "CASE_END end");       // nobody has voted
    EXPECT_EQ(field(v1::CASE_END_OBJECTION, true), "CASE_END end");    // nobody has objected
    EXPECT_EQ(field(v1::CASE_END_CROSS_CHECK, true), "CASE_END end");  // nothing was found
    auto silent = w.Ending(c, v1::CASE_END_NO_RISK);
    silent.clear_reply();
    EXPECT_EQ(w.Try(&Cases::Reject, silent, kVillageOperator).violations.at(0).field, "reply");
    EXPECT_EQ(field(v1::CASE_END_NO_RISK, true), "accepted");
    EXPECT_EQ(w.EventsOf(c).back(), "CaseRejected");
    const v1::Case other = w.Open(2);
    w.Do(&Cases::Withdraw, w.Ending(other, v1::CASE_END_FAMILY_WISH), kVillageOperator);
    EXPECT_EQ(w.EventsOf(other).back(), "CaseWithdrawn");
}

TEST(CaseFlow, AReviewThatDoesNotCarryGoesNoFurther) {
    CaseWorld w;
    v1::Case c = w.ToChecked(w.ToVisited(w.Open(1)));
    auto lie = w.Review(c, false);
    lie.mutable_review()->set_carried(true);
    EXPECT_EQ(w.Try(&Cases::RecordReview, lie, kVillageOperator).violations.at(0).field, "review.carried");
    auto more = w.Review(c);
    more.mutable_review()->set_votes_for(5);
    EXPECT_EQ(w.Try(&Cases::RecordReview, more, kVillageOperator).violations.at(0).field, "review.votes_for");
    auto alone = w.Review(c);
    alone.mutable_review()->mutable_attendees(3)->set_part(v1::Attendee::PART_VILLAGER_REPRESENTATIVE);
    EXPECT_EQ(w.Try(&Cases::RecordReview, alone, kVillageOperator).violations.at(0).field, "review.attendees");
    c = w.Do(&Cases::RecordReview, w.Review(c, false), kVillageOperator);
    EXPECT_EQ(w.Try(&Cases::StartPublicity, w.Posting(c), kVillageOperator).reason, "CASE_REVIEW_NOT_CARRIED");
    EXPECT_EQ(w.Try(&Cases::Submit, w.Named<v1::MoveCaseRequest>(c), kVillageOperator).reason, "CASE_REVIEW_NOT_CARRIED");
    EXPECT_EQ(w.Do(&Cases::Reject, w.Ending(c, v1::CASE_END_REVIEW), kVillageOperator).state(), v1::CASE_STATE_REJECTED);
}

TEST(CaseFlow, ARegionMayAskForTheCity) {
    CaseWorld w;
    type::v1::SetParameterRequest q;
    q.set_name("case.city_review");
    q.set_region_prefix("360681");
    q.set_valid_from("2021-01-01");
    q.set_value(1);
    q.set_source("贵溪市细则");
    ASSERT_TRUE(
        pg::RunInTransaction(w.pool, Soon(), [&](pg::Connection& c) { return w.parameters.Set(c, q, "accounts/1", w.clock.Now()).status(); }).ok());
    v1::Case c = w.ToApproved(w.FromVisitToPublicityEnded(w.Open(1)));
    EXPECT_TRUE(c.city_review_needed());
    EXPECT_EQ(w.Try(&Cases::Announce, w.Named<v1::MoveCaseRequest>(c), kTownshipOperator).reason, "CASE_CITY_REVIEW");
    auto back = w.Named<v1::ReturnCaseRequest>(c);
    back.set_reason("补充材料");
    EXPECT_EQ(w.Do(&Cases::Return, back, kCityOperator).state(), v1::CASE_STATE_RETURNED);
    const v1::Case again = w.ToReviewed(w.ToChecked(w.ToVisited(c)));
    c = w.ToApproved(w.Simple(&Cases::Submit, again, kVillageOperator));
    c = w.Simple(&Cases::ReviewByCity, c, kCityOperator);
    EXPECT_EQ(c.city_reviewed_by(), kCityOperator.subject());
    EXPECT_EQ(w.ToMonitored(c).state(), v1::CASE_STATE_MONITORED);
    const auto elsewhere = w.Opening(w.Household(2, "360622100201"));
    EXPECT_EQ(w.Try(&Cases::Open, elsewhere, kCountyOperator).reason, "HOUSEHOLD_NOT_FOUND");
}

TEST(CaseFlow, OneOpenCaseAHouseholdAndItsReboundAfterElimination) {
    CaseWorld w;
    const std::string household = w.Household(1);
    auto opening = w.Opening(household);
    v1::Case c = w.Do(&Cases::Open, opening, kVillageOperator);
    opening.clear_risks();
    for (const v1::RiskType risk : {v1::RISK_TYPE_SCHOOLING, v1::RISK_TYPE_ILLNESS, v1::RISK_TYPE_WORK, v1::RISK_TYPE_PROJECT, v1::RISK_TYPE_LABOUR})
        opening.add_risks(risk);
    const v1::Case joined = w.Do(&Cases::Open, opening, kTownshipOperator);
    EXPECT_EQ(joined.name(), c.name());
    ASSERT_EQ(joined.risks_size(), 5);
    EXPECT_EQ(joined.risks(0), v1::RISK_TYPE_ILLNESS);  // the main one stays
    EXPECT_EQ(joined.risks(4), v1::RISK_TYPE_LABOUR);
    opening.clear_risks();
    opening.add_risks(v1::RISK_TYPE_OTHER);
    EXPECT_EQ(w.Do(&Cases::Open, opening, kTownshipOperator).risks_size(), 5);  // a sixth is not recorded
    EXPECT_THAT(w.EventsOf(c), ElementsAre("CaseOpened", "CaseRiskAdded"));
    w.Run("UPDATE household_case SET state = 16, eliminated_on = '2021-06-01'");
    const v1::Case second = w.Do(&Cases::Open, opening, kVillageOperator);
    EXPECT_NE(second.name(), c.name());
    EXPECT_EQ(second.rebound_of(), c.name());
    EXPECT_EQ(second.rebounds(), 1);
}

struct BadOpening {
    const char* title;
    std::function<void(v1::OpenCaseRequest&)> spoil;
    const char* reason;
};

TEST(CaseFlow, BadOpeningsNameTheField) {
    CaseWorld w;
    const std::string household = w.Household(1);
    const std::vector<BadOpening> bad{
        {"no risk", [](auto& q) { q.clear_risks(); }, "CASE_RISKS risks"},
        {"twice", [](auto& q) { q.add_risks(v1::RISK_TYPE_ILLNESS); }, "CASE_RISKS risks"},
        {"no reason", [](auto& q) { q.clear_reason(); }, "CASE_REASON reason"},
        {"tomorrow", [](auto& q) { q.set_clue_on("2021-07-02"); }, "CASE_CLUE_DATE clue_on"},
        {"no day", [](auto& q) { q.set_clue_on("2021-02-30"); }, "CASE_CLUE_DATE clue_on"},
        {"another's lead", [](auto& q) { q.set_lead("households/999/leads/1"); }, "LEAD_NOT_FOUND lead"},
        {"no household", [](auto& q) { q.set_household("households/x"); }, "INVALID_FIELD household"},
    };
    for (const BadOpening& b : bad) {
        auto q = w.Opening(household);
        b.spoil(q);
        const Status status = w.Try(&Cases::Open, q, kVillageOperator);
        EXPECT_EQ(status.code, Code::kInvalidArgument) << b.title;
        EXPECT_EQ(status.reason + " " + (status.violations.empty() ? "" : status.violations[0].field), b.reason) << b.title;
    }
    auto q = w.Opening(household);
    q.set_lead(household + "/leads/77");
    EXPECT_EQ(w.Try(&Cases::Open, q, kVillageOperator).reason, "LEAD_NOT_FOUND");
    q = w.Opening("households/999999");
    EXPECT_EQ(w.Try(&Cases::Open, q, kVillageOperator).reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(w.Try(&Cases::Open, w.Opening(household), As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202")).reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(w.Number("SELECT count(*) FROM household_case"), 0);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
