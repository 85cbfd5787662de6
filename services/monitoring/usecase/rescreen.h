// The sweep: screens the households of a region again, in small transactions, resumable. Run after complete batches, after changed
// village facts, each month, and on demand.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/rule_books.h"
#include "services/monitoring/usecase/screen_households.h"

namespace shouwang::monitoring::usecase {

class Rescreen {
public:
    Rescreen(pg::Pool& pool, RuleBooks& books, const Clock& clock) : pool_(pool), books_(books), clock_(clock) {}

    // Households of the region behind `after`, in one transaction; answers the last id, 0 = there are no more.
    Result<std::int64_t> Step(const std::string& region_prefix, std::int64_t after, Deadline deadline, ScreenCounts& counts);
    // All of a region. CANCELLED where `stop` becomes true.
    Status Region(const std::string& region_prefix, Deadline deadline, const std::function<bool()>& stop, ScreenCounts& counts);
    // One piece of the oldest queued job; false where the queue is empty.
    Result<bool> WorkOnQueue(Deadline deadline, ScreenCounts& counts);
    // Queues the whole deployment where this business month has not been swept yet.
    Status QueueNewMonth(Deadline deadline);

private:
    Result<std::int64_t> Screen(pg::Connection& connection, const std::string& region_prefix, std::int64_t after, ScreenCounts& counts);
    pg::Pool& pool_;
    RuleBooks& books_;
    const Clock& clock_;
    Screener screener_;
};

}  // namespace shouwang::monitoring::usecase
