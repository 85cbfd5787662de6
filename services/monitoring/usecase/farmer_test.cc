// A farmer declares through the household's code or by village; nothing declared is ever lost, and nobody learns what is not theirs.
#include <gmock/gmock.h>

#include <thread>

#include "services/monitoring/domain/discovery_tables.h"
#include "services/monitoring/testing/command_matrix.h"
#include "services/monitoring/testing/monitoring_world.h"
#include "services/monitoring/usecase/discovery_kinds.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace monitoring::testing;
using ::testing::HasSubstr;
using ::testing::Not;

class FarmerTest : public ::testing::Test {
protected:
    v1::HouseholdCode Issue(const std::string& household) {
        v1::IssueHouseholdCodeRequest q;
        q.set_household(household);
        v1::HouseholdCode code;
        const Status status = w_.discovery.codes.Issue(q, kVillageOperator, Soon(), code);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return code;
    }
    static v1::DeclareRequest Form(int serial, const std::string& code = "") {
        v1::DeclareRequest q;
        if (code.empty()) q.set_region_code(kVillage);
        q.set_code(code);
        q.set_risk_type(v1::RISK_TYPE_ILLNESS);
        q.set_head_name("测试" + std::to_string(serial));
        q.set_mobile("13800001234");
        q.set_identity_no(SyntheticIdentity(serial));
        q.set_difficulty("母亲住院，自付3万元");
        return q;
    }
    Result<v1::DeclareResponse> Declare(const v1::DeclareRequest& q) {
        v1::DeclareResponse answer;
        SW_RETURN_IF_ERROR(w_.discovery.farmer.Declare(q, Soon(), answer));
        return answer;
    }
    v1::DeclarationProgress Progress(const std::string& number, const std::string& code) {
        v1::GetDeclarationRequest q;
        q.set_number(number);
        q.set_code(code);
        v1::DeclarationProgress progress;
        const Status status = w_.discovery.farmer.Progress(q, Soon(), progress);
        EXPECT_TRUE(status.ok()) << status.reason;
        return progress;
    }
    v1::Declaration Record(const std::string& number) {
        v1::ListDeclarationsRequest q;
        q.set_number(number);
        v1::ListDeclarationsResponse response;
        EXPECT_TRUE(w_.discovery.declarations.List(q, "360681", kTownshipOperator, Soon(), response).ok());
        EXPECT_EQ(response.declarations_size(), 1);
        return response.declarations_size() == 1 ? response.declarations(0) : v1::Declaration();
    }
    Status Match(const std::string& name, const std::string& household, v1::Declaration& answer) {
        v1::MatchDeclarationRequest q;
        q.set_name(name);
        q.set_household(household);
        q.set_note("电话核实");
        return w_.discovery.declarations.Match(q, kTownshipOperator, Soon(), answer);
    }
    // Brings the lead to its end by the people whose steps they are.
    void Answer(const std::string& lead, bool risk_found, const std::string& reply) {
        v1::DispatchLeadRequest dispatch;
        dispatch.set_name(lead);
        dispatch.set_to_region(kVillage);
        ASSERT_TRUE(w_.move.Dispatch(dispatch, kCountyOperator, Soon()).ok());
        v1::AcceptLeadRequest accept;
        accept.set_name(lead);
        ASSERT_TRUE(w_.move.Accept(accept, kVillageOperator, Soon()).ok());
        v1::VisitLeadRequest visit;
        visit.set_name(lead);
        v1::Visit& v = *visit.mutable_visit();
        v.add_visitors("甲（示例）");
        v.add_visitors("乙（示例）");
        for (std::string* look : {v.mutable_base_facts(), v.mutable_income(), v.mutable_rigid_spending(), v.mutable_four_guarantees(), v.mutable_policies()}) *look = "有";
        v.set_risk_found(risk_found);
        ASSERT_TRUE(w_.move.Visit(visit, kVillageOperator, Soon()).ok());
        v1::CloseLeadRequest close;
        close.set_name(lead);
        close.set_end(risk_found ? v1::LEAD_END_CONFIRMED : v1::LEAD_END_NOT_CONFIRMED);
        close.set_reply(reply);
        const auto closed = w_.move.Close(close, kVillageOperator, Soon());
        ASSERT_TRUE(closed.ok()) << closed.status().reason << closed.status().message;
    }
    static std::vector<std::string> Labels(const v1::DeclarationProgress& p) {
        std::vector<std::string> labels;
        for (const v1::ProgressStep& s : p.steps()) labels.push_back(s.label_en());
        return labels;
    }

    MonitoringWorld w_;
};

TEST_F(FarmerTest, FromTheCodeToTheReply) {
    const std::string household = w_.Household(1);
    const v1::HouseholdCode code = Issue(household);
    const auto declared = Declare(Form(1, code.code()));
    ASSERT_TRUE(declared.ok()) << declared.status().reason << ": " << declared.status().message;
    // Thursday: the visit is due at the end of Monday, the second working day.
    EXPECT_EQ(declared->visit_by().seconds(), ParseRfc3339("2021-07-06T00:00:00+08:00")->time_since_epoch() / 1s);
    const v1::Declaration record = Record(declared->number());
    EXPECT_EQ(record.state(), v1::DECLARATION_STATE_TAKEN);
    EXPECT_EQ(record.household(), household);
    const auto lead = w_.reader.Get(record.lead(), kCountyOperator, Soon());
    ASSERT_TRUE(lead.ok());
    EXPECT_EQ(lead->source(), v1::LEAD_SOURCE_FARMER);
    EXPECT_EQ(lead->reference(), declared->number());
    EXPECT_TRUE(lead->has_declared_at());
    EXPECT_EQ(lead->due_at().seconds(), ParseRfc3339("2021-07-02T02:00:00Z")->time_since_epoch() / 1s);  // the dispatch comes first
    EXPECT_EQ(Progress(declared->number(), code.code()).visit_by().seconds(), declared->visit_by().seconds());
    EXPECT_EQ(Labels(Progress(declared->number(), code.code())), std::vector<std::string>{"handed in; the village will come and see"});

    Answer(record.lead(), false, "已核实，符合大病救助，请到窗口办理");
    const v1::DeclarationProgress end = Progress(declared->number(), declared->query_code());
    EXPECT_EQ(end.state(), v1::DECLARATION_STATE_ANSWERED);
    EXPECT_EQ(end.reply(), "已核实，符合大病救助，请到窗口办理");
    EXPECT_EQ(Labels(end), (std::vector<std::string>{"handed in; the village will come and see", "passed on", "taken over by the village", "visited", "answered"}));
    EXPECT_FALSE(end.has_visit_by());
    EXPECT_THAT(end.ShortDebugString(), Not(HasSubstr("accounts/")));
    EXPECT_EQ(w_.Events("shouwang.monitoring.discovery.v1"), 2);
}

// The visit's two working days count from the declaration, over a weekend, whatever the steps before took.
TEST_F(FarmerTest, TwoWorkingDaysToTheVisit) {
    const auto declared = Declare(Form(1, Issue(w_.Household(1)).code()));
    const std::string lead = Record(declared->number()).lead();
    v1::DispatchLeadRequest dispatch;
    dispatch.set_name(lead);
    dispatch.set_to_region(kVillage);
    w_.clock.Advance(20h);
    ASSERT_TRUE(w_.move.Dispatch(dispatch, kCountyOperator, Soon()).ok());
    v1::AcceptLeadRequest accept;
    accept.set_name(lead);
    w_.clock.Advance(20h);
    const auto accepted = w_.move.Accept(accept, kVillageOperator, Soon());
    ASSERT_TRUE(accepted.ok());
    // Yellow alone would give 72 hours.
    EXPECT_EQ(accepted->due_at().seconds(), ParseRfc3339("2021-07-06T00:00:00+08:00")->time_since_epoch() / 1s);
}

TEST_F(FarmerTest, SealedAndApart) {
    const auto declared = Declare(Form(1, Issue(w_.Household(1)).code()));
    ASSERT_TRUE(declared.ok());
    const std::string everything = w_.Dump("declaration", "t::text") + w_.Dump("declaration_contact", "t::text") + w_.Dump("lead", "t::text") + w_.Dump("lead_step", "t::text") + w_.Dump("step", "t::text");
    EXPECT_THAT(everything, Not(HasSubstr("13800001234")));
    EXPECT_THAT(everything, Not(HasSubstr(SyntheticIdentity(1))));
    v1::ReadDeclarationRequest q;
    q.set_name(Record(declared->number()).name());
    v1::Declaration shown;
    ASSERT_TRUE(w_.discovery.declarations.Read(q, kVillageOperator, Soon(), shown).ok());
    EXPECT_EQ(shown.mobile(), "13800001234");
    EXPECT_EQ(shown.identity_no(), SyntheticIdentity(1));
    EXPECT_EQ(w_.discovery.declarations.Read(q, As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202"), Soon(), shown).reason, "DECLARATION_NOT_FOUND");
}

struct Unmatched {
    const char* title;
    bool with_code;
    int serial;  // whose identity number
    const char* mismatch;
};

TEST_F(FarmerTest, WhoIsNotFoundWaitsForTheTownship) {
    const std::string own = w_.Household(1), other = w_.Household(2, "360681100202");
    const std::string code = Issue(own).code();
    const Unmatched kCases[] = {{"a code and an unknown number", true, 77, "IDENTITY_UNKNOWN"},
                                {"a code and a neighbour's number", true, 2, "IDENTITY_ELSEWHERE"},
                                {"a village and an unknown number", false, 78, "IDENTITY_UNKNOWN"},
                                {"another village", false, 2, "IDENTITY_ELSEWHERE"}};
    for (const Unmatched& c : kCases) {
        const auto declared = Declare(Form(c.serial, c.with_code ? code : ""));
        ASSERT_TRUE(declared.ok()) << c.title << declared.status().reason;
        EXPECT_FALSE(declared->has_visit_by());
        const v1::Declaration record = Record(declared->number());
        EXPECT_EQ(record.state(), v1::DECLARATION_STATE_UNMATCHED) << c.title;
        EXPECT_EQ(record.mismatch(), c.mismatch) << c.title;
        EXPECT_EQ(record.lead(), "");
        EXPECT_EQ(Progress(declared->number(), declared->query_code()).state(), v1::DECLARATION_STATE_UNMATCHED);
    }
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead"), 0);
    v1::ListDeclarationsRequest worklist;
    worklist.add_states(v1::DECLARATION_STATE_UNMATCHED);
    v1::ListDeclarationsResponse waiting;
    ASSERT_TRUE(w_.discovery.declarations.List(worklist, "360681100", kTownshipOperator, Soon(), waiting).ok());
    EXPECT_EQ(waiting.declarations_size(), 4);

    v1::Declaration matched;
    ASSERT_TRUE(Match(waiting.declarations(0).name(), own, matched).ok());
    EXPECT_EQ(matched.state(), v1::DECLARATION_STATE_TAKEN);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead WHERE source = 2"), 1);
    v1::RefuseDeclarationRequest refuse;
    refuse.set_name(waiting.declarations(1).name());
    refuse.set_reply("非本县户籍，请向户籍地申报");
    v1::Declaration refused;
    ASSERT_TRUE(w_.discovery.declarations.Refuse(refuse, kTownshipOperator, Soon(), refused).ok());
    EXPECT_EQ(refused.reply(), "非本县户籍，请向户籍地申报");
    EXPECT_EQ(Match(waiting.declarations(2).name(), "households/999999", matched).reason, "HOUSEHOLD_NOT_FOUND");
    (void)other;
}

TEST_F(FarmerTest, UnmatchedOnesEscalate) {
    const auto declared = Declare(Form(77));
    EXPECT_EQ(Record(declared->number()).due_at().seconds(), ParseRfc3339("2021-07-03T00:00:00+08:00")->time_since_epoch() / 1s);
    ASSERT_TRUE(w_.discovery.declarations.RunDue(Soon()).ok());
    EXPECT_EQ(Record(declared->number()).escalations(), 0);
    w_.clock.Advance(48h);
    ASSERT_TRUE(w_.discovery.declarations.RunDue(Soon()).ok());
    EXPECT_EQ(Record(declared->number()).escalated_to(), "360681100");
    EXPECT_EQ(Record(declared->number()).escalations(), 1);
}

TEST_F(FarmerTest, ThroughTheVillageWithoutACode) {
    const std::string household = w_.Household(1);
    v1::DeclareRequest q = Form(1);
    q.set_third_person(true);
    q.set_channel(v1::DECLARATION_CHANNEL_WINDOW);
    const auto declared = Declare(q);
    ASSERT_TRUE(declared.ok());
    const v1::Declaration record = Record(declared->number());
    EXPECT_EQ(record.household(), household);
    EXPECT_TRUE(record.third_person());
    EXPECT_EQ(record.channel(), v1::DECLARATION_CHANNEL_WINDOW);
    q.set_region_code("360681100999");
    EXPECT_EQ(Declare(q).status().violations.at(0).field, "region_code");
}

TEST_F(FarmerTest, CodesThatAreNone) {
    const std::string household = w_.Household(1);
    const v1::HouseholdCode first = Issue(household), second = Issue(household);
    EXPECT_EQ(second.issue(), 2);
    EXPECT_EQ(Declare(Form(1, first.code())).status().reason, "HOUSEHOLD_CODE_REVOKED");
    std::string forged = second.code();
    forged[3] = forged[3] == 'A' ? 'B' : 'A';
    for (const std::string& none : {forged, std::string("x"), std::string(300, 'A')}) {
        const Status status = Declare(Form(1, none)).status();
        EXPECT_EQ(status.reason, "HOUSEHOLD_CODE_INVALID");
        EXPECT_EQ(status.violations.at(0).field, "code");
        EXPECT_THAT(status.violations.at(0).description, HasSubstr(" / "));
    }
    EXPECT_TRUE(Declare(Form(1, second.code())).ok());
    v1::RevokeHouseholdCodeRequest revoke;
    revoke.set_name(second.name());
    revoke.set_note("遗失");
    v1::HouseholdCode revoked;
    ASSERT_TRUE(w_.discovery.codes.Revoke(revoke, kVillageOperator, Soon(), revoked).ok());
    EXPECT_EQ(revoked.code(), "");
    EXPECT_EQ(Declare(Form(1, second.code())).status().reason, "HOUSEHOLD_CODE_REVOKED");
    EXPECT_EQ(w_.Number("SELECT count(*) FROM declaration"), 1);
}

TEST_F(FarmerTest, NumberAndCodeBelongTogether) {
    const v1::HouseholdCode mine = Issue(w_.Household(1)), theirs = Issue(w_.Household(2));
    const auto declared = Declare(Form(1, mine.code())), other = Declare(Form(2, theirs.code()));
    const auto refused = [&](const std::string& number, const std::string& code) {
        v1::GetDeclarationRequest q;
        q.set_number(number);
        q.set_code(code);
        v1::DeclarationProgress progress;
        const Status status = w_.discovery.farmer.Progress(q, Soon(), progress);
        EXPECT_EQ(progress.ByteSizeLong(), 0u);
        return status.reason;
    };
    EXPECT_EQ(refused(declared->number(), theirs.code()), "DECLARATION_NOT_FOUND");
    EXPECT_EQ(refused(declared->number(), other->query_code()), "DECLARATION_NOT_FOUND");
    EXPECT_EQ(refused(declared->number(), ""), "DECLARATION_NOT_FOUND");
    EXPECT_EQ(refused("", mine.code()), "DECLARATION_NOT_FOUND");
    EXPECT_EQ(refused("SB20210701-00000000", mine.code()), "DECLARATION_NOT_FOUND");
    EXPECT_EQ(Progress(declared->number(), mine.code()).number(), declared->number());
}

TEST_F(FarmerTest, WhatWasAnsweredLatelyIsAnsweredAtOnce) {
    const v1::HouseholdCode code = Issue(w_.Household(1));
    const auto first = Declare(Form(1, code.code()));
    Answer(Record(first->number()).lead(), false, "已说明政策");
    w_.clock.Advance(std::chrono::hours(24 * 30));
    const auto again = Declare(Form(1, code.code()));
    ASSERT_TRUE(again.ok());
    const v1::DeclarationProgress progress = Progress(again->number(), code.code());
    EXPECT_EQ(progress.state(), v1::DECLARATION_STATE_ANSWERED);
    EXPECT_EQ(progress.reply(), "已说明政策");
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead WHERE ended_as = 3"), 1);
    // Through the township as well.
    const auto held = Declare(Form(77, code.code()));
    v1::Declaration matched;
    ASSERT_TRUE(Match(Record(held->number()).name(), Record(first->number()).household(), matched).ok());
    EXPECT_EQ(matched.state(), v1::DECLARATION_STATE_ANSWERED);
    EXPECT_EQ(matched.reply(), "已说明政策");
}

TEST_F(FarmerTest, TheSameRequestTwiceIsOneDeclaration) {
    v1::DeclareRequest q = Form(1, Issue(w_.Household(1)).code());
    q.set_request_id("33333333-3333-4333-8333-333333333333");
    const auto first = Declare(q), again = Declare(q);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
    EXPECT_EQ(w_.Number("SELECT count(*) FROM declaration"), 1);
}

TEST_F(FarmerTest, FloodsStopAtThePublishedNumber) {
    const v1::HouseholdCode code = Issue(w_.Household(1));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(Declare(Form(1, code.code())).ok());
    const Status status = Declare(Form(1, code.code())).status();
    EXPECT_EQ(status.reason, "DECLARATION_LIMIT");
    EXPECT_EQ(status.code, Code::kResourceExhausted);
    w_.clock.Advance(24h);
    EXPECT_TRUE(Declare(Form(1, code.code())).ok());
    w_.Run("INSERT INTO parameter_value (name, region_prefix, valid_from, value, source, set_by, set_at) VALUES "
           "('lead.open_declarations_per_day', '360681', '2021-07-01', 1, 's', 'accounts/1', now())");
    EXPECT_TRUE(Declare(Form(77)).ok());
    EXPECT_EQ(Declare(Form(78)).status().reason, "DECLARATION_LIMIT");
}

TEST_F(FarmerTest, ManyPhonesAtOnceMakeOneLead) {
    const v1::HouseholdCode code = Issue(w_.Household(1));
    std::vector<std::thread> phones;
    for (int i = 0; i < 5; ++i) phones.emplace_back([&] { EXPECT_TRUE(Declare(Form(1, code.code())).ok()); });
    for (std::thread& t : phones) t.join();
    EXPECT_EQ(w_.Number("SELECT count(*) FROM lead"), 1);
    EXPECT_EQ(w_.Number("SELECT count(*) FROM declaration WHERE state = 2"), 5);
    EXPECT_EQ(w_.Number("SELECT count(DISTINCT lead) FROM declaration"), 1);
}

TEST_F(FarmerTest, APrintListForTheVillage) {
    for (int i = 1; i <= 3; ++i) w_.Household(i);
    w_.Household(4, "360681100202");
    Issue("households/" + std::to_string(w_.Number("SELECT household_id FROM household WHERE household_no = 'H1000001'")));
    v1::IssueVillageCodesRequest q;
    q.set_region_code(kVillage);
    v1::IssueVillageCodesResponse issued;
    ASSERT_TRUE(w_.discovery.codes.IssueVillage(q, kVillageOperator, Soon(), issued).ok());
    EXPECT_EQ(issued.issued(), 2);
    ASSERT_TRUE(w_.discovery.codes.IssueVillage(q, kVillageOperator, Soon(), issued).ok());
    EXPECT_EQ(issued.issued(), 0);
    q.set_region_code("360681100202");
    EXPECT_EQ(w_.discovery.codes.IssueVillage(q, kVillageOperator, Soon(), issued).reason, "REGION_NOT_FOUND");
    v1::ListHouseholdCodesRequest list;
    v1::ListHouseholdCodesResponse codes;
    ASSERT_TRUE(w_.discovery.codes.List(list, kVillage, kVillageOperator, Soon(), codes).ok());
    ASSERT_EQ(codes.codes_size(), 3);
    for (const v1::HouseholdCode& code : codes.codes()) {
        EXPECT_EQ(code.code().size(), 51u);
        EXPECT_THAT(code.head_name(), HasSubstr("测试"));
        EXPECT_THAT(code.code(), Not(HasSubstr(code.household_no())));
    }
}

TEST_F(FarmerTest, EveryCommandInEveryState) {
    int serial = 0;
    std::string household;
    const auto declaration_in = [&](int state) -> std::string {
        household = w_.Household(++serial);
        const bool unmatched = state == v1::DECLARATION_STATE_UNMATCHED || state == v1::DECLARATION_STATE_REFUSED;
        const auto declared = Declare(Form(unmatched ? 1000 + serial : serial));
        if (!declared.ok()) return "";
        const v1::Declaration record = Record(declared->number());
        if (state == v1::DECLARATION_STATE_ANSWERED) Answer(record.lead(), false, "已说明");
        if (state == v1::DECLARATION_STATE_REFUSED) {
            v1::RefuseDeclarationRequest q;
            q.set_name(record.name());
            q.set_reply("非本县户籍");
            v1::Declaration refused;
            EXPECT_TRUE(w_.discovery.declarations.Refuse(q, kTownshipOperator, Soon(), refused).ok());
        }
        return record.name();
    };
    const CommandMatrix matrix{
        domain::DeclarationStates(), kVillage, declaration_in,
        [&](const CommandMatrix::Call& call, google::protobuf::Message& answer) {
            const auto fill = [&](auto& q) {
                q.set_name(call.name);
                q.set_etag(call.etag);
                q.set_request_id(call.request_id);
                q.set_note("核实");
            };
            auto& d = static_cast<v1::Declaration&>(answer);
            if (call.command == "refuse") {
                v1::RefuseDeclarationRequest q;
                fill(q);
                q.set_reply("非本县户籍");
                return w_.discovery.declarations.Refuse(q, call.by, Soon(), d);
            }
            v1::MatchDeclarationRequest q;
            fill(q);
            q.set_household(household);
            return w_.discovery.declarations.Match(q, call.by, Soon(), d);
        },
        [] { return std::make_unique<v1::Declaration>(); },
        [&] { return w_.Dump("declaration", "declaration_id") + w_.Dump("step", "subject, step") + w_.Dump("lead", "lead_id") + w_.Dump("outbox", "t::text"); },
        {}};
    EXPECT_EQ(DriveCommands(matrix), 8);
    const CommandMatrix codes{
        domain::HouseholdCodeStates(), kVillage,
        [&](int state) {
            const std::string of = w_.Household(++serial);
            const std::string name = Issue(of).name();
            if (state == v1::HOUSEHOLD_CODE_STATE_REVOKED) Issue(of);
            return name;
        },
        [&](const CommandMatrix::Call& call, google::protobuf::Message& answer) {
            v1::RevokeHouseholdCodeRequest q;
            q.set_name(call.name);
            q.set_etag(call.etag);
            q.set_request_id(call.request_id);
            q.set_note("遗失");
            return w_.discovery.codes.Revoke(q, call.by, Soon(), static_cast<v1::HouseholdCode&>(answer));
        },
        [] { return std::make_unique<v1::HouseholdCode>(); },
        [&] { return w_.Dump("household_code", "code_id") + w_.Dump("step", "subject, step"); },
        {}};
    EXPECT_EQ(DriveCommands(codes), 2);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
