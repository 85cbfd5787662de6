#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <unordered_set>

#include "common/base/fault_point.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/outbox/batch.h"
#include "common/outbox/envelope.h"
#include "common/outbox/outbox.h"

namespace shouwang::outbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::int32_t kLockClass = 0x5357'4f42;  // "SWOB"; the second key of the lock is the shard
constexpr milliseconds kPoll{1000};
constexpr milliseconds kStatementLimit{30000};
constexpr milliseconds kQueueWait{30000};  // for room in the producer
constexpr milliseconds kStopLimit{10000};
constexpr milliseconds kLongestReconnect{5000};
constexpr seconds kMeasureEvery{5};
constexpr std::int64_t kRowsPerShard = 1000, kFewestRows = 8;
constexpr std::size_t kBatchBytes = 32 << 20;
constexpr int kPurgeDays = 30;
constexpr std::int64_t kPurgeRows = 5000;
constexpr std::chrono::minutes kPurgeEvery{10};

// Index order, whatever the statistics of a table that is empty at one moment and full at the next
// make the planner believe.
constexpr const char* kSession =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET enable_sort = off; SET application_name = 'shouwang outbox relay'; "
    "LISTEN shouwang_outbox";

// Always from the beginning: "everything after the last id" would pass over a row that commits
// late, and take a later row of its key first.
constexpr const char* kTake =
    "SELECT o.shard, o.id, o.topic, o.key, o.value "
    "FROM unnest($1::int2[]) AS s(shard) CROSS JOIN LATERAL ("
    "SELECT shard, id, topic, key, value FROM outbox "
    "WHERE outbox.shard = s.shard AND key <> ALL ($2::text[]) ORDER BY id LIMIT $3) o";

// By key, one after another, whatever the planner believes about the table: a join of the two lists may begin at the table, which
// takes minutes where many events wait. Nobody else deletes from an owned shard, and nobody updates: rows stay where they are.
constexpr const char* kDelete =
    "DELETE FROM outbox WHERE ctid = ANY (ARRAY("
    "SELECT o.ctid FROM unnest($1::int2[], $2::int8[]) AS gone(shard, id) CROSS JOIN LATERAL ("
    "SELECT ctid FROM outbox WHERE outbox.shard = gone.shard AND outbox.id = gone.id OFFSET 0) o))";

// The count is cut off: past a million it no longer matters how many.
constexpr const char* kMeasure =
    "SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 1000000) few), "
    "coalesce(extract(epoch FROM clock_timestamp() - min(o.created)), 0)::float8 "
    "FROM generate_series(0, 15) AS s(shard) CROSS JOIN LATERAL ("
    "SELECT created FROM outbox WHERE outbox.shard = s.shard::int2 ORDER BY id LIMIT 1) o";

struct Metrics {
    metrics::Gauge oldest = metrics::MakeGauge("shouwang_outbox_oldest_age_seconds",
                                               "Age of the oldest event that waits for the bus");
    metrics::Gauge rows =
        metrics::MakeGauge("shouwang_outbox_rows", "Events that wait for the bus");
    metrics::Gauge shards =
        metrics::MakeGauge("shouwang_outbox_shards", "Outbox shards this process relays");
    metrics::Counter relayed = metrics::MakeCounter("shouwang_outbox_relayed_total",
                                                    "Events acknowledged by the bus and deleted");
    metrics::Counter failures = metrics::MakeCounter("shouwang_outbox_failures_total",
                                                     "Passes in which the bus refused something");
    metrics::Counter reconnects = metrics::MakeCounter("shouwang_outbox_reconnects_total",
                                                       "Connections of the relay that were lost");
};

}  // namespace

struct Relay::Impl {
    Impl(std::string conn, bus::Bus& b)
        : conninfo(std::move(conn)), bus(b), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Impl() { close(wake); }

    void Run();
    Status Connect();
    Status TakeShards();
    Status Serve();
    // Relays one batch; *rows says how many it had.
    Status Pass(std::size_t* rows);
    Status Produce(const pg::Rows& rows, Batch& batch);
    bool AwaitReports(Batch& batch);
    Status Delete(const Batch::Outcome& outcome);
    void Learn(const Batch& batch, const Batch::Outcome& outcome);
    void AdjustLimit(std::size_t rows, std::size_t bytes);
    Status Idle();
    Status Measure();
    void Pause(milliseconds time);
    pg::Params TakeParams();

    const std::string conninfo;
    bus::Bus& bus;
    const int wake;
    std::thread thread;
    std::atomic<bool> stop{false};
    std::atomic<std::int64_t> relayed{0};
    std::atomic<int> owned_count{0};
    Metrics m;

    std::unique_ptr<pg::Connection> connection;
    std::unique_ptr<bus::Producer> producer;
    std::array<bool, kShards> owned{};
    steady_clock::time_point next_lock{}, next_measure{}, next_purge{};
    std::int64_t limit = 64;  // rows a shard
    Blocked blocked;
};

Relay::Relay(std::string conninfo, bus::Bus& bus)
    : impl_(std::make_unique<Impl>(std::move(conninfo), bus)) {}
Relay::~Relay() { Stop(); }
void Relay::Start() {
    impl_->thread = std::thread([this] { impl_->Run(); });
}
void Relay::Stop() {
    impl_->stop = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(impl_->wake, &one, sizeof one);
    if (impl_->thread.joinable()) impl_->thread.join();
}
std::int64_t Relay::relayed() const { return impl_->relayed; }
int Relay::shards() const { return impl_->owned_count; }

void Relay::Impl::Pause(milliseconds time) {
    pollfd p{wake, POLLIN, 0};
    poll(&p, 1, static_cast<int>(time.count()));
}

void Relay::Impl::Run() {
    milliseconds reconnect{0};
    while (!stop) {
        Status status = Connect();
        if (status.ok()) {
            reconnect = milliseconds{0};
            status = Serve();
        }
        connection.reset();  // and with it the locks
        owned.fill(false);
        owned_count = 0;
        m.shards.Set(0);
        if (stop) break;
        m.reconnects.Add();
        reconnect = std::clamp(reconnect * 2, milliseconds{50}, kLongestReconnect);
        log::Warn("outbox relay lost its connection", {{"status", status}});
        Pause(reconnect);
    }
    producer.reset();
}

Status Relay::Impl::Connect() {
    SW_ASSIGN_OR_RETURN(connection, pg::Connection::Open(conninfo, DeadlineIn(seconds(5))));
    connection->SetDeadline(DeadlineIn(kStatementLimit));
    SW_RETURN_IF_ERROR(connection->ExecScript(kSession));
    next_lock = {};
    return Status::Ok();
}

Status Relay::Impl::TakeShards() {
    next_lock = steady_clock::now() + kPoll;
    std::vector<std::int32_t> missing;
    for (int i = 0; i < kShards; ++i) {
        if (!owned[i]) missing.push_back(i);
    }
    if (missing.empty()) return Status::Ok();
    pg::Params params = pg::P(kLockClass);
    params.AddArray(missing);
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection->Exec("SELECT s, pg_try_advisory_lock($1, s) FROM unnest($2::int4[]) AS s",
                         params));
    int won = 0;
    for (int i = 0; i < rows.size(); ++i) {
        if (!rows.Bool(i, 1)) continue;
        const auto shard = static_cast<std::size_t>(rows.Int(i, 0));
        owned[shard] = true;
        ++won;
    }
    if (won > 0) {
        owned_count += won;
        m.shards.Set(owned_count);
        log::Info("outbox shards taken", {{"taken", won}, {"owned", owned_count.load()}});
    }
    return Status::Ok();
}

Status Relay::Impl::Serve() {
    while (!stop) {
        connection->SetDeadline(DeadlineIn(kStatementLimit));
        const auto now = steady_clock::now();
        if (now >= next_lock) SW_RETURN_IF_ERROR(TakeShards());
        if (now >= next_measure) SW_RETURN_IF_ERROR(Measure());
        if (blocked.paused_until() > now) {
            Pause(std::chrono::ceil<milliseconds>(blocked.paused_until() - now));
            continue;
        }
        std::size_t rows = 0;
        if (owned_count > 0) SW_RETURN_IF_ERROR(Pass(&rows));
        if (rows == 0) SW_RETURN_IF_ERROR(Idle());
    }
    return Status::Ok();
}

pg::Params Relay::Impl::TakeParams() {
    std::vector<std::int16_t> shards;
    for (int i = 0; i < kShards; ++i) {
        if (owned[i]) shards.push_back(static_cast<std::int16_t>(i));
    }
    const std::vector<std::string> paused = blocked.Now(steady_clock::now());
    pg::Params params;
    params.AddArray(shards).AddArray(paused).Add(limit);
    return params;
}

Status Relay::Impl::Pass(std::size_t* count) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection->Exec(kTake, TakeParams()));
    *count = static_cast<std::size_t>(rows.size());
    if (*count == 0) return Status::Ok();
    Batch batch(*count);
    const Status produced = Produce(rows, batch);
    if (!AwaitReports(batch)) producer.reset();  // ends every report before the batch goes
    FaultPoint("relay_after_report");
    const Batch::Outcome outcome = batch.Settle();
    SW_RETURN_IF_ERROR(Delete(outcome));
    Learn(batch, outcome);
    if (!outcome.failed_keys.empty()) {
        m.failures.Add();
        log::Warn("the bus refused events; they stay in the outbox",
                  {{"keys", outcome.failed_keys.size()},
                   {"status", produced.ok() ? batch.first_error() : produced}});
        // Nothing at all went through: perhaps the producer itself is broken.
        if (outcome.ids.empty()) producer.reset();
    }
    return Status::Ok();
}

Status Relay::Impl::Produce(const pg::Rows& rows, Batch& batch) {
    std::size_t bytes = 0;
    const int n = rows.size();
    for (int i = 0; i < n; ++i) {
        batch.Add({static_cast<std::int16_t>(rows.Int(i, 0)), rows.Int(i, 1), rows.Text(i, 3)});
        bytes += rows.Bytes(i, 4).size();
    }
    AdjustLimit(static_cast<std::size_t>(n), bytes);
    if (producer == nullptr) {
        SW_ASSIGN_OR_RETURN(producer, bus.NewProducer());
    }
    const Deadline deadline = DeadlineIn(kQueueWait);
    std::unordered_set<std::string_view> refused;
    for (int i = 0; i < n; ++i) {
        if (!refused.empty() && refused.contains(rows.Text(i, 3))) continue;
        const std::string_view value = rows.Bytes(i, 4);
        bus::OutMessage message;
        message.topic = rows.Text(i, 2);
        message.key = rows.Text(i, 3);
        message.value = value;
        message.headers = HeadersOf(value);
        batch.Expect();
        const auto report = [&batch, i](const Status& s) {
            batch.Report(static_cast<std::size_t>(i), s);
        };
        const Status status = producer->Produce(std::move(message), report, deadline);
        if (status.ok()) continue;
        batch.Refused(status);
        refused.insert(rows.Text(i, 3));
        // Full for so long: the rest waits for the next pass.
        if (status.code == Code::kResourceExhausted) return status;
    }
    return Status::Ok();
}

bool Relay::Impl::AwaitReports(Batch& batch) {
    Deadline last = Deadline::max();
    while (!batch.WaitUntil(DeadlineIn(kPoll))) {
        const auto now = steady_clock::now();
        if (stop && last == Deadline::max()) last = now + kStopLimit;
        if (now >= last) return false;
    }
    return true;
}

Status Relay::Impl::Delete(const Batch::Outcome& outcome) {
    if (outcome.ids.empty()) return Status::Ok();
    pg::Params params;
    params.AddArray(outcome.shards).AddArray(outcome.ids);
    // Reports may have taken long.
    connection->SetDeadline(DeadlineIn(kStatementLimit));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection->Exec(kDelete, params));
    relayed += rows.affected();
    m.relayed.Add(static_cast<double>(rows.affected()));
    return Status::Ok();
}

void Relay::Impl::Learn(const Batch& batch, const Batch::Outcome& outcome) {
    if (outcome.failed_keys.empty()) blocked.AllWell();
    std::vector<std::string> recovered;
    if (!blocked.empty()) {
        for (const auto& row : batch.rows()) {
            if (row.acked && blocked.Remembers(row.key)) recovered.emplace_back(row.key);
        }
    }
    for (const auto& key : outcome.failed_keys) std::erase(recovered, key);
    blocked.Success(recovered);
    if (!outcome.failed_keys.empty()) blocked.Fail(outcome.failed_keys, steady_clock::now());
}

void Relay::Impl::AdjustLimit(std::size_t rows, std::size_t bytes) {
    if (bytes > kBatchBytes) {
        limit = std::max(kFewestRows, limit / 2);
    } else if (bytes < kBatchBytes / 2 && static_cast<std::int64_t>(rows) >= limit) {
        limit = std::min(kRowsPerShard, limit * 2);
    }
}

Status Relay::Impl::Idle() {
    if (owned[0] && steady_clock::now() >= next_purge) {
        SW_ASSIGN_OR_RETURN(const std::int64_t gone, Purge(*connection, kPurgeDays, kPurgeRows));
        if (gone >= kPurgeRows) return Status::Ok();  // there is more
        next_purge = steady_clock::now() + kPurgeEvery;
    }
    const Deadline until =
        std::min({steady_clock::now() + kPoll, blocked.Next(steady_clock::now()), next_lock});
    SW_ASSIGN_OR_RETURN(auto woken, connection->WaitNotification(until, wake));
    // One pass serves all that has been announced so far.
    while (woken) {
        SW_ASSIGN_OR_RETURN(woken, connection->WaitNotification(steady_clock::now()));
    }
    return Status::Ok();
}

Status Relay::Impl::Measure() {
    next_measure = steady_clock::now() + kMeasureEvery;
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection->Exec(kMeasure));
    m.rows.Set(static_cast<double>(rows.Int(0, 0)));
    m.oldest.Set(rows.Double(0, 1));
    return Status::Ok();
}

}  // namespace shouwang::outbox
