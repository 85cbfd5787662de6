// Sessions and failed sign-ins: SQL only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/pg/pg.h"

namespace shouwang::gateway::store {

struct SessionRow {
    std::string token_hash;  // SHA-256 of the token; the token itself is stored nowhere
    std::string id, subject;
    std::string principal;  // serialized type.v1.Principal as of the sign-in
    TimePoint issued_at, expires_at;
};

Status InsertSession(pg::Connection& connection, const SessionRow& row);
// Live ones only: neither revoked nor expired.
Result<std::optional<SessionRow>> FindSession(pg::Connection& connection,
                                              std::string_view token_hash, TimePoint now);
Result<bool> SessionAlive(pg::Connection& connection, std::string_view id, TimePoint now);
// Answers the token hashes of what was revoked. `except` (a session id) stays.
Result<std::vector<std::string>> RevokeSession(pg::Connection& connection, std::string_view id,
                                               TimePoint now);
Result<std::vector<std::string>> RevokeSubject(pg::Connection& connection, std::string_view subject,
                                               std::string_view except, TimePoint now);
// Forgets sessions and failures that ended before `before`.
Status DeleteOld(pg::Connection& connection, TimePoint before);

struct FailureLimits {
    int free = 5;            // failures without consequence
    int first_seconds = 15;  // back-off after that, doubling
    int longest_seconds = 900;
    int forget_seconds = 3600;  // a failure this long after the last one counts as the first
};
// Milliseconds until the latest block of the keys ends; 0 = none.
Result<int> BlockedFor(pg::Connection& connection, const std::vector<std::string>& keys,
                       TimePoint now);
Status AddFailure(pg::Connection& connection, std::string_view key, const FailureLimits& limits,
                  TimePoint now);
Status ClearFailures(pg::Connection& connection, std::string_view key);

}  // namespace shouwang::gateway::store
