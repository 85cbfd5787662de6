// What every screening reads and hardly ever changes, kept from one transaction to the next. Always as the transaction sees it: each
// asks the database whether its copy is still the present one. Not thread-safe: one a worker.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/pg/pg.h"
#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/domain/subject_state.h"

namespace shouwang::monitoring::usecase {

// Declarations of completeness, by village.
class CoverageCache {
public:
    Status Refresh(pg::Connection& connection);
    // Those that speak of the village. Valid until the next Refresh.
    const std::vector<domain::Coverage>& For(const std::string& region_code);

private:
    std::int64_t version_ = -1;
    std::vector<domain::Coverage> all_;
    std::unordered_map<std::string, std::vector<domain::Coverage>> by_region_;
};

// States of villages.
class VillageCache {
public:
    Status Refresh(pg::Connection& connection, const std::set<std::string>& villages);
    // nullptr where nothing is known of it. Only villages of the last Refresh; valid until the next.
    const domain::SubjectState* Of(const std::string& region_code) const;

private:
    struct Entry {
        std::string bytes;
        domain::SubjectState state;
    };
    std::unordered_map<std::string, Entry> parsed_;
};

}  // namespace shouwang::monitoring::usecase
