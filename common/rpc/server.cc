#include "common/rpc/server.h"

#include <shared_mutex>
#include <unordered_map>

#include <grpc/support/log.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "common/log/log.h"
#include "common/rpc/call.h"
#include "common/rpc/health.h"
#include "common/rpc/policy.h"
#include "common/rpc/reflection.h"

namespace shouwang::rpc {
namespace {

std::set<std::string> ServicesOf(const Methods& methods, const std::vector<std::string>& more) {
    std::set<std::string> names(more.begin(), more.end());
    for (const auto& [path, entry] : methods.entries())
        names.insert(entry.method->service()->full_name());
    return names;
}

std::vector<std::string> Reflected(std::set<std::string> services) {
    services.insert({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"});
    return {services.begin(), services.end()};
}

// The library's own lines go where every line goes.
void LibraryLog(gpr_log_func_args* line) {
    const auto level =
        line->severity == GPR_LOG_SEVERITY_ERROR ? log::Level::kWarn : log::Level::kDebug;
    log::Write(level, "grpc",
               {{"file", line->file}, {"line", line->line}, {"message", line->message}});
}

}  // namespace

struct Server::Impl final : public grpc::CallbackGenericService {
    Impl(ServerOptions o, Methods m, std::shared_ptr<PrincipalVerifier> verifier)
        : options(std::move(o)),
          methods(std::move(m)),
          shared{{options.threads, options.queue},
                 {options.stream_threads, 0},
                 std::move(verifier),
                 options.authenticator,
                 static_cast<std::size_t>(options.max_message_bytes)},
          health(ServicesOf(methods, options.reflected)),
          reflection(Reflected(ServicesOf(methods, options.reflected))) {
        for (const auto& [path, entry] : methods.entries()) {
            auto state =
                MakeState(*entry.method, *PolicyOf(*entry.method));  // judged at registration
            state->unary = entry.unary;
            state->stream = entry.stream;
            state->bidi = entry.bidi;
            states.emplace(path, std::move(state));
        }
    }

    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
        const std::string& path = context->method();
        if (auto* reactor = health.Reactor(path)) return reactor;
        if (auto* reactor = reflection.Reactor(path)) return reactor;
        if (draining)
            return Refuse(MakeStatus(Code::kUnavailable, "DRAINING", "the server is stopping"));
        Result<const MethodState*> state = StateOf(path);
        if (!state.ok()) return Refuse(state.status());
        return new Call(shared, **state, context);
    }

    static grpc::ServerGenericBidiReactor* Refuse(const Status& status) {
        metrics::MakeCounter("shouwang_rpc_server_refused_total", "Calls refused before any method",
                             {{"reason", status.reason}})
            .Add();
        return new RefusedCall(status);
    }

    Result<const MethodState*> StateOf(const std::string& path) {
        {
            std::shared_lock lock(states_mutex);
            if (const auto found = states.find(path); found != states.end())
                return found->second.get();
        }
        const Status unknown =
            MakeStatus(Code::kUnimplemented, "METHOD_UNKNOWN", "no such method here");
        const std::size_t slash = path.rfind('/');
        if (!methods.fallback() || path.size() < 2 || slash == 0 || slash == std::string::npos)
            return unknown;
        const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
            path.substr(1, slash - 1) + "." + path.substr(slash + 1));
        if (method == nullptr || MethodPath(*method) != path) return unknown;
        SW_ASSIGN_OR_RETURN(options::v1::MethodPolicy policy, PolicyOf(*method));
        if (policy.access() == options::v1::ACCESS_INTERNAL) {
            return MakeStatus(Code::kPermissionDenied, "METHOD_INTERNAL",
                              "this method is not served to the outside");
        }
        // Only declared methods get here, so that neither this map nor the metrics can be grown
        // from outside.
        std::unique_lock lock(states_mutex);
        auto& slot = states[path];
        if (slot == nullptr) {
            slot = MakeState(*method, std::move(policy));
            slot->bidi = methods.fallback();
        }
        return slot.get();
    }

    bool WaitIdle(std::chrono::milliseconds limit) {
        std::unique_lock lock(shared.mutex);
        return shared.idle.wait_for(lock, limit, [this] { return shared.active == 0; });
    }

    ServerOptions options;
    Methods methods;
    std::shared_mutex states_mutex;
    std::unordered_map<std::string, std::unique_ptr<MethodState>> states;
    CallShared shared;
    Health health;
    Reflection reflection;
    std::atomic<bool> draining = false;
    int port = 0;
    std::mutex drain_mutex;
    std::unique_ptr<grpc::Server> server;  // what calls us back: dies first
};

Server::Server(ServerOptions options, Methods methods, std::shared_ptr<PrincipalVerifier> verifier)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(methods), std::move(verifier))) {}

Server::~Server() { Drain(std::chrono::milliseconds(0)); }

Status Server::Start() {
    gpr_set_log_function(LibraryLog);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(impl_->options.address, grpc::InsecureServerCredentials(),
                             &impl_->port);
    builder.RegisterCallbackGenericService(impl_.get());
    builder.SetMaxReceiveMessageSize(impl_->options.max_message_bytes);
    builder.SetMaxSendMessageSize(impl_->options.max_message_bytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                               0);  // two servers on one port would each get half of the calls
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kServerLeastPingIntervalMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, kPingWithoutCalls ? 1 : 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kServerConnectionAgeMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kServerStreamsPerConnection);
    impl_->server = builder.BuildAndStart();
    if (impl_->server == nullptr || impl_->port == 0) {
        return MakeStatus(Code::kUnavailable, "LISTEN_FAILED",
                          "cannot listen on " + impl_->options.address);
    }
    log::Info("grpc server started",
              {{"port", impl_->port}, {"methods", impl_->methods.entries().size()}});
    return Status::Ok();
}

int Server::port() const { return impl_->port; }

void Server::SetReady(bool ready) { impl_->health.SetReady(ready); }

void Server::Drain(std::chrono::milliseconds limit) {
    std::lock_guard lock(impl_->drain_mutex);
    if (impl_->server == nullptr) return;
    impl_->health.SetReady(false);
    impl_->draining = true;
    if (!impl_->WaitIdle(limit))
        log::Warn("calls cut at the end of the drain",
                  {{"after_ms", static_cast<std::int64_t>(limit.count())}});
    // What is left (watches, reflection, calls past the limit) is cancelled; Shutdown waits for
    // their handlers to return.
    impl_->server->Shutdown(std::chrono::system_clock::now());
    impl_->server->Wait();
    impl_->shared.unary.Stop();
    impl_->shared.stream.Stop();
    impl_->WaitIdle(std::chrono::milliseconds(1000));
    impl_->server.reset();
}

}  // namespace shouwang::rpc
