#include "services/monitoring/store/history_store.h"

namespace shouwang::monitoring::store {

Result<std::vector<KnownMember>> EverMembers(pg::Connection& connection, const std::vector<std::int64_t>& households) {
    pg::Params params;
    params.AddArray(households);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT household_id, person_id, blind, birth FROM member WHERE household_id = ANY($1) UNION "
        "SELECT f.household_id, m.person_id, m.blind, m.birth FROM former_member f JOIN person p USING (person_id) "
        "JOIN member m ON m.household_id = p.household_id AND m.person_id = p.person_id WHERE f.household_id = ANY($1) ORDER BY 1, 3", params));
    std::vector<KnownMember> members;
    for (int i = 0; i < rows.size(); ++i) members.push_back({rows.Int(i, 0), rows.Int(i, 1), std::string(rows.Bytes(i, 2)), rows.DateOf(i, 3)});
    return members;
}

Result<std::vector<HistoryRow>> RowsKnownAt(pg::Connection& connection, const std::vector<std::int64_t>& subjects, Date valid_on, TimePoint known_at) {
    pg::Params params;
    params.AddArray(subjects).Add(valid_on).Add(known_at);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT subject_id, dataset, batch_id, sequence, date, revision, retract, content_hash, content FROM feed_row "
        "WHERE subject_id = ANY($1) AND date <= $2 AND recorded_at <= $3 ORDER BY subject_id, batch_id, sequence", params));
    std::vector<HistoryRow> history(static_cast<std::size_t>(rows.size()));
    for (int i = 0; i < rows.size(); ++i) {
        history[static_cast<std::size_t>(i)] = {rows.Int(i, 0),   static_cast<std::uint32_t>(rows.Int(i, 1)), rows.Int(i, 2),
                                                static_cast<std::uint32_t>(rows.Int(i, 3)), rows.DateOf(i, 4), static_cast<std::uint32_t>(rows.Int(i, 5)),
                                                rows.Bool(i, 6),  static_cast<std::uint64_t>(rows.Int(i, 7)), std::string(rows.Bytes(i, 8))};
    }
    return history;
}

Result<std::vector<domain::Coverage>> CoverageKnownAt(pg::Connection& connection, TimePoint known_at) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT c.dataset, c.region_prefix, c.period_from, c.period_to FROM feed_coverage c JOIN feed_batch b USING (batch_id) "
        "WHERE b.applied_at <= $1 ORDER BY 1, 2, 3, 4", pg::P(known_at)));
    std::vector<domain::Coverage> coverage;
    for (int i = 0; i < rows.size(); ++i) {
        coverage.push_back({static_cast<std::uint32_t>(rows.Int(i, 0)), std::string(rows.Text(i, 1)), rows.DateOf(i, 2), rows.DateOf(i, 3)});
    }
    return coverage;
}

}  // namespace shouwang::monitoring::store
