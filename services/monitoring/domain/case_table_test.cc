// The table of a case: nothing closes early, nobody is skipped, every state has a way out, whatever is tried at whatever time.
#include "services/monitoring/domain/case_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>

#include "common/flow/limit.h"
#include "services/monitoring/domain/parameters.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;
using namespace std::chrono_literals;
using flow::Transition;

constexpr options::v1::Role kRoles[] = {options::v1::ROLE_VILLAGE_OPERATOR, options::v1::ROLE_TOWNSHIP_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR,
                                        options::v1::ROLE_CITY_OPERATOR,    options::v1::ROLE_PROVINCE_OPERATOR, options::v1::ROLE_AUDITOR,
                                        options::v1::ROLE_SERVICE};

// States that can be reached from `from` when these commands do not exist.
std::set<int> Reach(int from, const std::set<std::string_view>& without) {
    std::set<int> seen{from};
    std::deque<int> queue{from};
    for (; !queue.empty(); queue.pop_front()) {
        for (const Transition& t : CaseStates().transitions()) {
            if (t.from == queue.front() && !without.contains(t.command) && seen.insert(t.to).second) queue.push_back(t.to);
        }
    }
    return seen;
}

TEST(CaseTable, NobodyIsSkippedOnAnyWayToMonitoring) {
    // Each group: one of its commands stands on every way. "submit" rests on a publicity that was held before (its condition).
    const std::vector<std::set<std::string_view>> must{{"record_visit"},
                                                       {"finish_cross_check", "skip_cross_check"},
                                                       {"record_review"},
                                                       {"start_publicity", "submit"},
                                                       {"end_publicity", "submit"},
                                                       {"township_review"},
                                                       {"approve"},
                                                       {"announce"},
                                                       {"enter"}};
    EXPECT_TRUE(Reach(0, {}).contains(CASE_STATE_MONITORED));
    for (const auto& without : must) EXPECT_FALSE(Reach(0, without).contains(CASE_STATE_MONITORED)) << *without.begin();
    const std::map<std::string_view, std::set<options::v1::Role>> actors{{"finish_cross_check", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"skip_cross_check", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"record_review", {options::v1::ROLE_VILLAGE_OPERATOR}},
                                                                         {"start_publicity", {options::v1::ROLE_VILLAGE_OPERATOR}},
                                                                         {"township_review", {options::v1::ROLE_TOWNSHIP_OPERATOR}},
                                                                         {"approve", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"announce", {options::v1::ROLE_TOWNSHIP_OPERATOR}},
                                                                         {"override_finding", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"revoke", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"enter_provisionally", {options::v1::ROLE_COUNTY_OPERATOR}},
                                                                         {"eliminate", {options::v1::ROLE_COUNTY_OPERATOR}}};
    for (const Transition& t : CaseStates().transitions()) {
        if (!actors.contains(t.command)) continue;
        for (const options::v1::Role role : kRoles) EXPECT_EQ(t.actors.Has(role), actors.at(t.command).contains(role)) << t.command << " " << role;
    }
}

TEST(CaseTable, EveryStateHasAWayOutAndIsReached) {
    const std::set<int> reached = Reach(0, {});
    const std::set<int> ends{CASE_STATE_MONITORED, CASE_STATE_REJECTED,        CASE_STATE_WITHDRAWN,
                             CASE_STATE_REVOKED,   CASE_STATE_ENDED_NATURALLY, CASE_STATE_ELIMINATED};
    for (int state = CASE_STATE_OPENED; state <= CaseState_MAX; ++state) {
        EXPECT_TRUE(reached.contains(state)) << state;
        const auto from = Reach(state, {});
        EXPECT_TRUE(std::any_of(ends.begin(), ends.end(), [&](int end) { return from.contains(end); })) << state;
    }
    // Before identification ordinary cases can be withdrawn and provisional ones revoked, wherever they stand.
    Case ordinary, provisional;
    provisional.mutable_emergency()->mutable_entered_at()->set_seconds(1);
    for (int state = CASE_STATE_OPENED; state < CASE_STATE_MONITORED; ++state) {
        const auto ends_for = [&](const Case& c) {
            return std::any_of(CaseStates().transitions().begin(), CaseStates().transitions().end(), [&](const Transition& t) {
                return t.from == state && CaseStates().IsFinal(t.to) && (t.guard == nullptr || t.guard(c).ok());
            });
        };
        EXPECT_TRUE(state == CASE_STATE_PROVISIONAL || ends_for(ordinary)) << state;
        EXPECT_TRUE(state == CASE_STATE_OPENED || ends_for(provisional)) << state;
    }
}

TEST(CaseTable, EveryLimitAndPeriodIsAParameterWithTheLawsBounds) {
    const auto definitions = DefaultParameters();
    ASSERT_TRUE(definitions.ok()) << definitions.status().message;
    const auto find = [&](std::string_view name) {
        for (const auto& d : definitions->parameters()) {
            if (d.name() == name) return &d;
        }
        return static_cast<const type::v1::ParameterDefinition*>(nullptr);
    };
    for (const Transition& t : CaseStates().transitions()) {
        EXPECT_TRUE(t.not_before.empty() || find(t.not_before) != nullptr) << t.not_before;
    }
    for (int state = CASE_STATE_OPENED; state < CASE_STATE_MONITORED; ++state) {
        for (const bool green : {false, true}) {
            Case c;
            c.set_green_channel(green);
            const std::string_view limit = CaseStates().LimitOf(c, state);
            ASSERT_FALSE(limit.empty()) << state;
            ASSERT_NE(find(limit), nullptr) << limit;
            EXPECT_EQ(find(limit)->defaults_size(), 1) << limit;
        }
    }
    EXPECT_GE(find("case.publicity_days")->min(), 5);
    EXPECT_EQ(find("case.total_days")->defaults(0).value(), 15);
    EXPECT_EQ(find("case.total_days")->also_units(0), options::v1::UNIT_WORKING_DAYS);
}

// A case as the mechanism would move it: state, clock and condition of the table; conditions look at a record that the walk keeps.
class Walk {
public:
    Walk(std::mt19937& random, const flow::WorkCalendar& calendar, Date start)
        : random_(random), calendar_(calendar), now_(std::chrono::sys_days(std::chrono::days(start.days)) + 2h) {}

    // Publicity as (start, whether it ended): never shorter than its period.
    void Step(flow::Limit publicity) {
        now_ += std::chrono::minutes(random_() % (3 * 24 * 60));
        const Transition& wanted = Choose();
        const options::v1::Role role = kRoles[random_() % std::size(kRoles)];
        const auto found = CaseStates().Find(state_, wanted.command, {&role, 1});
        if (!found.ok()) return;
        const Transition& t = **found;
        if (!t.not_before.empty() && now_ < flow::DueAt(since_, period_, calendar_)) return;
        Case next = record_;
        Touch(t, next);
        if (t.guard != nullptr && !t.guard(t.command == "start_publicity" ? record_ : next).ok()) return;
        record_ = next;
        if (t.from != t.to) since_ = now_;
        state_ = t.to;
        if (t.to == CASE_STATE_PUBLICISED && t.from != t.to) {
            posted_ = now_;
            period_ = publicity;
        }
        if (t.command == "end_publicity") ended_ = now_;
        path_.emplace_back(t.command, role);
    }
    int state() const { return state_; }
    const std::vector<std::pair<std::string_view, options::v1::Role>>& path() const { return path_; }
    bool Did(std::string_view command) const {
        return std::any_of(path_.begin(), path_.end(), [&](const auto& p) { return p.first == command; });
    }
    void Check() const {
        if (!IsMonitored(static_cast<CaseState>(state_)) && state_ != CASE_STATE_ELIMINATED) return;
        for (const char* command :
             {"record_visit", "record_review", "start_publicity", "end_publicity", "township_review", "approve", "announce", "enter"}) {
            EXPECT_TRUE(Did(command)) << command;
        }
        EXPECT_TRUE(Did("finish_cross_check") || Did("skip_cross_check"));
        // At least five whole days, and as many working days where the region counts so.
        EXPECT_GE(DateAt(ended_) - DateAt(posted_), 6);
        EXPECT_GE(ended_, flow::DueAt(posted_, period_, calendar_));
    }

private:
    // Anything at all, or (mostly) something that the state knows and that does not end the case: so that walks get far.
    const Transition& Choose() {
        const auto all = CaseStates().transitions();
        if (random_() % 4 == 0) return all[random_() % all.size()];
        std::vector<const Transition*> here;
        for (const Transition& t : all) {
            if (t.from == state_ && !CaseStates().IsFinal(t.to)) here.push_back(&t);
        }
        return here.empty() ? all[0] : *here[random_() % here.size()];
    }
    // What the bodies of the commands do to what the conditions look at.
    void Touch(const Transition& t, Case& c) {
        if (t.command == "confirm_emergency") {
            c.mutable_emergency()->set_village_confirmed_by("v");
            c.mutable_emergency()->set_township_confirmed_by("t");
        }
        if (t.command == "enter_provisionally") c.mutable_emergency()->mutable_entered_at()->set_seconds(1);
        if (t.command == "record_review") {
            c.mutable_review()->set_carried(random_() % 4 != 0);
            c.set_category(CASE_CATEGORY_M1);
        }
        if (t.command == "record_findings") {
            Finding& f = *c.mutable_cross_check()->add_findings();
            f.set_item(CROSS_CHECK_ITEM_VEHICLE);
            f.set_answer(CHECK_ANSWER_YES);
            f.set_verdict(VERDICT_HARD);
        }
        if (t.command == "override_finding") {
            for (Finding& f : *c.mutable_cross_check()->mutable_findings()) f.mutable_overridden()->set_by("county");
        }
        if (t.command == "start_publicity") c.mutable_publicity()->clear_ended_at();
        if (t.command == "recheck_objection") c.clear_publicity();
        if (t.command == "end_publicity") c.mutable_publicity()->mutable_ended_at()->set_seconds(1);
        if (t.command == "approve") c.set_city_review_needed(random_() % 2 == 0);
        if (t.command == "city_review") c.set_city_reviewed_by("city");
        if (t.command == "return") c.clear_city_reviewed_by();
    }

    std::mt19937& random_;
    const flow::WorkCalendar& calendar_;
    TimePoint now_, since_, posted_, ended_;
    flow::Limit period_{5, options::v1::UNIT_DAYS};
    int state_ = 0;
    Case record_;
    std::vector<std::pair<std::string_view, options::v1::Role>> path_;
};

TEST(CaseTable, RandomCommandsAtRandomTimesKeepTheLaw) {
    flow::WorkCalendar calendar;
    const auto days = ShippedCalendarDays();
    ASSERT_TRUE(days.ok());
    for (const auto& d : days->days()) calendar.Set(*Date::Parse(d.day()), d.working());
    std::mt19937 random(20210701);
    int monitored = 0, ended = 0;
    for (int run = 0; run < 10'000; ++run) {
        // 2020-01-01 to 2026-08: two leap days and every holiday swap of the data.
        Walk walk(random, calendar, Date::FromCivil(2020, 1, 1) + static_cast<int>(random() % 2400));
        for (int step = 0; step < 400 && !CaseStates().IsFinal(walk.state()); ++step) {
            // A region changes its period as it likes; the definition's minimum holds.
            walk.Step({5 + static_cast<std::int64_t>(random() % 4), random() % 2 == 0 ? options::v1::UNIT_DAYS : options::v1::UNIT_WORKING_DAYS});
            walk.Check();
        }
        monitored += walk.Did("enter") ? 1 : 0;
        ended += CaseStates().IsFinal(walk.state()) ? 1 : 0;
        if (HasFailure()) return;
    }
    EXPECT_GT(monitored, 20);  // the walk does get there
    EXPECT_GT(ended, 200);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
