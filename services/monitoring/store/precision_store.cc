#include "services/monitoring/store/precision_store.h"

namespace shouwang::monitoring::store {

Status EachEndedLead(pg::Connection& connection, const std::string& region_prefix, Date from, Date to, const std::function<void(const domain::EndedLead&)>& each) {
    v1::Lead explanations;
    return connection.Stream(
        "SELECT region_code, ended_as, visit IS NOT NULL, closed_at, explanations FROM lead WHERE state = 5 AND region_code LIKE $1 "
        "AND closed_at >= $2::date - interval '8 hours' AND closed_at < $3::date + interval '16 hours' AND length(explanations) > 0",
        pg::P(region_prefix + "%", from, to), [&](const pg::Rows& row) {
            const std::string_view bytes = row.Bytes(0, 4);
            explanations.Clear();
            if (!explanations.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return true;
            each({std::string(row.Text(0, 0)), static_cast<v1::LeadEnd>(row.Int(0, 1)), row.Bool(0, 2), DateAt(row.Time(0, 3)), &explanations});
            return true;
        });
}

Result<std::unordered_set<std::int64_t>> HouseholdsConfirmedAfter(pg::Connection& connection, const std::string& region_prefix, Date day) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT DISTINCT household_id FROM lead WHERE state = 5 AND ended_as IN (1, 5) AND region_code LIKE $1 AND closed_at >= $2::date + interval '16 hours'",
        pg::P(region_prefix + "%", day)));
    std::unordered_set<std::int64_t> households;
    for (int i = 0; i < rows.size(); ++i) households.insert(rows.Int(i, 0));
    return households;
}

}  // namespace shouwang::monitoring::store
