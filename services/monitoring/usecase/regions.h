// The region tree: loaded once from the reference files, names kept for display, read by date.
#pragma once

#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/model/page.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/region.pb.h"

namespace shouwang::monitoring::usecase {

class Regions {
public:
    Regions(pg::Pool& pool, const model::PageTokens& tokens, const Clock& clock) : pool_(pool), tokens_(tokens), clock_(clock) {}

    // Loads divisions.csv, villages_*.csv and divisions_history.csv of the directory where they are new or changed. Start-up.
    Status LoadReference(const std::string& directory, Deadline deadline);
    // "贵溪市 · 泗沥镇 · 王湾村": county and below; province and city by their own name. Unknown parts are left out.
    std::string DisplayName(std::string_view code) const;
    Result<v1::Region> Get(const v1::GetRegionRequest& request, Deadline deadline) const;
    Result<v1::ListRegionsResponse> List(const v1::ListRegionsRequest& request, Deadline deadline) const;

private:
    Date DayOf(const std::string& on) const;
    pg::Pool& pool_;
    const model::PageTokens& tokens_;
    const Clock& clock_;
    std::unordered_map<std::string, std::string> names_;  // set by LoadReference, then read only
};

}  // namespace shouwang::monitoring::usecase
