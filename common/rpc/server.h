// The gRPC side of a service: callback API, a bounded executor of our own, one chain around every method:
//   metrics → trace → deadline → principal (verified) → policy (from the descriptor) → request constraints → handler → error.
// Handlers run on the executor, never on gRPC's threads; when its queue is full the call is refused at once (RESOURCE_EXHAUSTED).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/crypto.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::rpc {

// What a handler knows about its call. `region` is the principal's prefix; every query uses Scoped().
struct CallContext {
    type::v1::Principal principal;
    Deadline deadline;
    std::string method;  // "/shouwang.monitoring.v1.LeadService/GetLead"
    std::function<bool()> cancelled;

    // The narrower of the caller's region and the wanted one. NOT_FOUND "REGION_NOT_FOUND" where they do not meet.
    Result<std::string> Scoped(std::string_view wanted) const;
};

// A handler of one unary method, and of one server-streaming method (`write` answers false once the caller has gone).
using UnaryHandler = std::function<Status(CallContext&, const google::protobuf::Message& request, google::protobuf::Message& response)>;
using StreamHandler = std::function<Status(CallContext&, const google::protobuf::Message& request,
                                           const std::function<bool(const google::protobuf::Message&)>& write)>;

// Handlers by method, typed at registration:
//   methods.Unary<GetLeadRequest, Lead>("shouwang.monitoring.v1.LeadService.GetLead", [&](CallContext& c, const GetLeadRequest& q, Lead& a) {…});
// A name without a method, a method without a policy, or types that do not fit abort at start.
class Methods {
public:
    template <typename Request, typename Response, typename F>
    void Unary(const std::string& full_name, F f) {
        AddUnary(full_name, Request::descriptor(), Response::descriptor(),
                 [f = std::move(f)](CallContext& c, const google::protobuf::Message& q, google::protobuf::Message& a) -> Status {
                     return f(c, static_cast<const Request&>(q), static_cast<Response&>(a));
                 });
    }
    template <typename Request, typename Response, typename F>
    void ServerStream(const std::string& full_name, F f) {
        AddStream(full_name, Request::descriptor(), Response::descriptor(),
                  [f = std::move(f)](CallContext& c, const google::protobuf::Message& q,
                                     const std::function<bool(const google::protobuf::Message&)>& write) -> Status {
                      return f(c, static_cast<const Request&>(q), [&](const Response& r) { return write(r); });
                  });
    }

    struct Entry {
        const google::protobuf::MethodDescriptor* method;
        UnaryHandler unary;    // one of the two
        StreamHandler stream;
    };
    const std::map<std::string, Entry>& entries() const { return entries_; }  // key: "/pkg.Service/Method"

private:
    void AddUnary(const std::string& full_name, const google::protobuf::Descriptor* request, const google::protobuf::Descriptor* response, UnaryHandler handler);
    void AddStream(const std::string& full_name, const google::protobuf::Descriptor* request, const google::protobuf::Descriptor* response, StreamHandler handler);
    std::map<std::string, Entry> entries_;
};

// The gateway's public key file makes principals; a service only verifies. Caches verified tokens by hash. Thread-safe.
class PrincipalVerifier {
public:
    PrincipalVerifier(std::unique_ptr<crypto::Verifier> verifier, const Clock& clock);
    ~PrincipalVerifier();
    // UNAUTHENTICATED "PRINCIPAL_MISSING", "PRINCIPAL_INVALID", "PRINCIPAL_EXPIRED".
    Result<type::v1::Principal> Verify(std::string_view signed_principal_bytes) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct ServerOptions {
    std::string address = "127.0.0.1:0";
    int threads = 16;
    int queue = 64;
    int max_message_bytes = 16 << 20;
};

// Start serves the methods, the standard health service ("liveness", "readiness" and "") and server reflection.
class Server {
public:
    Server(ServerOptions options, Methods methods, std::shared_ptr<PrincipalVerifier> verifier);
    ~Server();
    Status Start();
    int port() const;
    void SetReady(bool ready);
    // Readiness off → refuse new calls → finish what runs (until the deadline) → force. Call from a plain thread.
    void Drain(std::chrono::milliseconds limit);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shouwang::rpc
