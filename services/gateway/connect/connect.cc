#include "services/gateway/connect/connect.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/gateway/http/errors.h"
#include "services/gateway/http/headers.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::connect {
namespace {

constexpr std::string_view kAuthService = "/shouwang.gateway.v1.AuthService/";

std::string_view MediaType(const http::Request& request) {
    std::string_view type = request.Header("content-type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    return type;
}

std::optional<Codec> CodecOf(std::string_view type, bool streaming) {
    if (type == (streaming ? "application/connect+json" : "application/json")) return Codec::kJson;
    if (type == (streaming ? "application/connect+proto" : "application/proto"))
        return Codec::kProto;
    return std::nullopt;
}

void CountCall(const calls::Method& method, const Status& status,
               std::chrono::steady_clock::time_point started) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    metrics::MakeCounter(
        "shouwang_gateway_connect_calls_total", "Connect calls by how they ended",
        {{"method", method.path}, {"code", std::string(http::ConnectCode(status.code))}})
        .Add();
    metrics::MakeHistogram("shouwang_gateway_connect_call_seconds",
                           "time in the gateway and behind it", {{"method", method.path}})
        .Observe(took.count());
    if (status.code == Code::kInternal || status.code == Code::kUnknown ||
        status.code == Code::kDataLoss) {
        log::Error("call failed", {{"method", method.path}, {"status", status}});
    }
}

// A stream ends with a message of its own: {} or {"error": …}.
std::string EndStream(const Status& status) {
    return Envelope(kEndStream, status.ok() ? "{}" : "{\"error\":" + http::ErrorJson(status) + "}");
}

Status Unsupported() {
    return MakeStatus(Code::kInvalidArgument, "MEDIA_TYPE", "this content type is not served here");
}

}  // namespace

void Port::AddRoutes(http::Router& router) const {
    for (const auto& [path, method] : dispatcher_.table().all()) {
        if (method.descriptor->client_streaming()) continue;  // needs HTTP/2: gRPC only
        http::Route route;
        route.method = "POST";
        route.pattern = path;
        route.max_body = options_.max_body;
        route.policy.set_access(
            options::v1::ACCESS_PUBLIC);  // the call's own policy is checked here, so that errors
                                          // have the protocol's form
        const calls::Method* m = &method;
        if (method.descriptor->server_streaming()) {
            route.kind = http::RouteKind::kLong;
            route.metric = "connect_stream";
            route.handler = [this, m](auto& request, auto& body, auto& reply) {
                Stream(*m, request, body, reply);
            };
        } else {
            // What hashes passwords has its own two threads.
            const bool costly = path == std::string(kAuthService) + "SignIn" ||
                                path == std::string(kAuthService) + "IssueToken" ||
                                path == std::string(kAuthService) + "ChangePassword";
            route.kind = costly ? http::RouteKind::kCostly : http::RouteKind::kQuick;
            route.metric = "connect_unary";
            route.handler = [this, m](auto& request, auto& body, auto& reply) {
                Unary(*m, request, body, reply);
            };
        }
        router.Add(std::move(route));
    }
}

Result<rpc::CallContext> Port::ContextOf(const calls::Method& method, const http::Request& request,
                                         const http::Reply& reply) const {
    std::chrono::milliseconds limit = method.longest();
    if (const std::string_view text = request.Header("connect-timeout-ms"); !text.empty()) {
        std::int64_t wanted = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
        if (error != std::errc() || end != text.data() + text.size() || text.size() > 10 ||
            wanted < 0) {
            return InvalidField("connect-timeout-ms", "milliseconds, at most ten digits",
                                "TIMEOUT");
        }
        limit = std::min(limit, std::chrono::milliseconds(wanted));
    }
    rpc::CallContext context;
    context.principal = request.principal;
    context.signed_principal = request.signed_principal;
    context.method = method.path;
    context.peer = request.peer;
    context.deadline = DeadlineIn(limit);
    context.cancelled = [&reply, deadline = context.deadline] {
        return reply.gone() || std::chrono::steady_clock::now() >= deadline;
    };
    return context;
}

void Port::Unary(const calls::Method& method, http::Request& request, http::BodyReader& body,
                 http::Reply& reply) const {
    const auto started = std::chrono::steady_clock::now();
    const std::optional<Codec> codec = CodecOf(MediaType(request), false);
    if (!codec) return reply.SendError(Unsupported());
    http::Response response;
    Result<std::string> answer =
        UnaryAnswer(method, *codec, request, body, reply, response.headers);
    CountCall(method, answer.status(), started);
    if (!answer.ok()) return reply.SendError(answer.status());
    response.headers.emplace_back(
        "Content-Type", *codec == Codec::kJson ? "application/json" : "application/proto");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = *std::move(answer);
    reply.Send(std::move(response));
}

Result<std::string> Port::UnaryAnswer(const calls::Method& method, Codec codec,
                                      http::Request& request, http::BodyReader& body,
                                      http::Reply& reply, http::Headers& headers) const {
    SW_RETURN_IF_ERROR(admit_(request, method.policy));
    if (const std::string_view encoding = request.Header("content-encoding");
        !encoding.empty() && encoding != "identity") {
        return MakeStatus(Code::kUnimplemented, "COMPRESSION", "send the request uncompressed");
    }
    SW_ASSIGN_OR_RETURN(rpc::CallContext context, ContextOf(method, request, reply));
    SW_ASSIGN_OR_RETURN(const std::string bytes, body.All());
    if (codec == Codec::kProto && !method.path.starts_with(kAuthService))
        return dispatcher_.UnaryBytes(method, context, bytes);

    std::unique_ptr<google::protobuf::Message> question(method.request->New()),
        answer(method.response->New());
    SW_RETURN_IF_ERROR(Decode(codec, bytes, *question));
    SW_RETURN_IF_ERROR(dispatcher_.Unary(method, context, *question, *answer));
    if (answer->GetDescriptor() == v1::SignInResponse::descriptor() &&
        method.path.ends_with("/SignIn")) {
        const auto& signed_in = static_cast<const v1::SignInResponse&>(*answer);
        headers.emplace_back("Set-Cookie",
                             http::SetSessionCookie(signed_in.token(), signed_in.expires_in(),
                                                    options_.secure_cookie));
    } else if (answer->GetDescriptor() == v1::SignOutResponse::descriptor()) {
        headers.emplace_back("Set-Cookie", http::ClearSessionCookie(options_.secure_cookie));
    }
    return Encode(codec, *answer);
}

void Port::Stream(const calls::Method& method, http::Request& request, http::BodyReader& body,
                  http::Reply& reply) const {
    const auto started = std::chrono::steady_clock::now();
    const std::string_view type = MediaType(request);
    const std::optional<Codec> codec = CodecOf(type, true);
    if (!codec) return reply.SendError(Unsupported());
    // The protocol answers 200 and says in its last message how it went, also where the call was
    // refused.
    if (Status admitted = admit_(request, method.policy); !admitted.ok()) {
        CountCall(method, admitted, started);
        http::Response refused;
        refused.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
        refused.body = EndStream(admitted);
        return reply.Send(std::move(refused));
    }
    const Status end = Streamed(method, *codec, request, body, reply);
    CountCall(method, end, started);
    // Nothing was written yet (a bad request): the head goes out now; otherwise this answers false
    // and changes nothing.
    reply.Begin(200, {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}});
    if (reply.Write(EndStream(end))) reply.End();
}

Status Port::Streamed(const calls::Method& method, Codec codec, http::Request& request,
                      http::BodyReader& body, http::Reply& reply) const {
    SW_ASSIGN_OR_RETURN(rpc::CallContext context, ContextOf(method, request, reply));
    SW_ASSIGN_OR_RETURN(const std::string bytes, body.All());
    SW_ASSIGN_OR_RETURN(const std::string_view message, OpenEnvelope(bytes));
    std::unique_ptr<google::protobuf::Message> question(method.request->New());
    SW_RETURN_IF_ERROR(Decode(codec, message, *question));
    const std::string type(MediaType(request));
    // The head goes out before the first message: a stream that begins with nothing is open all the
    // same.
    if (!reply.Begin(200, {{"Content-Type", type}, {"Cache-Control", "no-store"}})) {
        return MakeStatus(Code::kCancelled, "CLIENT_GONE", "the caller closed the connection");
    }
    if (codec == Codec::kProto) {
        return dispatcher_.StreamBytes(
            method, context, std::string(message),
            [&](const std::string& piece) { return reply.Write(Envelope(0, piece)); });
    }
    return dispatcher_.Stream(method, context, *question,
                              [&](const google::protobuf::Message& piece) {
                                  return reply.Write(Envelope(0, Encode(Codec::kJson, piece)));
                              });
}

}  // namespace shouwang::gateway::connect
