#include "services/monitoring/store/discovery_store.h"

namespace shouwang::monitoring::store {

Status InsertContact(pg::Connection& connection, std::int64_t declaration_id, const DeclarationContact& contact) {
    pg::Params params = pg::P(declaration_id);
    params.AddBytes(contact.identity).AddBytes(contact.mobile).AddBytes(contact.query_hash);
    return connection.Exec("INSERT INTO declaration_contact (declaration_id, identity, mobile, query_hash) VALUES ($1, $2, $3, $4)", params).status();
}

Result<DeclarationContact> ContactOf(pg::Connection& connection, std::int64_t declaration_id) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT identity, mobile, query_hash FROM declaration_contact WHERE declaration_id = $1", pg::P(declaration_id)));
    if (rows.size() == 0) return DeclarationContact{};
    return DeclarationContact{std::string(rows.Bytes(0, 0)), std::string(rows.Bytes(0, 1)), std::string(rows.Bytes(0, 2))};
}

Result<std::int64_t> DeclarationsOfHousehold(pg::Connection& connection, const std::string& household, TimePoint since) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT count(*) FROM declaration WHERE household = $1 AND household <> '' AND declared_at >= $2", pg::P(household, since)));
    return rows.Int(0, 0);
}

Result<std::int64_t> OpenDeclarationsOfVillage(pg::Connection& connection, const std::string& region_code, TimePoint since) {
    // channel 1 = the household's code
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT count(*) FROM declaration WHERE region_code LIKE $1 AND channel <> 1 AND declared_at >= $2", pg::P(region_code + "%", since)));
    return rows.Int(0, 0);
}

Result<std::optional<TimePoint>> AwaitsVisitSince(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id) {
    // 4 visited, 5 closed
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT declared_at FROM lead WHERE household_id = $1 AND lead_id = $2 AND state NOT IN (4, 5) AND declared_at IS NOT NULL", pg::P(household_id, lead_id)));
    if (rows.size() == 0) return std::optional<TimePoint>();
    return std::optional(rows.Time(0, 0));
}

Result<bool> VillageExists(pg::Connection& connection, const std::string& region_code) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT EXISTS (SELECT FROM region WHERE code = $1 AND level = 5 AND valid_to IS NULL)", pg::P(region_code)));
    return rows.Bool(0, 0);
}

Result<std::vector<UncodedHousehold>> LockUncoded(pg::Connection& connection, const std::string& region_code) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT household_id, household_no FROM household h WHERE region_code LIKE $1 AND members > 0 "
        "AND NOT EXISTS (SELECT FROM household_code c WHERE c.household_id = h.household_id AND c.state = 1) ORDER BY household_id FOR NO KEY UPDATE",
        pg::P(region_code + "%")));
    std::vector<UncodedHousehold> found;
    for (int i = 0; i < rows.size(); ++i) found.push_back({rows.Int(i, 0), std::string(rows.Text(i, 1))});
    return found;
}

Result<std::int64_t> CodesIssued(pg::Connection& connection, std::int64_t household_id) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT count(*) FROM household_code WHERE household_id = $1", pg::P(household_id)));
    return rows.Int(0, 0);
}

}  // namespace shouwang::monitoring::store
