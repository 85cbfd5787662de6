#include "services/monitoring/usecase/case_events.h"

#include <cstdlib>

namespace shouwang::monitoring::usecase {

event::v1::CaseSummary SummaryOf(const v1::Case& c) {
    event::v1::CaseSummary s;
    s.set_name(c.name());
    s.set_household(c.name().substr(0, c.name().find("/cases/")));
    s.set_household_no(c.household_no());
    s.set_region_code(c.region_code());
    s.set_state(c.state());
    s.set_category(c.category());
    s.set_household_type(c.household_type());
    *s.mutable_risks() = c.risks();
    s.set_green_channel(c.green_channel());
    s.set_clue_on(c.clue_on());
    s.set_rebound_of(c.rebound_of());
    return s;
}

void AddCaseEvent(record::Work& work, const v1::Case& c, const google::protobuf::Message& data) {
    const std::string household = c.name().substr(0, c.name().find("/cases/"));
    outbox::Event event;
    event.topic = kCaseTopic;
    event.subject = c.name();
    event.partition_key = household.substr(household.find('/') + 1);
    event.aggregate_version = std::strtoll(c.etag().c_str() + 1, nullptr, 10);  // "v7"
    event.data = &data;
    work.events.Add(event);
}

void SetStamp(google::protobuf::Timestamp& stamp, TimePoint at) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(at.time_since_epoch());
    stamp.set_seconds(whole.count());
    stamp.set_nanos(static_cast<int>(duration_cast<nanoseconds>(at.time_since_epoch() - whole).count()));
}

TimePoint TimeAt(const google::protobuf::Timestamp& stamp) {
    using namespace std::chrono;
    return TimePoint(duration_cast<TimePoint::duration>(seconds(stamp.seconds()) + nanoseconds(stamp.nanos())));
}

}  // namespace shouwang::monitoring::usecase
