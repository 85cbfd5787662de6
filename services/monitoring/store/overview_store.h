// Figures of a region and of its parts, and reading households for people.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/household.pb.h"
#include "shouwang/monitoring/v1/overview.pb.h"

namespace shouwang::monitoring::store {

// One Figures for every region code of `digits` digits below the prefix (region_code and numbers; no names).
Result<std::vector<v1::Figures>> FiguresByRegion(pg::Connection& connection, const std::string& prefix, int digits, Date today, TimePoint now);
// Distinct departments and datasets with at least one accepted row.
struct Sources {
    int departments = 0, datasets = 0;
};
Result<Sources> CountSources(pg::Connection& connection);

struct HouseholdFilter {
    std::string region_prefix, household_no;
    std::int64_t household_id = 0;   // of a member found by identity
    std::int64_t after = 0;
    int limit = 50;
};
// Without members; name, household_no, region_code, lifted, relocated, member_count.
Result<std::vector<v1::Household>> ListHouseholds(pg::Connection& connection, const HouseholdFilter& filter);

struct PersonRecord {
    std::int64_t person_id;
    std::string name, sealed_identity, sealed_phone;
};
Result<std::vector<PersonRecord>> PersonsOf(pg::Connection& connection, std::int64_t household_id);

}  // namespace shouwang::monitoring::store
