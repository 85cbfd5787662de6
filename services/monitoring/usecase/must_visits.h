// The must-visit list of a village: computed from today's facts, on demand and again and again by the clockwork.
#pragma once

#include <memory>
#include <mutex>

#include "common/model/page.h"
#include "common/record/commands.h"
#include "services/monitoring/domain/must_visit.h"
#include "services/monitoring/usecase/regions.h"
#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::usecase {

class MustVisits {
public:
    MustVisits(const record::Commands& commands, const model::PageTokens& tokens, RuleBooks& books) : commands_(commands), tokens_(tokens), books_(books) {}

    // region: already narrowed to the caller's.
    Status List(const v1::ListMustVisitsRequest& request, const std::string& region, Deadline deadline, v1::ListMustVisitsResponse& response) const;
    // REGION_NOT_FOUND where the village lies outside the caller's region.
    Status Refresh(const v1::RefreshMustVisitsRequest& request, const type::v1::Principal& by, Deadline deadline, v1::RefreshMustVisitsResponse& answer) const;
    // Villages whose list is older than `lead.must_visit_refresh_days`, a piece of the province at a time. Any number of times, from any replica.
    Status RunDue(Deadline deadline);

private:
    Result<std::shared_ptr<const domain::RuleBook>> Book(const domain::RuleBook& in_force) const;
    Status RefreshVillage(const std::string& region_code, Deadline deadline, v1::RefreshMustVisitsResponse& counts) const;
    Result<std::int64_t> RefreshSome(pg::Connection& connection, const std::string& region_code, std::int64_t after, v1::RefreshMustVisitsResponse& counts) const;
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
    RuleBooks& books_;
    mutable std::mutex mutex_;
    mutable std::string in_force_;  // rule set whose parameters book_ has
    mutable std::shared_ptr<const domain::RuleBook> book_;
    std::string after_;             // village the next piece begins behind
};

}  // namespace shouwang::monitoring::usecase
