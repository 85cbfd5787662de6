#include "common/record/commands.h"

#include "common/record/testing/errand_world.h"

namespace shouwang::record {
namespace {

using CommandsTest = ErrandWorld;

TEST_F(CommandsTest, EveryFieldGoesToTheTableAndBack) {
    Errand errand = Give();
    Errand posted;
    const auto fill = [](Work&, google::protobuf::Message& m) {
        auto& e = static_cast<Errand&>(m);
        e.set_day("2021-10-01");
        e.set_cost_fen(12'345'678'901);
        e.set_parcels(0);
        e.set_urgent(true);
        e.add_helpers("李*");
        e.add_legs()->set_place("泗沥镇");
        e.add_legs()->set_place("");
        return Status::Ok();
    };
    ASSERT_TRUE(Move("take", Named(errand), village_, posted, fill).ok());
    const Errand read = Now(errand.name());
    EXPECT_EQ(read.day(), "2021-10-01");
    EXPECT_EQ(read.cost_fen(), 12'345'678'901);
    EXPECT_TRUE(read.has_parcels());
    EXPECT_TRUE(read.urgent());
    EXPECT_EQ(read.helpers(0), "李*");
    ASSERT_EQ(read.legs_size(), 2);
    EXPECT_EQ(read.legs(0).place(), "泗沥镇");
    EXPECT_EQ(read.etag(), "v2");
}

TEST_F(CommandsTest, ALifeWithItsSteps) {
    const Errand errand = Give();
    EXPECT_EQ(errand.name(), "villages/7/errands/1");
    EXPECT_EQ(errand.due_at().seconds(), 1'633'071'600);  // 24 hours later
    EXPECT_TRUE(errand.next_commands().empty());          // the county cannot take it
    Errand taken;
    auto q = Named(errand);
    q.set_note("带上米");
    ASSERT_TRUE(Move("take", q, village_, taken).ok());
    EXPECT_EQ(taken.state(), ERRAND_STATE_TAKEN);
    EXPECT_EQ(taken.next_commands_size(), 2);
    const Errand read = Now(errand.name());
    ASSERT_EQ(read.steps_size(), 2);
    EXPECT_EQ(read.steps(0).from(), "");
    EXPECT_EQ(read.steps(1).command(), "take");
    EXPECT_EQ(read.steps(1).from(), "GIVEN");
    EXPECT_EQ(read.steps(1).to(), "TAKEN");
    EXPECT_EQ(read.steps(1).note(), "带上米");
    EXPECT_EQ(read.steps(1).actor(), "accounts/ROLE_VILLAGE_OPERATOR");
    EXPECT_EQ(read.steps(1).actor_region(), "360681103204");
}

struct Refusal {
    const char* title;
    const char* command;
    options::v1::Role role;
    const char* region;
    const char* etag;
    Code code;
    const char* reason;
};

TEST_F(CommandsTest, RefusalsChangeNothing) {
    const Errand errand = Give();
    const Refusal kCases[] = {
        {"wrong state", "post", options::v1::ROLE_VILLAGE_OPERATOR, "360681103204", "", Code::kFailedPrecondition, "ERRAND_WRONG_STATE"},
        {"wrong actor", "take", options::v1::ROLE_COUNTY_OPERATOR, "360681", "", Code::kPermissionDenied, "ERRAND_WRONG_ACTOR"},
        {"wrong region", "take", options::v1::ROLE_VILLAGE_OPERATOR, "360681103205", "", Code::kNotFound, "ERRAND_NOT_FOUND"},
        {"stale etag", "take", options::v1::ROLE_VILLAGE_OPERATOR, "360681103204", "v7", Code::kAborted, "ETAG_STALE"},
        {"unknown command", "burn", options::v1::ROLE_VILLAGE_OPERATOR, "360681103204", "", Code::kFailedPrecondition, "ERRAND_WRONG_STATE"},
    };
    for (const Refusal& c : kCases) {
        auto q = Named(errand);
        q.set_etag(c.etag);
        Errand answer;
        const Status status = Move(c.command, q, As(c.role, c.region), answer);
        EXPECT_EQ(status.code, c.code) << c.title;
        EXPECT_EQ(status.reason, c.reason) << c.title;
    }
    Errand answer;
    const Status body = Move("take", Named(errand), village_, answer, [](Work&, google::protobuf::Message& m) {
        static_cast<Errand&>(m).set_title("changed");
        return InvalidField("title", "another");
    });
    EXPECT_EQ(body.code, Code::kInvalidArgument);
    const Errand read = Now(errand.name());
    EXPECT_EQ(read.etag(), "v1");
    EXPECT_EQ(read.title(), "米");
    EXPECT_EQ(read.steps_size(), 1);
}

TEST_F(CommandsTest, NamesThatAreNone) {
    for (const char* name : {"", "villages/7", "villages/7/errands/", "villages/7/errands/0", "villages/x/errands/1", "villages/7/errands/1/x"}) {
        testing::MoveErrandRequest q;
        q.set_name(name);
        Errand answer;
        const Status status = Move("take", q, village_, answer);
        EXPECT_EQ(status.code, Code::kInvalidArgument) << name;
        EXPECT_EQ(status.violations[0].description, "villages/{village}/errands/{errand}");
    }
}

TEST_F(CommandsTest, TheSameRequestHasOneEffectAndOneAnswer) {
    testing::CreateErrandRequest create;
    create.set_region_code("360681103204");
    create.set_title("盐");
    create.set_request_id("11111111-1111-4111-8111-111111111111");
    Errand first, again;
    ASSERT_TRUE(GiveAs(create, county_, first).ok());
    ASSERT_TRUE(GiveAs(create, county_, again).ok());
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());

    Errand taken, repeated, other;
    const auto take = Named(first, "22222222-2222-4222-8222-222222222222");
    ASSERT_TRUE(Move("take", take, village_, taken).ok());
    ASSERT_TRUE(Move("take", take, village_, repeated).ok());
    EXPECT_EQ(taken.SerializeAsString(), repeated.SerializeAsString());
    EXPECT_EQ(Now(first.name()).steps_size(), 2);

    auto changed = take;
    changed.set_note("another");
    EXPECT_EQ(Move("take", changed, village_, other).reason, "REQUEST_ID_REUSED");
    create.set_title("糖");
    EXPECT_EQ(GiveAs(create, county_, other).reason, "REQUEST_ID_REUSED");
}

TEST_F(CommandsTest, OutsideOnesRegionNothingIsMade) {
    testing::CreateErrandRequest q;
    q.set_region_code("360682103204");
    q.set_title("米");
    Errand answer;
    const Status status = GiveAs(q, county_, answer);
    EXPECT_EQ(status.reason, "ERRAND_OUTSIDE_REGION");
    EXPECT_EQ(status.code, Code::kPermissionDenied);
}

TEST_F(CommandsTest, MinimumPeriodAndGuard) {
    const Errand errand = Give();
    Errand answer;
    ASSERT_TRUE(Move("take", Named(errand), village_, answer).ok());
    EXPECT_EQ(Move("post", Named(errand), village_, answer).reason, "ERRAND_HELPERS");
    ASSERT_TRUE(Move("post", Named(errand), village_, answer, [](Work&, google::protobuf::Message& m) {
                    static_cast<Errand&>(m).add_helpers("张*");
                    return Status::Ok();
                }).ok());
    // Posted on 30 September (UTC+8): five whole days end with 5 October.
    clock_.Set(*ParseRfc3339("2021-10-05T23:59:59+08:00"));
    const Status early = Move("finish", Named(errand), village_, answer);
    EXPECT_EQ(early.reason, "ERRAND_TOO_EARLY");
    EXPECT_EQ(early.metadata[0].second, "2021-10-05T16:00:00.000Z");
    clock_.Set(*ParseRfc3339("2021-10-06T00:00:00+08:00"));
    EXPECT_TRUE(Move("finish", Named(errand), village_, answer).ok());
}

TEST_F(CommandsTest, AStepWithinAStateLeavesItsClock) {
    const Errand errand = Give();
    Errand taken, renamed;
    ASSERT_TRUE(Move("take", Named(errand), village_, taken).ok());
    clock_.Advance(3h);
    ASSERT_TRUE(Move("rename", Named(errand), village_, renamed).ok());
    EXPECT_EQ(renamed.due_at().seconds(), taken.due_at().seconds());
    EXPECT_EQ(renamed.state_since().seconds(), taken.state_since().seconds());
}

TEST_F(CommandsTest, OverdueGoesUpOneLevelAtATime) {
    const Errand errand = Give();
    EXPECT_EQ(*commands_.Escalate(ErrandKind(), 10, DeadlineIn(10s), {}), 0);
    clock_.Advance(25h);
    int events = 0;
    const auto count = [&](Work&, const google::protobuf::Message&) { ++events; };
    EXPECT_EQ(*commands_.Escalate(ErrandKind(), 10, DeadlineIn(10s), count), 1);
    EXPECT_EQ(*commands_.Escalate(ErrandKind(), 10, DeadlineIn(10s), count), 0);
    EXPECT_EQ(Now(errand.name()).escalated_to(), "360681103");
    EXPECT_TRUE(Now(errand.name()).overdue());
    clock_.Advance(25h);
    EXPECT_EQ(*commands_.Escalate(ErrandKind(), 10, DeadlineIn(10s), count), 1);
    const Errand twice = Now(errand.name());
    EXPECT_EQ(twice.escalated_to(), "360681");
    EXPECT_EQ(twice.escalations(), 2);
    EXPECT_EQ(twice.state(), ERRAND_STATE_GIVEN);
    EXPECT_EQ(twice.steps(2).command(), "escalate");
    EXPECT_EQ(events, 2);
    // Taken at last: the reminder is over.
    Errand taken;
    ASSERT_TRUE(Move("take", Named(errand), village_, taken).ok());
    EXPECT_EQ(taken.escalated_to(), "");
    EXPECT_FALSE(taken.overdue());
}

}  // namespace
}  // namespace shouwang::record
