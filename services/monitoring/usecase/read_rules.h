// The rule set in force: activated at start where the shipped one is new, read, and run again over a region.
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

    // Start-up: compiles the set in force, or the shipped default where none is stored yet.
    Status Load(Deadline deadline);
    Result<v1::RuleSet> Get(const std::string& id, Deadline deadline) const;
    Result<v1::RescreenRegionResponse> Rescreen(const std::string& region, Deadline deadline, const std::function<bool()>& stop) const;

private:
    pg::Pool& pool_;
    RuleBooks& books_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
