// Evidence that has only grown old ends no lead; evidence that is withdrawn or outlived does.
#include <gtest/gtest.h>

#include "services/monitoring/testing/monitoring_world.h"
#include "services/monitoring/usecase/rescreen.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using monitoring::testing::MonitoringWorld;
using monitoring::testing::Soon;
using monitoring::testing::SyntheticIdentity;

feed::v1::MedicalInsurance Insurance(bool insured, const std::string& as_of) {
    feed::v1::MedicalInsurance row;
    row.set_identity_no(SyntheticIdentity(1));
    row.set_as_of(as_of);
    row.set_insured(insured);
    return row;
}

class StaleEvidenceTest : public ::testing::Test {
protected:
    void Rescreen() {
        ScreenCounts counts;
        const Status status = usecase::Rescreen(world_.pool, world_.books, world_.clock).Region("", Soon(), [] { return false; }, counts);
        ASSERT_TRUE(status.ok()) << status.message;
    }
    std::int64_t Open() { return world_.Number("SELECT count(*) FROM lead WHERE state <> 5"); }
    MonitoringWorld world_;
};

TEST_F(StaleEvidenceTest, OldEvidenceKeepsItsLeadNewEvidenceEndsIt) {
    world_.Household(1);
    world_.Feed<feed::v1::MedicalInsurance>("medical_insurance", "medical_insurance", {Insurance(false, "2021-06-30")});
    ASSERT_EQ(Open(), 1);
    world_.clock.Advance(std::chrono::hours(24 * 500));  // nobody has reported for longer than the fact stays fresh
    Rescreen();
    EXPECT_EQ(Open(), 1);
    EXPECT_EQ(world_.Number("SELECT count(*) FROM lead WHERE ended_as = 4"), 0);
    world_.Feed<feed::v1::MedicalInsurance>("medical_insurance", "medical_insurance", {Insurance(true, "2022-10-31")});
    EXPECT_EQ(Open(), 0);
    EXPECT_EQ(world_.Number("SELECT count(*) FROM lead WHERE ended_as = 4"), 1);
}

TEST_F(StaleEvidenceTest, StaleEvidenceOpensNothing) {
    world_.Household(1);
    world_.clock.Advance(std::chrono::hours(24 * 500));
    world_.Feed<feed::v1::MedicalInsurance>("medical_insurance", "medical_insurance", {Insurance(false, "2021-06-30")});
    EXPECT_EQ(Open(), 0);
}

TEST_F(StaleEvidenceTest, WithdrawnEvidenceEndsItsLead) {
    world_.Household(1);
    const auto row = Insurance(false, "2021-06-30");
    world_.Feed<feed::v1::MedicalInsurance>("medical_insurance", "medical_insurance", {row});
    ASSERT_EQ(Open(), 1);
    world_.Feed("medical_insurance", "medical_insurance", feed::v1::MedicalInsurance::descriptor(), {monitoring::testing::Maker().Row(row, 1, true)});
    EXPECT_EQ(Open(), 0);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
