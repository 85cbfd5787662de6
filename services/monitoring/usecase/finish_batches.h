// What happens when the last row of a batch has been decided: it is applied, and a complete batch either takes effect as complete or
// is held for a person's word.
#pragma once

#include <vector>

#include "common/pg/pg.h"

namespace shouwang::monitoring::usecase {

Status FinishBatches(pg::Connection& connection, const std::vector<std::int64_t>& batches, TimePoint now);

// The period of a batch ("2021-05" or "2021") as dates. INVALID_ARGUMENT where it is neither.
struct Period {
    Date from, to;
};
Result<Period> ParsePeriod(const std::string& text);

// Volume that history expects: between half and double of the median of the earlier complete batches, give or take ten rows (small
// registers double by chance); no history accepts everything.
bool VolumeExpected(std::int64_t rows, std::vector<std::int64_t> history);

}  // namespace shouwang::monitoring::usecase
