// The heart: chunks of rows from the bus become facts, leads, events and a ledger, in one transaction. A chunk that comes again changes
// nothing; rows may come in any order, any number of times.
#pragma once

#include <span>
#include <string>

#include "common/base/clock.h"
#include "common/crypto/crypto.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/rule_books.h"
#include "services/monitoring/usecase/screen_households.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"

namespace shouwang::monitoring::usecase {

struct FeedCounts {
    std::int64_t chunks_repeated = 0, applied = 0, rejected = 0, duplicate = 0, unmatched = 0, matched_later = 0;
    ScreenCounts screen;
};

// One a worker; not thread-safe.
class ApplyFeed {
public:
    ApplyFeed(pg::Pool& pool, RuleBooks& books, const crypto::Sealer& sealer, const Clock& clock)
        : pool_(pool), books_(books), sealer_(sealer), clock_(clock) {}

    // All chunks or none. A permanent error (FAILED_PRECONDITION, INVALID_ARGUMENT, DATA_LOSS) belongs to one of the chunks: try them
    // one by one to find it. Everything else is transient.
    Status Run(std::span<const event::v1::FeedChunk> chunks, Deadline deadline, FeedCounts& counts);

private:
    pg::Pool& pool_;
    RuleBooks& books_;
    const crypto::Sealer& sealer_;
    const Clock& clock_;
    Screener screener_;
};

}  // namespace shouwang::monitoring::usecase
