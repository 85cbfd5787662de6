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

struct pg_conn;
struct pg_result;

namespace shouwang::pg {

// One statement's parameters, binary. Types: bool, int16/32/64, double, text, bytea, date, timestamptz, and arrays of int16, int32, int64, text, bytea, date.
class Params {
public:
    Params& Add(bool v);
    Params& Add(std::int16_t v);
    Params& Add(std::int32_t v);
    Params& Add(std::int64_t v);
    Params& Add(double v);
    Params& Add(std::string_view text);
    Params& Add(const char* text) { return Add(std::string_view(text)); }
    Params& Add(Date v);
    Params& Add(TimePoint v);
    Params& AddBytes(std::string_view bytes);
    Params& AddNull();
    Params& AddArray(std::span<const std::int16_t> v);
    Params& AddArray(std::span<const std::int32_t> v);
    Params& AddArray(std::span<const std::int64_t> v);
    Params& AddArray(std::span<const std::string> text);
    Params& AddBytesArray(std::span<const std::string> bytes);
    Params& AddArray(std::span<const Date> v);
    template <typename T>
    Params& AddOptional(const std::optional<T>& v) { return v ? Add(*v) : AddNull(); }

private:
    friend class Connection;
    struct Value {
        std::uint32_t oid;
        bool null;
        std::string bytes;
    };
    std::vector<Value> values_;
    Params& Push(std::uint32_t oid, std::string bytes);
};

// Makes Params from values: pg::P(household_id, "text", date).
template <typename... T>
Params P(const T&... v) {
    Params p;
    (p.Add(v), ...);
    return p;
}

// A finished result, binary format. Column by index; asking for the wrong type is a programmer error (aborts). NULL reads as
// zero or empty: ask IsNull where it matters.
class Rows {
public:
    Rows() = default;
    explicit Rows(pg_result* result);
    int size() const;
    std::int64_t affected() const;  // rows changed by INSERT/UPDATE/DELETE/COPY
    bool IsNull(int row, int col) const;
    bool Bool(int row, int col) const;
    std::int64_t Int(int row, int col) const;  // int2, int4, int8
    double Double(int row, int col) const;
    std::string_view Text(int row, int col) const;   // text, varchar, name; lives as long as this
    std::string_view Bytes(int row, int col) const;  // bytea
    Date DateOf(int row, int col) const;
    TimePoint Time(int row, int col) const;
    std::vector<std::int64_t> IntArray(int row, int col) const;     // int2[], int4[], int8[]
    std::vector<std::string> StringArray(int row, int col) const;   // text[], bytea[]
    std::uint32_t TypeOf(int col) const;                            // pg_type.oid

private:
    struct Free { void operator()(pg_result*) const; };
    std::shared_ptr<pg_result> result_;
};

// Rows of one COPY … FROM STDIN (FORMAT binary), buffered; column order is the caller's.
class CopyBuffer {
public:
    CopyBuffer();
    CopyBuffer& Row(std::int16_t columns);
    CopyBuffer& Bool(bool v);
    CopyBuffer& Int16(std::int16_t v);
    CopyBuffer& Int32(std::int32_t v);
    CopyBuffer& Int64(std::int64_t v);
    CopyBuffer& Double(double v);
    CopyBuffer& Text(std::string_view v);
    CopyBuffer& Bytes(std::string_view v);
    CopyBuffer& DateOf(Date v);
    CopyBuffer& Time(TimePoint v);
    CopyBuffer& Null();
    CopyBuffer& Reserve(std::size_t bytes);
    std::int64_t rows() const { return rows_; }
    std::size_t bytes() const { return data_.size(); }
    void Clear();  // keeps the memory

private:
    friend class Connection;
    std::string data_;
    std::int64_t rows_ = 0;
};

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
