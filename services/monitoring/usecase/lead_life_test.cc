// One life for the leads of all sources: they meet, are never lost, obey table and clocks, and end in an answer or a case.
#include <gmock/gmock.h>

#include <thread>

#include "services/monitoring/testing/command_matrix.h"
#include "services/monitoring/testing/monitoring_world.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace monitoring::testing;
using ::testing::HasSubstr;

v1::CreateLeadRequest Call(const std::string& household, const std::string& difficulty = "母亲住院，花费3万元", v1::LeadSource source = v1::LEAD_SOURCE_CADRE) {
    v1::CreateLeadRequest q;
    q.set_household(household);
    q.set_source(source);
    q.set_risk_type(v1::RISK_TYPE_ILLNESS);
    q.set_difficulty(difficulty);
    q.set_reporter("12345热线");
    q.set_reference("2021-070100012");
    return q;
}

v1::Visit GoodVisit(bool risk_found) {
    v1::Visit v;
    v.add_visitors("甲（示例）");
    v.add_visitors("乙（示例）");
    v.set_base_facts("4人");
    v.set_income("务工");
    v.set_rigid_spending("医药费");
    v.set_four_guarantees("均有保障");
    v.set_policies("低保");
    v.set_risk_found(risk_found);
    return v;
}

class LeadLife : public ::testing::Test {
protected:
    v1::Lead Report(const v1::CreateLeadRequest& q, const type::v1::Principal& by = kVillageOperator) {
        const auto lead = w_.discovery.report.Create(q, by, Soon());
        EXPECT_TRUE(lead.ok()) << lead.status().reason << ": " << lead.status().message;
        return lead.ok() ? *lead : v1::Lead();
    }
    // Gives the command with a request that is right in every other way.
    Status Give(const CommandMatrix::Call& call, v1::Lead& answer) {
        const auto run = [&](auto q, auto method) -> Status {
            q.set_name(call.name);
            q.set_etag(call.etag);
            q.set_request_id(call.request_id);
            const auto lead = (w_.move.*method)(q, call.by, Soon());
            if (lead.ok()) answer = *lead;
            return lead.status();
        };
        if (call.command == "accept") return run(v1::AcceptLeadRequest(), &MoveLead::Accept);
        if (call.command == "dispatch") {
            v1::DispatchLeadRequest q;
            q.set_to_region(kVillage);
            return run(q, &MoveLead::Dispatch);
        }
        if (call.command == "visit") {
            v1::VisitLeadRequest q;
            *q.mutable_visit() = GoodVisit(risk_found_);
            return run(q, &MoveLead::Visit);
        }
        v1::CloseLeadRequest q;
        q.set_end(risk_found_ ? v1::LEAD_END_CONFIRMED : v1::LEAD_END_NOT_CONFIRMED);
        q.set_reply("经核实，已说明");
        return run(q, &MoveLead::Close);
    }
    // Brings a lead to a state by the people whose steps they are.
    v1::Lead To(v1::LeadState state, v1::Lead lead) {
        for (const char* command : {"dispatch", "accept", "visit", "close"}) {
            if (lead.state() >= state) break;
            const auto& by = std::string(command) == "dispatch" ? kCountyOperator : kVillageOperator;
            v1::Lead moved;
            const Status status = Give({command, lead.name(), "", "", by}, moved);
            EXPECT_TRUE(status.ok()) << command << ": " << status.reason << " " << status.message;
            lead = moved;
        }
        return lead;
    }
    v1::Lead Now(const std::string& name) {
        const auto lead = w_.reader.Get(name, kCountyOperator, Soon());
        EXPECT_TRUE(lead.ok());
        return *lead;
    }
    std::vector<std::string> Steps(const v1::Lead& lead) {
        std::vector<std::string> commands;
        for (const v1::LeadStep& s : lead.steps()) commands.push_back(s.command());
        return commands;
    }

    MonitoringWorld w_;
    bool risk_found_ = true;
};

TEST_F(LeadLife, EveryCommandInEveryState) {
    int serial = 0;
    const CommandMatrix matrix{
        domain::LeadStates(), kVillage,
        [&](int state) { return To(static_cast<v1::LeadState>(state), Report(Call(w_.Household(++serial)))).name(); },
        [&](const CommandMatrix::Call& call, google::protobuf::Message& answer) { return Give(call, static_cast<v1::Lead&>(answer)); },
        [] { return std::make_unique<v1::Lead>(); },
        [&] { return w_.Dump("lead", "lead_id") + w_.Dump("lead_step", "lead_id, step") + w_.Dump("outbox", "t::text"); },
        {}};
    EXPECT_EQ(DriveCommands(matrix), 20);
}

TEST_F(LeadLife, AReportIsGradedDatedAndSaysWhoBroughtIt) {
    const v1::Lead lead = Report(Call(w_.Household(1), "困难", v1::LEAD_SOURCE_PUBLIC));
    EXPECT_EQ(lead.state(), v1::LEAD_STATE_GRADED);
    EXPECT_EQ(lead.grade(), v1::GRADE_YELLOW);
    EXPECT_EQ(lead.source(), v1::LEAD_SOURCE_PUBLIC);
    EXPECT_EQ(lead.reference(), "2021-070100012");
    EXPECT_EQ(lead.assigned_region(), "360681");
    EXPECT_EQ(lead.due_at().seconds() - lead.opened_at().seconds(), 24 * 3600);
    EXPECT_TRUE(lead.explanations().empty());
    EXPECT_THAT(lead.steps(0).note(), HasSubstr("12345热线"));
    EXPECT_EQ(w_.Events("shouwang.monitoring.lead.v1"), 1);
}

TEST_F(LeadLife, LimitsAreParametersOfRegionAndDay) {
    w_.Run("INSERT INTO parameter_value (name, region_prefix, valid_from, value, source, set_by, set_at) VALUES "
           "('lead.dispatch_hours', '360681', '2021-07-01', 6, 's', 'accounts/1', now()), ('lead.accept_hours', '36', '2021-07-02', 2, 's', 'accounts/1', now()), "
           "('lead.visit_yellow_hours', '360681100', '2021-01-01', NULL, 's', 'accounts/1', now())");
    v1::Lead lead = Report(Call(w_.Household(1)));
    EXPECT_EQ(lead.due_at().seconds() - lead.opened_at().seconds(), 6 * 3600);
    lead = To(v1::LEAD_STATE_DISPATCHED, lead);
    EXPECT_EQ(lead.due_at().seconds() - lead.opened_at().seconds(), 24 * 3600);  // the other value is not in force yet
    lead = To(v1::LEAD_STATE_ACCEPTED, lead);
    EXPECT_FALSE(lead.has_due_at());  // unknown there: never overdue
    EXPECT_FALSE(lead.overdue());
}

struct BadReport {
    const char* title;
    void (*spoil)(v1::CreateLeadRequest&);
    const char* field;
};

TEST_F(LeadLife, BadReportsNameTheFieldAndLeaveNothing) {
    const std::string household = w_.Household(1);
    const BadReport kCases[] = {
        {"a department's", [](v1::CreateLeadRequest& q) { q.set_source(v1::LEAD_SOURCE_DEPARTMENT); }, "source"},
        {"a farmer's", [](v1::CreateLeadRequest& q) { q.set_source(v1::LEAD_SOURCE_FARMER); }, "source"},
        {"nobody's", [](v1::CreateLeadRequest& q) { q.clear_source(); }, "source"},
        {"no risk", [](v1::CreateLeadRequest& q) { q.clear_risk_type(); }, "risk_type"},
        {"no words", [](v1::CreateLeadRequest& q) { q.set_difficulty("　 "); }, "difficulty"},
        {"a call without its number", [](v1::CreateLeadRequest& q) { q.set_source(v1::LEAD_SOURCE_PUBLIC), q.clear_reference(); }, "reference"},
        {"no household", [](v1::CreateLeadRequest& q) { q.set_household("households/x"); }, "household"},
    };
    for (const BadReport& c : kCases) {
        v1::CreateLeadRequest q = Call(household);
        c.spoil(q);
        const auto lead = w_.discovery.report.Create(q, kVillageOperator, Soon());
        ASSERT_FALSE(lead.ok()) << c.title;
        ASSERT_EQ(lead.status().violations.size(), 1u) << c.title;
        EXPECT_EQ(lead.status().violations[0].field, c.field) << c.title;
    }
    EXPECT_EQ(w_.discovery.report.Create(Call("households/999999"), kVillageOperator, Soon()).status().reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(w_.discovery.report.Create(Call(household), As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202"), Soon()).status().reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(w_.discovery.report.Create(Call(household), As(options::v1::ROLE_AUDITOR, "36"), Soon()).status().reason, "LEAD_WRONG_ACTOR");
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead"), 0);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM outbox"), w_.Events("shouwang.monitoring.household.v1"));
}

TEST_F(LeadLife, AllSourcesMeetInOneLead) {
    const std::string household = w_.Household(1);
    const v1::Lead first = Report(Call(household));
    v1::CreateLeadRequest again = Call(household, "病情加重", v1::LEAD_SOURCE_PUBLIC);
    again.set_grade(v1::GRADE_RED);
    const v1::Lead joined = Report(again, kCountyOperator);
    EXPECT_EQ(joined.name(), first.name());
    EXPECT_EQ(joined.grade(), v1::GRADE_RED);
    EXPECT_EQ(joined.source(), v1::LEAD_SOURCE_CADRE);
    ASSERT_EQ(joined.joined_sources_size(), 1);
    EXPECT_EQ(joined.joined_sources(0), v1::LEAD_SOURCE_PUBLIC);
    EXPECT_EQ(joined.difficulty(), "母亲住院，花费3万元");
    EXPECT_THAT(joined.steps(1).note(), HasSubstr("病情加重"));

    // Screening finds the same: its evidence joins, the graver grade stays, and when the row is taken back the lead does not end.
    feed::v1::MedicalSettlement bill;
    bill.set_identity_no(SyntheticIdentity(1));
    bill.set_visit_id("V1");
    bill.set_settled_on("2021-05-10");
    bill.set_kind(feed::v1::MedicalSettlement::KIND_INPATIENT);
    bill.set_total_fen(1'200'000);
    bill.set_self_paid_fen(560'000);
    w_.Feed<feed::v1::MedicalSettlement>("medical_insurance", "medical_settlement", {bill});
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead WHERE risk_type = 1"), 1);
    EXPECT_FALSE(Now(first.name()).explanations().empty());
    EXPECT_EQ(Now(first.name()).grade(), v1::GRADE_RED);
    w_.Feed("medical_insurance", "medical_settlement", feed::v1::MedicalSettlement::descriptor(), {Maker().Row(bill, 1, true)});
    EXPECT_EQ(Now(first.name()).state(), v1::LEAD_STATE_GRADED);
    v1::ListLeadsRequest by_source;
    by_source.add_sources(v1::LEAD_SOURCE_PUBLIC);
    EXPECT_EQ(w_.reader.List(by_source, "360681", kCountyOperator, Soon())->leads_size(), 1);
    by_source.set_sources(0, v1::LEAD_SOURCE_FARMER);
    EXPECT_EQ(w_.reader.List(by_source, "360681", kCountyOperator, Soon())->leads_size(), 0);
}

TEST_F(LeadLife, WhatWasAnsweredIsADuplicateFor90Days) {
    risk_found_ = false;
    const std::string household = w_.Household(1);
    const v1::Lead answered = To(v1::LEAD_STATE_CLOSED, Report(Call(household)));
    EXPECT_EQ(answered.end(), v1::LEAD_END_NOT_CONFIRMED);
    w_.clock.Advance(std::chrono::hours(24 * 89));
    const v1::Lead repeated = Report(Call(household, "母亲住院,花费３万元"));
    EXPECT_EQ(repeated.state(), v1::LEAD_STATE_CLOSED);
    EXPECT_EQ(repeated.end(), v1::LEAD_END_DUPLICATE);
    EXPECT_EQ(repeated.duplicate_of(), answered.name());
    EXPECT_EQ(repeated.reply(), "经核实，已说明");
    EXPECT_EQ(Steps(repeated), std::vector<std::string>{"repeat"});
    // Other words are another difficulty; and a duplicate is no answer that lives on.
    EXPECT_EQ(Report(Call(household, "父亲住院")).state(), v1::LEAD_STATE_GRADED);
    const std::string other = w_.Household(2);
    const v1::Lead old = To(v1::LEAD_STATE_CLOSED, Report(Call(other)));
    w_.clock.Advance(std::chrono::hours(24 * 91));
    const v1::Lead anew = Report(Call(other));
    EXPECT_NE(anew.name(), old.name());
    EXPECT_EQ(anew.state(), v1::LEAD_STATE_GRADED);
}

TEST_F(LeadLife, AConfirmedLeadOpensACaseAndTheNextJoinsIt) {
    const std::string household = w_.Household(1);
    const v1::Lead first = To(v1::LEAD_STATE_CLOSED, Report(Call(household)));
    EXPECT_EQ(first.end(), v1::LEAD_END_CONFIRMED);
    EXPECT_THAT(first.case_name(), HasSubstr(household + "/cases/"));
    v1::CreateLeadRequest another = Call(household, "孩子上学困难");
    another.set_risk_type(v1::RISK_TYPE_SCHOOLING);
    EXPECT_EQ(To(v1::LEAD_STATE_CLOSED, Report(another)).case_name(), first.case_name());
}

TEST_F(LeadLife, OverdueGoesUpOneLevelAtATime) {
    const v1::Lead lead = To(v1::LEAD_STATE_DISPATCHED, Report(Call(w_.Household(1))));
    EXPECT_EQ(lead.assigned_region(), kVillage);
    EXPECT_EQ(*w_.discovery.escalate.Step(Soon()), 0);
    w_.clock.Advance(25h);
    ASSERT_TRUE(w_.discovery.escalate.RunDue(Soon()).ok());
    ASSERT_TRUE(w_.discovery.escalate.RunDue(Soon()).ok());  // told once
    v1::Lead now = Now(lead.name());
    EXPECT_EQ(now.escalated_to(), "360681100");
    EXPECT_EQ(now.escalations(), 1);
    EXPECT_EQ(now.state(), v1::LEAD_STATE_DISPATCHED);
    EXPECT_TRUE(now.overdue());
    EXPECT_EQ(Steps(now).back(), "escalate");
    for (const char* to : {"360681", "3606", "36", "36"}) {
        w_.clock.Advance(25h);
        ASSERT_TRUE(w_.discovery.escalate.RunDue(Soon()).ok());
        EXPECT_EQ(Now(lead.name()).escalated_to(), to);
    }
    v1::ListLeadsRequest worklist;
    worklist.set_escalated_to("36");
    EXPECT_EQ(w_.reader.List(worklist, "360681", kCountyOperator, Soon())->leads_size(), 1);
    // Taken at last: the reminder is over, the next limit begins.
    now = To(v1::LEAD_STATE_ACCEPTED, now);
    EXPECT_EQ(now.escalated_to(), "");
    EXPECT_FALSE(now.overdue());
    EXPECT_EQ(now.escalations(), 5);
    EXPECT_EQ(*w_.discovery.escalate.Step(Soon()), 0);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead_step WHERE command = 'escalate'"), 5);
}

TEST_F(LeadLife, ReplicasEscalateOnce) {
    for (int i = 1; i <= 12; ++i) Report(Call(w_.Household(i)));
    w_.clock.Advance(25h);
    std::vector<std::thread> replicas;
    for (int i = 0; i < 3; ++i) {
        replicas.emplace_back([&] { EXPECT_TRUE(w_.discovery.escalate.RunDue(Soon()).ok()); });
    }
    for (std::thread& t : replicas) t.join();
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead WHERE escalations = 1 AND escalated_to = '3606'"), 12);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead_step WHERE command = 'escalate'"), 12);
}

TEST_F(LeadLife, ConcurrentReportsMakeOneLead) {
    const std::string household = w_.Household(1);
    std::vector<std::thread> people;
    for (int i = 0; i < 6; ++i) {
        people.emplace_back([&, i] { EXPECT_TRUE(w_.discovery.report.Create(Call(household, "困难" + std::to_string(i)), kVillageOperator, Soon()).ok()); });
    }
    for (std::thread& t : people) t.join();
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead"), 1);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead_step WHERE command = 'report'"), 1);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead_step WHERE command = 'joined'"), 5);
    EXPECT_EQ(w_.Number("SELECT cardinality(evidence) FROM lead"), 6);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
