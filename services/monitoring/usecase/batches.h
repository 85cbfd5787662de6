// The life of a batch, seen from monitoring.
#pragma once

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

class Batches {
public:
    Batches(pg::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

    // ALREADY_EXISTS "BATCH_DIFFERS" where the name was opened with another dataset, period, region or completeness.
    Result<v1::Batch> Open(const v1::OpenBatchRequest& request, Deadline deadline);
    // Same rows and hash again: the same answer. FAILED_PRECONDITION "ROWS_DIFFER", ALREADY_EXISTS "BATCH_CONTENT_DIFFERS", "BATCH_ABANDONED".
    Result<v1::Batch> Close(const v1::CloseBatchRequest& request, Deadline deadline);
    Status RecordProgress(const v1::RecordProgressRequest& request, Deadline deadline);
    // Only while OPEN: FAILED_PRECONDITION "BATCH_WRONG_STATE".
    Result<v1::Batch> Abandon(const std::string& name, const type::v1::Principal& by, Deadline deadline);
    Result<v1::Batch> ResolveHeld(const v1::ResolveHeldBatchRequest& request, const type::v1::Principal& by, Deadline deadline);
    Result<v1::Batch> Get(const std::string& name, const type::v1::Principal& by, Deadline deadline);

private:
    pg::Pool& pool_;
    const Clock& clock_;
};

// A department sees its own batches only: NOT_FOUND "BATCH_NOT_FOUND" for others.
Status CheckBatchOwner(const v1::Batch& batch, const type::v1::Principal& by);

}  // namespace shouwang::monitoring::usecase
