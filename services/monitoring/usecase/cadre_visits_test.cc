// Concentrated checks, daily visits, the must-visit list and the clear papers.
#include <gmock/gmock.h>

#include <set>

#include "services/monitoring/domain/discovery_tables.h"
#include "services/monitoring/testing/command_matrix.h"
#include "services/monitoring/testing/monitoring_world.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace monitoring::testing;
using ::testing::HasSubstr;

class CadreVisitsTest : public ::testing::Test {
protected:
    v1::Campaign Plan(const std::string& starts_on = "2021-07-01", const std::string& ends_on = "2021-07-31", v1::CampaignScope scope = v1::CAMPAIGN_SCOPE_ALL) {
        v1::CreateCampaignRequest q;
        q.set_region_code("360681100");
        q.set_title("2021年集中排查");
        q.set_scope(scope);
        q.set_starts_on(starts_on);
        q.set_ends_on(ends_on);
        q.set_basis("示例〔2021〕1号");
        v1::Campaign c;
        const Status status = w_.discovery.campaigns.Create(q, kTownshipOperator, Soon(), c);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return c;
    }
    Status Move(const std::string& command, const CommandMatrix::Call& call, v1::Campaign& answer, const std::string& note = "") {
        v1::MoveCampaignRequest q;
        q.set_name(call.name);
        q.set_etag(call.etag);
        q.set_request_id(call.request_id);
        q.set_note(note);
        auto& campaigns = w_.discovery.campaigns;
        return command == "start" ? campaigns.Start(q, call.by, Soon(), answer) : campaigns.Close(q, call.by, Soon(), answer);
    }
    v1::Campaign Started(const v1::Campaign& planned) {
        v1::Campaign c;
        const Status status = Move("start", {"start", planned.name(), "", "", kTownshipOperator}, c);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return c;
    }
    static v1::RecordCadreVisitRequest Visit(const std::string& household, const std::string& campaign = "") {
        v1::RecordCadreVisitRequest q;
        q.set_household(household);
        q.set_campaign(campaign);
        q.set_visited_on("2021-07-01");
        q.add_visitors("甲（示例）");
        q.add_visitors("乙（示例）");
        q.set_summary("家中一切正常");
        return q;
    }
    v1::CadreVisit Record(const v1::RecordCadreVisitRequest& q) {
        v1::CadreVisit visit;
        const Status status = w_.discovery.visits.Record(q, kVillageOperator, Soon(), visit);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return visit;
    }
    std::vector<v1::CampaignProgress> Progress(const std::string& campaign, const std::string& region = "360681100") {
        v1::ListCampaignProgressRequest q;
        q.set_name(campaign);
        v1::ListCampaignProgressResponse response;
        EXPECT_TRUE(w_.discovery.campaigns.ListProgress(q, region, Soon(), response).ok());
        return {response.villages().begin(), response.villages().end()};
    }
    v1::RefreshMustVisitsResponse Refresh(const std::string& village = kVillage) {
        v1::RefreshMustVisitsRequest q;
        q.set_region_code(village);
        v1::RefreshMustVisitsResponse counts;
        const Status status = w_.discovery.must_visits.Refresh(q, As(options::v1::ROLE_VILLAGE_OPERATOR, village), Soon(), counts);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return counts;
    }
    std::vector<v1::MustVisit> MustVisits(v1::MustVisitState state = v1::MUST_VISIT_STATE_LISTED) {
        v1::ListMustVisitsRequest q;
        q.add_states(state);
        v1::ListMustVisitsResponse response;
        EXPECT_TRUE(w_.discovery.must_visits.List(q, "360681100", Soon(), response).ok());
        return {response.must_visits().begin(), response.must_visits().end()};
    }
    void Assist(int serial, feed::v1::SocialAssistance::Decision decision, const std::string& on) {
        feed::v1::SocialAssistance row;
        row.set_identity_no(SyntheticIdentity(serial));
        row.set_decision_no("D" + on);
        row.set_decided_on(on);
        row.set_kind(feed::v1::SocialAssistance::KIND_MINIMUM_LIVING);
        row.set_decision(decision);
        w_.Feed<feed::v1::SocialAssistance>("civil_affairs", "social_assistance", {row});
    }

    MonitoringWorld w_;
};

TEST_F(CadreVisitsTest, ACampaignFromPlanToClose) {
    const std::string a = w_.Household(1), b = w_.Household(2), c = w_.Household(3, "360681100202");
    const v1::Campaign planned = Plan();
    EXPECT_EQ(planned.state(), v1::CAMPAIGN_STATE_PLANNED);
    const v1::Campaign running = Started(planned);
    EXPECT_EQ(running.progress().households(), 3);
    const v1::CadreVisit clean = Record(Visit(a, running.name()));
    EXPECT_EQ(clean.lead(), "");
    v1::RecordCadreVisitRequest finding = Visit(b, running.name());
    finding.mutable_finding()->set_risk_type(v1::RISK_TYPE_WORK);
    finding.mutable_finding()->set_difficulty("务工返乡，无收入");
    const v1::CadreVisit found = Record(finding);
    const auto lead = w_.reader.Get(found.lead(), kCountyOperator, Soon());
    ASSERT_TRUE(lead.ok());
    EXPECT_EQ(lead->source(), v1::LEAD_SOURCE_CADRE);
    EXPECT_EQ(lead->reference(), running.name());
    Record(Visit(a, running.name()));  // a second visit counts once

    const auto villages = Progress(running.name());
    ASSERT_EQ(villages.size(), 2u);
    EXPECT_EQ(villages[0].region_code(), kVillage);
    EXPECT_EQ(villages[0].households(), 2);
    EXPECT_EQ(villages[0].checked(), 2);
    EXPECT_EQ(villages[0].leads(), 1);
    EXPECT_EQ(villages[0].checked_bp(), 10000);
    EXPECT_EQ(villages[1].checked(), 0);

    v1::Campaign answer;
    const CommandMatrix::Call close{"close", running.name(), "", "", kTownshipOperator};
    Status status = Move("close", close, answer, "其余外出");
    EXPECT_EQ(status.reason, "CAMPAIGN_UNFINISHED");  // the last day is not over
    w_.clock.Set(*ParseRfc3339("2021-08-01T01:00:00Z"));
    status = Move("close", close, answer, "其余外出");
    EXPECT_EQ(status.reason, "CAMPAIGN_UNFINISHED");  // two thirds are too few
    EXPECT_EQ(status.metadata[1], (std::pair<std::string, std::string>("checked", "2")));
    w_.Run("INSERT INTO parameter_value (name, region_prefix, valid_from, value, source, set_by, set_at) VALUES "
           "('lead.campaign_coverage_bp', '3606', '2021-07-01', 6000, 's', 'accounts/1', now())");
    EXPECT_EQ(Move("close", close, answer).violations.at(0).field, "note");
    ASSERT_TRUE(Move("close", close, answer, "一户外出，返乡后补查").ok());
    EXPECT_EQ(answer.state(), v1::CAMPAIGN_STATE_CLOSED);
    v1::CadreVisit late;
    EXPECT_EQ(w_.discovery.visits.Record(Visit(c, running.name()), As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202"), Soon(), late).reason, "CAMPAIGN_NOT_RUNNING");
    EXPECT_EQ(w_.Events("shouwang.monitoring.discovery.v1"), 3);
}

TEST_F(CadreVisitsTest, EveryoneCheckedClosesAtOnce) {
    const std::string a = w_.Household(1);
    const v1::Campaign running = Started(Plan());
    Record(Visit(a, running.name()));
    v1::Campaign answer;
    EXPECT_TRUE(Move("close", {"close", running.name(), "", "", kTownshipOperator}, answer).ok());
}

TEST_F(CadreVisitsTest, WhoComesIntoAScopeLaterIsPutOnTheList) {
    w_.Household(1);
    const v1::Campaign running = Started(Plan());
    w_.Household(2);
    EXPECT_EQ(Progress(running.name())[0].households(), 1);
    ASSERT_TRUE(w_.discovery.campaigns.RunDue(Soon()).ok());
    ASSERT_TRUE(w_.discovery.campaigns.RunDue(Soon()).ok());
    EXPECT_EQ(Progress(running.name())[0].households(), 2);
    // A scope that holds nobody.
    EXPECT_EQ(Started(Plan("2021-07-01", "2021-07-31", v1::CAMPAIGN_SCOPE_MONITORED)).progress().households(), 0);
}

TEST_F(CadreVisitsTest, CampaignsAreSeenAboveAndBelow) {
    w_.Household(1);
    w_.Household(2, "360681100202");
    const v1::Campaign running = Started(Plan());
    v1::GetCampaignRequest q;
    q.set_name(running.name());
    for (const auto& by : {kVillageOperator, kTownshipOperator, kCountyOperator}) {
        v1::Campaign seen;
        ASSERT_TRUE(w_.discovery.campaigns.Get(q, by, Soon(), seen).ok()) << by.region_prefix();
        EXPECT_EQ(seen.progress().households(), by.region_prefix() == kVillage ? 1 : 2);
        v1::ListCampaignsResponse list;
        ASSERT_TRUE(w_.discovery.campaigns.List({}, by, Soon(), list).ok());
        EXPECT_EQ(list.campaigns_size(), 1);
    }
    v1::Campaign seen;
    EXPECT_EQ(w_.discovery.campaigns.Get(q, As(options::v1::ROLE_COUNTY_OPERATOR, "360682"), Soon(), seen).reason, "CAMPAIGN_NOT_FOUND");
    EXPECT_EQ(seen.ByteSizeLong(), 0u);
    // Running or not: a village does not start what its township plans.
    v1::Campaign answer;
    EXPECT_EQ(Move("start", {"start", Plan().name(), "", "", As(options::v1::ROLE_TOWNSHIP_OPERATOR)}, answer).reason, "CAMPAIGN_NOT_FOUND");
}

TEST_F(CadreVisitsTest, EveryCommandInEveryState) {
    const CommandMatrix matrix{
        domain::CampaignStates(), "360681100201",
        [&](int state) -> std::string {
            v1::Campaign c = Plan();
            if (state >= v1::CAMPAIGN_STATE_RUNNING) c = Started(c);
            if (state == v1::CAMPAIGN_STATE_CLOSED) {
                EXPECT_TRUE(Move("close", {"close", c.name(), "", "", kTownshipOperator}, c).ok());
            }
            return c.name();
        },
        [&](const CommandMatrix::Call& call, google::protobuf::Message& answer) { return Move(call.command, call, static_cast<v1::Campaign&>(answer)); },
        [] { return std::make_unique<v1::Campaign>(); },
        [&] { return w_.Dump("campaign", "campaign_id") + w_.Dump("step", "subject, step") + w_.Dump("campaign_household", "t::text") + w_.Dump("outbox", "t::text"); },
        {}};
    EXPECT_EQ(DriveCommands(matrix), 6);
}

struct BadCampaign {
    const char* title;
    void (*spoil)(v1::CreateCampaignRequest&);
    const char* field;
};

TEST_F(CadreVisitsTest, BadCampaignsNameTheField) {
    const BadCampaign kCases[] = {{"ends before it starts", [](v1::CreateCampaignRequest& q) { q.set_ends_on("2021-06-30"); }, "ends_on"},
                                  {"is over", [](v1::CreateCampaignRequest& q) { q.set_starts_on("2021-05-01"), q.set_ends_on("2021-06-01"); }, "ends_on"},
                                  {"no day", [](v1::CreateCampaignRequest& q) { q.set_starts_on("2021-02-30"); }, "starts_on"},
                                  {"the nation", [](v1::CreateCampaignRequest& q) { q.clear_region_code(); }, "region_code"},
                                  {"nobody", [](v1::CreateCampaignRequest& q) { q.clear_scope(); }, "scope"}};
    for (const BadCampaign& c : kCases) {
        v1::CreateCampaignRequest q;
        q.set_region_code("360681100");
        q.set_title("排查");
        q.set_scope(v1::CAMPAIGN_SCOPE_ALL);
        q.set_starts_on("2021-07-01");
        q.set_ends_on("2021-07-31");
        q.set_basis("示例");
        c.spoil(q);
        v1::Campaign answer;
        const Status status = w_.discovery.campaigns.Create(q, kTownshipOperator, Soon(), answer);
        ASSERT_EQ(status.violations.size(), 1u) << c.title << status.reason;
        EXPECT_EQ(status.violations[0].field, c.field) << c.title;
    }
    v1::Campaign answer;
    EXPECT_EQ(Move("start", {"start", Plan("2021-07-02").name(), "", "", kTownshipOperator}, answer).reason, "CAMPAIGN_TOO_EARLY");
    EXPECT_EQ(w_.Number("SELECT count(*) FROM campaign_household"), 0);
}

struct BadVisit {
    const char* title;
    void (*spoil)(v1::RecordCadreVisitRequest&);
    const char* reason;
};

TEST_F(CadreVisitsTest, BadVisitsLeaveNothing) {
    const std::string household = w_.Household(1);
    const v1::Campaign running = Started(Plan());
    w_.Household(9);  // came after the list was made
    const BadVisit kCases[] = {
        {"nothing said", [](v1::RecordCadreVisitRequest& q) { q.clear_summary(); }, "VISIT_FORM"},
        {"nobody", [](v1::RecordCadreVisitRequest& q) { q.clear_visitors(), q.clear_campaign(); }, "VISIT_FORM"},
        {"one person in a campaign", [](v1::RecordCadreVisitRequest& q) { q.mutable_visitors()->RemoveLast(); }, "VISIT_TWO_VISITORS"},
        {"four looks", [](v1::RecordCadreVisitRequest& q) { q.mutable_looks()->set_income("务工"); }, "VISIT_LOOKS"},
        {"tomorrow", [](v1::RecordCadreVisitRequest& q) { q.set_visited_on("2021-07-02"); }, "INVALID_FIELD"},
        {"before the campaign", [](v1::RecordCadreVisitRequest& q) { q.set_visited_on("2021-06-30"); }, "INVALID_FIELD"},
        {"a finding without a risk", [](v1::RecordCadreVisitRequest& q) { q.mutable_finding()->set_difficulty("x"); }, "INVALID_FIELD"},
        {"a finding without words", [](v1::RecordCadreVisitRequest& q) { q.mutable_finding()->set_risk_type(v1::RISK_TYPE_WORK); }, "INVALID_FIELD"},
        {"no such campaign", [](v1::RecordCadreVisitRequest& q) { q.set_campaign("campaigns/99"); }, "CAMPAIGN_NOT_FOUND"},
        {"no such household", [](v1::RecordCadreVisitRequest& q) { q.set_household("households/99999"); }, "HOUSEHOLD_NOT_FOUND"},
    };
    const auto stored = [&] { return w_.Dump("cadre_visit", "t::text") + w_.Dump("lead", "t::text") + w_.Dump("campaign_household", "t::text") + w_.Dump("outbox", "t::text"); };
    const std::string before = stored();
    for (const BadVisit& c : kCases) {
        v1::RecordCadreVisitRequest q = Visit(household, running.name());
        c.spoil(q);
        v1::CadreVisit visit;
        EXPECT_EQ(w_.discovery.visits.Record(q, kVillageOperator, Soon(), visit).reason, c.reason) << c.title;
    }
    v1::RecordCadreVisitRequest q = Visit("households/" + std::to_string(w_.Number("SELECT household_id FROM household WHERE household_no = 'H1000009'")), running.name());
    q.mutable_finding()->set_risk_type(v1::RISK_TYPE_WORK);
    q.mutable_finding()->set_difficulty("失业");
    v1::CadreVisit visit;
    EXPECT_EQ(w_.discovery.visits.Record(q, kVillageOperator, Soon(), visit).reason, "CAMPAIGN_OTHER_HOUSEHOLD");  // and no lead either
    EXPECT_EQ(w_.discovery.visits.Record(Visit(household), As(options::v1::ROLE_VILLAGE_OPERATOR, "360681100202"), Soon(), visit).reason, "HOUSEHOLD_NOT_FOUND");
    EXPECT_EQ(stored(), before);
    // A daily visit by one person, in short, is enough where nothing is found.
    v1::RecordCadreVisitRequest daily = Visit(household);
    daily.mutable_visitors()->RemoveLast();
    EXPECT_EQ(Record(daily).household(), household);
    v1::ListCadreVisitsRequest list;
    list.set_household(household);
    v1::ListCadreVisitsResponse visits;
    ASSERT_TRUE(w_.discovery.visits.List(list, kVillage, kVillageOperator, Soon(), visits).ok());
    EXPECT_EQ(visits.visits_size(), 1);
}

TEST_F(CadreVisitsTest, TheMustVisitListFollowsTheFactsAndIsAnsweredByVisits) {
    const std::string household = w_.Household(1);
    w_.Household(2);
    EXPECT_EQ(Refresh().listed(), 0);
    Assist(1, feed::v1::SocialAssistance::DECISION_GRANTED, "2021-01-05");
    EXPECT_EQ(Refresh().listed(), 1);
    EXPECT_EQ(Refresh().listed(), 0);  // looked at again: nothing new
    auto list = MustVisits();
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].household(), household);
    EXPECT_EQ(list[0].rule(), "must-visit-minimum-living");
    EXPECT_EQ(list[0].label_zh(), "四、低保户");
    EXPECT_THAT(list[0].reason().sentence_zh(), HasSubstr("低保"));
    ASSERT_GE(list[0].reason().operands(0).sources_size(), 1);
    EXPECT_THAT(list[0].reason().operands(0).sources(0).batch(), HasSubstr("batches/civil_affairs/"));
    EXPECT_THAT(list[0].head_name(), HasSubstr("测试1"));

    const v1::CadreVisit visit = Record(Visit(household));
    EXPECT_TRUE(MustVisits().empty());
    list = MustVisits(v1::MUST_VISIT_STATE_VISITED);
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].visit(), visit.name());
    EXPECT_EQ(list[0].visited_on(), "2021-07-01");
    EXPECT_EQ(Refresh().listed(), 0);
    w_.clock.Advance(std::chrono::hours(24 * 90));
    EXPECT_EQ(Refresh().listed(), 1);  // once a quarter
    Assist(1, feed::v1::SocialAssistance::DECISION_STOPPED, "2021-06-20");
    const auto counts = Refresh();
    EXPECT_EQ(counts.ended(), 1);
    EXPECT_EQ(MustVisits(v1::MUST_VISIT_STATE_ENDED).size(), 1u);
}

// The same facts, whatever the order they came in and however often the list is made: the same list.
TEST_F(CadreVisitsTest, TheMustVisitListIsDeterministic) {
    MonitoringWorld other;
    const auto fill = [](MonitoringWorld& w, bool reverse) {
        for (int n = 0; n < 8; ++n) {
            const int serial = reverse ? 8 - n : n + 1;
            w.Household(serial);
            feed::v1::SocialAssistance row;
            row.set_identity_no(SyntheticIdentity(serial));
            row.set_decision_no("D" + std::to_string(serial));
            row.set_decided_on("2021-01-05");
            row.set_kind(serial % 2 == 0 ? feed::v1::SocialAssistance::KIND_MINIMUM_LIVING : feed::v1::SocialAssistance::KIND_EXTREME_HARDSHIP);
            row.set_decision(feed::v1::SocialAssistance::DECISION_GRANTED);
            w.Feed<feed::v1::SocialAssistance>("civil_affairs", "social_assistance", {row});
            v1::RefreshMustVisitsRequest q;
            q.set_region_code(kVillage);
            v1::RefreshMustVisitsResponse counts;
            if (reverse || n == 7) {
                EXPECT_TRUE(w.discovery.must_visits.Refresh(q, kVillageOperator, Soon(), counts).ok());
            }
        }
    };
    fill(w_, false);
    fill(other, true);
    const auto lines = [](MonitoringWorld& w) {
        v1::ListMustVisitsRequest q;
        v1::ListMustVisitsResponse response;
        EXPECT_TRUE(w.discovery.must_visits.List(q, kVillage, Soon(), response).ok());
        std::multiset<std::string> out;
        for (const v1::MustVisit& v : response.must_visits()) out.insert(v.household_no() + " " + v.rule() + " " + v.reason().sentence_zh() + " " + v.listed_on());
        return out;
    };
    EXPECT_EQ(lines(w_), lines(other));
    EXPECT_EQ(lines(w_).size(), 8u);
}

TEST_F(CadreVisitsTest, TheJobRefreshesStaleVillagesOnly) {
    w_.Household(1);
    w_.Household(2, "360681100202");
    Assist(1, feed::v1::SocialAssistance::DECISION_GRANTED, "2021-01-05");
    ASSERT_TRUE(w_.discovery.must_visits.RunDue(Soon()).ok());
    EXPECT_EQ(w_.Number("SELECT count(*) FROM must_visit_village WHERE refreshed_on = '2021-07-01'"), 2);
    EXPECT_EQ(MustVisits().size(), 1u);
    w_.clock.Advance(std::chrono::hours(24 * 6));
    ASSERT_TRUE(w_.discovery.must_visits.RunDue(Soon()).ok());
    EXPECT_EQ(w_.Number("SELECT count(*) FROM must_visit_village WHERE refreshed_on = '2021-07-01'"), 2);
    w_.clock.Advance(24h);
    ASSERT_TRUE(w_.discovery.must_visits.RunDue(Soon()).ok());
    EXPECT_EQ(w_.Number("SELECT count(*) FROM must_visit_village WHERE refreshed_on = '2021-07-08'"), 2);
}

TEST_F(CadreVisitsTest, MustVisitsPage) {
    for (int serial = 1; serial <= 5; ++serial) {
        w_.Household(serial);
        Assist(serial, feed::v1::SocialAssistance::DECISION_GRANTED, "2021-01-05");
    }
    Refresh();
    v1::ListMustVisitsRequest q;
    q.set_page_size(2);
    std::set<std::string> seen;
    for (int page = 0; page < 3; ++page) {
        v1::ListMustVisitsResponse response;
        ASSERT_TRUE(w_.discovery.must_visits.List(q, kVillage, Soon(), response).ok());
        for (const v1::MustVisit& v : response.must_visits()) EXPECT_TRUE(seen.insert(v.name()).second);
        q.set_page_token(response.next_page_token());
    }
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(q.page_token(), "");
}

TEST_F(CadreVisitsTest, PapersAndTheirRate) {
    const std::string a = w_.Household(1), b = w_.Household(2), c = w_.Household(3, "360681100202");
    w_.Run("UPDATE household SET monitored = true WHERE household_no = 'H1000003'");
    v1::RecordPapersRequest q;
    q.set_paper(v1::CLEAR_PAPER_DECLARATION);
    q.set_year(2021);
    q.set_delivered_on("2021-06-30");
    q.add_households(a);
    v1::RecordPapersResponse answer;
    ASSERT_TRUE(w_.discovery.visits.RecordPapers(q, kTownshipOperator, Soon(), answer).ok());
    EXPECT_EQ(answer.delivered(), 1);
    q.add_households(c);
    ASSERT_TRUE(w_.discovery.visits.RecordPapers(q, kTownshipOperator, Soon(), answer).ok());
    EXPECT_EQ(answer.delivered(), 1);
    EXPECT_EQ(answer.repeated(), 1);
    v1::ListPaperRatesRequest rates;
    rates.set_paper(v1::CLEAR_PAPER_DECLARATION);
    rates.set_year(2021);
    v1::ListPaperRatesResponse response;
    ASSERT_TRUE(w_.discovery.visits.ListPaperRates(rates, "360681100", Soon(), response).ok());
    ASSERT_EQ(response.regions_size(), 2);
    EXPECT_EQ(response.regions(0).rate_bp(), 5000);
    EXPECT_EQ(response.regions(1).rate_bp(), 10000);
    EXPECT_EQ(response.total().rate_bp(), 6666);
    rates.set_paper(v1::CLEAR_PAPER_SUPPORT);
    response.Clear();
    ASSERT_TRUE(w_.discovery.visits.ListPaperRates(rates, "360681100", Soon(), response).ok());
    EXPECT_EQ(response.total().households(), 1);  // monitored households alone
    EXPECT_EQ(response.total().delivered(), 0);

    q.add_households("households/99999");
    EXPECT_EQ(w_.discovery.visits.RecordPapers(q, kTownshipOperator, Soon(), answer).reason, "HOUSEHOLD_NOT_FOUND");
    q.mutable_households()->RemoveLast();
    q.set_delivered_on("2020-06-30");
    EXPECT_EQ(w_.discovery.visits.RecordPapers(q, kTownshipOperator, Soon(), answer).violations.at(0).field, "delivered_on");
    q.set_delivered_on("2021-07-02");
    EXPECT_EQ(w_.discovery.visits.RecordPapers(q, kTownshipOperator, Soon(), answer).violations.at(0).field, "delivered_on");
    EXPECT_EQ(w_.Number("SELECT count(*) FROM clear_paper"), 2);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
