// The bus on tables of a PostgreSQL database (schema `bus`), for one machine without Kafka. Reached through Connect.
//
// Order: a producer holds the partition's row lock from taking its offsets until its commit, so no later offset is ever visible
// before an earlier one, and there are no gaps. Groups: a partition belongs to whoever holds its advisory lock, so an owner
// that dies loses it with its connection. Offsets are committed on the connection that holds the lock.
#pragma once

#include <memory>
#include <string>

#include "common/bus/bus.h"

namespace shouwang::bus {

// conninfo: libpq connection string of a role that may create the schema. Connects at first use.
Result<std::unique_ptr<Bus>> ConnectEmbedded(const std::string& conninfo);

}  // namespace shouwang::bus
