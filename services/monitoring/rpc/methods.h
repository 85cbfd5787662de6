// The gRPC edge: one line a method.
#pragma once

#include "common/rpc/server.h"
#include "services/monitoring/usecase/batches.h"
#include "services/monitoring/usecase/move_lead.h"
#include "services/monitoring/usecase/read_feeds.h"
#include "services/monitoring/usecase/read_households.h"
#include "services/monitoring/usecase/read_leads.h"
#include "services/monitoring/usecase/read_overview.h"
#include "services/monitoring/usecase/read_rules.h"
#include "services/monitoring/usecase/regions.h"

namespace shouwang::monitoring::rpc_edge {

struct UseCases {
    usecase::Batches& batches;
    usecase::FeedReader& feeds;
    usecase::HouseholdReader& households;
    usecase::LeadReader& leads;
    usecase::MoveLead& move;
    usecase::OverviewReader& overview;
    usecase::Regions& regions;
    usecase::Rules& rules;
};

// The use cases must outlive the server.
rpc::Methods MakeMethods(UseCases uc);

}  // namespace shouwang::monitoring::rpc_edge
