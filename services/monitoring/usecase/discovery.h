// The use cases of discovery, made together.
#pragma once

#include "services/monitoring/usecase/campaigns.h"
#include "services/monitoring/usecase/declarations.h"
#include "services/monitoring/usecase/escalate_leads.h"
#include "services/monitoring/usecase/farmer.h"
#include "services/monitoring/usecase/household_codes.h"
#include "services/monitoring/usecase/cadre_visits.h"
#include "services/monitoring/usecase/must_visits.h"
#include "services/monitoring/usecase/report_lead.h"

namespace shouwang::monitoring::usecase {

struct Discovery {
    Discovery(const record::Commands& commands, const LeadReader& reader, const model::PageTokens& tokens, const crypto::Sealer& sealer,
              const crypto::BlindIndex& blind, const Regions& regions, RuleBooks& books)
        : report(commands, reader), escalate(commands), codes(commands, tokens, blind), farmer(commands, codes, sealer, blind),
          declarations(commands, tokens, sealer), campaigns(commands, tokens, regions), visits(commands, tokens, regions),
          must_visits(commands, tokens, books) {}

    ReportLead report;
    EscalateLeads escalate;
    HouseholdCodes codes;
    Farmer farmer;
    Declarations declarations;
    Campaigns campaigns;
    CadreVisits visits;
    MustVisits must_visits;
};

}  // namespace shouwang::monitoring::usecase
