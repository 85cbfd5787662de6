#include "services/monitoring/events/clockwork.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/base/bytes.h"
#include "common/log/log.h"

namespace shouwang::monitoring::events {
namespace {

using namespace std::chrono_literals;
constexpr auto kJob = 60s;      // a run's deadline
constexpr auto kRetry = 30s;    // after a failure, and while another replica is at it
constexpr auto kTick = 200ms;   // how often the clock is looked at
constexpr auto kStatement = 5s;

std::int64_t LockOf(const std::string& name) { return static_cast<std::int64_t>(Hash64("job:" + name)); }

}  // namespace

void Clockwork::Add(const std::string& name, std::chrono::seconds interval, Job job) {
    if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; })) {
        std::fprintf(stderr, "events::Clockwork: a second job %s\n", name.c_str());
        std::abort();
    }
    const auto runs = [&](const char* outcome) {
        return metrics::MakeCounter("shouwang_job_runs_total", "runs of periodic jobs by how they ended", {{"job", name}, {"outcome", outcome}});
    };
    Entry entry{name, interval, std::move(job), TimePoint::min(), runs("done"), runs("failed"),
                metrics::MakeHistogram("shouwang_job_seconds", "time a run of a periodic job takes", {{"job", name}}, {0.01, 0.1, 0.5, 1, 5, 10, 30, 60}),
                metrics::MakeGauge("shouwang_job_last_success_time_seconds", "Unix time at which a periodic job last ended well here", {{"job", name}})};
    entries_.push_back(std::move(entry));
}

void Clockwork::Start() {
    thread_ = std::thread([this] {
        while (!stopping_) {
            (void)RunDue();
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, kTick, [this] { return stopping_.load(); });
        }
    });
}

void Clockwork::Stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

int Clockwork::RunDue() {
    int ran = 0;
    for (Entry& entry : entries_) {
        if (stopping_) break;
        const TimePoint now = clock_.Now();
        if (now < entry.next) continue;
        const auto here = RunHere(entry, now);
        if (here.ok()) {
            ran += *here ? 1 : 0;
            continue;
        }
        entry.next = now + std::min<std::chrono::seconds>(entry.interval, kRetry);
        log::Warn("job not run, will repeat", {{"job", entry.name}, {"error", here.status()}});
    }
    return ran;
}

Status Clockwork::Connect() {
    if (connection_ != nullptr && connection_->alive()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(connection_, pg::Connection::Open(conninfo_, DeadlineIn(kStatement)));
    return Status::Ok();
}

Result<bool> Clockwork::RunHere(Entry& entry, TimePoint now) {
    SW_RETURN_IF_ERROR(Connect());
    connection_->SetDeadline(DeadlineIn(kStatement));
    SW_ASSIGN_OR_RETURN(const pg::Rows got, connection_->Exec("SELECT pg_try_advisory_lock($1)", pg::P(LockOf(entry.name))));
    if (!got.Bool(0, 0)) {
        entry.next = now + std::min<std::chrono::seconds>(entry.interval, kRetry);
        return false;
    }
    const auto ran = RunLocked(entry, now);
    connection_->SetDeadline(DeadlineIn(kStatement));
    // A lock that cannot be given back goes with its connection.
    if (!connection_->Exec("SELECT pg_advisory_unlock($1)", pg::P(LockOf(entry.name))).ok()) connection_.reset();
    return ran;
}

Result<bool> Clockwork::RunLocked(Entry& entry, TimePoint now) {
    SW_ASSIGN_OR_RETURN(const pg::Rows last, connection_->Exec("SELECT ran_at FROM job WHERE name = $1", pg::P(entry.name)));
    // A run in the future is of a clock that has been set back since: it counts for nothing.
    if (last.size() == 1 && last.Time(0, 0) <= now && now < last.Time(0, 0) + entry.interval) {
        entry.next = last.Time(0, 0) + entry.interval;
        return false;
    }
    const auto started = std::chrono::steady_clock::now();
    connection_->SetDeadline(std::nullopt);
    const Status status = entry.job(DeadlineIn(kJob));
    entry.seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    if (!status.ok()) {
        entry.failed.Add();
        entry.next = now + std::min<std::chrono::seconds>(entry.interval, kRetry);
        log::Warn("job failed, will repeat", {{"job", entry.name}, {"error", status}});
        return true;
    }
    entry.done.Add();
    entry.last_success.Set(static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
    entry.next = now + entry.interval;
    connection_->SetDeadline(DeadlineIn(kStatement));
    SW_RETURN_IF_ERROR(connection_->Exec("INSERT INTO job (name, ran_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at",
                                         pg::P(entry.name, now)).status());
    return true;
}

}  // namespace shouwang::monitoring::events
