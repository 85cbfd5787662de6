#include "services/monitoring/store/overview_store.h"

#include <map>

#include "common/pg/row_mapper.h"

namespace shouwang::monitoring::store {

Result<std::vector<v1::Figures>> FiguresByRegion(pg::Connection& connection, const std::string& prefix, int digits, Date today, TimePoint now) {
    static const std::vector<std::string> kHousehold = {
        "region_code", "households", "persons", "lifted_households", "lifted_persons", "monitored_households", "monitored_persons",
        "new_monitored_households", "new_monitored_persons", "eliminated_households", "eliminated_persons", "villages_covered", "measures",
        "public_posts", "house_renovations", "rewards_fen"};
    const Date new_year = Date::FromCivil(today.year(), 1, 1);
    SW_ASSIGN_OR_RETURN(pg::Rows h, connection.Exec(
        "SELECT left(region_code, $2), count(*), sum(members)::bigint, count(*) FILTER (WHERE lifted), "
        "coalesce(sum(members) FILTER (WHERE lifted), 0)::bigint, count(*) FILTER (WHERE monitored), "
        "coalesce(sum(monitored_members) FILTER (WHERE monitored), 0)::bigint, count(*) FILTER (WHERE monitored AND monitored_since >= $3), "
        "coalesce(sum(monitored_members) FILTER (WHERE monitored AND monitored_since >= $3), 0)::bigint, "
        "count(*) FILTER (WHERE monitored AND risk_eliminated), coalesce(sum(monitored_members) FILTER (WHERE monitored AND risk_eliminated), 0)::bigint, "
        "count(DISTINCT region_code), sum(measures)::bigint, sum(public_posts)::bigint, sum(house_renovations)::bigint, sum(rewards_fen)::bigint "
        "FROM household WHERE region_code LIKE $1 AND members > 0 GROUP BY 1 ORDER BY 1",
        pg::P(prefix + "%", static_cast<std::int32_t>(digits), new_year)));
    std::map<std::string, v1::Figures> by_region;
    for (int i = 0; i < h.size(); ++i) pg::ReadRow(h, i, kHousehold, by_region[std::string(h.Text(i, 0))]);
    SW_ASSIGN_OR_RETURN(pg::Rows l, connection.Exec(
        "SELECT left(region_code, $2), count(*) FILTER (WHERE state <> 5 AND grade = 3), count(*) FILTER (WHERE state <> 5 AND grade = 2), "
        "count(*) FILTER (WHERE state <> 5 AND grade = 1), count(*) FILTER (WHERE state = 5), count(*) FILTER (WHERE state <> 5 AND due_at < $3) "
        "FROM lead WHERE region_code LIKE $1 GROUP BY 1 ORDER BY 1",
        pg::P(prefix + "%", static_cast<std::int32_t>(digits), now)));
    for (int i = 0; i < l.size(); ++i) {
        pg::ReadRow(l, i, {"region_code", "leads_red", "leads_yellow", "leads_green", "leads_closed", "leads_overdue"},
                    by_region[std::string(l.Text(i, 0))]);
    }
    std::vector<v1::Figures> figures;
    for (auto& [code, f] : by_region) figures.push_back(std::move(f));
    return figures;
}

Result<Sources> CountSources(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT count(DISTINCT department), count(DISTINCT dataset) FROM feed_batch WHERE accepted > 0"));
    return Sources{static_cast<int>(rows.Int(0, 0)), static_cast<int>(rows.Int(0, 1))};
}

Result<std::vector<v1::Household>> ListHouseholds(pg::Connection& connection, const HouseholdFilter& f) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT 'households/' || household_id, household_no, region_code, lifted, relocated, members FROM household "
        "WHERE region_code LIKE $1 AND ($2 = '' OR household_no = $2) AND ($3 = 0 OR household_id = $3) AND household_id > $4 "
        "AND members > 0 ORDER BY household_id LIMIT $5",
        pg::P(f.region_prefix + "%", f.household_no, f.household_id, f.after, static_cast<std::int64_t>(f.limit))));
    std::vector<v1::Household> households(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        pg::ReadRow(rows, i, {"name", "household_no", "region_code", "lifted", "relocated", "member_count"}, households[i]);
    }
    return households;
}

Result<std::vector<PersonRecord>> PersonsOf(pg::Connection& connection, std::int64_t household_id) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT p.person_id, p.name, p.identity, p.phone FROM member m JOIN person p ON p.person_id = m.person_id "
        "WHERE m.household_id = $1 ORDER BY p.person_id", pg::P(household_id)));
    std::vector<PersonRecord> persons;
    for (int i = 0; i < rows.size(); ++i) {
        persons.push_back({rows.Int(i, 0), std::string(rows.Text(i, 1)), std::string(rows.Bytes(i, 2)), std::string(rows.Bytes(i, 3))});
    }
    return persons;
}

}  // namespace shouwang::monitoring::store
