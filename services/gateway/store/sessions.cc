#include "services/gateway/store/sessions.h"

#include <algorithm>
#include <limits>

namespace shouwang::gateway::store {
namespace {

std::vector<std::string> Hashes(const pg::Rows& rows) {
    std::vector<std::string> hashes;
    for (int i = 0; i < rows.size(); ++i) hashes.emplace_back(rows.Bytes(i, 0));
    return hashes;
}

}  // namespace

Status InsertSession(pg::Connection& connection, const SessionRow& row) {
    pg::Params params;
    params.AddBytes(row.token_hash)
        .Add(row.id)
        .Add(row.subject)
        .AddBytes(row.principal)
        .Add(row.issued_at)
        .Add(row.expires_at);
    return connection
        .Exec(
            "INSERT INTO session (token_hash, id, subject, principal, issued_at, expires_at) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            params)
        .status();
}

Result<std::optional<SessionRow>> FindSession(pg::Connection& connection,
                                              std::string_view token_hash, TimePoint now) {
    pg::Params params;
    params.AddBytes(token_hash).Add(now);
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("SELECT id, subject, principal, issued_at, expires_at FROM session "
                        "WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2",
                        params));
    if (rows.size() == 0) return std::optional<SessionRow>();
    SessionRow row;
    row.token_hash = token_hash;
    row.id = rows.Text(0, 0);
    row.subject = rows.Text(0, 1);
    row.principal = rows.Bytes(0, 2);
    row.issued_at = rows.Time(0, 3);
    row.expires_at = rows.Time(0, 4);
    return std::optional<SessionRow>(std::move(row));
}

Result<bool> SessionAlive(pg::Connection& connection, std::string_view id, TimePoint now) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(
            "SELECT 1 FROM session WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2",
            pg::P(id, now)));
    return rows.size() > 0;
}

Result<std::vector<std::string>> RevokeSession(pg::Connection& connection, std::string_view id,
                                               TimePoint now) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection.Exec("UPDATE session SET revoked_at = $2 WHERE id = $1 AND "
                                        "revoked_at IS NULL RETURNING token_hash",
                                        pg::P(id, now)));
    return Hashes(rows);
}

Result<std::vector<std::string>> RevokeSubject(pg::Connection& connection, std::string_view subject,
                                               std::string_view except, TimePoint now) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("UPDATE session SET revoked_at = $3 WHERE subject = $1 AND id <> $2 "
                        "AND revoked_at IS NULL RETURNING token_hash",
                        pg::P(subject, except, now)));
    return Hashes(rows);
}

Status DeleteOld(pg::Connection& connection, TimePoint before) {
    SW_RETURN_IF_ERROR(
        connection.Exec("DELETE FROM session WHERE expires_at < $1", pg::P(before)).status());
    return connection.Exec("DELETE FROM sign_in_failure WHERE last_at < $1", pg::P(before))
        .status();
}

Result<int> BlockedFor(pg::Connection& connection, const std::vector<std::string>& keys,
                       TimePoint now) {
    pg::Params params;
    params.AddArray(std::span<const std::string>(keys)).Add(now);
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(
            "SELECT blocked_until FROM sign_in_failure WHERE key = ANY($1) AND blocked_until > $2",
            params));
    std::int64_t longest = 0;
    for (int i = 0; i < rows.size(); ++i) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(rows.Time(i, 0) - now).count();
        longest = std::max<std::int64_t>(longest, left);
    }
    return static_cast<int>(std::min<std::int64_t>(longest, std::numeric_limits<int>::max()));
}

Status AddFailure(pg::Connection& connection, std::string_view key, const FailureLimits& limits,
                  TimePoint now) {
    // One statement counts and blocks, so that attempts at the same moment cannot overtake each
    // other. The exponent is bounded before it is used; the back-off then by longest_seconds.
    constexpr std::string_view kSql = R"sql(
INSERT INTO sign_in_failure AS f (key, failures, last_at, blocked_until)
VALUES ($1, 1, $2, CASE WHEN $3 <= 1 THEN $2 + make_interval(secs => $4) ELSE $2 END)
ON CONFLICT ON CONSTRAINT sign_in_failure_pk DO UPDATE SET
    failures = CASE WHEN f.last_at < $2 - make_interval(secs => $6) THEN 1 ELSE f.failures + 1 END,
    last_at = $2,
    blocked_until = CASE
        WHEN f.last_at < $2 - make_interval(secs => $6) THEN $2
        WHEN f.failures + 1 < $3 THEN $2
        ELSE $2 + make_interval(secs => least($5, $4 * power(2, least(f.failures + 1 - $3, 20))))
    END)sql";
    pg::Params params;
    params.Add(key).Add(now).Add(std::int32_t{limits.free});
    params.Add(static_cast<double>(limits.first_seconds))
        .Add(static_cast<double>(limits.longest_seconds))
        .Add(static_cast<double>(limits.forget_seconds));
    return connection.Exec(kSql, params).status();
}

Status ClearFailures(pg::Connection& connection, std::string_view key) {
    return connection.Exec("DELETE FROM sign_in_failure WHERE key = $1", pg::P(key)).status();
}

}  // namespace shouwang::gateway::store
