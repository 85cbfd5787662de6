#include "common/rpc/call.h"

#include <exception>

#include <google/protobuf/arena.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "common/log/log.h"
#include "common/model/constraints.h"
#include "common/rpc/buffer.h"
#include "common/rpc/error.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/policy.h"
#include "common/trace/trace.h"

namespace shouwang::rpc {
namespace {

using google::protobuf::Message;

constexpr std::uint32_t kDefaultDeadlineMs = 10'000;
constexpr int kRetryAfterMs = 200;

// The caller's deadline, capped by the method's own.
Deadline DeadlineOf(const options::v1::MethodPolicy& policy,
                    grpc::GenericCallbackServerContext& context) {
    const std::uint32_t most_ms =
        policy.deadline_ms() == 0 ? kDefaultDeadlineMs : policy.deadline_ms();
    const auto most = std::chrono::milliseconds(most_ms);
    const auto left = context.deadline() -
                      std::chrono::system_clock::now();  // "none" is far away, not an overflow
    return std::chrono::steady_clock::now() +
           (left < most ? std::chrono::duration_cast<std::chrono::steady_clock::duration>(left)
                        : std::chrono::steady_clock::duration(most));
}

std::string Metadata(const grpc::GenericCallbackServerContext& context, const char* key) {
    const auto& all = context.client_metadata();
    const auto found = all.find(key);
    return found == all.end() ? std::string()
                              : std::string(found->second.data(), found->second.size());
}

grpc::ByteBuffer Serialize(const Message& message) {
    grpc::ByteBuffer buffer;
    bool own = false;
    const grpc::Status status =
        grpc::SerializationTraits<Message>::Serialize(message, &buffer, &own);
    return status.ok() ? buffer : grpc::ByteBuffer();
}

bool Parse(grpc::ByteBuffer& buffer, Message& message) {
    return grpc::SerializationTraits<Message>::Deserialize(&buffer, &message).ok();
}

Status TooLarge() {
    return MakeStatus(Code::kResourceExhausted, "RESPONSE_TOO_LARGE",
                      "the answer is larger than a message may be");
}

bool IsFault(Code code) {
    return code == Code::kInternal || code == Code::kUnknown || code == Code::kDataLoss;
}

}  // namespace

const char* CodeName(Code code) {
    static constexpr const char* kNames[] = {"OK",
                                             "CANCELLED",
                                             "UNKNOWN",
                                             "INVALID_ARGUMENT",
                                             "DEADLINE_EXCEEDED",
                                             "NOT_FOUND",
                                             "ALREADY_EXISTS",
                                             "PERMISSION_DENIED",
                                             "RESOURCE_EXHAUSTED",
                                             "FAILED_PRECONDITION",
                                             "ABORTED",
                                             "OUT_OF_RANGE",
                                             "UNIMPLEMENTED",
                                             "INTERNAL",
                                             "UNAVAILABLE",
                                             "DATA_LOSS",
                                             "UNAUTHENTICATED"};
    return kNames[static_cast<int>(code)];
}

MethodMetrics::MethodMetrics(const std::string& path)
    : in_flight(metrics::MakeGauge("shouwang_rpc_server_calls_in_flight", "Calls being served",
                                   {{"method", path}})),
      path_(path),
      seconds_(metrics::MakeHistogram("shouwang_rpc_server_call_seconds",
                                      "Time from arrival to the end of a call, waiting included",
                                      {{"method", path}})) {}

void MethodMetrics::Finished(Code code, double seconds) {
    const auto at = static_cast<std::size_t>(code);
    std::call_once(made_[at], [&] {
        calls_[at] =
            metrics::MakeCounter("shouwang_rpc_server_calls_total", "Calls by how they ended",
                                 {{"method", path_}, {"code", CodeName(code)}});
    });
    calls_[at].Add();
    seconds_.Observe(seconds);
}

std::unique_ptr<MethodState> MakeState(const google::protobuf::MethodDescriptor& method,
                                       options::v1::MethodPolicy policy) {
    auto state = std::make_unique<MethodState>();
    state->path = MethodPath(method);
    state->policy = std::move(policy);
    state->on_stream_executor = method.client_streaming() || method.server_streaming();
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    state->request = factory->GetPrototype(method.input_type());
    state->response = factory->GetPrototype(method.output_type());
    state->metrics = std::make_unique<MethodMetrics>(state->path);
    return state;
}

RefusedCall::RefusedCall(const Status& status) { Finish(ToGrpc(status)); }

Call::Call(CallShared& shared, const MethodState& method,
           grpc::GenericCallbackServerContext* context)
    : shared_(shared),
      method_(method),
      context_(context),
      deadline_(DeadlineOf(method.policy, *context)) {
    method_.metrics->in_flight.Add(1);
    {
        std::lock_guard lock(shared_.mutex);
        ++shared_.active;
    }
    if (method_.bidi) {
        Submit();
    } else {
        StartRead(&in_);
    }
}

void Call::OnReadDone(bool ok) {
    if (method_.bidi) {
        {
            std::lock_guard lock(mutex_);
            read_ = ok ? Io::kDone : Io::kFailed;
        }
        changed_.notify_all();
    } else if (ok) {
        Submit();
    } else {
        End(cancelled_ ? WhyGone()
                       : MakeStatus(Code::kInvalidArgument, "REQUEST_MALFORMED",
                                    "the call carries no request"),
            false);
    }
}

void Call::OnWriteDone(bool ok) {
    {
        std::lock_guard lock(mutex_);
        write_ = ok ? Io::kDone : Io::kFailed;
    }
    changed_.notify_all();
}

void Call::OnCancel() {
    {
        std::lock_guard lock(mutex_);
        cancelled_ = true;
    }
    changed_.notify_all();
}

void Call::OnDone() {
    CallShared& shared = shared_;
    method_.metrics->in_flight.Add(-1);
    delete this;
    std::lock_guard lock(shared.mutex);
    if (--shared.active == 0) shared.idle.notify_all();
}

void Call::Submit() {
    Executor& executor = method_.on_stream_executor ? shared_.stream : shared_.unary;
    if (executor.Submit([this] { Run(); })) return;
    Status refused =
        MakeStatus(Code::kResourceExhausted, "OVERLOADED", "too many calls at the same time");
    refused.retry_after_ms = kRetryAfterMs;
    End(refused, false);
}

void Call::Run() {
    trace::Context trace = trace::Context::Parse(Metadata(*context_, kTraceKey));
    trace::Scope scope(trace.trace_id.empty() ? trace::Context::New() : trace.Child());
    CallContext context;
    context.deadline = deadline_;
    context.method = method_.path;
    context.cancelled = [this] { return Gone(); };
    context.peer = context_->peer();
    Status status;
    try {
        status = RunChain(context);
    } catch (const std::exception& e) {
        log::Error("handler threw", {{"method", method_.path}, {"what", e.what()}});
        status = MakeStatus(Code::kInternal, "UNEXPECTED", "an unexpected error");
    }
    if (IsFault(status.code))
        log::Error("call failed", {{"method", method_.path}, {"status", status}});
    // An answer that nobody waits for any more is not a success.
    if (status.ok() && !method_.unary && Gone()) status = WhyGone();
    if (!broken_.ok()) status = broken_;
    End(status, method_.unary != nullptr);
}

Status Call::WhyGone() const {
    if (std::chrono::steady_clock::now() >= deadline_)
        return MakeStatus(Code::kDeadlineExceeded, "DEADLINE", "the call took too long");
    return MakeStatus(Code::kCancelled, "CANCELLED", "the caller has gone");
}

Status Call::RunChain(CallContext& context) {
    if (Gone()) return WhyGone();  // it may have waited in the queue too long
    SW_RETURN_IF_ERROR(Authenticate(context));
    return Handle(context);
}

Status Call::Authenticate(CallContext& context) {
    Result<type::v1::Principal> principal =
        MakeStatus(Code::kUnauthenticated, "PRINCIPAL_MISSING", "the call names no caller");
    if (shared_.authenticator) {
        std::multimap<std::string, std::string> metadata;
        for (const auto& [key, value] : context_->client_metadata()) {
            metadata.emplace(std::string(key.data(), key.size()),
                             std::string(value.data(), value.size()));
        }
        principal = shared_.authenticator(metadata);
    } else if (shared_.verifier) {
        context.signed_principal = Metadata(*context_, kPrincipalKey);
        principal = shared_.verifier->Verify(context.signed_principal);
    }
    if (principal.ok()) {
        context.principal = *std::move(principal);
        return CheckPolicy(method_.policy, &context.principal);
    }
    context.signed_principal.clear();
    // Signing in with a stale session must work; that the session store is away must not be taken
    // for "nobody".
    if (method_.policy.access() == options::v1::ACCESS_PUBLIC) return Status::Ok();
    return principal.status();
}

Status Call::Handle(CallContext& context) {
    if (!method_.bidi) return HandleParsed(context);
    return method_.bidi(
        context, [this](std::string* message) { return ReadNext(message); },
        [this](std::string_view message) { return WriteBuffer(Wrap(message)); });
}

Status Call::HandleParsed(CallContext& context) {
    google::protobuf::Arena arena;
    Message& request = *method_.request->New(&arena);
    if (!Parse(in_, request))
        return MakeStatus(Code::kInvalidArgument, "REQUEST_MALFORMED",
                          "the request cannot be parsed");
    SW_RETURN_IF_ERROR(model::CheckRequest(request));
    if (method_.stream) {
        return method_.stream(context, request, [this](const Message& message) {
            return WriteBuffer(Serialize(message));
        });
    }
    Message& response = *method_.response->New(&arena);
    SW_RETURN_IF_ERROR(method_.unary(context, request, response));
    if (response.ByteSizeLong() > shared_.max_message_bytes) {
        return TooLarge();
    }
    out_ = Serialize(response);
    return Status::Ok();
}

bool Call::ReadNext(std::string* message) {
    std::unique_lock lock(mutex_);
    if (read_ == Io::kFailed || cancelled_) return false;
    if (read_ == Io::kIdle) {
        read_ = Io::kPending;
        lock.unlock();
        StartRead(&in_);
        lock.lock();
    }
    changed_.wait_until(lock, deadline_, [this] { return read_ != Io::kPending || cancelled_; });
    if (read_ != Io::kDone) return false;  // a read that is still pending ends with the call
    *message = Unwrap(in_);
    // The next message arrives while this one is worked on.
    in_.Clear();
    read_ = Io::kPending;
    lock.unlock();
    StartRead(&in_);
    return true;
}

bool Call::WriteBuffer(grpc::ByteBuffer buffer) {
    if (Gone() || write_ == Io::kFailed) return false;
    if (buffer.Length() > shared_.max_message_bytes) {
        broken_ = TooLarge();
        return false;
    }
    out_.Swap(&buffer);
    {
        std::lock_guard lock(mutex_);
        write_ = Io::kPending;
    }
    StartWrite(&out_);
    std::unique_lock lock(mutex_);
    const auto done = [this] { return write_ != Io::kPending; };
    if (!changed_.wait_until(lock, deadline_, done)) {
        // The caller does not take what it asked for. A pending write must end before the call can.
        broken_ = WhyGone();
        lock.unlock();
        context_->TryCancel();
        lock.lock();
        changed_.wait(lock, done);
    }
    if (write_ == Io::kFailed) cancelled_ = true;  // the library may tell so only later
    return write_ == Io::kDone;
}

void Call::End(const Status& status, bool with_response) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
    method_.metrics->Finished(status.code, took.count());
    // The last touch: the reactor may be gone when these return.
    if (status.ok() && with_response) {
        StartWriteAndFinish(&out_, grpc::WriteOptions(), grpc::Status::OK);
    } else {
        Finish(ToGrpc(status));
    }
}

}  // namespace shouwang::rpc
