// What cases need beside their own record.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/pg/pg.h"

namespace shouwang::monitoring::store {

struct CaseHousehold {
    std::string household_no, region_code;
    bool lifted = false;
    int members = 0;  // living
};
// Locks the household: cases of one household are opened one after the other. NOT_FOUND "HOUSEHOLD_NOT_FOUND" where there is none in the region.
Result<CaseHousehold> LockCaseHousehold(pg::Connection& connection, std::int64_t household_id, std::string_view region_prefix);
// "households/7" → 7; INVALID_ARGUMENT on `household`.
Result<std::int64_t> HouseholdIdOf(std::string_view name);
// NOT_FOUND "LEAD_NOT_FOUND" where the household has no such lead.
Status CheckLead(pg::Connection& connection, std::int64_t household_id, std::string_view lead);
// Names of the heads, by household: of the first living member where there is no head; a household without members is missing.
Result<std::map<std::int64_t, std::string>> HeadNames(pg::Connection& connection, const std::vector<std::int64_t>& households);

}  // namespace shouwang::monitoring::store
