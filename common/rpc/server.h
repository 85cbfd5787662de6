// The gRPC side of a service: callback API, bounded executors of our own, one chain around every
// method:
//   metrics → trace → deadline → principal (verified) → policy (from the descriptor) → request
//   constraints → handler → error.
// Handlers run on the executors, never on gRPC's threads; when a queue is full the call is refused
// at once (RESOURCE_EXHAUSTED "OVERLOADED" with RetryInfo). Unary calls have their own executor, so
// that long streams cannot starve them.
//
// Reasons of the chain: METHOD_UNKNOWN, METHOD_INTERNAL, DRAINING, OVERLOADED, DEADLINE, CANCELLED,
// REQUEST_MALFORMED, RESPONSE_TOO_LARGE, UNEXPECTED, and those of principal.h, policy.h and
// model/constraints.h.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/methods.h"
#include "common/rpc/principal.h"

namespace shouwang::rpc {

struct ServerOptions {
    std::string address = "127.0.0.1:0";
    int threads = 16;  // unary handlers that run at the same time
    int queue = 64;    // unary calls that wait
    int stream_threads =
        32;  // streaming handlers that run at the same time; more are refused, none waits
    int max_message_bytes = kMaxMessageBytes;
    Authenticator authenticator;         // instead of the verifier, which may be null then
    std::vector<std::string> reflected;  // services that the fallback serves, for reflection
                                         // ("shouwang.monitoring.v1.LeadService")
};

// Start serves the methods, the standard health service ("liveness", "readiness", "" and the names
// of the services) and server reflection (v1 and v1alpha). Health and reflection answer on gRPC's
// threads: an overloaded service still tells how it is.
class Server {
public:
    Server(ServerOptions options, Methods methods, std::shared_ptr<PrincipalVerifier> verifier);
    ~Server();  // drains without patience where it still runs
    Status Start();
    int port() const;
    // Not ready until told.
    void SetReady(bool ready);
    // Readiness off → refuse new calls → finish what runs (until the limit) → force: streams are
    // cancelled, handlers see it by context.cancelled and are waited for. Call from a plain thread,
    // once or more.
    void Drain(std::chrono::milliseconds limit);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shouwang::rpc
