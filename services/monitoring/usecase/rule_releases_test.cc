// A rule set's way into force: two people, one shadow, the day it is for; and nobody screens with a set that has been replaced.
#include "services/monitoring/usecase/rule_releases.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/testing/servers.h"
#include "services/monitoring/domain/parameters.h"
#include "services/monitoring/store/migrations.h"
#include "services/monitoring/store/rule_store.h"
#include "services/monitoring/usecase/read_rules.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace std::chrono_literals;

class RuleReleasesTest : public ::testing::Test {
protected:
    RuleReleasesTest()
        : database_("monitoring", [](const std::string& conninfo) { ASSERT_TRUE(pg::Migrate(conninfo, store::Migrations()).ok()); }),
          pool_({database_.conninfo(), 4, 5s}), clock_(*ParseRfc3339("2021-07-01T02:00:00Z")), parameters_(*record::Parameters::Make(*domain::DefaultParameters())),
          commands_(pool_, parameters_, clock_, "/shouwang/monitoring"), releases_(commands_, tokens_) {
        const Status loaded = Rules(pool_, books_, clock_).Load(DeadlineIn(20s));
        EXPECT_TRUE(loaded.ok()) << loaded.message;
    }
    static type::v1::Principal Operator(const std::string& name) {
        type::v1::Principal p;
        p.set_subject("accounts/" + name);
        p.add_roles(options::v1::ROLE_PROVINCE_OPERATOR);
        p.set_region_prefix("36");
        return p;
    }
    // The set in force with one threshold moved.
    v1::RuleSet Stricter(std::int64_t value) {
        v1::RuleSet set = books_.Current()->rule_set();
        for (v1::Parameter& p : *set.mutable_parameters()) {
            if (p.name() == "param.medical_inpatient_lifted_fen") p.set_value(value);
        }
        return set;
    }
    v1::RuleRelease Draft(std::int64_t value, const std::string& by = "li") {
        v1::CreateRuleReleaseRequest q;
        q.set_title("更严的住院线");
        *q.mutable_rule_set() = Stricter(value);
        auto made = releases_.Create(q, Operator(by), DeadlineIn(20s));
        EXPECT_TRUE(made.ok()) << made.status().message;
        return *made;
    }
    Result<v1::RuleRelease> Move(const std::string& command, const std::string& name, const std::string& by = "li") {
        v1::MoveRuleReleaseRequest q;
        q.set_name(name);
        return releases_.Move(command, q, Operator(by), DeadlineIn(20s));
    }
    Result<v1::RuleRelease> Approve(const std::string& name, const std::string& day, const std::string& by) {
        v1::ApproveRuleReleaseRequest q;
        q.set_name(name);
        q.set_active_from(day);
        return releases_.Approve(q, Operator(by), DeadlineIn(20s));
    }
    std::string InForce() {
        std::string id;
        EXPECT_TRUE(pg::RunInTransaction(pool_, DeadlineIn(20s), [&](pg::Connection& c) -> Status {
            SW_ASSIGN_OR_RETURN(id, store::RuleSetInForce(c));
            return Status::Ok();
        }).ok());
        return id;
    }
    v1::RuleReleaseState StateOf(const std::string& name) { return releases_.Get(name, Operator("li"), DeadlineIn(20s))->state(); }

    shouwang::testing::TestDatabase database_;
    pg::Pool pool_;
    ManualClock clock_;
    record::Parameters parameters_;
    model::PageTokens tokens_{"a key of at least sixteen characters"};
    record::Commands commands_;
    RuleBooks books_;
    RuleReleases releases_;
};

TEST_F(RuleReleasesTest, TheShippedRulesAreInForceOnce) {
    const std::string id = InForce();
    EXPECT_EQ(id, domain::DefaultRuleSet()->id());
    ASSERT_TRUE(Rules(pool_, books_, clock_).Load(DeadlineIn(20s)).ok());
    const auto all = releases_.List({}, Operator("li"), DeadlineIn(20s));
    ASSERT_EQ(all->rule_releases_size(), 1);
    EXPECT_EQ(all->rule_releases(0).state(), v1::RULE_RELEASE_STATE_ACTIVE);
}

TEST_F(RuleReleasesTest, FromDraftToForceOnItsDay) {
    const v1::RuleRelease shipped = releases_.List({}, Operator("li"), DeadlineIn(20s))->rule_releases(0);
    const v1::RuleRelease draft = Draft(300'000);
    EXPECT_EQ(Approve(draft.name(), "2021-07-10", "wang").status().reason, "RULE_RELEASE_WRONG_STATE");
    ASSERT_TRUE(Move("shadow", draft.name()).ok());
    EXPECT_EQ(Approve(draft.name(), "2021-07-10", "li").status().reason, "RULE_RELEASE_SAME_PERSON");
    EXPECT_EQ(Approve(draft.name(), "2021-06-30", "wang").status().violations.at(0).field, "active_from");
    ASSERT_TRUE(Approve(draft.name(), "2021-07-10", "wang").ok());

    ASSERT_TRUE(releases_.RunDue(DeadlineIn(20s)).ok());
    EXPECT_EQ(InForce(), shipped.rule_set());
    clock_.Set(*ParseRfc3339("2021-07-10T00:00:00+08:00"));
    ASSERT_TRUE(releases_.RunDue(DeadlineIn(20s)).ok());
    EXPECT_EQ(InForce(), draft.rule_set());
    EXPECT_EQ(StateOf(draft.name()), v1::RULE_RELEASE_STATE_ACTIVE);
    EXPECT_EQ(StateOf(shipped.name()), v1::RULE_RELEASE_STATE_RETIRED);
    auto lease = pool_.Acquire(DeadlineIn(20s));
    const auto queued = (*lease)->Exec("SELECT count(*) FROM rescreen_queue WHERE region_prefix = ''");
    EXPECT_GE(queued->Int(0, 0), 1);
    // The old set stays: leads that it raised are explained with it.
    EXPECT_TRUE(books_.Of(**lease, shipped.rule_set()).ok());
    ASSERT_TRUE(releases_.RunDue(DeadlineIn(20s)).ok());
    EXPECT_EQ(InForce(), draft.rule_set());
}

TEST_F(RuleReleasesTest, WhatDoesNotCompileIsRefusedWithEveryPlace) {
    v1::RuleSet broken = Stricter(1);
    broken.mutable_rules(0)->set_condition("household.incom_fen > 3");
    broken.mutable_rules(1)->set_condition("household.net_income_fen > household.members");
    const v1::CheckRuleSetResponse checked = RuleReleases::Check(broken);
    ASSERT_EQ(checked.problems_size(), 2);
    EXPECT_EQ(checked.problems(0).rule(), broken.rules(0).id());
    EXPECT_EQ(checked.problems(0).reason(), "CEL_UNKNOWN_FIELD");
    EXPECT_EQ(checked.problems(1).reason(), "CEL_UNIT");
    EXPECT_TRUE(checked.id().empty());

    v1::CreateRuleReleaseRequest q;
    q.set_title("x");
    *q.mutable_rule_set() = broken;
    const auto made = releases_.Create(q, Operator("li"), DeadlineIn(20s));
    EXPECT_EQ(made.status().reason, "RULE_SET_INVALID");
    EXPECT_EQ(made.status().violations.size(), 2u);
    EXPECT_EQ(releases_.List({}, Operator("li"), DeadlineIn(20s))->rule_releases_size(), 1);
}

TEST_F(RuleReleasesTest, OneShadowAtATime) {
    const auto a = Draft(300'000), b = Draft(310'000);
    ASSERT_TRUE(Move("shadow", a.name()).ok());
    EXPECT_EQ(Move("shadow", b.name()).status().reason, "RULE_RELEASE_SHADOW_TAKEN");
    EXPECT_EQ(StateOf(b.name()), v1::RULE_RELEASE_STATE_DRAFT);
    ASSERT_TRUE(Move("return", a.name()).ok());
    EXPECT_TRUE(Move("shadow", b.name()).ok());
    ASSERT_TRUE(Move("discard", b.name()).ok());
    EXPECT_EQ(Move("edit", b.name()).status().reason, "RULE_RELEASE_WRONG_STATE");
}

TEST_F(RuleReleasesTest, AnEmptyDraftCopiesWhatIsInForce) {
    v1::CreateRuleReleaseRequest q;
    q.set_title("copy");
    const auto made = releases_.Create(q, Operator("li"), DeadlineIn(20s));
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->rule_set(), InForce());
    v1::EditRuleReleaseRequest edit;
    edit.set_name(made->name());
    *edit.mutable_rule_set() = Stricter(200'000);
    const auto edited = releases_.Edit(edit, Operator("wang"), DeadlineIn(20s));
    ASSERT_TRUE(edited.ok());
    EXPECT_NE(edited->rule_set(), made->rule_set());
    EXPECT_EQ(edited->author(), "accounts/wang");
}

TEST_F(RuleReleasesTest, ActivationWaitsForWhoIsScreening) {
    const auto draft = Draft(300'000);
    ASSERT_TRUE(Move("shadow", draft.name()).ok());
    ASSERT_TRUE(Approve(draft.name(), "2021-07-01", "wang").ok());
    const std::string before = InForce();
    std::atomic<bool> activated{false};
    std::thread activation;
    ASSERT_TRUE(pg::RunInTransaction(pool_, DeadlineIn(20s), [&](pg::Connection& c) -> Status {
        SW_ASSIGN_OR_RETURN(const auto book, books_.InForce(c));
        EXPECT_EQ(book->id(), before);
        activation = std::thread([&] {
            EXPECT_TRUE(releases_.RunDue(DeadlineIn(20s)).ok());
            activated = true;
        });
        // The other one is waiting for our lock: PostgreSQL says so.
        const auto deadline = DeadlineIn(10s);
        for (bool waits = false; !waits && std::chrono::steady_clock::now() < deadline;) {
            SW_ASSIGN_OR_RETURN(const pg::Rows rows, c.Exec("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"));
            waits = rows.Int(0, 0) > 0;
        }
        EXPECT_FALSE(activated);
        SW_ASSIGN_OR_RETURN(const std::string still, store::RuleSetInForce(c));
        EXPECT_EQ(still, before);
        return Status::Ok();
    }).ok());
    activation.join();
    EXPECT_EQ(InForce(), draft.rule_set());
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
