// Sessions: PostgreSQL is the truth; Redis and this process remember a look-up for at most five
// seconds after it was made there, so a revoked session works nowhere longer than that.
// Thread-safe; blocking.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/cache/cache.h"
#include "common/pg/pg.h"
#include "services/gateway/auth/principals.h"

namespace shouwang::gateway::auth {

class Sessions {
public:
    // mac_key: what lies in Redis is authenticated with it, so that writing to Redis makes nobody
    // an operator.
    Sessions(pg::Pool& pool, cache::Cache& cache, const Clock& real_time, Principals& principals,
             std::string mac_key);

    // A new session of this principal (its session id and times are set here); answers the token,
    // which is stored nowhere.
    Result<std::string> Create(type::v1::Principal principal, std::chrono::seconds lifetime,
                               Deadline deadline);
    // UNAUTHENTICATED "SESSION_MISSING" for an empty token, "SESSION_ENDED" for one that is
    // unknown, expired or revoked.
    Result<type::v1::Principal> Find(std::string_view token, Deadline deadline);
    // Whether a session still stands, asked by id (long streams ask now and then).
    Result<bool> Alive(std::string_view id, Deadline deadline);
    Status Revoke(std::string_view id, Deadline deadline);
    Status RevokeSubject(std::string_view subject, std::string_view except_id, Deadline deadline);
    Status DeleteOld(Deadline deadline);

private:
    struct Entry {
        type::v1::Principal principal;
        TimePoint expires_at;
        TimePoint checked_at;
    };
    std::optional<Entry> Cached(const std::string& hash, TimePoint now);
    void Remember(const std::string& hash, const Entry& entry, bool shared);
    void Forget(const std::vector<std::string>& hashes);
    static bool Fresh(const Entry& entry, TimePoint now);

    pg::Pool& pool_;
    cache::Cache& cache_;
    const Clock& clock_;
    Principals& principals_;
    const std::string mac_key_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;  // by token hash
};

}  // namespace shouwang::gateway::auth
