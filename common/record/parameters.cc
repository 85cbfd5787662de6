#include "common/record/parameters.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/base/region_code.h"
#include "common/pg/row_mapper.h"

namespace shouwang::record {
namespace {

using type::v1::ParameterDefinition;
using type::v1::ParameterValue;

const std::vector<std::string> kValueFields{"name", "region_prefix", "valid_from", "value", "source", "set_by", "set_at", "sequence", "unit"};
constexpr std::string_view kShipped = "default";

Status Invalid(const std::string& name, const std::string& what) {
    Status status = MakeStatus(Code::kInvalidArgument, "PARAMETER_INVALID", name + ": " + what);
    status.metadata = {{"parameter", name}};
    return status;
}

bool Allows(const ParameterDefinition& d, options::v1::Unit unit) {
    if (unit == options::v1::UNIT_UNSPECIFIED || unit == d.unit()) return true;
    return std::find(d.also_units().begin(), d.also_units().end(), unit) != d.also_units().end();
}

Status CheckDefinition(const ParameterDefinition& d) {
    if (d.name().empty() || d.unit() == options::v1::UNIT_UNSPECIFIED) return Invalid(d.name(), "a name and a unit are needed");
    if (d.min() > d.max()) return Invalid(d.name(), "min is above max");
    if (d.label().zh().empty() || d.label().en().empty() || d.source().empty()) return Invalid(d.name(), "labels and source are needed");
    for (const ParameterValue& v : d.defaults()) {
        if (!Date::Parse(v.valid_from())) return Invalid(d.name(), "a default needs valid_from");
        if (RegionLevel(v.region_prefix()) < 0) return Invalid(d.name(), "a default's region is no region");
        if (!Allows(d, v.unit())) return Invalid(d.name(), "a default counts in a unit that the definition does not allow");
        if (!v.has_value() || v.value() < d.min() || v.value() > d.max()) return Invalid(d.name(), "a default is out of range");
    }
    return Status::Ok();
}

Status InsertValue(pg::Connection& connection, const ParameterValue& v, Date valid_from, TimePoint now, std::int64_t& sequence) {
    pg::Params params = pg::P(v.name(), v.region_prefix(), valid_from);
    params.AddOptional(v.has_value() ? std::optional<std::int64_t>(v.value()) : std::nullopt).Add(v.source()).Add(v.set_by()).Add(now).Add(std::int32_t{v.unit()});
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "INSERT INTO parameter_value (name, region_prefix, valid_from, value, source, set_by, set_at, unit) VALUES ($1, $2, $3, $4::bigint, $5, $6, $7, $8) "
        "RETURNING sequence", params));
    sequence = rows.Int(0, 0);
    return Status::Ok();
}

// "36" and "3606" of "360681": the prefixes whose values hold for a region, itself included.
std::vector<std::string> Prefixes(std::string_view region_code) {
    std::vector<std::string> prefixes{""};
    for (const std::size_t n : {2u, 4u, 6u, 9u, 12u}) {
        if (region_code.size() >= n) prefixes.emplace_back(region_code.substr(0, n));
    }
    return prefixes;
}

}  // namespace

Result<Parameters> Parameters::Make(type::v1::ParameterDefinitions definitions) {
    Parameters made;
    made.definitions_ = std::move(definitions);
    for (int i = 0; i < made.definitions_.parameters_size(); ++i) {
        const ParameterDefinition& d = made.definitions_.parameters(i);
        SW_RETURN_IF_ERROR(CheckDefinition(d));
        if (!made.index_.emplace(d.name(), i).second) return Invalid(d.name(), "defined twice");
    }
    return made;
}

const ParameterDefinition* Parameters::Find(std::string_view name) const {
    const auto it = index_.find(name);
    return it == index_.end() ? nullptr : &definitions_.parameters(it->second);
}

Status Parameters::Ship(pg::Connection& connection, TimePoint now) const {
    SW_RETURN_IF_ERROR(connection.Exec("LOCK TABLE parameter_value IN SHARE ROW EXCLUSIVE MODE").status());
    for (const ParameterDefinition& d : definitions_.parameters()) {
        for (ParameterValue v : d.defaults()) {
            v.set_name(d.name());
            v.set_set_by(std::string(kShipped));
            if (v.source().empty()) v.set_source(d.source());
            const Date valid_from = *Date::Parse(v.valid_from());
            // What a person has said for the same region and day stays; of defaults the newest release's counts.
            SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
                "SELECT set_by <> 'default' OR (value = $4 AND unit = $5) FROM parameter_value WHERE name = $1 AND region_prefix = $2 AND valid_from = $3 "
                "ORDER BY sequence DESC LIMIT 1", pg::P(v.name(), v.region_prefix(), valid_from, v.value(), std::int32_t{v.unit()})));
            if (rows.size() == 1 && rows.Bool(0, 0)) continue;
            std::int64_t sequence = 0;
            SW_RETURN_IF_ERROR(InsertValue(connection, v, valid_from, now, sequence));
        }
    }
    return Status::Ok();
}

Result<std::optional<flow::Limit>> Parameters::InForce(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const {
    if (Find(name) == nullptr) {
        std::fprintf(stderr, "record::Parameters: %s is not defined\n", std::string(name).c_str());
        std::abort();
    }
    pg::Params params = pg::P(name, day);
    params.AddArray(std::span<const std::string>(Prefixes(region_code)));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT value, unit FROM parameter_value WHERE name = $1 AND valid_from <= $2 AND region_prefix = ANY($3) "
        "ORDER BY length(region_prefix) DESC, valid_from DESC, sequence DESC LIMIT 1", params));
    if (rows.size() == 0 || rows.IsNull(0, 0)) return std::optional<flow::Limit>();
    const auto unit = static_cast<options::v1::Unit>(rows.Int(0, 1));
    return std::optional<flow::Limit>({rows.Int(0, 0), unit == options::v1::UNIT_UNSPECIFIED ? Find(name)->unit() : unit});
}

Result<std::optional<std::int64_t>> Parameters::Value(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const {
    SW_ASSIGN_OR_RETURN(const auto found, InForce(connection, name, region_code, day));
    return found ? std::optional<std::int64_t>(found->amount) : std::nullopt;
}

Result<std::int64_t> Parameters::Need(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const {
    SW_ASSIGN_OR_RETURN(const flow::Limit found, NeedLimit(connection, name, region_code, day));
    return found.amount;
}

Result<flow::Limit> Parameters::NeedLimit(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const {
    SW_ASSIGN_OR_RETURN(const auto found, InForce(connection, name, region_code, day));
    if (found) return *found;
    Status status = MakeStatus(Code::kFailedPrecondition, "PARAMETER_UNKNOWN", "the parameter " + std::string(name) + " has no value for this region and day");
    status.metadata = {{"parameter", std::string(name)}, {"region", std::string(region_code)}, {"day", day.ToString()}};
    return status;
}

Status Parameters::List(pg::Connection& connection, const type::v1::ListParametersRequest& q, type::v1::ListParametersResponse& response) const {
    if (!q.name().empty() && Find(q.name()) == nullptr) return InvalidField("name", "the name of a parameter");
    if (RegionLevel(q.region_code()) < 0) return InvalidField("region_code", "0, 2, 4, 6, 9 or 12 digits");
    pg::Params params = pg::P(q.name(), q.region_code().empty(), q.with_history());
    params.AddArray(std::span<const std::string>(Prefixes(q.region_code())));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT " + pg::ColumnList(kValueFields) + " FROM parameter_value v WHERE ($1 = '' OR name = $1) AND ($2 OR region_prefix = ANY($4)) "
        "AND ($3 OR NOT EXISTS (SELECT FROM parameter_value later WHERE later.name = v.name AND later.region_prefix = v.region_prefix "
        "AND later.valid_from = v.valid_from AND later.sequence > v.sequence)) "
        "ORDER BY name, length(region_prefix) DESC, region_prefix, valid_from DESC, sequence DESC", params));
    const pg::RowReader reader(*ParameterValue::descriptor(), kValueFields);
    for (int i = 0; i < rows.size(); ++i) reader.Read(rows, i, *response.add_values());
    return Status::Ok();
}

Result<ParameterValue> Parameters::Set(pg::Connection& connection, const type::v1::SetParameterRequest& q, std::string_view by, TimePoint now) const {
    const ParameterDefinition* d = Find(q.name());
    if (d == nullptr) return InvalidField("name", "the name of a parameter");
    if (RegionLevel(q.region_prefix()) < 0) return InvalidField("region_prefix", "0, 2, 4, 6, 9 or 12 digits");
    const auto valid_from = Date::Parse(q.valid_from());
    if (!valid_from) return InvalidField("valid_from", "a date YYYY-MM-DD");
    if (q.has_value() && (q.value() < d->min() || q.value() > d->max())) {
        return InvalidField("value", std::to_string(d->min()) + " to " + std::to_string(d->max()), "PARAMETER_RANGE");
    }
    if (!Allows(*d, q.unit())) return InvalidField("unit", "the definition's unit, or one of its also_units", "PARAMETER_UNIT");
    if (q.source().empty()) return InvalidField("source", "the document or decision that the value comes from");
    ParameterValue v;
    v.set_name(q.name());
    v.set_region_prefix(q.region_prefix());
    v.set_valid_from(q.valid_from());
    if (q.has_value()) v.set_value(q.value());
    v.set_source(q.source());
    v.set_unit(q.unit());
    v.set_set_by(std::string(by));
    std::int64_t sequence = 0;
    SW_RETURN_IF_ERROR(InsertValue(connection, v, *valid_from, now, sequence));
    v.set_sequence(sequence);
    v.mutable_set_at()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    return v;
}

Result<Snapshot> Snapshot::Load(pg::Connection& connection, std::span<const std::string> names, Date day) {
    pg::Params params = pg::P(day);
    params.AddArray(names);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT name, region_prefix, value FROM (SELECT DISTINCT ON (name, region_prefix) name, region_prefix, value FROM parameter_value "
        "WHERE name = ANY($2) AND valid_from <= $1 ORDER BY name, region_prefix, valid_from DESC, sequence DESC) v ORDER BY length(region_prefix) DESC", params));
    Snapshot snapshot;
    for (int i = 0; i < rows.size(); ++i) {
        snapshot.held_.push_back({std::string(rows.Text(i, 0)), std::string(rows.Text(i, 1)), {}});
        if (!rows.IsNull(i, 2)) snapshot.held_.back().value = rows.Int(i, 2);
    }
    return snapshot;
}

std::optional<std::int64_t> Snapshot::Value(std::string_view name, std::string_view region_code) const {
    for (const Held& held : held_) {
        if (held.name == name && RegionContains(held.region_prefix, region_code)) return held.value;
    }
    return std::nullopt;
}

Result<flow::WorkCalendar> LoadCalendar(pg::Connection& connection, std::string_view region_code, Date from) {
    pg::Params params = pg::P(from, from + 731);
    params.AddArray(std::span<const std::string>(Prefixes(region_code)));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT day, working FROM calendar_day WHERE day BETWEEN $1 AND $2 AND region_prefix = ANY($3) ORDER BY length(region_prefix)", params));
    flow::WorkCalendar calendar;
    for (int i = 0; i < rows.size(); ++i) calendar.Set(rows.DateOf(i, 0), rows.Bool(i, 1));
    return calendar;
}

Status ListCalendarDays(pg::Connection& connection, const type::v1::ListCalendarDaysRequest& q, type::v1::ListCalendarDaysResponse& response) {
    if (RegionLevel(q.region_code()) < 0) return InvalidField("region_code", "0, 2, 4, 6, 9 or 12 digits");
    static const std::vector<std::string> kFields{"region_prefix", "day", "working", "source"};
    pg::Params params = pg::P(Date::FromCivil(q.year(), 1, 1), Date::FromCivil(q.year(), 12, 31));
    params.AddArray(std::span<const std::string>(Prefixes(q.region_code())));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT " + pg::ColumnList(kFields) + " FROM calendar_day WHERE day BETWEEN $1 AND $2 AND region_prefix = ANY($3) ORDER BY day, region_prefix", params));
    const pg::RowReader reader(*type::v1::CalendarDay::descriptor(), kFields);
    for (int i = 0; i < rows.size(); ++i) reader.Read(rows, i, *response.add_days());
    return Status::Ok();
}

Status ShipCalendarDays(pg::Connection& connection, const type::v1::SetCalendarDaysRequest& shipped) {
    std::vector<std::string> regions, days, sources;
    std::vector<std::int32_t> working;
    for (const type::v1::CalendarDay& d : shipped.days()) {
        if (!Date::Parse(d.day()) || d.source().empty()) return MakeStatus(Code::kInvalidArgument, "PARAMETER_INVALID", "a shipped day is malformed: " + d.day());
        regions.push_back(d.region_prefix());
        days.push_back(d.day());
        working.push_back(d.working() ? 1 : 0);
        sources.push_back(d.source());
    }
    pg::Params params;
    params.AddArray(std::span<const std::string>(regions)).AddArray(std::span<const std::string>(days)).AddArray(std::span<const std::int32_t>(working));
    params.AddArray(std::span<const std::string>(sources));
    return connection.Exec(
        "INSERT INTO calendar_day (region_prefix, day, working, source) SELECT r, d::date, w = 1, s FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) AS t (r, d, w, s) "
        "ON CONFLICT (region_prefix, day) DO UPDATE SET working = excluded.working WHERE calendar_day.source = excluded.source", params).status();
}

Status SetCalendarDays(pg::Connection& connection, const type::v1::SetCalendarDaysRequest& q) {
    for (int i = 0; i < q.days_size(); ++i) {
        const type::v1::CalendarDay& d = q.days(i);
        const std::string at = "days[" + std::to_string(i) + "].";
        const auto day = Date::Parse(d.day());
        if (!day) return InvalidField(at + "day", "a date YYYY-MM-DD");
        if (RegionLevel(d.region_prefix()) < 0) return InvalidField(at + "region_prefix", "0, 2, 4, 6, 9 or 12 digits");
        if (d.source().empty()) return InvalidField(at + "source", "the notice that orders it");
        SW_RETURN_IF_ERROR(connection.Exec(
            "INSERT INTO calendar_day (region_prefix, day, working, source) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (region_prefix, day) DO UPDATE SET working = excluded.working, source = excluded.source",
            pg::P(d.region_prefix(), *day, d.working(), d.source())).status());
    }
    return Status::Ok();
}

}  // namespace shouwang::record
