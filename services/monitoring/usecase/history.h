// Households as they were on a day, as far as the platform knew at a moment: both clocks apart (valid time and recorded time).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/household_view.h"

namespace shouwang::monitoring::usecase {

struct Moment {
    Date valid_on;       // what was true on this day: rows dated up to the end of its month, members registered by then
    TimePoint known_at;  // … by the rows that had come up to this moment
};

// Households at a moment; HouseholdFacts of them are computed with today = valid_on.
struct HouseholdsThen {
    std::vector<store::HouseholdRecord> records;  // with the members of then and their states
    std::unordered_map<std::string, domain::SubjectState> villages;
    std::vector<domain::Coverage> coverage;

    const domain::SubjectState* VillageOf(const store::HouseholdRecord& record) const {
        const auto it = villages.find(record.region_code);
        return it == villages.end() ? nullptr : &it->second;
    }
};

// As they are now.
Result<HouseholdsThen> LoadNow(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids);
// As they were; those that nobody had registered then are left out.
Result<HouseholdsThen> LoadThen(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids, Moment moment);

}  // namespace shouwang::monitoring::usecase
