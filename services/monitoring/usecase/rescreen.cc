#include "services/monitoring/usecase/rescreen.h"

#include <deque>

#include "common/trace/trace.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/registry_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kStep = 500;  // households a transaction: a few milliseconds of locks

}  // namespace

Result<std::int64_t> Rescreen::Screen(pg::Connection& connection, const std::string& region_prefix, std::int64_t after, ScreenCounts& counts) {
    SW_ASSIGN_OR_RETURN(const auto ids, store::HouseholdIds(connection, region_prefix, after, kStep));
    if (ids.empty()) return 0;
    SW_ASSIGN_OR_RETURN(auto records, store::LockHouseholds(connection, ids));
    std::deque<HouseholdView> views;
    std::vector<ToScreen> to_screen;
    for (store::HouseholdRecord& record : records) to_screen.push_back({&views.emplace_back(std::move(record)), true, 0});
    const TimePoint now = clock_.Now();
    outbox::Writer events("/shouwang/monitoring", now, trace::Current().ToString());
    SW_ASSIGN_OR_RETURN(const auto book, books_.InForce(connection));
    SW_RETURN_IF_ERROR(screener_.Screen(connection, *book, to_screen, now, events, counts));
    SW_RETURN_IF_ERROR(events.Flush(connection));
    return ids.back();
}

Result<std::int64_t> Rescreen::Step(const std::string& region_prefix, std::int64_t after, Deadline deadline, ScreenCounts& counts) {
    std::int64_t last = 0;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        ScreenCounts attempt;
        SW_ASSIGN_OR_RETURN(last, Screen(connection, region_prefix, after, attempt));
        counts += attempt;
        return Status::Ok();
    }));
    return last;
}

Status Rescreen::Region(const std::string& region_prefix, Deadline deadline, const std::function<bool()>& stop, ScreenCounts& counts) {
    for (std::int64_t after = 0;;) {
        if (stop()) return MakeStatus(Code::kCancelled, "RESCREEN_STOPPED", "stopped; what was screened stays screened");
        SW_ASSIGN_OR_RETURN(after, Step(region_prefix, after, deadline, counts));
        if (after == 0) return Status::Ok();
    }
}

Result<bool> Rescreen::WorkOnQueue(Deadline deadline, ScreenCounts& counts) {
    bool worked = false;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        ScreenCounts attempt;
        SW_ASSIGN_OR_RETURN(const auto job, store::NextRescreen(connection));
        worked = job.has_value();
        if (!worked) return Status::Ok();
        SW_ASSIGN_OR_RETURN(const std::int64_t last, Screen(connection, job->region_prefix, job->done_up_to, attempt));
        counts += attempt;
        return last == 0 ? store::FinishRescreen(connection, job->id) : store::RescreenProgress(connection, job->id, last);
    }));
    return worked;
}

Status Rescreen::QueueNewMonth(Deadline deadline) {
    return pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) {
        return store::QueueMonth(connection, Month::Of(clock_.Today()).ToString(), clock_.Now());
    });
}

}  // namespace shouwang::monitoring::usecase
