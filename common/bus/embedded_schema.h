// The tables of the embedded bus, and what producer and consumer share of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/pg/pg.h"

namespace shouwang::bus::embedded {

struct Topic {
    std::int32_t id = 0;
    int partitions = 0;
};

// Creates what is missing; safe to run from many processes at once.
Status EnsureSchema(pg::Connection& connection);
// NOT_FOUND "BUS_TOPIC_UNKNOWN".
Result<Topic> FindTopic(pg::Connection& connection, const std::string& name);
// Creates the topic or compares it: FAILED_PRECONDITION "BUS_TOPIC_PARTITIONS".
Status EnsureTopic(pg::Connection& connection, const TopicSpec& spec);
// Deletes messages older than their topic's retention, a bounded number at a time; answers how many. 0 where somebody else does it.
Result<std::int64_t> Purge(pg::Connection& connection);

// PostgreSQL's reasons in the bus's words: a lost link is UNAVAILABLE "BUS_UNAVAILABLE".
Status FromPg(const Status& status);

// NOTIFY channel of a topic.
std::string ChannelOf(std::int32_t topic_id);

std::string EncodeHeaders(const Headers& headers);
Headers DecodeHeaders(std::string_view bytes);

}  // namespace shouwang::bus::embedded
