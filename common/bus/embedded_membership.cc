#include "common/bus/embedded_membership.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace shouwang::bus::embedded {
namespace {

std::int64_t KeyOf(const std::string& text) { return static_cast<std::int64_t>(Hash64("shouwang.bus/" + text)); }

std::int64_t KeyOf(const std::string& group, const Assignment& which) {
    return KeyOf(group + "/" + which.topic + "/" + std::to_string(which.partition));
}

}  // namespace

Membership::Membership(pg::Connection& connection, std::string group, std::vector<Assignment> partitions)
    : connection_(connection), group_key_(KeyOf(group)), total_(partitions.size()), group_(std::move(group)) {
    for (auto& which : partitions) {
        const std::int64_t key = KeyOf(group_, which);
        free_.emplace(key, std::move(which));
    }
}

Status Membership::Join() {
    return connection_.Exec("SELECT pg_advisory_lock_shared($1)", pg::P(group_key_)).status();
}

Result<std::size_t> Membership::FairShare() {
    // pg_locks shows a 64-bit key as two halves, objsubid 1.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection_.Exec("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' "
                                         "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                                         "AND classid = (($1::bigint >> 32) & 4294967295)::oid AND objid = ($1::bigint & 4294967295)::oid "
                                         "AND objsubid = 1",
                                         pg::P(group_key_)));
    const auto members = static_cast<std::size_t>(std::max<std::int64_t>(1, rows.Int(0, 0)));
    return (total_ + members - 1) / members;
}

Result<std::vector<Assignment>> Membership::Take(std::size_t count) {
    std::vector<Assignment> taken;
    if (count == 0 || free_.empty()) return taken;
    std::vector<std::int64_t> keys;
    for (const auto& [key, which] : free_) keys.push_back(key);
    pg::Params params;
    params.AddArray(keys).Add(static_cast<std::int64_t>(count));
    // A function scan is filtered row by row and LIMIT stops it: no more locks are taken than answered.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection_.Exec("SELECT k FROM unnest($1::bigint[]) k WHERE pg_try_advisory_lock(k) LIMIT $2", params));
    for (int i = 0; i < rows.size(); ++i) {
        const auto it = free_.find(rows.Int(i, 0));
        taken.push_back(it->second);
        free_.erase(it);
    }
    return taken;
}

Status Membership::Release(const Assignment& which) {
    const std::int64_t key = KeyOf(group_, which);
    free_.emplace(key, which);
    return connection_.Exec("SELECT pg_advisory_unlock($1)", pg::P(key)).status();
}

}  // namespace shouwang::bus::embedded
