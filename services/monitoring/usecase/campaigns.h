// Concentrated checks (集中排查): planned, started with the list of their households, closed by their rules.
#pragma once

#include "common/model/page.h"
#include "common/record/commands.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::usecase {

class Campaigns {
public:
    Campaigns(const record::Commands& commands, const model::PageTokens& tokens, const Regions& regions) : commands_(commands), tokens_(tokens), regions_(regions) {}

    Status Create(const v1::CreateCampaignRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const;
    // CAMPAIGN_TOO_EARLY before its first day.
    Status Start(const v1::MoveCampaignRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const;
    // CAMPAIGN_UNFINISHED (metadata households, checked, needed_bp).
    Status Close(const v1::MoveCampaignRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const;
    // Whoever's region meets the campaign's; progress is of the part inside the caller's region.
    Status Get(const v1::GetCampaignRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const;
    Status List(const v1::ListCampaignsRequest& request, const type::v1::Principal& by, Deadline deadline, v1::ListCampaignsResponse& response) const;
    Status ListProgress(const v1::ListCampaignProgressRequest& request, const std::string& region, Deadline deadline, v1::ListCampaignProgressResponse& response) const;
    // Households that came into the scope of a running campaign are put on its list. Any number of times, from any replica.
    Status RunDue(Deadline deadline) const;

private:
    Status Show(pg::Connection& connection, const type::v1::Principal& by, v1::Campaign& campaign) const;
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
    const Regions& regions_;
};

}  // namespace shouwang::monitoring::usecase
