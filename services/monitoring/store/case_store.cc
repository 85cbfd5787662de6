#include "services/monitoring/store/case_store.h"

#include <charconv>

#include "common/base/region_code.h"

namespace shouwang::monitoring::store {
namespace {

// The number behind the last slash, 0 where there is none.
std::int64_t LastNumber(std::string_view name) {
    const std::string_view digits = name.substr(name.rfind('/') + 1);
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    return error == std::errc() && end == digits.data() + digits.size() && id > 0 ? id : 0;
}

}  // namespace

Result<std::int64_t> HouseholdIdOf(std::string_view name) {
    const std::int64_t id = name.starts_with("households/") ? LastNumber(name) : 0;
    if (id == 0 || name != "households/" + std::to_string(id)) return InvalidField("household", "households/{household}");
    return id;
}

Status CheckLead(pg::Connection& connection, std::int64_t household_id, std::string_view lead) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection.Exec("SELECT FROM lead WHERE household_id = $1 AND lead_id = $2", pg::P(household_id, LastNumber(lead))));
    return rows.size() == 1 ? Status::Ok() : MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "there is no " + std::string(lead));
}

Result<CaseHousehold> LockCaseHousehold(pg::Connection& connection, std::int64_t household_id, std::string_view region_prefix) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(
            "SELECT household_no, region_code, lifted, (SELECT count(*)::int FROM member m WHERE m.household_id = h.household_id AND living) "
            "FROM household h WHERE household_id = $1 FOR NO KEY UPDATE",
            pg::P(household_id)));
    if (rows.size() == 0 || !RegionContains(region_prefix, rows.Text(0, 1))) {
        return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "there is no households/" + std::to_string(household_id));
    }
    return CaseHousehold{std::string(rows.Text(0, 0)), std::string(rows.Text(0, 1)), rows.Bool(0, 2), static_cast<int>(rows.Int(0, 3))};
}

Result<std::map<std::int64_t, std::string>> HeadNames(pg::Connection& connection, const std::vector<std::int64_t>& households) {
    pg::Params params;
    params.AddArray(std::span<const std::int64_t>(households));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection.Exec("SELECT DISTINCT ON (m.household_id) m.household_id, p.name FROM member m JOIN person p USING (person_id) "
                                        "WHERE m.household_id = ANY($1) AND m.living ORDER BY m.household_id, (m.relation <> 1), m.person_id",
                                        params));
    std::map<std::int64_t, std::string> names;
    for (int i = 0; i < rows.size(); ++i) names.emplace(rows.Int(i, 0), rows.Text(i, 1));
    return names;
}

}  // namespace shouwang::monitoring::store
