#include "services/monitoring/events/sweeper.h"

#include "common/log/log.h"
#include "common/metrics/metrics.h"

namespace shouwang::monitoring::events {
namespace {

using namespace std::chrono_literals;
constexpr auto kStep = 60s;
constexpr auto kPoll = 500ms;

}  // namespace

Sweeper::Sweeper(std::string conninfo, std::unique_ptr<usecase::Rescreen> rescreen)
    : conninfo_(std::move(conninfo)), rescreen_(std::move(rescreen)) {}

Sweeper::~Sweeper() { Stop(); }

void Sweeper::Start() {
    thread_ = std::thread([this] { Run(); });
}

void Sweeper::Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Sweeper::Run() {
    const auto screened = metrics::MakeCounter("shouwang_rescreened_households_total", "households screened by the sweep");
    std::unique_ptr<pg::Connection> listener;
    while (!stopping_) {
        if (const Status queued = rescreen_->QueueNewMonth(DeadlineIn(kStep)); !queued.ok()) log::Warn("month not queued", {{"error", queued}});
        usecase::ScreenCounts counts;
        const auto worked = rescreen_->WorkOnQueue(DeadlineIn(kStep), counts);
        screened.Add(static_cast<double>(counts.households));
        if (!worked.ok()) log::Warn("sweep step failed, will repeat", {{"error", worked.status()}});
        if (!worked.ok() || !*worked) Idle(listener);
    }
}

void Sweeper::Idle(std::unique_ptr<pg::Connection>& listener) {
    if (listener == nullptr || !listener->alive()) {
        auto opened = pg::Connection::Open(conninfo_, DeadlineIn(5s));
        if (!opened.ok() || !(*opened)->Exec("LISTEN rescreen").ok()) {
            std::this_thread::sleep_for(kPoll);
            return;
        }
        listener = std::move(opened).value();
    }
    if (!listener->WaitNotification(DeadlineIn(kPoll)).ok()) listener.reset();
}

}  // namespace shouwang::monitoring::events
