#include "services/monitoring/domain/lead_machine.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace shouwang::monitoring::domain {
namespace {

using options::v1::Role;
using namespace v1;

constexpr Role kCounty = options::v1::ROLE_COUNTY_OPERATOR,
               kTownship = options::v1::ROLE_TOWNSHIP_OPERATOR,
               kVillage = options::v1::ROLE_VILLAGE_OPERATOR, kService = options::v1::ROLE_SERVICE;
constexpr LeadState kStates[] = {LEAD_STATE_UNSPECIFIED, LEAD_STATE_GRADED,  LEAD_STATE_DISPATCHED,
                                 LEAD_STATE_ACCEPTED,    LEAD_STATE_VISITED, LEAD_STATE_CLOSED};

TEST(LeadMachine, Table) {
    struct Case {
        LeadState from;
        const char* command;
        Role role;
        const char* reason;  // empty = allowed
        LeadState to;
    };
    const Case kCases[] = {
        {LEAD_STATE_GRADED, "dispatch", kCounty, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_GRADED, "dispatch", kTownship, "LEAD_WRONG_ACTOR", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_GRADED, "dispatch", options::v1::ROLE_PROVINCE_OPERATOR, "LEAD_WRONG_ACTOR",
         LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_GRADED, "accept", kVillage, "LEAD_WRONG_STATE", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_DISPATCHED, "dispatch", kTownship, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_DISPATCHED, "dispatch", kCounty, "", LEAD_STATE_DISPATCHED},
        {LEAD_STATE_DISPATCHED, "dispatch", kVillage, "LEAD_WRONG_ACTOR", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_DISPATCHED, "accept", kVillage, "", LEAD_STATE_ACCEPTED},
        {LEAD_STATE_DISPATCHED, "accept", kTownship, "LEAD_WRONG_ACTOR", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_ACCEPTED, "visit", kVillage, "", LEAD_STATE_VISITED},
        {LEAD_STATE_ACCEPTED, "close", kVillage, "LEAD_WRONG_STATE", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_VISITED, "close", kVillage, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_VISITED, "close", kTownship, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_VISITED, "close", kCounty, "LEAD_WRONG_ACTOR", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_VISITED, "end", kService, "LEAD_WRONG_STATE", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_ACCEPTED, "end", kService, "", LEAD_STATE_CLOSED},
        {LEAD_STATE_ACCEPTED, "end", kCounty, "LEAD_WRONG_ACTOR", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_CLOSED, "dispatch", kCounty, "LEAD_WRONG_STATE", LEAD_STATE_UNSPECIFIED},
        {LEAD_STATE_GRADED, "", kCounty, "LEAD_WRONG_STATE", LEAD_STATE_UNSPECIFIED},
    };
    for (const Case& c : kCases) {
        const Role roles[] = {c.role};
        const auto found = FindTransition(c.from, c.command, roles);
        EXPECT_EQ(found.ok(), c.reason[0] == '\0') << c.command << " " << c.role;
        if (found.ok()) {
            EXPECT_EQ((*found)->to, c.to);
        } else {
            EXPECT_EQ(found.status().reason, c.reason) << c.command << " from " << c.from;
            EXPECT_EQ(found.status().metadata.size(), 2u);
        }
    }
    EXPECT_EQ(NextCommands(LEAD_STATE_DISPATCHED, std::vector{kVillage}),
              std::vector<std::string>{"accept"});
    EXPECT_EQ(NextCommands(LEAD_STATE_DISPATCHED, std::vector{kVillage, kTownship}),
              (std::vector<std::string>{"dispatch", "accept"}));
    EXPECT_TRUE(NextCommands(LEAD_STATE_CLOSED, std::vector{kVillage, kTownship, kCounty, kService})
                    .empty());
    EXPECT_NE(LeadDiagram().find("ACCEPTED --> VISITED: visit (village)"), std::string::npos);
}

// Random commands by random people: what the machine lets through always has the whole history
// behind it.
TEST(LeadMachine, NoPathSkipsAnActorOrClosesWithoutVisit) {
    std::mt19937 random(99);
    const char* const kCommands[] = {"open",  "dispatch", "accept", "visit",
                                     "close", "end",      "reopen", ""};
    std::set<LeadState> reached;
    int closed = 0;
    for (int run = 0; run < 20000; ++run) {
        LeadState state = LEAD_STATE_UNSPECIFIED;
        std::vector<std::pair<std::string, Role>> done;
        for (int step = 0; step < 60 && state != LEAD_STATE_CLOSED; ++step) {
            const Role roles[] = {static_cast<Role>(random() % 11)};
            const std::string command = kCommands[random() % 8];
            const auto found = FindTransition(state, command, roles);
            if (!found.ok()) continue;
            state = (*found)->to;
            done.emplace_back(command, roles[0]);
            reached.insert(state);
        }
        if (state != LEAD_STATE_CLOSED) continue;
        ++closed;
        // By the system, before anybody visited; or by people, in this order, each by its own
        // level.
        ASSERT_EQ(done.front(), std::pair(std::string("open"), kService));
        if (done.back().first == "end") {
            ASSERT_EQ(done.back().second, kService);
            for (const auto& [command, role] : done) ASSERT_NE(command, "visit");
            continue;
        }
        ASSERT_GE(done.size(), 5u);
        ASSERT_EQ(done[1], std::pair(std::string("dispatch"), kCounty));
        ASSERT_EQ(done[done.size() - 3], std::pair(std::string("accept"), kVillage));
        ASSERT_EQ(done[done.size() - 2], std::pair(std::string("visit"), kVillage));
        ASSERT_EQ(done.back().first, "close");
        ASSERT_TRUE(done.back().second == kVillage || done.back().second == kTownship);
    }
    EXPECT_GT(closed, 1000);
    EXPECT_EQ(reached.size(), 5u);
    for (const LeadState state : kStates) {
        if (state == LEAD_STATE_CLOSED) continue;
        const auto all = LeadTransitions();
        EXPECT_TRUE(
            std::any_of(all.begin(), all.end(),
                        [&](const LeadTransition& t) { return t.from == state && t.to != state; }))
            << "no exit from " << state;
    }
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

TEST(LeadMachine, DueDates) {
    const TimePoint now = ParseRfc3339("2021-06-20T08:00:00Z").value();
    const auto hours = [&](LeadState state, Grade grade) {
        return std::chrono::duration_cast<std::chrono::hours>(DueAt(state, grade, now) - now)
            .count();
    };
    EXPECT_EQ(hours(LEAD_STATE_GRADED, GRADE_GREEN), 24);
    EXPECT_EQ(hours(LEAD_STATE_DISPATCHED, GRADE_YELLOW), 24);
    EXPECT_EQ(hours(LEAD_STATE_ACCEPTED, GRADE_RED), 24);
    EXPECT_EQ(hours(LEAD_STATE_ACCEPTED, GRADE_YELLOW), 72);
    EXPECT_EQ(hours(LEAD_STATE_ACCEPTED, GRADE_GREEN), 168);
    EXPECT_EQ(hours(LEAD_STATE_VISITED, GRADE_RED), 24);
    EXPECT_EQ(DueAt(LEAD_STATE_CLOSED, GRADE_RED, now), TimePoint{});
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
    return {id, draft.risk_type, draft.grade, state, ExplanationsHash(draft)};
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
    OpenLead declared{4, RISK_TYPE_ILLNESS, GRADE_YELLOW, LEAD_STATE_GRADED, ""};
    const OpenLead kKept[] = {visited, declared};
    c = MergeLeads(kKept, {}, {});
    EXPECT_TRUE(c.end.empty() && c.open.empty() && c.update.empty());
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
