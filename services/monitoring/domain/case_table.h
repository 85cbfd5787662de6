// The life of a case as a table (识别程序 and what follows): who may do what, in which order, and how long it may take.
#pragma once

#include <vector>

#include "common/flow/state_table.h"
#include "shouwang/monitoring/v1/case.pb.h"

namespace shouwang::monitoring::domain {

const flow::StateTable& CaseStates();

// Identification is over: MONITORED or a state after it, or an end.
bool IsIdentified(v1::CaseState state);
// MONITORED up to ELIMINATION_REVIEW: the household is a monitored object now.
bool IsMonitored(v1::CaseState state);
// The states in which the next step of the procedure is the role's.
std::vector<v1::CaseState> StatesWaitingFor(options::v1::Role role);
// Entered by the green channel before the procedure: it can be revoked, not rejected or withdrawn.
bool IsProvisional(const v1::Case& c);

// Conditions of the table. Reasons: CASE_PROVISIONAL, CASE_NOT_PROVISIONAL, CASE_EMERGENCY_UNCONFIRMED, CASE_NO_AUTHORITY,
// CASE_CHECK_UNFINISHED, CASE_REVIEW_NOT_CARRIED, CASE_PUBLICITY_ONCE, CASE_PUBLICITY_MISSING, CASE_HARD_FINDING, CASE_CATEGORY,
// CASE_CITY_REVIEW.
Status NotProvisional(const v1::Case& c);
Status Provisional(const v1::Case& c);
Status EmergencyConfirmed(const v1::Case& c);
Status ReadyForPublicity(const v1::Case& c);
Status PublicityDone(const v1::Case& c);
Status ReadyForApproval(const v1::Case& c);
Status CityReviewNeeded(const v1::Case& c);
Status ReadyForAnnouncement(const v1::Case& c);

}  // namespace shouwang::monitoring::domain
