#include <algorithm>
#include <map>

#include "common/pg/connection_impl.h"

namespace shouwang::pg {
namespace {

constexpr std::int64_t kLock = 0x53574d4947524154;  // "SWMIGRAT"
constexpr std::chrono::minutes kLimit{30};

Result<std::string> Checksum(Connection& c, std::string_view sql) {
    Params params;
    params.AddBytes(sql);
    SW_ASSIGN_OR_RETURN(const Rows rows, c.Exec("SELECT encode(sha256($1), 'hex')", params));
    return std::string(rows.Text(0, 0));
}

Status Apply(Connection& c, const Migration& m, const std::string& checksum) {
    Transaction transaction(c);
    SW_RETURN_IF_ERROR(transaction.Begin(DeadlineIn(kLimit)));
    Status status = c.ExecScript(std::string(m.sql));
    if (status.ok()) {
        status =
            c.Exec("INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)",
                   P(std::int32_t{m.version}, m.name, checksum))
                .status();
    }
    if (status.ok()) status = transaction.Commit();
    if (status.ok()) return status;
    transaction.Rollback();
    status.message = "migration " + std::to_string(m.version) + " (" + std::string(m.name) +
                     "): " + status.message;
    return status;
}

}  // namespace

Status Migrate(const std::string& conninfo, std::span<const Migration> migrations) {
    std::vector<Migration> ordered(migrations.begin(), migrations.end());
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Migration& a, const Migration& b) { return a.version < b.version; });
    for (std::size_t i = 1; i < ordered.size(); ++i) {
        if (ordered[i].version == ordered[i - 1].version) {
            return MakeStatus(Code::kInvalidArgument, "PG_MIGRATION_TWICE",
                              "two migrations have version " + std::to_string(ordered[i].version));
        }
    }
    SW_ASSIGN_OR_RETURN(const auto c,
                        Connection::Open(conninfo, DeadlineIn(std::chrono::seconds(30))));
    c->SetDeadline(DeadlineIn(kLimit));
    // One at a time: who comes second finds everything applied. The lock ends with the connection.
    SW_RETURN_IF_ERROR(c->Exec("SELECT pg_advisory_lock($1)", P(kLock)).status());
    SW_RETURN_IF_ERROR(
        c->ExecScript("CREATE TABLE IF NOT EXISTS schema_migration ("
                      "version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, "
                      "applied timestamptz NOT NULL DEFAULT now())"));
    SW_ASSIGN_OR_RETURN(const Rows rows, c->Exec("SELECT version, checksum FROM schema_migration"));
    std::map<std::int64_t, std::string> applied;
    for (int i = 0; i < rows.size(); ++i) applied.emplace(rows.Int(i, 0), rows.Text(i, 1));
    for (const Migration& m : ordered) {
        SW_ASSIGN_OR_RETURN(const std::string checksum, Checksum(*c, m.sql));
        const auto it = applied.find(m.version);
        if (it == applied.end()) {
            SW_RETURN_IF_ERROR(Apply(*c, m, checksum));
        } else if (it->second != checksum) {
            return MakeStatus(Code::kFailedPrecondition, "PG_MIGRATION_CHANGED",
                              "migration " + std::to_string(m.version) + " (" +
                                  std::string(m.name) +
                                  ") has been changed since it was applied; add a new one instead");
        }
    }
    return Status::Ok();
}

}  // namespace shouwang::pg
