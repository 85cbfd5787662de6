#include "common/bus/embedded_membership.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace shouwang::bus::embedded {
namespace {

std::int64_t KeyOf(const std::string& text) { return static_cast<std::int64_t>(Hash64("shouwang.bus/" + text)); }

std::int64_t KeyOf(const std::string& name, std::int32_t partition) { return KeyOf(name + "/" + std::to_string(partition)); }

}  // namespace

Membership::Membership(pg::Connection& connection, const std::string& group, const std::string& topic, int partitions)
    : connection_(connection), name_(group + "/" + topic), total_(static_cast<std::size_t>(partitions)) {
    for (std::int32_t p = 0; p < partitions; ++p) free_.emplace(KeyOf(name_, p), p);
}

Status Membership::Join() {
    return connection_.Exec("SELECT pg_advisory_lock_shared($1)", pg::P(KeyOf(name_))).status();
}

Result<std::size_t> Membership::FairShare() {
    // pg_locks shows a 64-bit key as two halves, objsubid 1.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection_.Exec("SELECT count(*), count(*) FILTER (WHERE pid < pg_backend_pid()) FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' "
                                         "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                                         "AND classid = (($1::bigint >> 32) & 4294967295)::oid AND objid = ($1::bigint & 4294967295)::oid "
                                         "AND objsubid = 1",
                                         pg::P(KeyOf(name_))));
    const auto members = static_cast<std::size_t>(std::max<std::int64_t>(1, rows.Int(0, 0)));
    const auto before_me = static_cast<std::size_t>(rows.Int(0, 1));
    return total_ / members + (before_me < total_ % members ? 1 : 0);
}

Result<std::vector<std::int32_t>> Membership::Take(std::size_t count) {
    std::vector<std::int32_t> taken;
    if (count == 0 || free_.empty()) return taken;
    std::vector<std::int64_t> keys;
    for (const auto& [key, partition] : free_) keys.push_back(key);
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

Status Membership::Release(std::int32_t partition) {
    const std::int64_t key = KeyOf(name_, partition);
    free_.emplace(key, partition);
    return connection_.Exec("SELECT pg_advisory_unlock($1)", pg::P(key)).status();
}

}  // namespace shouwang::bus::embedded
