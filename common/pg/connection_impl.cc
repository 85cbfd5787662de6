#include "common/pg/connection_impl.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace shouwang::pg {
namespace {

using std::chrono::milliseconds;

// The server's own statement_timeout should speak first; then our cancel; then we give the link up.
constexpr milliseconds kCancelAfter{50};
constexpr milliseconds kAnswerToCancel{2000};
constexpr std::size_t kCopyChunk = 64 << 10;

// > 0 ready, 0 the limit has passed, < 0 error.
int PollSocket(int fd, short events, Deadline limit) {
    for (;;) {
        int timeout = -1;
        if (limit != Deadline::max()) {
            const auto left =
                std::chrono::ceil<milliseconds>(limit - std::chrono::steady_clock::now());
            timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
        }
        pollfd p{fd, events, 0};
        const int n = poll(&p, 1, timeout);
        if (n > 0) return n;
        if (n < 0 && errno != EINTR) return n;
        if (n == 0 && std::chrono::steady_clock::now() >= limit) return 0;
    }
}

}  // namespace

Status Connection::Impl::Start() {
    if (dead || PQstatus(conn) != CONNECTION_OK) return Lost();
    limit = Deadline::max();
    may_cancel = true;
    cancelled = false;
    if (!deadline || *deadline == Deadline::max()) return Status::Ok();
    if (std::chrono::steady_clock::now() >= *deadline) {
        return MakeStatus(Code::kDeadlineExceeded, "PG_DEADLINE", "no time left for the statement");
    }
    limit = *deadline + kCancelAfter;
    return Status::Ok();
}

Status Connection::Impl::Await(short events) {
    for (;;) {
        const int n = PollSocket(PQsocket(conn), events, limit);
        if (n > 0) return Status::Ok();
        if (n < 0) return Lost("poll on the connection failed");
        if (cancelled || !may_cancel) return Lost("the server did not answer in time");
        cancelled = true;
        RequestCancel();
        limit = std::chrono::steady_clock::now() + kAnswerToCancel;
    }
}

Status Connection::Impl::FlushOut() {
    for (;;) {
        const int n = PQflush(conn);
        if (n == 0) return Status::Ok();
        if (n < 0) return Lost();
        // Reads as well: a server that is itself blocked on sending must be able to go on.
        SW_RETURN_IF_ERROR(Await(POLLIN | POLLOUT));
        if (PQconsumeInput(conn) == 0) return Lost();
    }
}

Result<ResultPtr> Connection::Impl::Next() {
    SW_RETURN_IF_ERROR(FlushOut());
    while (PQisBusy(conn) != 0) {
        SW_RETURN_IF_ERROR(Await(POLLIN));
        // On a lost link libpq still has the server's last words (57P01); PQgetResult tells them.
        if (PQconsumeInput(conn) == 0) break;
    }
    return ResultPtr(PQgetResult(conn));
}

Result<ResultPtr> Connection::Impl::Finish() {
    ResultPtr last;
    Status error;
    for (;;) {
        auto next = Next();
        if (!next.ok()) return next.status();
        if (*next == nullptr) break;
        switch (PQresultStatus(next->get())) {
            case PGRES_COMMAND_OK:
            case PGRES_TUPLES_OK:
            case PGRES_SINGLE_TUPLE:
            case PGRES_EMPTY_QUERY:
                last = std::move(*next);
                break;
            case PGRES_COPY_IN:
            case PGRES_COPY_OUT:
            case PGRES_COPY_BOTH:
                // libpq would wait for rows for ever.
                dead = true;
                return MakeStatus(Code::kInternal, "PG_ERROR",
                                  "COPY goes through Connection::Copy");
            default:
                if (error.ok()) error = Failed(next->get());
        }
    }
    if (!error.ok()) return error;
    if (last == nullptr) return Lost();
    return last;
}

Result<ResultPtr> Connection::Impl::Simple(const char* sql) {
    SW_RETURN_IF_ERROR(Start());
    if (PQsendQuery(conn, sql) == 0) return Lost();
    return Finish();
}

Status Connection::Impl::Prepare(std::string_view sql) {
    std::optional<std::string> evict;
    StatementCache::Entry entry = statements.Plan(sql, oids, &evict);
    if (evict) {
        if (PQsendQuery(conn, ("DEALLOCATE " + *evict).c_str()) == 0) return Lost();
        if (auto done = Finish(); !done.ok()) return done.status();
    }
    if (PQsendPrepare(conn, entry.name.c_str(), entry.sql.c_str(),
                      static_cast<int>(entry.oids.size()), entry.oids.data()) == 0) {
        return Lost();
    }
    if (auto done = Finish(); !done.ok()) return done.status();
    statements.Insert(std::move(entry));
    return Status::Ok();
}

Status Connection::Impl::Send(std::string_view sql, const Params& params, bool* prepared) {
    oids.clear();
    values.clear();
    lengths.clear();
    for (const auto& v : params.values_) {
        oids.push_back(v.oid);
        values.push_back(v.null ? nullptr : v.bytes.data());
        lengths.push_back(static_cast<int>(v.bytes.size()));
    }
    formats.assign(oids.size(), 1);
    const int n = static_cast<int>(oids.size());
    *prepared = false;
    if (!StatementCache::Worth(sql)) {
        const std::string text(sql);
        return PQsendQueryParams(conn, text.c_str(), n, oids.data(), values.data(), lengths.data(),
                                 formats.data(), 1) != 0
                   ? Status::Ok()
                   : Lost();
    }
    const StatementCache::Entry* entry = statements.Find(sql, oids);
    *prepared = entry != nullptr;
    if (entry == nullptr) {
        SW_RETURN_IF_ERROR(Prepare(sql));
        entry = statements.Find(sql, oids);
    }
    return PQsendQueryPrepared(conn, entry->name.c_str(), n, values.data(), lengths.data(),
                               formats.data(), 1) != 0
               ? Status::Ok()
               : Lost();
}

Status Connection::Impl::SendCopyData(std::string_view data) {
    while (!data.empty()) {
        const std::string_view chunk = data.substr(0, kCopyChunk);
        data.remove_prefix(chunk.size());
        if (PQputCopyData(conn, chunk.data(), static_cast<int>(chunk.size())) != 1) return Lost();
        SW_RETURN_IF_ERROR(FlushOut());
    }
    return Status::Ok();
}

Status Connection::Impl::Lost(const char* why) {
    dead = true;
    Status status = LinkStatus(conn);
    if (why != nullptr) status.message = why;
    if (status.message.empty()) status.message = "the connection is lost";
    return status;
}

Status Connection::Impl::Failed(const PGresult* result) {
    Status status = StatusOf(result);
    const std::string_view sqlstate = SqlState(status);
    if (PQstatus(conn) != CONNECTION_OK || sqlstate.empty() || Classify(sqlstate).link_lost) {
        dead = true;
    }
    return status;
}

void Connection::Impl::LearnCancelKey() {
    cancel = std::shared_ptr<PGcancel>(PQgetCancel(conn), PQfreeCancel);
}

void Connection::Impl::RequestCancel() {
    tainted = true;
    // PQcancel opens a link of its own and waits for the server to close it, in a broken network
    // for long. It is a last resort (the server's own limit comes first), so a thread for it is
    // cheap; where it fails, the wait for its effect ends too.
    std::thread([cancel = cancel] {
        char error[256];
        PQcancel(cancel.get(), error, sizeof error);
    }).detach();
}

}  // namespace shouwang::pg
