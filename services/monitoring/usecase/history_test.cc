// Both clocks apart: what was true on a day, and what did we know then. And the rebuilt present equals the kept one.
#include "services/monitoring/usecase/history.h"

#include <gtest/gtest.h>

#include "services/monitoring/testing/monitoring_world.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using monitoring::testing::FeedMaker;
using monitoring::testing::MonitoringWorld;
using monitoring::testing::Soon;
using monitoring::testing::SyntheticIdentity;

feed::v1::MedicalSettlement Bill(int serial, const std::string& visit, const std::string& day, std::int64_t fen) {
    feed::v1::MedicalSettlement bill;
    bill.set_identity_no(SyntheticIdentity(serial));
    bill.set_visit_id(visit);
    bill.set_kind(feed::v1::MedicalSettlement::KIND_INPATIENT);
    bill.set_settled_on(day);
    bill.set_total_fen(fen);
    bill.set_self_paid_fen(fen);
    return bill;
}

class HistoryTest : public ::testing::Test {
protected:
    std::int64_t IdOf(const std::string& name) { return std::stoll(name.substr(name.rfind('/') + 1)); }
    HouseholdsThen Then(std::int64_t household, const std::string& valid_on, TimePoint known_at) {
        auto lease = world_.pool.Acquire(Soon());
        auto then = LoadThen(**lease, {household}, {*Date::Parse(valid_on), known_at});
        EXPECT_TRUE(then.ok()) << then.status().message;
        return std::move(then).value();
    }
    // Inpatient cost of the year of the only member, as known.
    std::optional<std::int64_t> Paid(HouseholdsThen then, const std::string& today) {
        if (then.records.empty()) return std::nullopt;
        const domain::SubjectState* village = then.VillageOf(then.records[0]);
        HouseholdView view(std::move(then.records[0]));
        const std::vector<cel::FactCell> none;
        const domain::HouseholdFacts facts(view.Input(village), *Date::Parse(today), then.coverage, none);
        const auto fact = facts.Explain(domain::FactOwner::kPerson, 0, v1::PersonFacts::descriptor()->FindFieldByName("inpatient_self_paid_ytd_fen")->index());
        return fact.known == domain::Known::kKnown ? std::optional(fact.value) : std::nullopt;
    }
    MonitoringWorld world_;
};

TEST_F(HistoryTest, ValidTimeAndRecordedTimeAreApart) {
    const std::int64_t household = IdOf(world_.Household(1));
    const TimePoint t0 = world_.clock.Now();
    world_.clock.Advance(std::chrono::hours(24));
    world_.Feed<feed::v1::MedicalSettlement>("medical_insurance", "medical_settlement", {Bill(1, "a", "2021-03-10", 300'000)});
    const TimePoint t1 = world_.clock.Now();
    world_.clock.Advance(std::chrono::hours(24));
    // A bill of April that comes in July, and a correction of the one of March.
    auto corrected = Bill(1, "a", "2021-03-10", 500'000);
    world_.Feed("medical_insurance", "medical_settlement", feed::v1::MedicalSettlement::descriptor(),
                {monitoring::testing::Maker().Row(Bill(1, "b", "2021-04-20", 40'000)), monitoring::testing::Maker().Row(corrected, 1)});
    const TimePoint t2 = world_.clock.Now();

    EXPECT_EQ(Paid(Then(household, "2021-06-30", t0), "2021-06-30"), std::nullopt);      // nothing was known
    EXPECT_EQ(Paid(Then(household, "2021-06-30", t1), "2021-06-30"), 300'000);
    EXPECT_EQ(Paid(Then(household, "2021-06-30", t2), "2021-06-30"), 540'000);
    EXPECT_EQ(Paid(Then(household, "2021-03-31", t2), "2021-03-31"), 500'000);           // true in March, as known now
    EXPECT_EQ(Paid(Then(household, "2021-03-31", t1), "2021-03-31"), 300'000);           // … and as known then
    EXPECT_EQ(Paid(Then(household, "2021-02-28", t2), "2021-02-28"), std::nullopt);
}

TEST_F(HistoryTest, AHouseholdHasTheMembersOfThen) {
    const std::int64_t a = IdOf(world_.Household(1)), b = IdOf(world_.Household(2));
    const TimePoint before = world_.clock.Now();
    world_.clock.Advance(std::chrono::hours(24));
    // The member of household b moves to household a.
    auto moved = FeedMaker::Member(2, "H1000001", "2021-06-30");
    moved.set_relation(feed::v1::RegistryMember::RELATION_SPOUSE);
    world_.Feed<feed::v1::RegistryMember>("rural_revitalization", "registry_member", {moved});
    EXPECT_EQ(Then(a, "2021-06-30", world_.clock.Now()).records.at(0).members.size(), 2u);
    EXPECT_EQ(Then(b, "2021-06-30", world_.clock.Now()).records.at(0).members.size(), 0u);
    EXPECT_EQ(Then(a, "2021-06-30", before).records.at(0).members.size(), 1u);
    EXPECT_EQ(Then(b, "2021-06-30", before).records.at(0).members.size(), 1u);
    EXPECT_EQ(Then(b, "2021-05-31", world_.clock.Now()).records.at(0).members.size(), 1u);  // he still lived there in May
    EXPECT_TRUE(Then(a, "2020-12-31", world_.clock.Now()).records.empty());                 // nobody had registered it
}

TEST_F(HistoryTest, TheRebuiltPresentEqualsTheKeptOne) {
    std::vector<std::int64_t> households;
    for (int serial = 1; serial <= 20; ++serial) households.push_back(IdOf(world_.Household(serial)));
    for (int round = 0; round < 3; ++round) {
        world_.clock.Advance(std::chrono::minutes(1));
        std::vector<event::v1::FeedRow> rows;
        for (int serial = 1; serial <= 20; ++serial) {
            for (int visit = 0; visit < 4; ++visit) {
                const std::string day = "2021-0" + std::to_string(1 + (serial + visit + round) % 6) + "-15";
                rows.push_back(monitoring::testing::Maker().Row(Bill(serial, std::to_string(visit), day, 1000 * (serial + 7 * visit + round)),
                                                               static_cast<std::uint32_t>((serial * 3 + round) % 3), (serial + visit + round) % 5 == 0));
            }
        }
        world_.Feed("medical_insurance", "medical_settlement", feed::v1::MedicalSettlement::descriptor(), std::move(rows));
    }
    std::sort(households.begin(), households.end());
    auto lease = world_.pool.Acquire(Soon());
    const auto now = LoadNow(**lease, households);
    const auto then = LoadThen(**lease, households, {world_.clock.Today(), world_.clock.Now()});
    ASSERT_TRUE(now.ok() && then.ok());
    ASSERT_EQ(now->records.size(), then->records.size());
    for (std::size_t i = 0; i < now->records.size(); ++i) {
        const auto& kept = now->records[i];
        const auto& rebuilt = then->records[i];
        EXPECT_EQ(kept.region_code, rebuilt.region_code);
        EXPECT_EQ(kept.lifted, rebuilt.lifted);
        ASSERT_EQ(kept.members.size(), rebuilt.members.size());
        for (std::size_t m = 0; m < kept.members.size(); ++m) {
            EXPECT_EQ(kept.members[m].state, rebuilt.members[m].state) << kept.household_no;
            EXPECT_EQ(kept.members[m].living, rebuilt.members[m].living);
            EXPECT_EQ(kept.members[m].labour, rebuilt.members[m].labour);
        }
    }
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
