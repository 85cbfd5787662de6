#include "common/flow/state_table.h"

#include <gtest/gtest.h>

#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::flow {
namespace {

using monitoring::v1::Lead;
using monitoring::v1::LeadState;
using options::v1::ROLE_COUNTY_OPERATOR;
using options::v1::ROLE_SERVICE;
using options::v1::ROLE_VILLAGE_OPERATOR;
constexpr int kNone = 0, kGraded = 1, kDispatched = 2, kAccepted = 3, kVisited = 4, kClosed = 5;

Status HasVisit(const Lead& lead) { return lead.steps_size() > 0 ? Status::Ok() : MakeStatus(Code::kFailedPrecondition, "LEAD_NOT_VISITED", "nobody was there"); }
std::string_view ByGrade(const google::protobuf::Message& lead) {
    return static_cast<const Lead&>(lead).grade() == monitoring::v1::GRADE_RED ? "lead.red_hours" : "lead.green_hours";
}

std::vector<Transition> Rows() {
    return {{kNone, "open", kSystem, kGraded},
            {kGraded, "dispatch", kCounty, kDispatched},
            {kDispatched, "accept", kVillage, kAccepted},
            {kAccepted, "visit", kVillage, kVisited, When<HasVisit>, "somebody was there"},
            {kVisited, "close", kVillageOrTownship, kClosed, nullptr, {}, "lead.rest_days"},
            {kGraded, "end", kSystem, kClosed}};
}
StateTable Table(std::vector<Transition> rows, std::vector<int> finals = {kClosed}) {
    return {"LEAD", monitoring::v1::LeadState_descriptor(), std::move(rows), {{kGraded, "lead.dispatch_hours"}, {kAccepted, {}, ByGrade}}, std::move(finals)};
}

TEST(StateTable, FindsTheStepOrSaysWhyNot) {
    const StateTable table = Table(Rows());
    const options::v1::Role county[] = {ROLE_COUNTY_OPERATOR};
    const auto dispatch = table.Find(kGraded, "dispatch", county);
    ASSERT_TRUE(dispatch.ok());
    EXPECT_EQ((*dispatch)->to, kDispatched);

    const auto wrong_state = table.Find(kAccepted, "dispatch", county);
    EXPECT_EQ(wrong_state.status().reason, "LEAD_WRONG_STATE");
    EXPECT_EQ(wrong_state.status().code, Code::kFailedPrecondition);
    EXPECT_EQ(wrong_state.status().metadata[2].second, "visit");

    const auto wrong_actor = table.Find(kDispatched, "accept", county);
    EXPECT_EQ(wrong_actor.status().reason, "LEAD_WRONG_ACTOR");
    EXPECT_EQ(wrong_actor.status().code, Code::kPermissionDenied);
    EXPECT_EQ(wrong_actor.status().metadata[1].second, "VILLAGE_OPERATOR");
}

TEST(StateTable, OffersWhatTheCallerMay) {
    const StateTable table = Table(Rows());
    const options::v1::Role both[] = {ROLE_COUNTY_OPERATOR, ROLE_SERVICE};
    EXPECT_EQ(table.Next(kGraded, both), (std::vector<std::string>{"dispatch", "end"}));
    const options::v1::Role village[] = {ROLE_VILLAGE_OPERATOR};
    EXPECT_TRUE(table.Next(kGraded, village).empty());
    EXPECT_TRUE(table.Next(kClosed, both).empty());
}

TEST(StateTable, LimitMayDependOnTheThing) {
    const StateTable table = Table(Rows());
    Lead lead;
    EXPECT_EQ(table.LimitOf(lead, kGraded), "lead.dispatch_hours");
    EXPECT_EQ(table.LimitOf(lead, kAccepted), "lead.green_hours");
    lead.set_grade(monitoring::v1::GRADE_RED);
    EXPECT_EQ(table.LimitOf(lead, kAccepted), "lead.red_hours");
    EXPECT_EQ(table.LimitOf(lead, kVisited), "");
}

TEST(StateTable, GuardSeesTheThing) {
    const StateTable table = Table(Rows());
    const options::v1::Role village[] = {ROLE_VILLAGE_OPERATOR};
    const Transition* visit = *table.Find(kAccepted, "visit", village);
    Lead lead;
    EXPECT_EQ(visit->guard(lead).reason, "LEAD_NOT_VISITED");
    lead.add_steps();
    EXPECT_TRUE(visit->guard(lead).ok());
}

TEST(StateTable, DrawsItself) {
    const std::string diagram = Table(Rows()).Diagram();
    EXPECT_NE(diagram.find("[*] --> GRADED: open (SERVICE)"), std::string::npos) << diagram;
    EXPECT_NE(diagram.find("ACCEPTED --> VISITED: visit (VILLAGE_OPERATOR) [somebody was there]"), std::string::npos) << diagram;
    EXPECT_NE(diagram.find("VISITED --> CLOSED: close (TOWNSHIP_OPERATOR, VILLAGE_OPERATOR) [not before lead.rest_days]"), std::string::npos) << diagram;
    EXPECT_NE(diagram.find("CLOSED --> [*]"), std::string::npos);
}

TEST(StateTableDeath, ContradictionsStopTheStart) {
    const auto without = [](std::string_view command) {
        std::vector<Transition> rows = Rows();
        std::erase_if(rows, [&](const Transition& t) { return t.command == command; });
        return rows;
    };
    EXPECT_DEATH(Table(without("visit")), "nothing leaves ACCEPTED|nothing reaches VISITED");
    EXPECT_DEATH(Table(without("close")), "nothing leaves VISITED");
    EXPECT_DEATH(Table(Rows(), {kClosed, kVisited}), "leaves the final state VISITED");
    std::vector<Transition> twice = Rows();
    twice.push_back({kGraded, "dispatch", kVillage, kClosed});
    EXPECT_DEATH(Table(twice), "two rows for GRADED dispatch");
    std::vector<Transition> unknown = Rows();
    unknown.push_back({kClosed, "reopen", kCounty, 77});
    EXPECT_DEATH(Table(unknown), "no state 77");
}

}  // namespace
}  // namespace shouwang::flow
