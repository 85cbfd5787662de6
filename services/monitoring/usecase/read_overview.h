// The overview: figures of a region and its parts, with the time they are of.
#pragma once

#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/overview.pb.h"

namespace shouwang::monitoring::usecase {

class OverviewReader {
public:
    OverviewReader(pg::Pool& pool, cache::Cache& cache, const Regions& regions, const Clock& clock) : pool_(pool), cache_(cache), regions_(regions), clock_(clock) {}

    // From the cache where it is at most 5 s old; `as_of` says how old. INVALID_ARGUMENT where part_level is not below the region.
    Result<v1::Overview> Get(const std::string& region, int part_level, Deadline deadline) const;

private:
    Result<v1::Overview> Compute(const std::string& region, int part_level, Deadline deadline) const;
    pg::Pool& pool_;
    cache::Cache& cache_;
    const Regions& regions_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
