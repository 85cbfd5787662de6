#include <poll.h>

#include <algorithm>

#include "common/metrics/metrics.h"
#include "common/pg/connection_impl.h"

namespace shouwang::pg {
namespace {

using std::chrono::steady_clock;

// Observes how long an operation took, failed ones too.
class Timer {
public:
    explicit Timer(const metrics::Histogram& histogram) : histogram_(histogram) {}
    ~Timer() {
        histogram_.Observe(std::chrono::duration<double>(steady_clock::now() - start_).count());
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

private:
    const metrics::Histogram& histogram_;
    steady_clock::time_point start_ = steady_clock::now();
};

metrics::Histogram Durations(const char* kind) {
    return metrics::MakeHistogram("shouwang_pg_query_seconds",
                                  "Time of one statement, from sending it to its last result",
                                  {{"kind", kind}});
}

// What a prepared statement answers once its tables or the statement itself have gone or changed
// under it.
bool IsStale(const Status& status) {
    const std::string_view s = SqlState(status);
    return s == "26000" || s == "0A000" || s == "42P01" || s == "42703" || s == "42883";
}

void IgnoreNotice(void*, const char*) {}

// Drives an asynchronous connect to its end; the message of what went wrong, or "".
std::string FinishConnect(PGconn* conn, Deadline deadline) {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) return LinkStatus(conn).message;
        const auto left = deadline - steady_clock::now();
        if (left <= steady_clock::duration::zero()) return "no connection within the deadline";
        pollfd p{PQsocket(conn), state == PGRES_POLLING_READING ? short{POLLIN} : short{POLLOUT},
                 0};
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        const int n = poll(&p, 1, static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
        if (n > 0) state = PQconnectPoll(conn);
    }
    return "";
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                     Deadline deadline) {
    // Defaults first, so that conninfo overrides them. JIT costs more than it saves on short
    // statements with rough estimates.
    const char* const keys[] = {"client_encoding",
                                "fallback_application_name",
                                "options",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                "dbname",
                                nullptr};
    const char* const values[] = {"UTF8",
                                  "shouwang",
                                  "-c jit=off -c default_transaction_isolation=read\\ committed",
                                  "15",
                                  "5",
                                  "3",
                                  "15000",
                                  conninfo.c_str(),
                                  nullptr};
    PGconn* conn = PQconnectStartParams(keys, values, 1);
    if (conn == nullptr) return LinkStatus(nullptr);
    auto impl = std::make_unique<Impl>(conn);
    if (PQstatus(conn) == CONNECTION_BAD) return LinkStatus(conn);
    if (const std::string problem = FinishConnect(conn, deadline); !problem.empty()) {
        return MakeStatus(Code::kUnavailable, "PG_UNAVAILABLE", problem);
    }
    impl->LearnCancelKey();
    PQsetNoticeProcessor(conn, IgnoreNotice, nullptr);
    if (PQsetnonblocking(conn, 1) != 0) return LinkStatus(conn);
    return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<Rows> Connection::Exec(std::string_view sql, const Params& params) {
    static const metrics::Histogram durations = Durations("exec");
    const Timer timer(durations);
    const bool in_block = in_transaction();
    for (int attempt = 0;; ++attempt) {
        SW_RETURN_IF_ERROR(impl_->Start());
        bool prepared = false;
        SW_RETURN_IF_ERROR(impl_->Send(sql, params, &prepared));
        auto done = impl_->Finish();
        if (done.ok()) return Rows(done->release());
        Status status = done.status();
        if (!prepared || !IsStale(status)) return status;
        impl_->statements.Forget(sql);
        if (in_block) {
            // The error has aborted the transaction; the next run of it prepares anew.
            status.code = Code::kAborted;
            status.reason = "PG_RETRY";
            return status;
        }
        if (attempt > 0) return status;
    }
}

Status Connection::ExecScript(const std::string& sql) {
    static const metrics::Histogram durations = Durations("script");
    const Timer timer(durations);
    return impl_->Simple(sql.c_str()).status();
}

Status Connection::Copy(const std::string& sql, const CopyBuffer& rows) {
    if (rows.rows() == 0) return Status::Ok();
    static const metrics::Histogram durations = Durations("copy");
    const Timer timer(durations);
    SW_RETURN_IF_ERROR(impl_->Start());
    if (PQsendQuery(impl_->conn, sql.c_str()) == 0) return impl_->Lost();
    SW_ASSIGN_OR_RETURN(ResultPtr ready, impl_->Next());
    if (ready == nullptr) return impl_->Lost();
    if (PQresultStatus(ready.get()) != PGRES_COPY_IN) {
        const bool failed = PQresultStatus(ready.get()) == PGRES_FATAL_ERROR;
        Status status = failed ? impl_->Failed(ready.get())
                               : MakeStatus(Code::kInternal, "PG_ERROR", "not a COPY … FROM STDIN");
        while (ready != nullptr) {  // to the end of the command
            SW_ASSIGN_OR_RETURN(ready, impl_->Next());
        }
        return status;
    }
    SW_RETURN_IF_ERROR(impl_->SendCopyData(rows.data_));
    SW_RETURN_IF_ERROR(impl_->SendCopyData(std::string_view("\377\377", 2)));  // end of rows
    if (PQputCopyEnd(impl_->conn, nullptr) != 1) return impl_->Lost();
    return impl_->Finish().status();
}

Status Connection::Stream(std::string_view sql, const Params& params,
                          const std::function<bool(const Rows&)>& row) {
    static const metrics::Histogram durations = Durations("stream");
    const Timer timer(durations);
    const bool in_block = in_transaction();
    SW_RETURN_IF_ERROR(impl_->Start());
    bool prepared = false;
    SW_RETURN_IF_ERROR(impl_->Send(sql, params, &prepared));
    if (PQsetSingleRowMode(impl_->conn) == 0) return impl_->Lost();
    bool wanted = true;
    Status error;
    for (;;) {
        SW_ASSIGN_OR_RETURN(ResultPtr next, impl_->Next());
        if (next == nullptr) break;
        const ExecStatusType state = PQresultStatus(next.get());
        if (state == PGRES_SINGLE_TUPLE) {
            if (!wanted || row(Rows(next.release()))) continue;
            wanted = false;
            if (!in_block) impl_->RequestCancel();
        } else if (state != PGRES_TUPLES_OK && state != PGRES_COMMAND_OK) {
            error = impl_->Failed(next.get());
        }
    }
    if (!wanted && !in_block && SqlState(error) == "57014") {
        impl_->tainted = false;  // the cancel has arrived
        return Status::Ok();
    }
    if (prepared && IsStale(error)) {
        impl_->statements.Forget(sql);
        error.code = Code::kAborted;
        error.reason = "PG_RETRY";
    }
    return error;
}

Result<std::optional<std::string>> Connection::WaitNotification(Deadline deadline, int wake_fd) {
    for (;;) {
        if (!alive() || PQconsumeInput(impl_->conn) == 0) return impl_->Lost();
        if (PGnotify* notify = PQnotifies(impl_->conn); notify != nullptr) {
            std::string payload = notify->extra;
            PQfreemem(notify);
            return std::optional<std::string>(std::move(payload));
        }
        const auto left = deadline - steady_clock::now();
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        pollfd fds[2] = {{PQsocket(impl_->conn), POLLIN, 0}, {wake_fd, POLLIN, 0}};
        const int n = poll(fds, wake_fd >= 0 ? 2 : 1,
                           static_cast<int>(std::clamp<std::int64_t>(ms, 0, 60'000)));
        if (n < 0 && errno != EINTR) return impl_->Lost("poll on the connection failed");
        if (n > 0 && wake_fd >= 0 && fds[1].revents != 0) return std::optional<std::string>();
        if (n == 0 && steady_clock::now() >= deadline) return std::optional<std::string>();
    }
}

void Connection::SetDeadline(std::optional<Deadline> deadline) { impl_->deadline = deadline; }
bool Connection::alive() const { return !impl_->dead && PQstatus(impl_->conn) == CONNECTION_OK; }
bool Connection::in_transaction() const { return PQtransactionStatus(impl_->conn) != PQTRANS_IDLE; }
void Connection::Cancel() { impl_->RequestCancel(); }

}  // namespace shouwang::pg
