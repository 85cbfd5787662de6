#include "common/rpc/client.h"

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "common/rpc/buffer.h"
#include "common/rpc/error.h"
#include "common/rpc/keepalive.h"
#include "common/trace/trace.h"

namespace shouwang::rpc {
namespace {

constexpr std::chrono::milliseconds kDefaultDeadline{10'000};
constexpr int kTries = 3;
constexpr int kFirstPauseMs = 50;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetLoadBalancingPolicyName("round_robin");
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    arguments.SetMaxSendMessageSize(kMaxMessageBytes);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kClientPingEveryMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kClientPingTimeoutMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, kPingWithoutCalls ? 1 : 0);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // A restarted service is found again within a second, not after minutes of backed-off
    // connecting.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

bool IsIdempotent(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.rfind("Get", 0) == 0 || name.rfind("List", 0) == 0;
}

void Prepare(grpc::ClientContext& context, const CallOptions& options, Deadline deadline) {
    if (deadline != Deadline{}) {
        context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                 deadline - std::chrono::steady_clock::now()));
    }
    if (!options.signed_principal.empty())
        context.AddMetadata(kPrincipalKey, options.signed_principal);
    const std::string trace =
        options.traceparent.empty() ? trace::Current().Child().ToString() : options.traceparent;
    if (!trace.empty()) context.AddMetadata(kTraceKey, trace);
    for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
}

std::chrono::milliseconds Pause(int tries_done) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const int most = kFirstPauseMs << (tries_done - 1);
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(most / 2, most)(random));
}

}  // namespace

// Both directions on one completion queue would mix up a reader's and a writer's events: who waits
// for a tag takes what comes and hands it over.
struct ClientStream::Impl {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
    grpc::Status status;
    bool finished = false;

    enum Tag { kStart, kRead, kWrite, kFinish, kTags };
    std::mutex mutex;
    std::condition_variable changed;
    bool waiting = false;            // some thread is in queue.Next
    int done[kTags] = {0, 0, 0, 0};  // 1 ok, 2 failed

    static void* ToTag(Tag tag) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(tag)); }

    bool Wait(Tag tag) {
        std::unique_lock lock(mutex);
        while (done[tag] == 0) {
            if (waiting) {
                changed.wait(lock);
                continue;
            }
            waiting = true;
            lock.unlock();
            void* got = nullptr;
            bool ok = false;
            const bool more = queue.Next(&got, &ok);
            lock.lock();
            waiting = false;
            changed.notify_all();
            if (!more) return false;
            done[reinterpret_cast<std::intptr_t>(got)] = ok ? 1 : 2;
        }
        const bool ok = done[tag] == 1;
        done[tag] = 0;
        return ok;
    }
};

ClientStream::ClientStream() : impl_(std::make_unique<Impl>()) {}

ClientStream::~ClientStream() {
    if (!impl_->finished) {
        Cancel();
        (void)Finish();
    }
    impl_->queue.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (impl_->queue.Next(&tag, &ok)) {
    }
}

bool ClientStream::Write(std::string_view message) {
    impl_->stream->Write(Wrap(message), Impl::ToTag(Impl::kWrite));
    return impl_->Wait(Impl::kWrite);
}

bool ClientStream::WritesDone() {
    impl_->stream->WritesDone(Impl::ToTag(Impl::kWrite));
    return impl_->Wait(Impl::kWrite);
}

bool ClientStream::Read(std::string* message) {
    grpc::ByteBuffer buffer;
    impl_->stream->Read(&buffer, Impl::ToTag(Impl::kRead));
    if (!impl_->Wait(Impl::kRead)) return false;
    *message = Unwrap(buffer);
    return true;
}

void ClientStream::Cancel() { impl_->context.TryCancel(); }

Status ClientStream::Finish() {
    if (!impl_->finished) {
        impl_->finished = true;
        impl_->stream->Finish(&impl_->status, Impl::ToTag(Impl::kFinish));
        (void)impl_->Wait(Impl::kFinish);
    }
    return FromGrpc(impl_->status);
}

struct Client::Impl {
    explicit Impl(const std::string& target) : stub(MakeChannel(target)) {}
    grpc::GenericStub stub;

    Result<std::string> Once(const std::string& path, const grpc::ByteBuffer& request,
                             const CallOptions& options, Deadline deadline) {
        grpc::ClientContext context;
        Prepare(context, options, deadline);
        grpc::ByteBuffer response;
        grpc::Status status;
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
        stub.UnaryCall(&context, path, {}, &request, &response, [&](grpc::Status s) {
            std::lock_guard lock(mutex);
            status = std::move(s);
            done = true;
            changed.notify_one();
        });
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done; });
        if (!status.ok()) return FromGrpc(status);
        return Unwrap(response);
    }
};

Client::Client(std::string target) : impl_(std::make_unique<Impl>(target)) {}
Client::~Client() = default;

Status Client::Call(const std::string& path, const google::protobuf::Message& request,
                    google::protobuf::Message* response, const CallOptions& options) {
    SW_ASSIGN_OR_RETURN(const std::string bytes,
                        CallBytes(path, request.SerializeAsString(), options));
    if (!response->ParseFromString(bytes))
        return MakeStatus(Code::kInternal, "RESPONSE_MALFORMED", "the answer cannot be parsed");
    return Status::Ok();
}

Result<std::string> Client::CallBytes(const std::string& path, const std::string& request,
                                      const CallOptions& options) {
    Deadline deadline = std::chrono::steady_clock::now() + kDefaultDeadline;
    if (options.deadline != Deadline{} && options.deadline < deadline) deadline = options.deadline;
    const grpc::ByteBuffer buffer = Wrap(request);
    for (int tries = 1;; ++tries) {
        Result<std::string> answer = impl_->Once(path, buffer, options, deadline);
        if (answer.ok() || answer.status().code != Code::kUnavailable || tries == kTries ||
            !IsIdempotent(path))
            return answer;
        const auto pause = Pause(tries);
        if (std::chrono::steady_clock::now() + pause >= deadline) return answer;
        std::this_thread::sleep_for(pause);
    }
}

Status Client::StreamBytes(const std::string& path, const std::string& request,
                           const CallOptions& options,
                           const std::function<bool(std::string)>& on_message) {
    auto stream = Open(path, options);
    // A server that refuses at once breaks the write; Finish says why.
    if (stream->Write(request)) stream->WritesDone();
    std::string message;
    while (stream->Read(&message)) {
        if (on_message(std::move(message))) continue;
        stream->Cancel();
        (void)stream->Finish();
        return Status::Ok();
    }
    return stream->Finish();
}

std::unique_ptr<ClientStream> Client::Open(const std::string& path, const CallOptions& options) {
    std::unique_ptr<ClientStream> stream(new ClientStream);
    auto& impl = *stream->impl_;
    Prepare(impl.context, options, options.deadline);
    impl.stream = impl_->stub.PrepareCall(&impl.context, path, &impl.queue);
    impl.stream->StartCall(ClientStream::Impl::ToTag(ClientStream::Impl::kStart));
    (void)impl.Wait(ClientStream::Impl::kStart);
    return stream;
}

}  // namespace shouwang::rpc
