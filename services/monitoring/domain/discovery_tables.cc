#include "services/monitoring/domain/discovery_tables.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr flow::Actors kTownshipOrCounty{options::v1::ROLE_TOWNSHIP_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR};
constexpr flow::Actors kOrganisers{options::v1::ROLE_PROVINCE_OPERATOR, options::v1::ROLE_CITY_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR,
                                   options::v1::ROLE_TOWNSHIP_OPERATOR};

Status HasLead(const v1::Declaration& declaration) {
    return declaration.lead().empty() ? InvalidField("household", "the household whose lead takes it up", "DECLARATION_LEAD") : Status::Ok();
}

Status HasReply(const v1::Declaration& declaration) {
    return declaration.reply().empty() ? InvalidField("reply", "what the farmer is told", "DECLARATION_REPLY") : Status::Ok();
}

}  // namespace

const flow::StateTable& HouseholdCodeStates() {
    static const flow::StateTable table("HOUSEHOLD_CODE", v1::HouseholdCodeState_descriptor(),
                                        {{0, "issue", flow::kVillageOrTownship, v1::HOUSEHOLD_CODE_STATE_ISSUED},
                                         {v1::HOUSEHOLD_CODE_STATE_ISSUED, "revoke", flow::kVillageOrTownship, v1::HOUSEHOLD_CODE_STATE_REVOKED}},
                                        {}, {v1::HOUSEHOLD_CODE_STATE_REVOKED});
    return table;
}

const flow::StateTable& DeclarationStates() {
    using namespace v1;
    static const flow::StateTable table(
        "DECLARATION", DeclarationState_descriptor(),
        {{0, "declare", flow::kSystem, DECLARATION_STATE_TAKEN, flow::When<HasLead>, "its lead is open or answered"},
         {0, "hold", flow::kSystem, DECLARATION_STATE_UNMATCHED},
         {DECLARATION_STATE_UNMATCHED, "match", kTownshipOrCounty, DECLARATION_STATE_TAKEN, flow::When<HasLead>, "its lead is open or answered"},
         {DECLARATION_STATE_UNMATCHED, "refuse", kTownshipOrCounty, DECLARATION_STATE_REFUSED, flow::When<HasReply>, "the farmer is told why"},
         {DECLARATION_STATE_TAKEN, "answer", flow::kSystem, DECLARATION_STATE_ANSWERED, flow::When<HasReply>, "the farmer is told"}},
        {{DECLARATION_STATE_UNMATCHED, "lead.match_days"}}, {DECLARATION_STATE_ANSWERED, DECLARATION_STATE_REFUSED});
    return table;
}

const flow::StateTable& CampaignStates() {
    using namespace v1;
    static const flow::StateTable table("CAMPAIGN", CampaignState_descriptor(),
                                        {{0, "plan", kOrganisers, CAMPAIGN_STATE_PLANNED},
                                         {CAMPAIGN_STATE_PLANNED, "start", kOrganisers, CAMPAIGN_STATE_RUNNING},
                                         {CAMPAIGN_STATE_RUNNING, "close", kOrganisers, CAMPAIGN_STATE_CLOSED}},
                                        {}, {CAMPAIGN_STATE_CLOSED});
    return table;
}

}  // namespace shouwang::monitoring::domain
