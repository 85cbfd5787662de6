// Leads that have ended, for the precision ledger.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>

#include "common/base/date.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/precision.h"

namespace shouwang::monitoring::store {

// Calls `each` for every lead of the region that ended on a day from `from` to `to` (both included) and rests on rules.
Status EachEndedLead(pg::Connection& connection, const std::string& region_prefix, Date from, Date to, const std::function<void(const domain::EndedLead&)>& each);

// Households of the region with a lead that a person has confirmed (or solved) after `day`.
Result<std::unordered_set<std::int64_t>> HouseholdsConfirmedAfter(pg::Connection& connection, const std::string& region_prefix, Date day);

}  // namespace shouwang::monitoring::store
