#include "services/gateway/calls/dispatcher.h"

#include "common/model/constraints.h"
#include "common/model/mask.h"
#include "common/trace/trace.h"

namespace shouwang::gateway::calls {

namespace pb = google::protobuf;

namespace {

Status BadBytes() {
    return MakeStatus(Code::kInvalidArgument, "REQUEST_BROKEN",
                      "the request is not a message of the method's type");
}
Status BadAnswer() {
    return MakeStatus(Code::kInternal, "ANSWER_BROKEN",
                      "the owning service answered with something else than declared");
}
// The network rounds deadlines up; one that has passed already must not win that race.
Status CheckTime(const rpc::CallContext& context) {
    if (std::chrono::steady_clock::now() < context.deadline) return Status::Ok();
    return MakeStatus(Code::kDeadlineExceeded, "DEADLINE", "the time for this call is over");
}

Status NotStreaming() {
    return MakeStatus(Code::kUnimplemented, "METHOD_SHAPE", "the method does not have this shape");
}

}  // namespace

Dispatcher::Dispatcher(const MethodTable& table, const rpc::Methods& local,
                       std::map<std::string, std::shared_ptr<rpc::Client>> owners, Sign sign)
    : table_(table), local_(local), owners_(std::move(owners)), sign_(std::move(sign)) {}

rpc::CallOptions Dispatcher::OptionsOf(const rpc::CallContext& context) const {
    rpc::CallOptions options;
    options.deadline = context.deadline;
    if (!context.principal.subject().empty()) options.signed_principal = sign_(context.principal);
    options.traceparent = trace::Current().ToString();
    return options;
}

rpc::Methods Dispatcher::FrontMethods() const {
    rpc::Methods methods;
    for (const auto& [path, entry] : local_.entries()) {
        if (entry.bidi) methods.Bidi(entry.method->full_name(), entry.bidi);
    }
    methods.Fallback([this](rpc::CallContext& context, const auto& read, const auto& write) {
        return Forward(context, read, write);
    });
    return methods;
}

Status Dispatcher::Forward(rpc::CallContext& context, const std::function<bool(std::string*)>& read,
                           const std::function<bool(std::string_view)>& write) const {
    const Method* method = table_.Find(context.method);
    if (method == nullptr)
        return MakeStatus(Code::kUnimplemented, "METHOD_UNKNOWN", "no such method");
    if (method->descriptor->client_streaming()) return NotStreaming();
    std::string request;
    if (!read(&request)) return BadBytes();
    if (method->descriptor->server_streaming()) {
        return StreamBytes(*method, context, request,
                           [&](const std::string& bytes) { return write(bytes); });
    }
    SW_ASSIGN_OR_RETURN(const std::string answer, UnaryBytes(*method, context, request));
    return write(answer) ? Status::Ok()
                         : MakeStatus(Code::kCancelled, "CANCELLED", "the caller has gone");
}

bool Dispatcher::IsLocal(const Method& method) const {
    return local_.entries().contains(method.path);
}

Result<rpc::Client*> Dispatcher::Owner(const Method& method) const {
    auto found = owners_.find(method.package);
    if (found != owners_.end()) return found->second.get();
    return MakeStatus(Code::kUnavailable, "SERVICE_NOT_CONFIGURED",
                      "no service is configured for " + method.package);
}

Status Dispatcher::Unary(const Method& method, rpc::CallContext& context,
                         const pb::Message& request, pb::Message& response) const {
    SW_RETURN_IF_ERROR(CheckTime(context));
    if (auto found = local_.entries().find(method.path); found != local_.entries().end()) {
        if (!found->second.unary) return NotStreaming();
        SW_RETURN_IF_ERROR(model::CheckRequest(request));
        SW_RETURN_IF_ERROR(found->second.unary(context, request, response));
    } else {
        SW_ASSIGN_OR_RETURN(rpc::Client * owner, Owner(method));
        SW_ASSIGN_OR_RETURN(
            const std::string bytes,
            owner->CallBytes(method.path, request.SerializeAsString(), OptionsOf(context)));
        if (!response.ParseFromString(bytes)) return BadAnswer();
    }
    if (method.masked) model::Mask(response);
    return Status::Ok();
}

Result<std::string> Dispatcher::UnaryBytes(const Method& method, rpc::CallContext& context,
                                           const std::string& request) const {
    SW_RETURN_IF_ERROR(CheckTime(context));
    if (!IsLocal(method) && !method.masked) {
        SW_ASSIGN_OR_RETURN(rpc::Client * owner, Owner(method));
        return owner->CallBytes(method.path, request, OptionsOf(context));
    }
    std::unique_ptr<pb::Message> question(method.request->New()), answer(method.response->New());
    if (!question->ParseFromString(request)) return BadBytes();
    SW_RETURN_IF_ERROR(Unary(method, context, *question, *answer));
    return answer->SerializeAsString();
}

Status Dispatcher::Stream(const Method& method, rpc::CallContext& context,
                          const pb::Message& request,
                          const std::function<bool(const pb::Message&)>& write) const {
    SW_RETURN_IF_ERROR(CheckTime(context));
    if (auto found = local_.entries().find(method.path); found != local_.entries().end()) {
        if (!found->second.stream) return NotStreaming();
        SW_RETURN_IF_ERROR(model::CheckRequest(request));
        if (!method.masked) return found->second.stream(context, request, write);
        return found->second.stream(context, request, [&](const pb::Message& message) {
            std::unique_ptr<pb::Message> copy(message.New());
            copy->CopyFrom(message);
            model::Mask(*copy);
            return write(*copy);
        });
    }
    SW_ASSIGN_OR_RETURN(rpc::Client * owner, Owner(method));
    std::unique_ptr<pb::Message> message(method.response->New());
    bool broken = false;
    const Status end = owner->StreamBytes(method.path, request.SerializeAsString(),
                                          OptionsOf(context), [&](const std::string& bytes) {
                                              broken = !message->ParseFromString(bytes);
                                              if (broken) return false;
                                              if (method.masked) model::Mask(*message);
                                              return write(*message);
                                          });
    return broken ? BadAnswer() : end;
}

Status Dispatcher::StreamBytes(const Method& method, rpc::CallContext& context,
                               const std::string& request,
                               const std::function<bool(std::string)>& write) const {
    SW_RETURN_IF_ERROR(CheckTime(context));
    if (!IsLocal(method) && !method.masked) {
        SW_ASSIGN_OR_RETURN(rpc::Client * owner, Owner(method));
        return owner->StreamBytes(method.path, request, OptionsOf(context), write);
    }
    std::unique_ptr<pb::Message> question(method.request->New());
    if (!question->ParseFromString(request)) return BadBytes();
    return Stream(method, context, *question,
                  [&](const pb::Message& message) { return write(message.SerializeAsString()); });
}

}  // namespace shouwang::gateway::calls
