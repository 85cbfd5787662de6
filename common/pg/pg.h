// PostgreSQL: a bounded pool, transactions with deadlines, binary parameters, results and COPY over libpq. SQL stays explicit.
//
// Errors: 40001/40P01 → ABORTED reason "PG_RETRY" (RunInTransaction retries), 23505 → ALREADY_EXISTS, 23503/23514 →
// FAILED_PRECONDITION, 57014 → DEADLINE_EXCEEDED, 08xxx/57P01/53300 → UNAVAILABLE, other → INTERNAL; Status.metadata carries
// "sqlstate" and "constraint" (constraint name). Reasons: PG_RETRY, PG_ALREADY_EXISTS, PG_CONSTRAINT, PG_DEADLINE,
// PG_UNAVAILABLE, PG_ERROR, and those named below.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/pg/values.h"

namespace shouwang::pg {

// One connection. Not thread-safe. Dead after a link error; the pool then replaces it.
class Connection {
public:
    // conninfo: libpq connection string. Fails with UNAVAILABLE.
    static Result<std::unique_ptr<Connection>> Open(const std::string& conninfo, Deadline deadline);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Prepared on first use (by text) and reused. A lost link answers UNAVAILABLE and kills the connection. A prepared statement
    // whose tables have changed under it is prepared anew; inside a transaction that takes a retry (ABORTED "PG_RETRY").
    Result<Rows> Exec(std::string_view sql, const Params& params = {});
    Status ExecScript(const std::string& sql);  // several statements, no parameters (migrations)
    // sql: "COPY t (a, b) FROM STDIN (FORMAT binary)".
    Status Copy(const std::string& sql, const CopyBuffer& rows);
    // Streams a result row by row (single-row mode); `row` is called with a one-row Rows, and stops the query by returning false
    // (inside a transaction the rest is read and dropped, since a cancelled query would abort it: give the query a LIMIT).
    Status Stream(std::string_view sql, const Params& params, const std::function<bool(const Rows&)>& row);
    // LISTEN support: waits for a notification until the deadline and answers its payload; nullopt at the deadline, or as soon
    // as `wake_fd` (where ≥ 0) is readable.
    Result<std::optional<std::string>> WaitNotification(Deadline deadline, int wake_fd = -1);
    // Everything after this must end by the deadline: what still runs is cancelled (DEADLINE_EXCEEDED), and where no answer comes
    // at all the link counts as lost. RunInTransaction and the pool set and clear it.
    void SetDeadline(std::optional<Deadline> deadline);
    bool alive() const;
    bool in_transaction() const;
    // Cancels what runs, from another thread. The pool does not reuse the connection: the cancel may arrive late.
    void Cancel();

private:
    friend class Pool;
    friend class Transaction;
    struct Impl;
    explicit Connection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct PoolOptions {
    std::string conninfo;
    int size = 8;
    std::chrono::milliseconds connect_timeout{5000};
    std::string name = "main";  // label of its metrics: one of a few fixed words
};

// Bounded, thread-safe. Acquire waits until the deadline, then UNAVAILABLE reason "PG_POOL_EXHAUSTED".
class Pool {
public:
    explicit Pool(PoolOptions options);
    ~Pool();  // waits for leases

    class Lease {
    public:
        Lease(Lease&&) noexcept;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }

    private:
        friend class Pool;
        Lease(Pool* pool, std::unique_ptr<Connection> connection);
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };
    Result<Lease> Acquire(Deadline deadline);
    const PoolOptions& options() const { return options_; }

private:
    struct State;
    PoolOptions options_;
    std::unique_ptr<State> state_;
};

// Runs `work` in one transaction (READ COMMITTED) and commits. `work` may run several times (serialization failure, deadlock:
// at most 5, with jittered back-off), so it must only touch the connection and its own locals. The remaining time becomes
// statement_timeout. An error that `work` swallowed still rolls back: INTERNAL "PG_TRANSACTION_ABORTED". A link lost during COMMIT answers UNAVAILABLE reason "PG_OUTCOME_UNKNOWN": repeat with the same request id.
Status RunInTransaction(Pool& pool, Deadline deadline, const std::function<Status(Connection&)>& work);

// A numbered migration, applied once, in order, each in its own transaction under an advisory lock.
struct Migration {
    int version;
    std::string_view name;
    std::string_view sql;
};
// Applies what is missing. FAILED_PRECONDITION reason "PG_MIGRATION_CHANGED" where an applied one has another checksum.
Status Migrate(const std::string& conninfo, std::span<const Migration> migrations);

}  // namespace shouwang::pg
