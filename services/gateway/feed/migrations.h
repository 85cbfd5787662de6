// Tables of the feed door in the gateway's database: versions 50 to 59.
#pragma once

#include <span>

#include "common/pg/pg.h"

namespace shouwang::gateway::feed {

std::span<const pg::Migration> Migrations();

}  // namespace shouwang::gateway::feed
