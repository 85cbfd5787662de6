#include "services/monitoring/store/campaign_store.h"

namespace shouwang::monitoring::store {
namespace {

std::string ScopeSql(v1::CampaignScope scope) {
    switch (scope) {
        case v1::CAMPAIGN_SCOPE_LIFTED:
            return " AND h.lifted";
        case v1::CAMPAIGN_SCOPE_MONITORED:
            return " AND h.monitored AND NOT h.risk_eliminated";
        case v1::CAMPAIGN_SCOPE_MUST_VISIT:
            return " AND EXISTS (SELECT FROM must_visit v WHERE v.household_id = h.household_id AND v.state = 1)";
        default:
            return "";
    }
}

int ShareBp(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : static_cast<int>(part * 10000 / whole); }

v1::CampaignProgress ReadProgress(const pg::Rows& rows, int i, const std::string& region) {
    v1::CampaignProgress p;
    p.set_region_code(region);
    p.set_households(static_cast<std::int32_t>(rows.Int(i, 0)));
    p.set_checked(static_cast<std::int32_t>(rows.Int(i, 1)));
    p.set_leads(static_cast<std::int32_t>(rows.Int(i, 2)));
    p.set_checked_bp(ShareBp(p.checked(), p.households()));
    return p;
}

}  // namespace

Result<std::int64_t> EnrolHouseholds(pg::Connection& connection, std::int64_t campaign_id, v1::CampaignScope scope, const std::string& region_code) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "INSERT INTO campaign_household (household_id, campaign_id, region_code) SELECT h.household_id, $1, h.region_code FROM household h "
        "WHERE h.region_code LIKE $2 AND h.members > 0" + ScopeSql(scope) + " ON CONFLICT DO NOTHING", pg::P(campaign_id, region_code + "%")));
    return rows.affected();
}

Result<std::vector<RunningCampaign>> RunningCampaigns(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT campaign_id, scope, region_code FROM campaign WHERE state = $1::int ORDER BY campaign_id", pg::P(std::int32_t{v1::CAMPAIGN_STATE_RUNNING})));
    std::vector<RunningCampaign> running;
    for (int i = 0; i < rows.size(); ++i) running.push_back({rows.Int(i, 0), static_cast<v1::CampaignScope>(rows.Int(i, 1)), std::string(rows.Text(i, 2))});
    return running;
}

Result<v1::CampaignProgress> ProgressIn(pg::Connection& connection, std::int64_t campaign_id, const std::string& region) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT count(*), count(checked_on), coalesce(sum(leads), 0) FROM campaign_household WHERE campaign_id = $1 AND region_code LIKE $2",
        pg::P(campaign_id, region + "%")));
    return ReadProgress(rows, 0, region);
}

Result<std::vector<v1::CampaignProgress>> ProgressByVillage(pg::Connection& connection, std::int64_t campaign_id, const std::string& region, const std::string& after,
                                                            bool only_unfinished, int limit) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT count(*), count(checked_on), coalesce(sum(leads), 0), region_code FROM campaign_household WHERE campaign_id = $1 AND region_code LIKE $2 "
        "AND region_code > $3 COLLATE \"C\" GROUP BY region_code HAVING NOT $4 OR count(*) > count(checked_on) ORDER BY region_code COLLATE \"C\" LIMIT $5",
        pg::P(campaign_id, region + "%", after, only_unfinished, static_cast<std::int64_t>(limit))));
    std::vector<v1::CampaignProgress> villages;
    for (int i = 0; i < rows.size(); ++i) villages.push_back(ReadProgress(rows, i, std::string(rows.Text(i, 3))));
    return villages;
}

Result<bool> MarkChecked(pg::Connection& connection, std::int64_t campaign_id, std::int64_t household_id, Date on, bool with_lead) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "UPDATE campaign_household SET checked_on = coalesce(checked_on, $3), leads = leads + $4 WHERE household_id = $1 AND campaign_id = $2",
        pg::P(household_id, campaign_id, on, std::int32_t{with_lead ? 1 : 0})));
    return rows.affected() == 1;
}

Result<std::int64_t> RecordPapers(pg::Connection& connection, v1::ClearPaper paper, int year, const std::vector<std::int64_t>& households, Date on, const std::string& by) {
    pg::Params params = pg::P(std::int32_t{paper}, std::int32_t{year}, on, by);
    params.AddArray(std::span<const std::int64_t>(households));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "INSERT INTO clear_paper (household_id, paper, year, delivered_on, delivered_by) SELECT DISTINCT h, $1::int, $2, $3, $4 FROM unnest($5::bigint[]) h "
        "ORDER BY h ON CONFLICT DO NOTHING", params));
    return rows.affected();
}

Result<std::int64_t> CountHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& households, const std::string& region) {
    pg::Params params = pg::P(region + "%");
    params.AddArray(std::span<const std::int64_t>(households));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT count(*) FROM (SELECT FROM household WHERE household_id = ANY($2) AND region_code LIKE $1 ORDER BY household_id FOR SHARE) h", params));
    return rows.Int(0, 0);
}

Result<std::vector<v1::PaperRate>> PaperRates(pg::Connection& connection, const std::string& region, int digits, v1::ClearPaper paper, int year) {
    const std::string target = paper == v1::CLEAR_PAPER_SUPPORT ? " AND h.monitored" : "";
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT part, households, delivered FROM (SELECT substr(h.region_code, 1, $2) AS part, count(*) AS households, count(p.household_id) AS delivered FROM household h LEFT JOIN clear_paper p ON p.household_id = h.household_id "
        "AND p.paper = $3::int AND p.year = $4 WHERE h.region_code LIKE $1 AND h.members > 0" + target + " GROUP BY part) r ORDER BY part COLLATE \"C\"",
        pg::P(region + "%", std::int32_t{digits}, std::int32_t{paper}, std::int32_t{year})));
    std::vector<v1::PaperRate> rates;
    for (int i = 0; i < rows.size(); ++i) {
        v1::PaperRate& rate = rates.emplace_back();
        rate.set_region_code(std::string(rows.Text(i, 0)));
        rate.set_households(static_cast<std::int32_t>(rows.Int(i, 1)));
        rate.set_delivered(static_cast<std::int32_t>(rows.Int(i, 2)));
        rate.set_rate_bp(ShareBp(rate.delivered(), rate.households()));
    }
    return rates;
}

}  // namespace shouwang::monitoring::store
