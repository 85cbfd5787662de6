#include <poll.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/metrics/metrics.h"
#include "common/pg/connection_impl.h"

namespace shouwang::pg {

struct Pool::State {
    std::mutex mutex;
    std::condition_variable free;
    std::vector<std::unique_ptr<Connection>> idle;  // last used first: the rest may rest
    int open = 0;                                   // idle and leased, and being opened
    int leased = 0;
    int waiting = 0;
    metrics::Gauge in_use_gauge, waiting_gauge;

    void Show() const {
        in_use_gauge.Set(leased);
        waiting_gauge.Set(waiting);
    }
    // Makes room after a connection has ended or could not be opened.
    void GiveUp() {
        const std::lock_guard lock(mutex);
        --open;
        --leased;
        Show();
        free.notify_all();
    }
};

Pool::Pool(PoolOptions options) : options_(std::move(options)), state_(std::make_unique<State>()) {
    const metrics::Labels labels{{"pool", options_.name}};
    state_->in_use_gauge =
        metrics::MakeGauge("shouwang_pg_pool_in_use", "Connections that are leased", labels);
    state_->waiting_gauge = metrics::MakeGauge("shouwang_pg_pool_waiting",
                                               "Callers that wait for a connection", labels);
}

Pool::~Pool() {
    std::unique_lock lock(state_->mutex);
    state_->free.wait(lock, [&] { return state_->leased == 0; });
}

namespace {

// An idle link says nothing: one that can be read has been closed by the server, or is about to be.
bool LooksClosed(PGconn* conn) {
    pollfd p{PQsocket(conn), POLLIN, 0};
    return poll(&p, 1, 0) != 0;
}

}  // namespace

Result<Pool::Lease> Pool::Acquire(Deadline deadline) {
    State& s = *state_;
    std::unique_lock lock(s.mutex);
    for (;;) {
        ++s.waiting;
        s.Show();
        const auto ready = [&] { return !s.idle.empty() || s.open < options_.size; };
        bool got = true;
        if (deadline == Deadline::max()) {
            s.free.wait(lock, ready);
        } else {
            got = s.free.wait_until(lock, deadline, ready);
        }
        --s.waiting;
        s.Show();
        if (!got) {
            return MakeStatus(Code::kUnavailable, "PG_POOL_EXHAUSTED",
                              "no database connection became free in time");
        }
        if (s.idle.empty()) break;
        std::unique_ptr<Connection> connection = std::move(s.idle.back());
        s.idle.pop_back();
        if (LooksClosed(connection->impl_->conn)) {
            --s.open;
            continue;
        }
        ++s.leased;
        s.Show();
        return Lease(this, std::move(connection));
    }
    ++s.open;
    ++s.leased;
    s.Show();
    lock.unlock();
    auto opened = Connection::Open(options_.conninfo,
                                   std::min(deadline, DeadlineIn(options_.connect_timeout)));
    if (!opened.ok()) {
        s.GiveUp();
        return opened.status();
    }
    return Lease(this, std::move(opened).value());
}

Pool::Lease::Lease(Pool* pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&&) noexcept = default;

Pool::Lease::~Lease() {
    if (connection_ == nullptr) return;
    connection_->SetDeadline(std::nullopt);
    if (connection_->alive() && connection_->in_transaction()) Transaction(*connection_).Rollback();
    State& s = *pool_->state_;
    if (!connection_->alive() || connection_->impl_->tainted) {
        connection_.reset();
        s.GiveUp();
        return;
    }
    const std::lock_guard lock(s.mutex);
    s.idle.push_back(std::move(connection_));
    --s.leased;
    s.Show();
    // The destructor of the pool may wait beside the callers.
    s.waiting > 0 && s.leased > 0 ? s.free.notify_one() : s.free.notify_all();
}

}  // namespace shouwang::pg
