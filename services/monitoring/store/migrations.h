// The tables of monitoring, common ones included.
#pragma once

#include <vector>

#include "common/pg/pg.h"

namespace shouwang::monitoring::store {

std::vector<pg::Migration> Migrations();

}  // namespace shouwang::monitoring::store
