#include "services/monitoring/usecase/discovery_kinds.h"

#include "services/monitoring/domain/discovery_tables.h"

namespace shouwang::monitoring::usecase {

const record::Kind& HouseholdCodeKind() {
    static const record::Kind kind(v1::HouseholdCode::descriptor(), "household_code", "households/{household_id}/codes/{code_id}",
                                   {"household_no", "region_code", "state", "opaque_id", "issue", "state_since"}, &domain::HouseholdCodeStates(), "HOUSEHOLD_CODE");
    return kind;
}

const record::Kind& DeclarationKind() {
    static const record::Kind kind(v1::Declaration::descriptor(), "declaration", "declarations/{declaration_id}",
                                   {"number", "region_code", "state", "risk_type", "channel", "third_person", "head_name", "difficulty", "household", "mismatch",
                                    "lead", "reply", "declared_at", "state_since", "due_at", "escalate_at", "escalated_to", "escalations"},
                                   &domain::DeclarationStates(), "DECLARATION");
    return kind;
}

const record::Kind& CampaignKind() {
    static const record::Kind kind(v1::Campaign::descriptor(), "campaign", "campaigns/{campaign_id}",
                                   {"region_code", "title", "scope", "state", "starts_on", "ends_on", "basis", "state_since"}, &domain::CampaignStates(), "CAMPAIGN");
    return kind;
}

const record::Kind& CadreVisitKind() {
    static const record::Kind kind(v1::CadreVisit::descriptor(), "cadre_visit", "households/{household_id}/visits/{visit_id}",
                                   {"region_code", "campaign", "visited_on", "visitors", "summary", "looks", "risk_type", "difficulty", "lead", "recorded_by",
                                    "recorded_at"},
                                   nullptr, "CADRE_VISIT");
    return kind;
}

}  // namespace shouwang::monitoring::usecase
