// The Connect protocol for every declared method: POST /package.Service/Method. Unary with
// application/json and application/proto, server streams with application/connect+json and +proto.
// No method has code of its own here.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "services/gateway/calls/dispatcher.h"
#include "services/gateway/connect/codec.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::connect {

struct Options {
    std::uint64_t max_body = 4 << 20;
    bool secure_cookie = false;
};

// Session, limits, same origin, policy: auth::Gate::Admit.
using Admit = std::function<Status(http::Request&, const options::v1::MethodPolicy&)>;

class Port {
public:
    Port(const calls::Dispatcher& dispatcher, Admit admit, Options options)
        : dispatcher_(dispatcher), admit_(std::move(admit)), options_(options) {}
    void AddRoutes(http::Router& router) const;

private:
    void Unary(const calls::Method& method, http::Request& request, http::BodyReader& body,
               http::Reply& reply) const;
    Result<std::string> UnaryAnswer(const calls::Method& method, Codec codec,
                                    http::Request& request, http::BodyReader& body,
                                    http::Reply& reply, http::Headers& headers) const;
    void Stream(const calls::Method& method, http::Request& request, http::BodyReader& body,
                http::Reply& reply) const;
    Status Streamed(const calls::Method& method, Codec codec, http::Request& request,
                    http::BodyReader& body, http::Reply& reply) const;
    // The context of a call: deadline from connect-timeout-ms, capped by the method's own.
    Result<rpc::CallContext> ContextOf(const calls::Method& method, const http::Request& request,
                                       const http::Reply& reply) const;

    const calls::Dispatcher& dispatcher_;
    const Admit admit_;
    const Options options_;
};

}  // namespace shouwang::gateway::connect
