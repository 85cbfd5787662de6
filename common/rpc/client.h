// Calls another service by method name with generic messages: channel per target with keepalive and
// round_robin, deadline = min(own default, remaining), principal and trace context in metadata,
// retry of UNAVAILABLE for idempotent methods.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace shouwang::rpc {

struct CallOptions {
    Deadline deadline = {};  // none: 10 s for a single answer; for streams the server's own cap
    std::string signed_principal;  // serialized SignedPrincipal; empty = none
    std::string traceparent;       // empty: a child of trace::Current()
    std::vector<std::pair<std::string, std::string>>
        metadata;  // more, keys in lower case ("authorization")
};

// A stream in both directions, blocking. One thread may write while another reads; else one at a
// time. Cancels where it is dropped before Finish.
class ClientStream {
public:
    ~ClientStream();
    bool Write(std::string_view message);  // false: the stream is broken, see Finish
    bool WritesDone();
    bool Read(std::string* message);  // false: no more
    void Cancel();                    // from any thread
    Status Finish();                  // once, after the last Read

private:
    friend class Client;
    ClientStream();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Thread-safe. Methods whose name begins with Get or List are retried on UNAVAILABLE: 3 tries,
// jittered pauses, within the deadline. Reasons of the client itself: UNREACHABLE, DEADLINE,
// CANCELLED, RESPONSE_MALFORMED; others are the server's.
class Client {
public:
    // target: "127.0.0.1:9000", "dns:///monitoring:9000" or "ipv4:10.0.0.1:9000,10.0.0.2:9000".
    explicit Client(std::string target);
    ~Client();
    // path: "/shouwang.monitoring.v1.LeadService/GetLead". Blocking; never from a gRPC thread.
    Status Call(const std::string& path, const google::protobuf::Message& request,
                google::protobuf::Message* response, const CallOptions& options);
    // The same on serialized bytes (the gateway forwards without parsing twice).
    Result<std::string> CallBytes(const std::string& path, const std::string& request,
                                  const CallOptions& options);
    // Server stream; `on_message` answers false to stop (then the answer is Ok).
    Status StreamBytes(const std::string& path, const std::string& request,
                       const CallOptions& options,
                       const std::function<bool(std::string)>& on_message);
    std::unique_ptr<ClientStream> Open(const std::string& path, const CallOptions& options);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shouwang::rpc
