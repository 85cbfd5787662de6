#include "services/monitoring/usecase/screening_cache.h"

#include "common/base/region_code.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/registry_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr std::size_t kMostVillages = 50'000;  // more than a province has; a few dozen megabytes

}  // namespace

Status CoverageCache::Refresh(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const std::int64_t version, store::CoverageVersion(connection));
    if (version == version_) return Status::Ok();
    SW_ASSIGN_OR_RETURN(all_, store::LoadCoverage(connection));
    by_region_.clear();
    version_ = version;
    return Status::Ok();
}

const std::vector<domain::Coverage>& CoverageCache::For(const std::string& region_code) {
    const auto [it, fresh] = by_region_.try_emplace(region_code);
    if (fresh) {
        for (const domain::Coverage& c : all_) {
            if (RegionContains(c.region_prefix, region_code)) it->second.push_back(c);
        }
    }
    return it->second;
}

Status VillageCache::Refresh(pg::Connection& connection, const std::set<std::string>& villages) {
    SW_ASSIGN_OR_RETURN(const auto stored, store::VillageStates(connection, {villages.begin(), villages.end()}));
    if (parsed_.size() > kMostVillages) parsed_.clear();
    for (const std::string& code : villages) {
        const auto now = stored.find(code);
        if (now == stored.end()) {
            parsed_.erase(code);
            continue;
        }
        Entry& entry = parsed_[code];
        if (entry.bytes == now->second) continue;
        entry.state = domain::SubjectState::Parse(now->second);
        entry.bytes = now->second;
    }
    return Status::Ok();
}

const domain::SubjectState* VillageCache::Of(const std::string& region_code) const {
    const auto it = parsed_.find(region_code);
    return it == parsed_.end() ? nullptr : &it->second.state;
}

}  // namespace shouwang::monitoring::usecase
