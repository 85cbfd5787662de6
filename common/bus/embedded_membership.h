// Who is in a group and who owns which partition, by advisory locks of the member's own connection: nothing to renew, and a
// member that dies has left. A member holds a shared lock on the group and an exclusive one on each partition it owns.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/pg/pg.h"

namespace shouwang::bus::embedded {

class Membership {
public:
    // connection: outlives this; all locks are its.
    Membership(pg::Connection& connection, std::string group, std::vector<Assignment> partitions);

    Status Join();
    // Partitions a member should own: all of them over the members, rounded up.
    Result<std::size_t> FairShare();
    // Takes up to `count` of the partitions that nobody owns.
    Result<std::vector<Assignment>> Take(std::size_t count);
    Status Release(const Assignment& which);

private:
    pg::Connection& connection_;
    const std::int64_t group_key_;
    std::map<std::int64_t, Assignment> free_;  // by lock key: those this member does not own
    const std::size_t total_;
    const std::string group_;
};

}  // namespace shouwang::bus::embedded
