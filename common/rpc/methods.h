// What a service serves: handlers by method, typed at registration, judged against the descriptors.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::rpc {

// What a handler knows about its call. The trace context is trace::Current().
struct CallContext {
    type::v1::Principal principal;  // empty where an ACCESS_PUBLIC method was called without
    Deadline deadline;
    std::string method;               // "/shouwang.monitoring.v1.LeadService/GetLead"
    std::function<bool()> cancelled;  // the caller has gone, or the deadline has passed
    std::string signed_principal;  // as it came, to travel on with calls to other services; empty
                                   // behind an Authenticator
    std::string peer;              // "ipv4:127.0.0.1:40312"

    // The narrower of the caller's region and the wanted one. NOT_FOUND "REGION_NOT_FOUND" where
    // they do not meet, INVALID_ARGUMENT where `wanted` is no region prefix. Every query of a
    // REGION_SCOPE_QUERY method uses it.
    Result<std::string> Scoped(std::string_view wanted) const;
};

// A handler of one unary method, and of one server-streaming method (`write` blocks while the
// caller is slow, and answers false once the caller has gone or the deadline has passed: return
// then).
using UnaryHandler = std::function<Status(CallContext&, const google::protobuf::Message& request,
                                          google::protobuf::Message& response)>;
using StreamHandler =
    std::function<Status(CallContext&, const google::protobuf::Message& request,
                         const std::function<bool(const google::protobuf::Message&)>& write)>;
// A handler on serialized messages, for methods in which the client streams and for forwarding.
// `read` blocks for the next message and answers false at the end: half-close, cancellation or
// deadline. A lost caller may look like a half-close for a moment, before context.cancelled says
// so: a protocol whose end matters carries its own end mark (FeedDoorService.Push: close).
// Threads: `read` belongs to the handler's thread. `write` may be called from any thread, also while
// `read` blocks, but one call at a time (the handler serialises them), and the last one has
// returned before the handler does: neither function outlives it.
using BidiHandler =
    std::function<Status(CallContext&, const std::function<bool(std::string*)>& read,
                         const std::function<bool(std::string_view)>& write)>;

// Handlers by method:
//   methods.Unary<GetLeadRequest, Lead>("shouwang.monitoring.v1.LeadService.GetLead",
//   [&](CallContext& c, const GetLeadRequest& q, Lead& a) {…});
// A name without a method, a method without a policy, types or a streaming kind that do not fit,
// and a second handler for a method abort at start.
class Methods {
public:
    template <typename Request, typename Response, typename F>
    void Unary(const std::string& full_name, F f) {
        AddUnary(full_name, Request::descriptor(), Response::descriptor(),
                 [f = std::move(f)](CallContext& c, const google::protobuf::Message& q,
                                    google::protobuf::Message& a) -> Status {
                     return f(c, static_cast<const Request&>(q), static_cast<Response&>(a));
                 });
    }
    template <typename Request, typename Response, typename F>
    void ServerStream(const std::string& full_name, F f) {
        AddStream(
            full_name, Request::descriptor(), Response::descriptor(),
            [f = std::move(f)](
                CallContext& c, const google::protobuf::Message& q,
                const std::function<bool(const google::protobuf::Message&)>& write) -> Status {
                return f(c, static_cast<const Request&>(q),
                         [&](const Response& r) { return write(r); });
            });
    }
    // A method of any kind on bytes. Request constraints are the handler's to check.
    void Bidi(const std::string& full_name, BidiHandler handler);
    // Everything declared in the linked descriptors that has no handler here: a door that forwards.
    // The chain (deadline, principal, policy) runs before it; ACCESS_INTERNAL methods never reach
    // it; undeclared methods are UNIMPLEMENTED.
    void Fallback(BidiHandler handler);

    struct Entry {
        const google::protobuf::MethodDescriptor* method;
        UnaryHandler unary;  // one of the three
        StreamHandler stream;
        BidiHandler bidi;
    };
    const std::map<std::string, Entry>& entries() const {
        return entries_;
    }  // key: "/pkg.Service/Method"
    const BidiHandler& fallback() const { return fallback_; }

private:
    void AddUnary(const std::string& full_name, const google::protobuf::Descriptor* request,
                  const google::protobuf::Descriptor* response, UnaryHandler handler);
    void AddStream(const std::string& full_name, const google::protobuf::Descriptor* request,
                   const google::protobuf::Descriptor* response, StreamHandler handler);
    void Insert(Entry entry);
    std::map<std::string, Entry> entries_;
    BidiHandler fallback_;
};

// "/pkg.Service/Method".
std::string MethodPath(const google::protobuf::MethodDescriptor& method);

}  // namespace shouwang::rpc
