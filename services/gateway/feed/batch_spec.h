// What a sender says when it opens a batch, and whether it may.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/model/dataset.h"
#include "common/model/region_directory.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::gateway::feed {

struct BatchSpec {
    const model::Dataset* dataset = nullptr;
    std::string name;    // "batches/{department}/{id}"
    std::string period;  // YYYY-MM, YYYY or empty
    std::string region;  // division prefix, or empty for all that the sender may speak for
    bool complete = false;
    std::optional<std::int64_t> declared_rows;
};

// INVALID_ARGUMENT BATCH_ID, PERIOD, REGION_UNKNOWN, DECLARED_ROWS; NOT_FOUND DATASET_UNKNOWN;
// PERMISSION_DENIED DATASET_NOT_YOURS (the department or the right per dataset is missing),
// REGION_NOT_YOURS.
Result<BatchSpec> CheckOpen(const model::Catalogue& catalogue,
                            const model::RegionDirectory& regions,
                            const type::v1::Principal& principal, const v1::OpenPush& open);

// NOT_FOUND "BATCH_NOT_FOUND" unless the caller is an operator or auditor of the whole, or the
// batch's own department.
Status CheckMayRead(const type::v1::Principal& principal, std::string_view batch_name);

bool IsPeriod(std::string_view text);
bool IsBatchId(std::string_view text);

}  // namespace shouwang::gateway::feed
