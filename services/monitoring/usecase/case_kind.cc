#include "services/monitoring/usecase/case_kind.h"

#include "services/monitoring/domain/case_table.h"

namespace shouwang::monitoring::usecase {

const record::Kind& CaseKind() {
    static const record::Kind kind(v1::Case::descriptor(), "household_case", "households/{household_id}/cases/{case_id}", {"household_no",
                                                                                                                           "region_code",
                                                                                                                           "state",
                                                                                                                           "household_type",
                                                                                                                           "category",
                                                                                                                           "risks",
                                                                                                                           "clue_on",
                                                                                                                           "leads",
                                                                                                                           "reason",
                                                                                                                           "green_channel",
                                                                                                                           "emergency",
                                                                                                                           "authority",
                                                                                                                           "visit",
                                                                                                                           "cross_check",
                                                                                                                           "review",
                                                                                                                           "publicity",
                                                                                                                           "objections",
                                                                                                                           "category_view",
                                                                                                                           "city_review_needed",
                                                                                                                           "city_reviewed_by",
                                                                                                                           "owner",
                                                                                                                           "case_end",
                                                                                                                           "reply",
                                                                                                                           "rebound_of",
                                                                                                                           "rebounds",
                                                                                                                           "approved_on",
                                                                                                                           "monitored_on",
                                                                                                                           "eliminated_on",
                                                                                                                           "elimination_kind",
                                                                                                                           "opened_at",
                                                                                                                           "state_since",
                                                                                                                           "due_at",
                                                                                                                           "escalate_at",
                                                                                                                           "escalated_to",
                                                                                                                           "escalations",
                                                                                                                           "total_due_at",
                                                                                                                           "total_escalated",
                                                                                                                           "raw_due_on"},
                                   &domain::CaseStates(), "CASE");
    return kind;
}

}  // namespace shouwang::monitoring::usecase
