#pragma once

#include <cstdint>

#include "common/base/status.h"
#include "tests/province/plan.h"

namespace shouwang::province {

struct Summary {
    std::int64_t rows = 0;
    std::size_t households = 0;
    std::int64_t persons = 0;
};

// Reads the reference data, plans the province, draws it and writes it to options.out. The bytes
// depend on seed, scale, months and format alone, not on the number of threads. Memory: the plan
// (16 bytes a household) and one shard of rows for each thread.
Result<Summary> Generate(const Options& options);

}  // namespace shouwang::province
