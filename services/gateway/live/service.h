// LiveService.WatchLeads over the hub, and the consumer that fills it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/bus/bus.h"
#include "common/rpc/methods.h"
#include "services/gateway/live/hub.h"

namespace shouwang::gateway::live {

// Whether a session still stands; asked now and then while a stream is open.
using StillValid = std::function<bool(const std::string& session)>;

// Adds WatchLeads to `methods`. Answers the leads of the narrower of the caller's region and the
// wanted one.
void AddTo(rpc::Methods& methods, Hub& hub, StillValid still_valid);

// What watchers are told about one bus message; nullopt for other events (they are counted and
// skipped).
std::optional<v1::WatchLeadsResponse> FromEnvelope(std::string_view value);

// One thread with a consumer group of its own, from the end of the topic. A bus that is away is
// tried again for ever.
class Feeder {
public:
    Feeder(bus::Bus& bus, Hub& hub) : bus_(bus), hub_(hub) {}
    ~Feeder() { Stop(); }
    void Start();
    void Stop();
    // The consumer has its partitions: what is published from now on arrives.
    bool attached() const { return attached_; }

private:
    void Run();
    void Consume(bus::Consumer& consumer);

    bus::Bus& bus_;
    Hub& hub_;
    std::atomic<bool> stopping_{false}, attached_{false};
    std::thread thread_;
};

inline constexpr std::string_view kLeadTopic = "shouwang.monitoring.lead.v1";

}  // namespace shouwang::gateway::live
