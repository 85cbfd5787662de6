// Random commands by random people at random times on the real thing, while the region changes its parameters: what became a monitored
// object has been through everything, and no publicity was shorter than the law's.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "services/monitoring/domain/case_category.h"
#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/testing/case_world.h"

namespace shouwang::monitoring::usecase {
namespace {

using monitoring::testing::CaseWorld;
using monitoring::testing::kCityOperator;
using monitoring::testing::kCountyOperator;
using monitoring::testing::kTownshipOperator;
using monitoring::testing::kVillageOperator;
using monitoring::testing::Soon;

class Walk {
public:
    explicit Walk(unsigned seed) : random_(seed) { case_ = w_.Open(1); }

    void Step() {
        w_.clock.Advance(std::chrono::minutes(random_() % (36 * 60)));
        if (random_() % 8 == 0) ChangeParameters();
        std::vector<const type::v1::Principal*> people{&kVillageOperator, &kTownshipOperator, &kCountyOperator, &kCityOperator};
        std::shuffle(people.begin(), people.end(), random_);
        const unsigned command = random_() % 19;
        // Whoever may not is refused; the first who may has tried.
        Status status;
        for (const type::v1::Principal* by : people) {
            status = Give(command, *by);
            if (status.reason != "CASE_WRONG_ACTOR") break;
        }
        // A refusal is of the procedure, never a fault.
        const bool refused =
            status.code == Code::kFailedPrecondition || status.code == Code::kPermissionDenied || status.code == Code::kInvalidArgument;
        EXPECT_TRUE(status.ok() || refused) << status.reason;
    }

    void Check() {
        const v1::Case c = w_.Now(case_);
        std::set<std::string> done;
        const type::v1::Step* posted = nullptr;
        for (const auto& step : c.steps()) {
            done.insert(step.command());
            if (step.to() == "PUBLICISED" && step.from() != "PUBLICISED") posted = &step;
            if (step.command() != "end_publicity") continue;
            ASSERT_NE(posted, nullptr);
            const auto day = [](const type::v1::Step& s) { return DateAt(TimePoint(std::chrono::seconds(s.at().seconds()))); };
            EXPECT_GE(day(step) - day(*posted), 6) << "five whole days";
        }
        if (!domain::IsMonitored(c.state())) return;
        ++monitored;
        for (const char* command :
             {"record_visit", "record_review", "start_publicity", "end_publicity", "township_review", "approve", "announce", "enter"}) {
            EXPECT_TRUE(done.contains(command)) << command;
        }
        EXPECT_TRUE(done.contains("finish_cross_check") || done.contains("skip_cross_check"));
        for (const v1::Finding& f : c.cross_check().findings()) {
            EXPECT_TRUE(f.verdict() != v1::VERDICT_HARD || f.answer() != v1::CHECK_ANSWER_YES || !f.overridden().evidence().empty());
        }
        EXPECT_TRUE(domain::CheckCategory(c, c.category()).ok());
    }
    bool over() { return domain::IsIdentified(w_.Now(case_).state()); }
    static inline int monitored = 0;

private:
    void ChangeParameters() {
        type::v1::SetParameterRequest q;
        q.set_name("case.publicity_days");
        q.set_region_prefix("360681");
        q.set_valid_from((w_.clock.Today() - static_cast<int>(random_() % 10)).ToString());
        q.set_value(static_cast<std::int64_t>(random_() % 9));
        q.set_source("s");
        if (random_() % 2 == 0) q.set_unit(options::v1::UNIT_WORKING_DAYS);
        const Status set =
            pg::RunInTransaction(w_.pool, Soon(), [&](pg::Connection& c) { return w_.parameters.Set(c, q, "accounts/1", w_.clock.Now()).status(); });
        EXPECT_EQ(set.ok(), q.value() >= 5) << set.message;
    }

    Status Give(unsigned command, const type::v1::Principal& by) {
        const v1::Case& c = case_;
        const auto move = CaseWorld::Named<v1::MoveCaseRequest>(c);
        switch (command) {
            case 0:
                return w_.Try(&Cases::RecordVisit, w_.Visit(c), by);
            case 1:
                return w_.Try(&Cases::StartCrossCheck, move, by);
            case 2:
                return w_.Try(&Cases::RecordFindings, w_.Findings(c, random_() % 3 == 0 ? v1::CHECK_ANSWER_YES : v1::CHECK_ANSWER_NO), by);
            case 3:
            case 4:
                return w_.Try(&Cases::FinishCrossCheck, move, by);
            case 5:
                return w_.Try(&Cases::RecordReview, w_.Review(case_, random_() % 5 != 0), by);
            case 6:
                return w_.Try(&Cases::StartPublicity, w_.Posting(c), by);
            case 7:
            case 8:
                return w_.Try(&Cases::EndPublicity, move, by);
            case 9:
                return w_.Try(&Cases::Submit, move, by);
            case 10:
                return random_() % 4 == 0 ? w_.Try(&Cases::FileObjection, Objection(), by) : w_.Try(&Cases::AnswerObjections, Answer(), by);
            case 11:
                return w_.Try(&Cases::AnswerObjections, Answer(), by);
            case 12:
                return w_.Try(&Cases::ReviewByTownship, move, by);
            case 13: {
                auto q = CaseWorld::Named<v1::OverrideFindingRequest>(c);
                const v1::Case now = w_.Now(c);
                for (const v1::Finding& f : now.cross_check().findings()) {
                    if (f.answer() == v1::CHECK_ANSWER_YES && f.verdict() == v1::VERDICT_HARD && !f.has_overridden()) q.set_item(f.item());
                }
                q.set_reason("谋生工具");
                q.set_evidence("files/o");
                return w_.Try(&Cases::OverrideFinding, q, by);
            }
            case 14:
                return w_.Try(&Cases::Approve, CaseWorld::Named<v1::ApproveCaseRequest>(c), by);
            case 15:
                return w_.Try(&Cases::Announce, move, by);
            case 16:
                return w_.Try(&Cases::Enter, w_.Entering(c), by);
            case 17: {
                auto q = CaseWorld::Named<v1::RecordAuthorityRequest>(c);
                *q.mutable_authority() = w_.Authority();
                return w_.Try(&Cases::RecordAuthority, q, by);
            }
            default: {
                auto q = CaseWorld::Named<v1::ReturnCaseRequest>(c);
                q.set_reason("补充材料");
                return random_() % 4 == 0 ? w_.Try(&Cases::Return, q, by) : Status::Ok();
            }
        }
    }
    v1::FileObjectionRequest Objection() {
        auto q = CaseWorld::Named<v1::FileObjectionRequest>(case_);
        q.set_content("不符合");
        return q;
    }
    v1::AnswerObjectionsRequest Answer() {
        auto q = CaseWorld::Named<v1::AnswerObjectionsRequest>(case_);
        const v1::Case now = w_.Now(case_);
        for (const v1::Objection& o : now.objections()) {
            if (o.has_answered_at()) continue;
            auto& a = *q.add_answers();
            a.set_number(o.number());
            a.set_answer("已核查");
        }
        q.set_outcome(random_() % 3 == 0 ? v1::AnswerObjectionsRequest::OUTCOME_RECHECK : v1::AnswerObjectionsRequest::OUTCOME_DISMISSED);
        return q;
    }

    std::mt19937 random_;
    CaseWorld w_;
    v1::Case case_;
};

TEST(CaseWalk, WhateverIsTriedTheLawHolds) {
    Walk::monitored = 0;
    for (unsigned seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        Walk walk(seed);
        for (int step = 0; step < 700 && !walk.over(); ++step) walk.Step();
        walk.Check();
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(Walk::monitored, 2);  // it does get there
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
