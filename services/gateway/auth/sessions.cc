#include "services/gateway/auth/sessions.h"

#include "common/base/bytes.h"
#include "common/log/log.h"
#include "services/gateway/store/sessions.h"

namespace shouwang::gateway::auth {
namespace {

constexpr std::chrono::seconds kRemember{5};
constexpr std::size_t kMostCached = 50'000;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMacBytes = 32;

std::int64_t Micros(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}
TimePoint FromMicros(std::int64_t micros) {
    return TimePoint(
        std::chrono::duration_cast<TimePoint::duration>(std::chrono::microseconds(micros)));
}

Status Ended() {
    return MakeStatus(Code::kUnauthenticated, "SESSION_ENDED",
                      "the session is over; sign in again");
}

std::string CacheKey(const std::string& hash) { return "session:" + HexEncode(hash); }

}  // namespace

Sessions::Sessions(pg::Pool& pool, cache::Cache& cache, const Clock& real_time,
                   Principals& principals, std::string mac_key)
    : pool_(pool),
      cache_(cache),
      clock_(real_time),
      principals_(principals),
      mac_key_(std::move(mac_key)) {}

bool Sessions::Fresh(const Entry& entry, TimePoint now) {
    return now >= entry.checked_at && now - entry.checked_at < kRemember && now < entry.expires_at;
}

Result<std::string> Sessions::Create(type::v1::Principal principal, std::chrono::seconds lifetime,
                                     Deadline deadline) {
    const std::string token = Base64UrlEncode(crypto::RandomBytes(kTokenBytes));
    const TimePoint now = clock_.Now();
    principal.set_session(Uuid4());
    store::SessionRow row;
    row.token_hash = crypto::Sha256(token);
    row.id = principal.session();
    row.subject = principal.subject();
    row.principal = principal.SerializeAsString();
    row.issued_at = now;
    row.expires_at = now + lifetime;
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_RETURN_IF_ERROR(store::InsertSession(*lease, row));
    return token;
}

Result<type::v1::Principal> Sessions::Find(std::string_view token, Deadline deadline) {
    if (token.empty())
        return MakeStatus(Code::kUnauthenticated, "SESSION_MISSING", "sign in first");
    if (token.size() > 128) return Ended();
    const std::string hash = crypto::Sha256(token);
    const TimePoint now = clock_.Now();
    if (std::optional<Entry> entry = Cached(hash, now)) return std::move(entry->principal);

    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const std::optional<store::SessionRow> row,
                        store::FindSession(*lease, hash, now));
    Entry entry;
    if (!row || !entry.principal.ParseFromString(row->principal)) return Ended();
    entry.expires_at = row->expires_at;
    entry.checked_at = now;
    Remember(hash, entry, true);
    return std::move(entry.principal);
}

std::optional<Sessions::Entry> Sessions::Cached(const std::string& hash, TimePoint now) {
    {
        std::lock_guard lock(mutex_);
        auto found = entries_.find(hash);
        if (found != entries_.end() && Fresh(found->second, now)) return found->second;
    }
    // MAC, then "<checked µs> <expires µs> <principal>": the moment of the look-up travels along,
    // so that both caches together stay under the limit.
    const std::optional<std::string> sealed = cache_.Get(CacheKey(hash));
    if (!sealed || sealed->size() < kMacBytes) return std::nullopt;
    const std::string shared = sealed->substr(kMacBytes);
    if (!crypto::ConstantTimeEqual(crypto::HmacSha256(mac_key_, hash + shared),
                                   sealed->substr(0, kMacBytes)))
        return std::nullopt;
    const std::size_t first = shared.find(' '), second = shared.find(' ', first + 1);
    if (first == std::string::npos || second == std::string::npos) return std::nullopt;
    Entry entry;
    entry.checked_at = FromMicros(std::strtoll(shared.c_str(), nullptr, 10));
    entry.expires_at = FromMicros(std::strtoll(shared.c_str() + first + 1, nullptr, 10));
    if (!Fresh(entry, now) || !entry.principal.ParseFromString(shared.substr(second + 1)))
        return std::nullopt;
    Remember(hash, entry, false);
    return entry;
}

void Sessions::Remember(const std::string& hash, const Entry& entry, bool shared) {
    if (shared) {
        const std::string value = std::to_string(Micros(entry.checked_at)) + ' ' +
                                  std::to_string(Micros(entry.expires_at)) + ' ' +
                                  entry.principal.SerializeAsString();
        cache_.Set(CacheKey(hash), crypto::HmacSha256(mac_key_, hash + value) + value, kRemember);
    }
    std::lock_guard lock(mutex_);
    if (entries_.size() >= kMostCached) entries_.clear();
    entries_[hash] = entry;
}

void Sessions::Forget(const std::vector<std::string>& hashes) {
    for (const std::string& hash : hashes) {
        cache_.Delete(CacheKey(hash));
        std::lock_guard lock(mutex_);
        auto found = entries_.find(hash);
        if (found == entries_.end()) continue;
        principals_.Forget(found->second.principal.session());
        entries_.erase(found);
    }
}

Result<bool> Sessions::Alive(std::string_view id, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return store::SessionAlive(*lease, id, clock_.Now());
}

Status Sessions::Revoke(std::string_view id, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const std::vector<std::string> hashes,
                        store::RevokeSession(*lease, id, clock_.Now()));
    Forget(hashes);
    return Status::Ok();
}

Status Sessions::RevokeSubject(std::string_view subject, std::string_view except_id,
                               Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const std::vector<std::string> hashes,
                        store::RevokeSubject(*lease, subject, except_id, clock_.Now()));
    Forget(hashes);
    return Status::Ok();
}

Status Sessions::DeleteOld(Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return store::DeleteOld(*lease, clock_.Now() - std::chrono::hours(24));
}

}  // namespace shouwang::gateway::auth
