// What the records of discovery (common/record) need beside their own tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"

namespace shouwang::monitoring::store {

// Who declared: sealed, and the hash of the code that opens the declaration.
struct DeclarationContact {
    std::string identity, mobile, query_hash;
};
Status InsertContact(pg::Connection& connection, std::int64_t declaration_id, const DeclarationContact& contact);
Result<DeclarationContact> ContactOf(pg::Connection& connection, std::int64_t declaration_id);

// Declarations since `since`: of a household, and of a village without a code.
Result<std::int64_t> DeclarationsOfHousehold(pg::Connection& connection, const std::string& household, TimePoint since);
Result<std::int64_t> OpenDeclarationsOfVillage(pg::Connection& connection, const std::string& region_code, TimePoint since);
// When a family first declared what the lead is about; nullopt once somebody has been there.
Result<std::optional<TimePoint>> AwaitsVisitSince(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id);
// True where the village is in the region tree and in force.
Result<bool> VillageExists(pg::Connection& connection, const std::string& region_code);

// Locks the households of a village that live there and have no code in use.
struct UncodedHousehold {
    std::int64_t household_id;
    std::string household_no;
};
Result<std::vector<UncodedHousehold>> LockUncoded(pg::Connection& connection, const std::string& region_code);
// Codes ever issued to the household.
Result<std::int64_t> CodesIssued(pg::Connection& connection, std::int64_t household_id);

}  // namespace shouwang::monitoring::store
