#include <algorithm>
#include <limits>
#include <random>
#include <string_view>
#include <thread>

#include "common/pg/connection_impl.h"

namespace shouwang::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRuns = 5;
// COMMIT is short; it may go over the deadline rather than leave its outcome unknown.
constexpr milliseconds kCommitGrace{5000};
constexpr milliseconds kRollbackLimit{2000};

milliseconds Jittered(int run) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const int most = 4 << run;
    return milliseconds(std::uniform_int_distribution<int>(1, most)(random));
}

}  // namespace

Status Transaction::Begin(Deadline deadline) {
    std::string sql = "BEGIN";
    impl_.deadline.reset();
    if (deadline != Deadline::max()) {
        impl_.deadline = deadline;
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
        sql += "; SET LOCAL statement_timeout = " +
               std::to_string(std::clamp<std::int64_t>(left, 1, std::numeric_limits<int>::max()));
    }
    return impl_.Simple(sql.c_str()).status();
}

Status Transaction::Commit() {
    SW_RETURN_IF_ERROR(impl_.Start());
    impl_.may_cancel = false;
    if (impl_.deadline) {
        impl_.limit = std::max(*impl_.deadline, steady_clock::now()) + kCommitGrace;
    }
    if (PQsendQuery(impl_.conn, "COMMIT") == 0) return impl_.Lost();
    auto done = impl_.Finish();
    if (!done.ok()) {
        Status status = done.status();
        if (!impl_.dead) return status;
        status.code = Code::kUnavailable;
        status.reason = "PG_OUTCOME_UNKNOWN";
        status.message = "the connection was lost during COMMIT: " + status.message;
        return status;
    }
    if (std::string_view(PQcmdStatus(done->get())) != "COMMIT") {
        return MakeStatus(Code::kInternal, "PG_TRANSACTION_ABORTED",
                          "a statement had failed before the commit, so all was rolled back");
    }
    return Status::Ok();
}

void Transaction::Rollback() {
    if (impl_.dead) return;
    impl_.deadline.reset();
    if (!impl_.Start().ok()) return;
    impl_.limit = steady_clock::now() + kRollbackLimit;
    impl_.may_cancel = false;
    // A connection that cannot even roll back is of no use.
    if (PQsendQuery(impl_.conn, "ROLLBACK") == 0 || !impl_.Finish().ok()) impl_.dead = true;
}

Status RunInTransaction(Pool& pool, Deadline deadline,
                        const std::function<Status(Connection&)>& work) {
    int lost = 0;
    for (int run = 1;; ++run) {
        Status status;
        {
            SW_ASSIGN_OR_RETURN(Pool::Lease lease, pool.Acquire(deadline));
            Transaction transaction(*lease);
            status = transaction.Begin(deadline);
            if (!status.ok()) {
                // Nothing has happened yet: a connection that died while idle is replaced at once.
                if (!lease->alive() && ++lost <= pool.options().size + 1) {
                    --run;
                    continue;
                }
                return status;
            }
            status = work(*lease);
            if (status.ok()) status = transaction.Commit();
            if (status.ok()) return status;
            // The lease rolls back what is still open.
        }
        const bool again = status.code == Code::kAborted && status.reason == "PG_RETRY";
        if (!again || run >= kRuns) return status;
        const auto pause = Jittered(run);
        if (steady_clock::now() + pause >= deadline) return status;
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace shouwang::pg
