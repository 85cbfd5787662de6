#include "common/record/store.h"

#include <array>

#include "common/base/region_code.h"
#include "common/pg/row_mapper.h"
#include "common/pg/row_writer.h"

namespace shouwang::record {

extern const std::string_view kStepSql;
extern const std::string_view kParameterSql;

namespace {

using google::protobuf::Message;

std::string SelectList(const Kind& kind) { return pg::ColumnList(kind.keys()) + ", version, " + pg::ColumnList(kind.columns()); }

void ReadInto(const Kind& kind, const pg::Rows& rows, int row, Message& record) {
    Keys keys;
    const int n = static_cast<int>(kind.keys().size());
    for (int i = 0; i < n; ++i) keys.push_back(rows.Int(row, i));
    SetText(record, "name", kind.NameOf(keys));
    SetText(record, "etag", "v" + std::to_string(rows.Int(row, n)));
    pg::RowReader(*kind.message(), kind.columns()).Read(rows, row, record, n + 1);
}

std::string KeyCondition(const Kind& kind) {
    std::string out;
    for (std::size_t i = 0; i < kind.keys().size(); ++i) out += (i == 0 ? "" : " AND ") + kind.keys()[i] + " = $" + std::to_string(i + 1);
    return out;
}

pg::Params KeyParams(const Keys& keys) {
    pg::Params params;
    for (const std::int64_t key : keys) params.Add(key);
    return params;
}

Status ReadOne(pg::Connection& connection, const Kind& kind, std::string_view name, std::string_view region_prefix, std::string_view suffix, Message& record) {
    SW_ASSIGN_OR_RETURN(const Keys keys, kind.ParseName(name));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT " + SelectList(kind) + " FROM " + kind.table() + " WHERE " + KeyCondition(kind) + std::string(suffix), KeyParams(keys)));
    if (rows.size() == 1) ReadInto(kind, rows, 0, record);
    if (rows.size() == 1 && (!kind.Stores("region_code") || RegionContains(region_prefix, TextOf(record, "region_code")))) return Status::Ok();
    record.Clear();
    return MakeStatus(Code::kNotFound, kind.reason() + "_NOT_FOUND", "there is no " + std::string(name));
}

}  // namespace

std::span<const pg::Migration> Migrations() {
    static const std::array<pg::Migration, 2> kAll{{{3, "step", kStepSql}, {4, "parameter", kParameterSql}}};
    return kAll;
}

Status Insert(pg::Connection& connection, const Kind& kind, std::span<const std::int64_t> parents, Message& record) {
    Keys keys(parents.begin(), parents.end());
    pg::Params params = KeyParams(keys);
    SW_RETURN_IF_ERROR(pg::AddFields(record, kind.columns(), params));
    std::vector<std::string> columns(kind.keys().begin(), kind.keys().end() - 1);
    columns.insert(columns.end(), kind.columns().begin(), kind.columns().end());
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "INSERT INTO " + kind.table() + " (" + pg::ColumnList(columns) + ") VALUES (" + pg::Placeholders(columns.size(), 1) + ") RETURNING " +
            kind.keys().back(), params));
    keys.push_back(rows.Int(0, 0));
    SetText(record, "name", kind.NameOf(keys));
    SetText(record, "etag", "v1");
    return Status::Ok();
}

Status Lock(pg::Connection& connection, const Kind& kind, std::string_view name, std::string_view region_prefix, Message& record) {
    return ReadOne(connection, kind, name, region_prefix, " FOR NO KEY UPDATE", record);
}

Status Read(pg::Connection& connection, const Kind& kind, std::string_view name, std::string_view region_prefix, Message& record) {
    return ReadOne(connection, kind, name, region_prefix, "", record);
}

Status Save(pg::Connection& connection, const Kind& kind, Message& record) {
    SW_ASSIGN_OR_RETURN(const Keys keys, kind.ParseName(TextOf(record, "name")));
    pg::Params params = KeyParams(keys);
    SW_RETURN_IF_ERROR(pg::AddFields(record, kind.columns(), params));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "UPDATE " + kind.table() + " SET version = version + 1, " + pg::Assignments(kind.columns(), static_cast<int>(keys.size()) + 1) + " WHERE " +
            KeyCondition(kind) + " RETURNING version", params));
    if (rows.size() != 1) return MakeStatus(Code::kNotFound, kind.reason() + "_NOT_FOUND", "the record is gone");
    SetText(record, "etag", "v" + std::to_string(rows.Int(0, 0)));
    return Status::Ok();
}

Status SelectEach(pg::Connection& connection, const Kind& kind, std::string_view where, const pg::Params& params, const std::function<Message*()>& next) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT " + SelectList(kind) + " FROM " + kind.table() + " WHERE " + std::string(where), params));
    for (int i = 0; i < rows.size(); ++i) ReadInto(kind, rows, i, *next());
    return Status::Ok();
}

Status AddStep(pg::Connection& connection, std::string_view subject, const type::v1::Step& step) {
    pg::Params params = pg::P(subject, step.command(), step.from(), step.to(), step.actor(), step.actor_region());
    SW_RETURN_IF_ERROR(pg::AddFields(step, {"at", "note", "detail"}, params));
    // The record is locked, so nobody else adds a step to it.
    return connection.Exec(
        "INSERT INTO step (subject, step, command, from_state, to_state, actor, actor_region, at, note, detail) "
        "SELECT $1, coalesce(max(step), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9::bytea FROM step WHERE subject = $1", params).status();
}

Result<std::vector<type::v1::Step>> Steps(pg::Connection& connection, std::string_view subject) {
    static const std::vector<std::string> kFields{"command", "from", "to", "actor", "actor_region", "at", "note", "detail"};
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT command, from_state, to_state, actor, actor_region, at, note, detail FROM step WHERE subject = $1 ORDER BY step", pg::P(subject)));
    std::vector<type::v1::Step> steps(static_cast<std::size_t>(rows.size()));
    for (int i = 0; i < rows.size(); ++i) pg::ReadRow(rows, i, kFields, steps[static_cast<std::size_t>(i)]);
    return steps;
}

}  // namespace shouwang::record
