// The region tree: loading the reference files once, reading it by date.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/date.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/region.pb.h"

namespace shouwang::monitoring::store {

// True where this file with this digest has been loaded before; else notes it.
Result<bool> AlreadyLoaded(pg::Connection& connection, const std::string& name, std::string_view digest);
// Replaces regions with the same (code, valid_from).
Status PutRegions(pg::Connection& connection, const std::vector<v1::Region>& regions);
Result<v1::Region> GetRegion(pg::Connection& connection, const std::string& code, Date on);  // NOT_FOUND "REGION_NOT_FOUND"
Result<std::vector<v1::Region>> ListRegions(pg::Connection& connection, const std::string& parent, Date on, const std::string& after, int limit);
// Name of every code, for display: the newest.
Result<std::unordered_map<std::string, std::string>> RegionNames(pg::Connection& connection);

}  // namespace shouwang::monitoring::store
