// Periodic jobs: named, with an interval by the business clock. A job runs in one replica at a time (advisory lock) and once an interval
// whatever the number of replicas (table job). A job that fails is tried again sooner; what it does must bear being done twice.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "common/pg/pg.h"

namespace shouwang::monitoring::events {

// Add, then Start or RunDue from one thread.
class Clockwork {
public:
    using Job = std::function<Status(Deadline)>;

    // conninfo: of the connection that holds the locks; the jobs have connections of their own.
    Clockwork(std::string conninfo, const Clock& clock) : conninfo_(std::move(conninfo)), clock_(clock) {}
    ~Clockwork() { Stop(); }

    // name: a-z and '_', unique; the label of the job's metrics. Aborts on a second job of the name (a programmer error).
    void Add(const std::string& name, std::chrono::seconds interval, Job job);
    void Start();
    // Waits for the job that runs. Idempotent.
    void Stop();
    // Runs every job that is due now; says how many ran here. The thread of Start does nothing else.
    int RunDue();

private:
    struct Entry {
        std::string name;
        std::chrono::seconds interval;
        Job job;
        TimePoint next;  // not before this is it looked at again
        metrics::Counter done, failed;
        metrics::Histogram seconds;
        metrics::Gauge last_success;
    };
    Status Connect();
    // True where the job ran; `next` is set in any case.
    Result<bool> RunHere(Entry& entry, TimePoint now);
    Result<bool> RunLocked(Entry& entry, TimePoint now);

    std::string conninfo_;
    const Clock& clock_;
    std::vector<Entry> entries_;
    std::unique_ptr<pg::Connection> connection_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace shouwang::monitoring::events
