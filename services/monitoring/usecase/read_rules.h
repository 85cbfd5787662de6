// The rule set in force: shipped at the first start, read, and run again over a region.
#pragma once

#include <functional>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::usecase {

class Rules {
public:
    Rules(pg::Pool& pool, RuleBooks& books, const Clock& clock) : pool_(pool), books_(books), clock_(clock) {}

    // Start-up: ships the default rules where none are in force yet, and compiles what is.
    Status Load(Deadline deadline);
    Result<v1::RuleSet> Get(const std::string& id, Deadline deadline) const;
    Result<v1::RescreenRegionResponse> Rescreen(const std::string& region, Deadline deadline, const std::function<bool()>& stop) const;

private:
    pg::Pool& pool_;
    RuleBooks& books_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
