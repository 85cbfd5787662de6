#include "services/gateway/live/hub.h"

#include "common/base/region_code.h"
#include "common/metrics/metrics.h"

namespace shouwang::gateway::live {
namespace {

const metrics::Gauge& WatchersGauge() {
    static const metrics::Gauge gauge =
        metrics::MakeGauge("shouwang_gateway_live_watchers", "open live streams");
    return gauge;
}

}  // namespace

bool Hub::Filter::Wants(const v1::WatchLeadsResponse& item) const {
    if (!RegionContains(region, item.lead().region_code())) return false;
    return grades.empty() || grades.contains(item.lead().grade());
}

Hub::Watcher::~Watcher() { hub_.Remove(this); }

Result<std::vector<Item>> Hub::Watcher::Next(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [&] { return overrun_ || closed_ || !items_.empty(); });
    if (overrun_)
        return MakeStatus(Code::kResourceExhausted, "WATCHER_TOO_SLOW",
                          "leads came faster than they were read; read the list and watch again");
    if (closed_ && items_.empty())
        return MakeStatus(Code::kUnavailable, "DRAINING", "the server is stopping; watch again");
    std::vector<Item> items(items_.begin(), items_.end());
    items_.clear();
    return items;
}

Result<std::unique_ptr<Hub::Watcher>> Hub::Watch(Filter filter) {
    std::lock_guard lock(mutex_);
    if (closed_)
        return MakeStatus(Code::kUnavailable, "DRAINING", "the server is stopping; watch again");
    if (watchers_.size() >= most_)
        return MakeStatus(Code::kResourceExhausted, "TOO_MANY_WATCHERS", "too many live streams");
    std::unique_ptr<Watcher> watcher(new Watcher(*this, std::move(filter)));
    watchers_.insert(watcher.get());
    WatchersGauge().Add(1);
    return watcher;
}

void Hub::Remove(Watcher* watcher) {
    std::lock_guard lock(mutex_);
    if (watchers_.erase(watcher) > 0) WatchersGauge().Add(-1);
}

void Hub::Publish(v1::WatchLeadsResponse item) {
    static const metrics::Counter dropped = metrics::MakeCounter(
        "shouwang_gateway_live_overruns_total", "watchers dropped because they read too slowly");
    const Item shared = std::make_shared<const v1::WatchLeadsResponse>(std::move(item));
    std::lock_guard lock(mutex_);
    for (Watcher* watcher : watchers_) {
        if (!watcher->filter_.Wants(*shared)) continue;
        std::lock_guard watcher_lock(watcher->mutex_);
        if (watcher->overrun_) continue;
        if (watcher->items_.size() >= queue_) {
            watcher->overrun_ = true;
            watcher->items_.clear();
            dropped.Add();
        } else {
            watcher->items_.push_back(shared);
        }
        watcher->wake_.notify_one();
    }
}

void Hub::Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (Watcher* watcher : watchers_) {
        std::lock_guard watcher_lock(watcher->mutex_);
        watcher->closed_ = true;
        watcher->wake_.notify_one();
    }
}

std::size_t Hub::watchers() const {
    std::lock_guard lock(mutex_);
    return watchers_.size();
}

}  // namespace shouwang::gateway::live
