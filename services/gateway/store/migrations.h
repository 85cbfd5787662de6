// The tables of the door: accounts, clients, sessions, failed sign-ins (versions 10 to 49). The
// feed door has 50 to 59.
#pragma once

#include <span>

#include "common/pg/pg.h"

namespace shouwang::gateway::store {

std::span<const pg::Migration> Migrations();

}  // namespace shouwang::gateway::store
