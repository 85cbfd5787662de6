// The precision ledger, counted from the leads when asked: nothing to keep in step.
#pragma once

#include "common/record/commands.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/precision.pb.h"

namespace shouwang::monitoring::usecase {

class PrecisionReader {
public:
    PrecisionReader(const record::Commands& commands, const Regions& regions) : commands_(commands), regions_(regions) {}
    // region: already narrowed to the principal's.
    Result<v1::ListRulePrecisionResponse> List(const v1::ListRulePrecisionRequest& request, const std::string& region, Deadline deadline) const;

private:
    const record::Commands& commands_;
    const Regions& regions_;
};

}  // namespace shouwang::monitoring::usecase
