#include "services/monitoring/usecase/apply_feed.h"

#include "services/monitoring/usecase/intake.h"

namespace shouwang::monitoring::usecase {

Status ApplyFeed::Run(std::span<const event::v1::FeedChunk> chunks, Deadline deadline, FeedCounts& counts) {
    return pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(const auto book, books_.InForce(connection));
        FeedCounts attempt;
        Intake intake(connection, *book, sealer_, clock_.Now(), attempt);
        SW_RETURN_IF_ERROR(intake.Claim(chunks));
        SW_RETURN_IF_ERROR(intake.Match());
        SW_RETURN_IF_ERROR(intake.Registry());
        SW_RETURN_IF_ERROR(intake.SetAside());
        SW_RETURN_IF_ERROR(intake.Villages());
        SW_RETURN_IF_ERROR(intake.Households(screener_));
        SW_RETURN_IF_ERROR(intake.Keep());
        SW_RETURN_IF_ERROR(intake.Ledger());
        counts = attempt;
        return Status::Ok();
    });
}

}  // namespace shouwang::monitoring::usecase
