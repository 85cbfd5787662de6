#include "services/monitoring/store/campaign_store.h"

namespace shouwang::monitoring::store {

Result<std::map<std::int64_t, MustVisitRows>> MustVisitsOf(pg::Connection& connection, const std::vector<std::int64_t>& households) {
    pg::Params params;
    params.AddArray(std::span<const std::int64_t>(households));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT household_id, rule, state, digest, reason, listed_on, visited_on, visit FROM must_visit WHERE household_id = ANY($1)", params));
    std::map<std::int64_t, MustVisitRows> all;
    for (int i = 0; i < rows.size(); ++i) {
        domain::MustVisitRow& row = all[rows.Int(i, 0)][std::string(rows.Text(i, 1))];
        row.state = static_cast<v1::MustVisitState>(rows.Int(i, 2));
        row.digest = rows.Bytes(i, 3);
        row.reason = rows.Bytes(i, 4);
        row.listed_on = rows.DateOf(i, 5);
        if (!rows.IsNull(i, 6)) row.visited_on = rows.DateOf(i, 6);
        row.visit = rows.Text(i, 7);
    }
    return all;
}

Status SaveMustVisit(pg::Connection& connection, std::int64_t household_id, const std::string& region_code, const std::string& rule, const domain::MustVisitRow& row) {
    pg::Params params = pg::P(household_id, rule, region_code, std::int32_t{row.state});
    params.AddBytes(row.reason).AddBytes(row.digest).Add(row.listed_on).AddOptional(row.visited_on).Add(row.visit);
    return connection.Exec(
        "INSERT INTO must_visit (household_id, rule, region_code, state, reason, digest, listed_on, visited_on, visit) "
        "VALUES ($1, $2, $3, $4::int, $5, $6, $7, $8::date, $9) ON CONFLICT (household_id, rule) DO UPDATE SET region_code = excluded.region_code, "
        "state = excluded.state, reason = excluded.reason, digest = excluded.digest, listed_on = excluded.listed_on, visited_on = excluded.visited_on, "
        "visit = excluded.visit", params).status();
}

Result<std::int64_t> AnswerMustVisits(pg::Connection& connection, std::int64_t household_id, Date visited_on, const std::string& visit) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "UPDATE must_visit SET state = 2, visited_on = $2, visit = $3 WHERE household_id = $1 AND state = 1 AND listed_on <= $2", pg::P(household_id, visited_on, visit)));
    return rows.affected();
}

Result<std::vector<v1::MustVisit>> ListMustVisits(pg::Connection& connection, const MustVisitFilter& f) {
    pg::Params params = pg::P(f.region_prefix + "%", f.rule);
    params.AddArray(std::span<const std::int32_t>(f.states)).Add(f.after_household).Add(f.after_rule).Add(static_cast<std::int64_t>(f.limit));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT v.household_id, v.rule, v.region_code, v.state, v.reason, v.listed_on, v.visited_on, v.visit, h.household_no, coalesce((SELECT p.name "
        "FROM member m JOIN person p ON p.person_id = m.person_id WHERE m.household_id = v.household_id AND m.living "
        "ORDER BY (m.relation <> 1), m.person_id LIMIT 1), '') FROM must_visit v JOIN household h ON h.household_id = v.household_id "
        "WHERE v.region_code LIKE $1 AND ($2 = '' OR v.rule = $2) AND v.state = ANY($3) AND (v.household_id > $4 OR (v.household_id = $4 AND v.rule > $5 COLLATE \"C\")) "
        "ORDER BY v.household_id, v.rule COLLATE \"C\" LIMIT $6", params));
    std::vector<v1::MustVisit> list;
    for (int i = 0; i < rows.size(); ++i) {
        v1::MustVisit& v = list.emplace_back();
        v.set_household("households/" + std::to_string(rows.Int(i, 0)));
        v.set_rule(std::string(rows.Text(i, 1)));
        v.set_name(v.household() + "/mustVisits/" + v.rule());
        v.set_region_code(std::string(rows.Text(i, 2)));
        v.set_state(static_cast<v1::MustVisitState>(rows.Int(i, 3)));
        const std::string_view reason = rows.Bytes(i, 4);
        v.mutable_reason()->ParseFromArray(reason.data(), static_cast<int>(reason.size()));
        v.set_listed_on(rows.DateOf(i, 5).ToString());
        if (!rows.IsNull(i, 6)) v.set_visited_on(rows.DateOf(i, 6).ToString());
        v.set_visit(std::string(rows.Text(i, 7)));
        v.set_household_no(std::string(rows.Text(i, 8)));
        v.set_head_name(std::string(rows.Text(i, 9)));
    }
    return list;
}

Result<std::string> NextVillage(pg::Connection& connection, const std::string& after) {
    // The operators of the index household_by_region.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT region_code FROM household WHERE region_code ~>~ $1 ORDER BY region_code USING ~<~ LIMIT 1", pg::P(after)));
    return rows.size() == 0 ? std::string() : std::string(rows.Text(0, 0));
}

Result<std::optional<Date>> RefreshedOn(pg::Connection& connection, const std::string& region_code) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT refreshed_on FROM must_visit_village WHERE region_code = $1", pg::P(region_code)));
    return rows.size() == 0 ? std::optional<Date>() : std::optional(rows.DateOf(0, 0));
}

Status SetRefreshed(pg::Connection& connection, const std::string& region_code, Date on) {
    return connection.Exec("INSERT INTO must_visit_village (region_code, refreshed_on) VALUES ($1, $2) ON CONFLICT (region_code) DO UPDATE SET "
                           "refreshed_on = excluded.refreshed_on", pg::P(region_code, on)).status();
}

}  // namespace shouwang::monitoring::store
