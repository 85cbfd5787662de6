// Server reflection (v1 and v1alpha), answered from the linked descriptors on gRPC's threads.
// Internal to common/rpc.
#pragma once

#include <string>
#include <vector>

#include <grpcpp/generic/async_generic_service.h>

namespace shouwang::rpc {

class Reflection {
public:
    explicit Reflection(std::vector<std::string> services) : services_(std::move(services)) {}
    // nullptr where the path is not reflection's.
    grpc::ServerGenericBidiReactor* Reactor(const std::string& path) const;
    const std::vector<std::string>& services() const { return services_; }

private:
    const std::vector<std::string> services_;  // sorted
};

}  // namespace shouwang::rpc
