#include "services/monitoring/store/region_store.h"

#include "common/pg/row_mapper.h"

namespace shouwang::monitoring::store {
namespace {

const std::vector<std::string> kColumns = {"code", "name", "level", "parent", "valid_from", "valid_to", "statistical"};

v1::Region Read(const pg::Rows& rows, int i) {
    v1::Region region;
    pg::ReadRow(rows, i, kColumns, region);
    std::string_view successors = rows.Text(i, static_cast<int>(kColumns.size()));
    while (!successors.empty()) {
        const auto comma = successors.find(',');
        region.add_successors(std::string(successors.substr(0, comma)));
        successors = comma == std::string_view::npos ? "" : successors.substr(comma + 1);
    }
    return region;
}

std::string Select() { return "SELECT " + pg::ColumnList(kColumns) + ", array_to_string(successors, ',') FROM region "; }

constexpr std::string_view kInForce = "valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)";

}  // namespace

Result<bool> AlreadyLoaded(pg::Connection& connection, const std::string& name, std::string_view digest) {
    pg::Params params;
    params.Add(name).AddBytes(digest);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "INSERT INTO reference_file (name, digest) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET digest = EXCLUDED.digest "
        "WHERE reference_file.digest <> EXCLUDED.digest RETURNING 1", params));
    return rows.size() == 0;
}

Status PutRegions(pg::Connection& connection, const std::vector<v1::Region>& regions) {
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS incoming_region (code text, valid_from date, valid_to date, name text, level smallint, parent text, "
        "statistical boolean, successors text) ON COMMIT DELETE ROWS; DELETE FROM incoming_region"));
    pg::CopyBuffer copy;
    for (const v1::Region& r : regions) {
        copy.Row(8).Text(r.code()).DateOf(Date::Parse(r.valid_from()).value_or(Date{}));
        if (const auto to = Date::Parse(r.valid_to())) {
            copy.DateOf(*to);
        } else {
            copy.Null();
        }
        std::string successors;
        for (const std::string& s : r.successors()) successors += (successors.empty() ? "" : ",") + s;
        copy.Text(r.name()).Int16(static_cast<std::int16_t>(r.level())).Text(r.parent()).Bool(r.statistical()).Text(successors);
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY incoming_region FROM STDIN (FORMAT binary)", copy));
    return connection.Exec(
        "INSERT INTO region (code, valid_from, valid_to, name, level, parent, statistical, successors) "
        "SELECT code, valid_from, valid_to, name, level, parent, statistical, coalesce(string_to_array(nullif(successors, ''), ','), '{}') "
        "FROM incoming_region ON CONFLICT (code, valid_from) DO UPDATE SET valid_to = EXCLUDED.valid_to, name = EXCLUDED.name, "
        "level = EXCLUDED.level, parent = EXCLUDED.parent, statistical = EXCLUDED.statistical, successors = EXCLUDED.successors").status();
}

Result<v1::Region> GetRegion(pg::Connection& connection, const std::string& code, Date on) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        Select() + "WHERE code = $1 AND " + std::string(kInForce) + " ORDER BY valid_from DESC LIMIT 1", pg::P(code, on)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "REGION_NOT_FOUND", "no division has the code " + code + " on " + on.ToString());
    return Read(rows, 0);
}

Result<std::vector<v1::Region>> ListRegions(pg::Connection& connection, const std::string& parent, Date on, const std::string& after, int limit) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        Select() + "WHERE parent = $1 AND " + std::string(kInForce) + " AND code > $3 ORDER BY code, valid_from DESC LIMIT $4",
        pg::P(parent, on, after, static_cast<std::int64_t>(limit))));
    std::vector<v1::Region> regions;
    for (int i = 0; i < rows.size(); ++i) regions.push_back(Read(rows, i));
    return regions;
}

Result<std::unordered_map<std::string, std::string>> RegionNames(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec("SELECT code, name FROM region ORDER BY code, valid_from"));
    std::unordered_map<std::string, std::string> names;
    names.reserve(rows.size());
    for (int i = 0; i < rows.size(); ++i) names[std::string(rows.Text(i, 0))] = rows.Text(i, 1);
    return names;
}

}  // namespace shouwang::monitoring::store
