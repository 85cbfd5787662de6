// The inside of a Connection: one libpq link driven without blocking, so that every wait has an
// end. Private to common/pg.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/pg/error.h"
#include "common/pg/pg.h"
#include "common/pg/statement_cache.h"

namespace shouwang::pg {

struct FreeResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

struct Connection::Impl {
    static constexpr std::size_t kStatements = 500;

    explicit Impl(PGconn* connection) : conn(connection) {}
    ~Impl() { PQfinish(conn); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // Before each operation: DEADLINE_EXCEEDED or UNAVAILABLE where it makes no sense to start.
    Status Start();
    // Waits until the socket is ready. At the deadline it cancels once and waits a little for the
    // server's answer; then the link counts as lost.
    Status Await(short events);
    Status FlushOut();
    // The next result of the running command; null at its end.
    Result<ResultPtr> Next();
    // Reads all results of the command and answers the last one, or the first error.
    Result<ResultPtr> Finish();
    // A simple query (may be several statements).
    Result<ResultPtr> Simple(const char* sql);
    // Sends a statement with parameters, prepared where worth it. *prepared: an already prepared
    // one is used.
    Status Send(std::string_view sql, const Params& params, bool* prepared);
    Status Prepare(std::string_view sql);
    Status SendCopyData(std::string_view data);

    // Marks the connection dead.
    Status Lost(const char* why = nullptr);
    // A failed result as Status; marks the connection dead where the error says so.
    Status Failed(const PGresult* result);
    void RequestCancel();
    void LearnCancelKey();  // once connected

    PGconn* conn;
    std::shared_ptr<PGcancel> cancel;
    StatementCache statements{kStatements};
    std::optional<Deadline> deadline;
    bool dead = false;
    std::atomic<bool> tainted{false};  // a cancel may still be under way: do not reuse

    // Of the running operation.
    Deadline limit = Deadline::max();
    bool may_cancel = true;
    bool cancelled = false;

    // Scratch of Send, kept to save allocations.
    std::vector<std::uint32_t> oids;
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
};

// One transaction on a connection. BEGIN and the time limit travel together.
class Transaction {
public:
    explicit Transaction(Connection& connection) : impl_(*connection.impl_) {}
    Status Begin(Deadline deadline);
    Status Commit();
    void Rollback();

private:
    Connection::Impl& impl_;
};

}  // namespace shouwang::pg
