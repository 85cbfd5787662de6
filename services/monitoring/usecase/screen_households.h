// Screening inside a transaction: facts → rules → leads, their events, and the overview's figures. Used by the feed, the sweep and the
// registry alike; the households must be locked.
#pragma once

#include <memory>
#include <vector>

#include "common/base/clock.h"
#include "common/outbox/outbox.h"
#include "common/pg/pg.h"
#include "services/monitoring/store/lead_store.h"
#include "services/monitoring/usecase/household_view.h"
#include "services/monitoring/usecase/lead_clock.h"
#include "services/monitoring/usecase/screening_cache.h"
#include "shouwang/monitoring/event/v1/lead_event.pb.h"

namespace shouwang::monitoring::usecase {

struct ScreenCounts {
    std::int64_t households = 0, opened = 0, updated = 0, ended = 0;
    ScreenCounts& operator+=(const ScreenCounts& o) {
        households += o.households;
        opened += o.opened;
        updated += o.updated;
        ended += o.ended;
        return *this;
    }
};

struct ToScreen {
    HouseholdView* view;
    bool figures = false;            // a figure may have changed
    std::int64_t received_at_ms = 0; // of the newest row, 0 = not from a feed
};

// One a worker; not thread-safe.
class Screener {
public:
    Status Screen(pg::Connection& connection, const domain::RuleBook& book, std::vector<ToScreen>& households, TimePoint now,
                  outbox::Writer& events, ScreenCounts& counts);

private:
    ParameterCache parameters_;
    CoverageCache coverage_;
    VillageCache villages_;
};

// The public form of a lead's summary, shared by every event about it.
event::v1::LeadSummary SummaryOf(const store::LeadRecord& lead, std::int64_t received_at_ms);
// Adds one event of a lead (LeadOpened, LeadUpdated, LeadMoved, LeadEscalated, LeadClosed) to the outbox.
void AddLeadEvent(outbox::Writer& events, const store::LeadRecord& lead, const google::protobuf::Message& data);

inline constexpr const char* kLeadTopic = "shouwang.monitoring.lead.v1";
inline constexpr const char* kHouseholdTopic = "shouwang.monitoring.household.v1";

}  // namespace shouwang::monitoring::usecase
