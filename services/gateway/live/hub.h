// The live view: every process reads the lead events itself, from the end, and hands them to
// whoever watches. Nothing is kept: a watcher begins with nothing and reads lists for the past.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::live {

using Item = std::shared_ptr<const v1::WatchLeadsResponse>;

// Thread-safe.
class Hub {
public:
    explicit Hub(std::size_t queue = 256, std::size_t watchers = 1000)
        : queue_(queue), most_(watchers) {}

    struct Filter {
        std::string region;    // prefix; empty = everything
        std::set<int> grades;  // empty = all
        bool Wants(const v1::WatchLeadsResponse& item) const;
    };

    class Watcher {
    public:
        ~Watcher();
        // The next items, at least one within `wait`, or none. RESOURCE_EXHAUSTED
        // "WATCHER_TOO_SLOW" once the queue was full (the items it could not take are lost to this
        // watcher: it must read the list again); UNAVAILABLE "DRAINING" when the hub closes.
        Result<std::vector<Item>> Next(std::chrono::milliseconds wait);

    private:
        friend class Hub;
        Watcher(Hub& hub, Filter filter) : hub_(hub), filter_(std::move(filter)) {}
        Hub& hub_;
        const Filter filter_;
        std::mutex mutex_;
        std::condition_variable wake_;
        std::deque<Item> items_;
        bool overrun_ = false, closed_ = false;
    };

    // RESOURCE_EXHAUSTED "TOO_MANY_WATCHERS". A watcher must end before its hub.
    Result<std::unique_ptr<Watcher>> Watch(Filter filter);
    void Publish(v1::WatchLeadsResponse item);
    void Close();
    std::size_t watchers() const;

private:
    void Remove(Watcher* watcher);

    const std::size_t queue_, most_;
    mutable std::mutex mutex_;
    std::set<Watcher*> watchers_;
    bool closed_ = false;
};

}  // namespace shouwang::gateway::live
