// Opens a case for a household, or joins the one that is open.
#pragma once

#include <string>
#include <vector>

#include "common/record/commands.h"
#include "shouwang/monitoring/v1/case.pb.h"

namespace shouwang::monitoring::usecase {

struct CaseOpening {
    std::int64_t household_id = 0;
    std::vector<v1::RiskType> risks;  // at least one; the first is the main one of a new case
    Date clue_on;                     // t0 of the total limit
    std::string lead;                 // "households/{household}/leads/{lead}"; empty where opened directly
    std::string reason;               // needed where there is no lead
    bool green_channel = false;
    v1::Emergency emergency;  // green channel: happened_on and event
};

// In the caller's transaction; the caller flushes the events. Answers the case's name. At most one case of a household is open: where there is
// one, the lead and the new risks join it (up to five risks; the clue day stays). A household that was eliminated
// before rebounds: the new case says of which (rebound_of).
// Errors: HOUSEHOLD_NOT_FOUND (also: outside the caller's region), INVALID_ARGUMENT on risks, reason, clue_on or emergency, CASE_WRONG_ACTOR.
Result<std::string> OpenCaseIn(const record::Commands& commands, record::Work& work, const CaseOpening& opening);

}  // namespace shouwang::monitoring::usecase
