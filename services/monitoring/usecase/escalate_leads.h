// Leads whose step is overdue go one level up the region tree: a step, LeadEscalated, and the worklist of that level (ListLeads.escalated_to).
// Again after one more limit, until the province.
#pragma once

#include "common/record/commands.h"

namespace shouwang::monitoring::usecase {

class EscalateLeads {
public:
    explicit EscalateLeads(const record::Commands& commands) : commands_(commands) {}
    // All that are overdue now, in small transactions. Any number of times, from any replica.
    Status RunDue(Deadline deadline) const;
    // One transaction; says how many.
    Result<int> Step(Deadline deadline) const;

private:
    const record::Commands& commands_;
};

}  // namespace shouwang::monitoring::usecase
