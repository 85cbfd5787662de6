// The gRPC edge: one line a method.
#pragma once

#include "common/rpc/server.h"
#include "services/monitoring/usecase/batches.h"
#include "services/monitoring/usecase/discovery.h"
#include "services/monitoring/usecase/cases.h"
#include "services/monitoring/usecase/insight.h"
#include "services/monitoring/usecase/move_lead.h"
#include "services/monitoring/usecase/read_feeds.h"
#include "services/monitoring/usecase/read_households.h"
#include "services/monitoring/usecase/read_leads.h"
#include "services/monitoring/usecase/read_overview.h"
#include "services/monitoring/usecase/read_precision.h"
#include "services/monitoring/usecase/read_rules.h"
#include "services/monitoring/usecase/regions.h"
#include "services/monitoring/usecase/rule_releases.h"
#include "services/monitoring/usecase/settings.h"
#include "services/monitoring/usecase/simulate.h"

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
    usecase::Settings& settings;
    usecase::RuleReleases& releases;
    usecase::Discovery& discovery;
    usecase::PrecisionReader& precision;
    usecase::Cases& cases;
    usecase::Insight& insight;
    usecase::Simulator& simulator;
};

// The use cases must outlive the server.
rpc::Methods MakeMethods(UseCases uc);
// The methods of one area each, called by MakeMethods.
void AddSettingMethods(rpc::Methods& m, const UseCases& uc);
void AddStudioMethods(rpc::Methods& m, const UseCases& uc);
void AddDiscoveryMethods(rpc::Methods& m, const UseCases& uc);
void AddCaseMethods(rpc::Methods& m, const UseCases& uc);

}  // namespace shouwang::monitoring::rpc_edge
