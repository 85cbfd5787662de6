// The standard health service (grpc.health.v1), answered on gRPC's threads. Internal to common/rpc.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include <grpcpp/generic/async_generic_service.h>

namespace shouwang::rpc {

class HealthWatch;

// "liveness" is serving as long as the process answers; "readiness", "" and the names of the
// services follow SetReady.
class Health {
public:
    explicit Health(std::set<std::string> services) : services_(std::move(services)) {}
    void SetReady(bool ready);
    // A reactor for "/grpc.health.v1.Health/Check" or "…/Watch", nullptr for another path.
    grpc::ServerGenericBidiReactor* Reactor(const std::string& path);

    int StatusOf(const std::string& service);  // HealthCheckResponse.ServingStatus
    void Add(HealthWatch* watch);
    void Remove(HealthWatch* watch);

private:
    const std::set<std::string> services_;
    std::mutex mutex_;
    bool ready_ = false;
    std::set<HealthWatch*> watches_;
};

}  // namespace shouwang::rpc
