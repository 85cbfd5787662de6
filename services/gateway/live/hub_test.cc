#include "services/gateway/live/hub.h"

#include <thread>

#include <gtest/gtest.h>

#include "services/gateway/live/service.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/monitoring/event/v1/household_event.pb.h"
#include "shouwang/monitoring/event/v1/lead_event.pb.h"

namespace shouwang::gateway::live {
namespace {

using namespace std::chrono_literals;

v1::WatchLeadsResponse Lead(const std::string& region, monitoring::v1::Grade grade) {
    v1::WatchLeadsResponse item;
    item.mutable_lead()->set_region_code(region);
    item.mutable_lead()->set_grade(grade);
    return item;
}

TEST(Hub, GivesEachWatcherItsRegionAndGrades) {
    Hub hub;
    auto everything = hub.Watch({}), county = hub.Watch({"360681", {}}),
         red = hub.Watch({"36", {monitoring::v1::GRADE_RED}});
    hub.Publish(Lead("360681101200", monitoring::v1::GRADE_RED));
    hub.Publish(Lead("360681101201", monitoring::v1::GRADE_GREEN));
    hub.Publish(Lead("510104001001", monitoring::v1::GRADE_RED));
    EXPECT_EQ((*everything)->Next(0ms)->size(), 3u);
    EXPECT_EQ((*county)->Next(0ms)->size(), 2u);
    EXPECT_EQ((*red)->Next(0ms)->size(), 1u);
    EXPECT_TRUE((*red)->Next(0ms)->empty());
}

TEST(Hub, ASlowWatcherIsDroppedAndTheOthersAreNot) {
    Hub hub(4);
    auto slow = hub.Watch({}), quick = hub.Watch({});
    for (int i = 0; i < 5; ++i) {
        hub.Publish(Lead("36", monitoring::v1::GRADE_RED));
        EXPECT_EQ((*quick)->Next(0ms)->size(), 1u);
    }
    EXPECT_EQ((*slow)->Next(0ms).status().reason, "WATCHER_TOO_SLOW");
    EXPECT_EQ((*slow)->Next(0ms).status().reason, "WATCHER_TOO_SLOW")
        << "an overrun never heals by itself: leads are missing";
}

TEST(Hub, BoundsItsWatchersAndForgetsThoseThatWent) {
    Hub hub(4, 2);
    auto first = hub.Watch({});
    {
        auto second = hub.Watch({});
        EXPECT_EQ(hub.Watch({}).status().reason, "TOO_MANY_WATCHERS");
    }
    EXPECT_EQ(hub.watchers(), 1u);
    EXPECT_TRUE(hub.Watch({}).ok());
}

TEST(Hub, WakesAWaiterForALeadAndForTheEnd) {
    Hub hub;
    auto watcher = hub.Watch({});
    std::thread publisher([&] { hub.Publish(Lead("36", monitoring::v1::GRADE_RED)); });
    EXPECT_EQ((*watcher)->Next(10s)->size(), 1u);
    publisher.join();
    std::thread closer([&] { hub.Close(); });
    EXPECT_EQ((*watcher)->Next(10s).status().reason, "DRAINING");
    closer.join();
    EXPECT_EQ(hub.Watch({}).status().reason, "DRAINING");
}

template <typename Event>
std::string Wrapped() {
    Event event;
    if constexpr (requires { event.mutable_lead(); })
        event.mutable_lead()->set_name("households/1/leads/2");
    shouwang::event::v1::Envelope envelope;
    envelope.mutable_data()->PackFrom(event);
    return envelope.SerializeAsString();
}

TEST(FromEnvelope, KnowsTheFourLeadEventsAndSkipsTheRest) {
    using namespace monitoring::event::v1;
    EXPECT_EQ(FromEnvelope(Wrapped<LeadOpened>())->event(), "opened");
    EXPECT_EQ(FromEnvelope(Wrapped<LeadUpdated>())->event(), "updated");
    EXPECT_EQ(FromEnvelope(Wrapped<LeadMoved>())->event(), "moved");
    EXPECT_EQ(FromEnvelope(Wrapped<LeadClosed>())->event(), "closed");
    EXPECT_EQ(FromEnvelope(Wrapped<LeadClosed>())->lead().name(), "households/1/leads/2");
    EXPECT_FALSE(FromEnvelope(Wrapped<HouseholdChanged>()));
    EXPECT_FALSE(FromEnvelope("\xff\xff"));
    EXPECT_FALSE(FromEnvelope(""));
}

}  // namespace
}  // namespace shouwang::gateway::live
