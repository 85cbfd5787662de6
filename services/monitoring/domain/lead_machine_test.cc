#include "services/monitoring/domain/lead_machine.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "services/monitoring/domain/parameters.h"

namespace shouwang::monitoring::domain {
namespace {

using options::v1::Role;
using namespace v1;

constexpr Role kCounty = options::v1::ROLE_COUNTY_OPERATOR, kTownship = options::v1::ROLE_TOWNSHIP_OPERATOR, kVillage = options::v1::ROLE_VILLAGE_OPERATOR,
               kService = options::v1::ROLE_SERVICE;

TEST(LeadMachine, Table) {
    struct Case {
        LeadState from;
        const char* command;
        Role role;
        const char* reason;  // empty = allowed
        LeadState to;
    };
    constexpr LeadState kNone = LEAD_STATE_UNSPECIFIED;
    const Case kCases[] = {
        {kNone, "open", kService, "", LEAD_STATE_GRADED},
        {kNone, "open", kVillage, "LEAD_WRONG_ACTOR", kNone},
        {kNone, "report", kVillage, "", LEAD_STATE_GRADED},
        {kNone, "report", kService, "", LEAD_STATE_GRADED},
        {kNone, "report", options::v1::ROLE_AUDITOR, "LEAD_WRONG_ACTOR", kNone},
        {kNone, "repeat", kTownship, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_GRADED, "dispatch", kCounty, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_GRADED, "dispatch", kTownship, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_GRADED, "dispatch", options::v1::ROLE_PROVINCE_OPERATOR, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_GRADED, "accept", kVillage, "LEAD_WRONG_STATE", kNone},
        {LEAD_STATE_DISPATCHED, "dispatch", kTownship, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_DISPATCHED, "dispatch", kCounty, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_DISPATCHED, "dispatch", kVillage, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_DISPATCHED, "accept", kVillage, "", LEAD_STATE_ACCEPTED},
        {LEAD_STATE_DISPATCHED, "accept", kTownship, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_ACCEPTED, "visit", kVillage, "", LEAD_STATE_VISITED},
        {LEAD_STATE_ACCEPTED, "close", kVillage, "LEAD_WRONG_STATE", kNone},
        {LEAD_STATE_VISITED, "close", kVillage, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_VISITED, "close", kTownship, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_VISITED, "close", kCounty, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_VISITED, "end", kService, "LEAD_WRONG_STATE", kNone},
        {LEAD_STATE_ACCEPTED, "end", kService, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_ACCEPTED, "end", kCounty, "LEAD_WRONG_ACTOR", kNone},
        {LEAD_STATE_CLOSED, "dispatch", kCounty, "LEAD_WRONG_STATE", kNone},
        {LEAD_STATE_GRADED, "", kCounty, "LEAD_WRONG_STATE", kNone},
    };
    for (const Case& c : kCases) {
        const Role roles[] = {c.role};
        const auto found = LeadStates().Find(c.from, c.command, roles);
        EXPECT_EQ(found.ok(), c.reason[0] == '\0') << c.command << " " << c.role;
        if (found.ok()) {
            EXPECT_EQ((*found)->to, c.to);
        } else {
            EXPECT_EQ(found.status().reason, c.reason) << c.command << " from " << c.from;
        }
    }
    EXPECT_EQ(LeadStates().Next(LEAD_STATE_DISPATCHED, std::vector{kVillage}), std::vector<std::string>{"accept"});
    EXPECT_EQ(LeadStates().Next(LEAD_STATE_DISPATCHED, std::vector{kVillage, kTownship}), (std::vector<std::string>{"dispatch", "accept"}));
    EXPECT_TRUE(LeadStates().Next(LEAD_STATE_CLOSED, std::vector{kVillage, kTownship, kCounty, kService}).empty());
    EXPECT_NE(LeadStates().Diagram().find("ACCEPTED --> VISITED: visit (VILLAGE_OPERATOR)"), std::string::npos);
}

// Random commands by random people: what the table lets through always has the whole history behind it.
TEST(LeadMachine, NoPathSkipsAnActorOrClosesWithoutVisit) {
    std::mt19937 random(99);
    const char* const kCommands[] = {"open", "report", "repeat", "dispatch", "accept", "visit", "close", "end", "reopen", ""};
    std::set<int> reached;
    int closed = 0, visited = 0;
    for (int run = 0; run < 200'000; ++run) {
        int state = 0;
        std::vector<std::pair<std::string, Role>> done;
        for (int step = 0; step < 60 && !LeadStates().IsFinal(state); ++step) {
            const Role roles[] = {static_cast<Role>(random() % 11)};
            const std::string command = kCommands[random() % 10];
            const auto found = LeadStates().Find(state, command, roles);
            if (!found.ok()) continue;
            state = (*found)->to;
            done.emplace_back(command, roles[0]);
            reached.insert(state);
        }
        if (!LeadStates().IsFinal(state)) continue;
        ++closed;
        const std::string& first = done.front().first;
        ASSERT_TRUE(first == "open" ? done.front().second == kService : first == "report" || first == "repeat");
        if (done.size() == 1) {
            ASSERT_EQ(first, "repeat");
            continue;
        }
        // By the system, before anybody visited; or by people, in this order, each by its own level.
        if (done.back().first == "end") {
            ASSERT_EQ(done.back().second, kService);
            for (const auto& [command, role] : done) ASSERT_NE(command, "visit");
            continue;
        }
        ++visited;
        ASSERT_GE(done.size(), 5u);
        ASSERT_EQ(done[1], std::pair(std::string("dispatch"), kCounty));
        ASSERT_EQ(done[done.size() - 3], std::pair(std::string("accept"), kVillage));
        ASSERT_EQ(done[done.size() - 2], std::pair(std::string("visit"), kVillage));
        ASSERT_EQ(done.back().first, "close");
        ASSERT_TRUE(done.back().second == kVillage || done.back().second == kTownship);
    }
    EXPECT_GT(closed, 1000);
    EXPECT_GT(visited, 100);
    EXPECT_EQ(reached.size(), 5u);
}

Visit GoodVisit() {
    Visit v;
    v.add_visitors("甲（示例）");
    v.add_visitors("乙（示例）");
    v.set_base_facts("4人");
    v.set_income("务工");
    v.set_rigid_spending("医药费");
    v.set_four_guarantees("均有保障");
    v.set_policies("低保");
    return v;
}

TEST(LeadMachine, VisitNeedsTwoPeopleAndFiveLooks) {
    EXPECT_TRUE(CheckVisit(GoodVisit()).ok());
    Visit v = GoodVisit();
    v.set_visitors(1, "甲（示例） ");
    EXPECT_EQ(CheckVisit(v).reason, "VISIT_TWO_VISITORS");
    v.set_visitors(1, "\xE3\x80\x80 ");
    EXPECT_EQ(CheckVisit(v).reason, "VISIT_TWO_VISITORS");
    v = GoodVisit();
    v.set_income(" ");
    v.clear_policies();
    const Status status = CheckVisit(v);
    EXPECT_EQ(status.reason, "VISIT_LOOKS");
    ASSERT_EQ(status.violations.size(), 2u);
    EXPECT_EQ(status.violations[0].field, "visit.income");
    EXPECT_EQ(status.violations[1].field, "visit.policies");
}

TEST(LeadMachine, EndsMatchTheVisit) {
    for (const bool found : {true, false}) {
        Visit v = GoodVisit();
        v.set_risk_found(found);
        for (int end = 0; end <= 5; ++end) {
            const bool right = found ? end == LEAD_END_CONFIRMED || end == LEAD_END_SOLVED
                                     : end == LEAD_END_NOT_CONFIRMED;
            EXPECT_EQ(CheckClose(v, static_cast<LeadEnd>(end)).ok(), right) << found << end;
        }
    }
}

TEST(LeadMachine, EveryLimitIsAShippedParameter) {
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_GRADED, GRADE_GREEN), "lead.dispatch_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_DISPATCHED, GRADE_YELLOW), "lead.accept_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_ACCEPTED, GRADE_RED), "lead.visit_red_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_ACCEPTED, GRADE_YELLOW), "lead.visit_yellow_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_ACCEPTED, GRADE_GREEN), "lead.visit_green_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_VISITED, GRADE_RED), "lead.close_hours");
    EXPECT_EQ(LeadLimitOf(LEAD_STATE_CLOSED, GRADE_RED), "");
    for (const std::string& name : LeadLimits()) EXPECT_NE(ParameterUnit(name), options::v1::UNIT_UNSPECIFIED) << name;
    EXPECT_EQ(ParameterUnit(kDeclaredVisitLimit), options::v1::UNIT_WORKING_DAYS);
}

TEST(LeadMachine, AFamilyThatDeclaredIsVisitedByItsOwnDay) {
    const TimePoint step = *ParseRfc3339("2021-07-02T08:00:00Z"), sooner = *ParseRfc3339("2021-07-01T20:00:00Z"), later = *ParseRfc3339("2021-07-05T16:00:00Z");
    for (const LeadState state : {LEAD_STATE_GRADED, LEAD_STATE_DISPATCHED, LEAD_STATE_ACCEPTED}) {
        EXPECT_EQ(LeadDue(state, step, std::nullopt), step);
        EXPECT_EQ(LeadDue(state, step, later), step);
        EXPECT_EQ(LeadDue(state, step, sooner), sooner);
        EXPECT_EQ(LeadDue(state, std::nullopt, sooner), sooner);  // the step's own limit is unknown here
        EXPECT_EQ(LeadDue(state, std::nullopt, std::nullopt), std::nullopt);
    }
    EXPECT_EQ(LeadDue(LEAD_STATE_VISITED, step, sooner), step);
    EXPECT_EQ(LeadDue(LEAD_STATE_CLOSED, std::nullopt, sooner), std::nullopt);
}

TEST(LeadMachine, TheSameWordsAreTheSameEvidence) {
    const std::string told = ReportEvidence("母亲住院，花费3万元。ICU 5天");
    for (const char* same : {"母亲住院,花费3万元.ICU5天", " 母亲 住院　花费３万元！icu 5天 ", "母亲住院、花费3万元、Icu-5天"}) EXPECT_EQ(ReportEvidence(same), told) << same;
    for (const char* other : {"父亲住院，花费3万元。ICU 5天", "母亲住院，花费4万元。ICU 5天", "母亲住院", ""}) EXPECT_NE(ReportEvidence(other), told) << other;
    EXPECT_EQ(told.size(), 16u);
    EXPECT_EQ(ReportEvidence("\xE6"), ReportEvidence("\xE6"));  // cut text is text too
}

LeadDraft Draft(RiskType risk, Grade grade, const std::string& value,
                const std::string& batch = "1") {
    LeadDraft draft;
    draft.risk_type = risk;
    draft.grade = grade;
    Explanation e;
    e.set_rule("r");
    e.set_rule_version(1);
    Operand& o = *e.add_operands();
    o.set_fact("members.age");
    o.set_value(value);
    o.add_sources()->set_batch(batch);
    draft.explanations.push_back(e);
    return draft;
}

OpenLead Stored(std::int64_t id, const LeadDraft& draft, LeadState state) {
    return {id, draft.risk_type, draft.grade, state, ExplanationsHash(draft), GRADE_UNSPECIFIED};
}

TEST(MergeLeads, OpensUpdatesEnds) {
    const LeadDraft ill = Draft(RISK_TYPE_ILLNESS, GRADE_YELLOW, "5"),
                    work = Draft(RISK_TYPE_WORK, GRADE_YELLOW, "1");
    // New, unchanged, no longer true.
    const OpenLead kOpen[] = {
        Stored(1, work, LEAD_STATE_DISPATCHED),
        Stored(2, Draft(RISK_TYPE_OTHER, GRADE_GREEN, "1"), LEAD_STATE_GRADED)};
    LeadChanges c = MergeLeads(kOpen, {}, {ill, work});
    ASSERT_EQ(c.open.size(), 1u);
    EXPECT_EQ(c.open[0].risk_type, RISK_TYPE_ILLNESS);
    EXPECT_TRUE(c.update.empty());
    EXPECT_EQ(c.end, std::vector<std::int64_t>{2});
    // New evidence, a raised grade, and a source row alone all bring the lead up to date.
    for (const LeadDraft& changed :
         {Draft(RISK_TYPE_WORK, GRADE_YELLOW, "2"), Draft(RISK_TYPE_WORK, GRADE_RED, "1"),
          Draft(RISK_TYPE_WORK, GRADE_YELLOW, "1", "2")}) {
        c = MergeLeads(std::span(kOpen, 1), {}, {changed});
        ASSERT_EQ(c.update.size(), 1u);
        EXPECT_EQ(c.update[0].first, 1);
        EXPECT_TRUE(c.open.empty() && c.end.empty());
    }
    // After a visit only people end a lead, and what did not come from screening is not screening's
    // to end.
    OpenLead visited = Stored(3, work, LEAD_STATE_VISITED);
    OpenLead declared{4, RISK_TYPE_ILLNESS, GRADE_YELLOW, LEAD_STATE_GRADED, "", GRADE_YELLOW};
    const OpenLead kKept[] = {visited, declared};
    c = MergeLeads(kKept, {}, {});
    EXPECT_TRUE(c.end.empty() && c.open.empty() && c.update.empty());
}

// What people reported and screening found meet in one lead: the graver grade counts, once and for all, and only people end it.
TEST(MergeLeads, ReportedLeadsKeepTheirGradeAndTheirLife) {
    const LeadDraft green = Draft(RISK_TYPE_ILLNESS, GRADE_GREEN, "5"), red = Draft(RISK_TYPE_ILLNESS, GRADE_RED, "5");
    const OpenLead reported{7, RISK_TYPE_ILLNESS, GRADE_YELLOW, LEAD_STATE_GRADED, "", GRADE_YELLOW};
    LeadChanges c = MergeLeads(std::span(&reported, 1), {}, {green});
    ASSERT_EQ(c.update.size(), 1u);
    EXPECT_EQ(c.update[0].second.grade, GRADE_YELLOW);
    EXPECT_TRUE(c.open.empty());
    OpenLead joined = Stored(7, c.update[0].second, LEAD_STATE_GRADED);
    joined.reported_grade = GRADE_YELLOW;
    EXPECT_TRUE(MergeLeads(std::span(&joined, 1), {}, {green}).update.empty());  // nothing new: nothing is written again
    c = MergeLeads(std::span(&joined, 1), {}, {red});
    ASSERT_EQ(c.update.size(), 1u);
    EXPECT_EQ(c.update[0].second.grade, GRADE_RED);
    EXPECT_TRUE(MergeLeads(std::span(&joined, 1), {}, {}).end.empty());
}

TEST(MergeLeads, AnsweredLeadsAreNotOpenedAgainWithoutNewEvidence) {
    const LeadDraft ill = Draft(RISK_TYPE_ILLNESS, GRADE_YELLOW, "5");
    const OpenLead kRecent[] = {Stored(1, ill, LEAD_STATE_CLOSED)};
    EXPECT_TRUE(MergeLeads({}, kRecent, {ill}).open.empty());
    EXPECT_TRUE(MergeLeads({}, kRecent, {Draft(RISK_TYPE_ILLNESS, GRADE_YELLOW, "5", "9")})
                    .open.empty());  // only another source row
    EXPECT_EQ(MergeLeads({}, kRecent, {Draft(RISK_TYPE_ILLNESS, GRADE_YELLOW, "6")}).open.size(),
              1u);
    EXPECT_EQ(MergeLeads({}, kRecent, {Draft(RISK_TYPE_WORK, GRADE_YELLOW, "5")}).open.size(), 1u);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
