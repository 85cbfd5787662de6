// Batches, row errors and freshness as departments and operators read them.
#pragma once

#include "common/base/clock.h"
#include "common/model/page.h"
#include "common/pg/pg.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

class FeedReader {
public:
    FeedReader(pg::Pool& pool, const model::PageTokens& tokens, const Clock& clock) : pool_(pool), tokens_(tokens), clock_(clock) {}

    // A department sees its own; unknown dataset or department: INVALID_ARGUMENT.
    Result<v1::ListBatchesResponse> ListBatches(const v1::ListBatchesRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::ListRowErrorsResponse> ListRowErrors(const v1::ListRowErrorsRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    // Every declared dataset, those that never came included.
    Result<v1::ListFreshnessResponse> ListFreshness(Deadline deadline) const;

private:
    pg::Pool& pool_;
    const model::PageTokens& tokens_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
