// Campaign lists, must-visit lists and clear papers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/must_visit.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::store {

// ---- campaigns. Households of the scope that are not on the list yet are put on it; says how many.
Result<std::int64_t> EnrolHouseholds(pg::Connection& connection, std::int64_t campaign_id, v1::CampaignScope scope, const std::string& region_code);
// Ids and regions of running campaigns.
struct RunningCampaign {
    std::int64_t campaign_id;
    v1::CampaignScope scope;
    std::string region_code;
};
Result<std::vector<RunningCampaign>> RunningCampaigns(pg::Connection& connection);
// Of the part of the campaign inside `region`; region_code is set to it.
Result<v1::CampaignProgress> ProgressIn(pg::Connection& connection, std::int64_t campaign_id, const std::string& region);
// By village, in order of code behind `after`.
Result<std::vector<v1::CampaignProgress>> ProgressByVillage(pg::Connection& connection, std::int64_t campaign_id, const std::string& region, const std::string& after,
                                                            bool only_unfinished, int limit);
// The first visit's day stays. False where the household is not on the list.
Result<bool> MarkChecked(pg::Connection& connection, std::int64_t campaign_id, std::int64_t household_id, Date on, bool with_lead);

// ---- must-visits
using MustVisitRows = std::map<std::string, domain::MustVisitRow>;
Result<std::map<std::int64_t, MustVisitRows>> MustVisitsOf(pg::Connection& connection, const std::vector<std::int64_t>& households);
Status SaveMustVisit(pg::Connection& connection, std::int64_t household_id, const std::string& region_code, const std::string& rule, const domain::MustVisitRow& row);
// Listed rows of the household that the visit answers: those listed on that day or before.
Result<std::int64_t> AnswerMustVisits(pg::Connection& connection, std::int64_t household_id, Date visited_on, const std::string& visit);

struct MustVisitFilter {
    std::string region_prefix, rule;
    std::vector<std::int32_t> states;
    std::int64_t after_household = 0;
    std::string after_rule;
    int limit = 50;
};
// Labels are left to the caller.
Result<std::vector<v1::MustVisit>> ListMustVisits(pg::Connection& connection, const MustVisitFilter& filter);

// The next village with households behind `after` in order of code; empty = there is none.
Result<std::string> NextVillage(pg::Connection& connection, const std::string& after);
// Day of the village's last refresh; nullopt = never.
Result<std::optional<Date>> RefreshedOn(pg::Connection& connection, const std::string& region_code);
Status SetRefreshed(pg::Connection& connection, const std::string& region_code, Date on);

// ---- clear papers. Says how many are new.
Result<std::int64_t> RecordPapers(pg::Connection& connection, v1::ClearPaper paper, int year, const std::vector<std::int64_t>& households, Date on, const std::string& by);
// Of the households, those inside the region; locked against moving.
Result<std::int64_t> CountHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& households, const std::string& region);
// By the first `digits` digits of the region code.
Result<std::vector<v1::PaperRate>> PaperRates(pg::Connection& connection, const std::string& region, int digits, v1::ClearPaper paper, int year);

}  // namespace shouwang::monitoring::store
