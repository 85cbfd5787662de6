// What another rule set would change: counted over columns, with the households that differ and what later visits confirmed.
#pragma once

#include "services/monitoring/usecase/populations.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/insight.pb.h"

namespace shouwang::monitoring::usecase {

class Simulator {
public:
    Simulator(pg::Pool& pool, RuleBooks& books, Populations& populations, const Regions& regions, const Clock& clock)
        : pool_(pool), books_(books), populations_(populations), regions_(regions), clock_(clock) {}
    // region: already narrowed to the principal's.
    Result<v1::SimulateResponse> Run(const v1::SimulateRequest& request, const std::string& region, Deadline deadline);

private:
    Result<Date> DayOf(const v1::SimulateRequest& request) const;
    pg::Pool& pool_;
    RuleBooks& books_;
    Populations& populations_;
    const Regions& regions_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
