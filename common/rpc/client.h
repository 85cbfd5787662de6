// Calls another service by method name with generic messages: channel per target with keepalive and round_robin, deadline =
// min(own default, remaining), principal and trace context in metadata, retry of UNAVAILABLE for idempotent methods.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace shouwang::rpc {

struct CallOptions {
    Deadline deadline;
    std::string signed_principal;  // serialized SignedPrincipal; empty = none
    std::string traceparent;
};

class Client {
public:
    explicit Client(std::string target);
    ~Client();
    // path: "/shouwang.monitoring.v1.LeadService/GetLead". Blocking; never from a gRPC thread.
    Status Call(const std::string& path, const google::protobuf::Message& request, google::protobuf::Message* response, const CallOptions& options);
    // The same on serialized bytes (the gateway forwards without parsing twice).
    Result<std::string> CallBytes(const std::string& path, const std::string& request, const CallOptions& options);
    // Server stream; `on_message` answers false to stop.
    Status StreamBytes(const std::string& path, const std::string& request, const CallOptions& options, const std::function<bool(std::string)>& on_message);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shouwang::rpc
