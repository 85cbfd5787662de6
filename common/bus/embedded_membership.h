// Who is in a group on a topic and who owns which partition, by advisory locks of the member's own connection: nothing to renew,
// and a member that dies has left. A member holds a shared lock on group and topic, and an exclusive one on each partition.
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
    Membership(pg::Connection& connection, const std::string& group, const std::string& topic, int partitions);

    Status Join();
    // Partitions this member should own: all of them over the members; what does not divide goes to the first by process id.
    Result<std::size_t> FairShare();
    // Takes up to `count` of the partitions that nobody owns.
    Result<std::vector<std::int32_t>> Take(std::size_t count);
    Status Release(std::int32_t partition);

private:
    pg::Connection& connection_;
    const std::string name_;  // group and topic
    const std::size_t total_;
    std::map<std::int64_t, std::int32_t> free_;  // by lock key: those this member does not own
};

}  // namespace shouwang::bus::embedded
