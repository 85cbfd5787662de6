// One call as a reactor: the chain of server.h. Internal to common/rpc.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include <grpcpp/generic/async_generic_service.h>

#include "common/metrics/metrics.h"
#include "common/rpc/executor.h"
#include "common/rpc/methods.h"
#include "common/rpc/principal.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::rpc {

// Metrics of one method. Label values: declared method names, names of codes.
class MethodMetrics {
public:
    explicit MethodMetrics(const std::string& path);
    void Finished(Code code, double seconds);
    metrics::Gauge in_flight;

private:
    std::string path_;
    metrics::Histogram seconds_;
    std::array<std::once_flag, 17> made_;
    std::array<metrics::Counter, 17> calls_;  // a series appears with the first call that ends so
};

// What the server knows about one method before the call.
struct MethodState {
    std::string path;
    options::v1::MethodPolicy policy;
    UnaryHandler unary;
    StreamHandler stream;
    BidiHandler bidi;
    bool on_stream_executor = false;
    const google::protobuf::Message* request =
        nullptr;  // prototypes, where messages are parsed here
    const google::protobuf::Message* response = nullptr;
    std::unique_ptr<MethodMetrics> metrics;
};
std::unique_ptr<MethodState> MakeState(const google::protobuf::MethodDescriptor& method,
                                       options::v1::MethodPolicy policy);

// What the calls of one server share.
struct CallShared {
    Executor unary, stream;
    std::shared_ptr<PrincipalVerifier> verifier;
    Authenticator authenticator;
    std::size_t max_message_bytes;

    std::mutex mutex;
    std::condition_variable idle;
    int active = 0;  // calls that are not done
};

class Call final : public grpc::ServerGenericBidiReactor {
public:
    Call(CallShared& shared, const MethodState& method,
         grpc::GenericCallbackServerContext* context);
    void OnReadDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnCancel() override;
    void OnDone() override;

private:
    void Submit();
    void Run();
    Status RunChain(CallContext& context);
    Status Authenticate(CallContext& context);
    Status Handle(CallContext& context);
    Status HandleParsed(CallContext& context);
    bool Gone() const { return cancelled_.load() || std::chrono::steady_clock::now() >= deadline_; }
    Status WhyGone() const;
    bool ReadNext(std::string* message);
    bool WriteBuffer(grpc::ByteBuffer buffer);
    void End(const Status& status, bool with_response);

    CallShared& shared_;
    const MethodState& method_;
    grpc::GenericCallbackServerContext* const context_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    Deadline deadline_;
    std::atomic<bool> cancelled_ = false;

    grpc::ByteBuffer in_, out_;
    std::mutex mutex_;
    std::condition_variable changed_;
    enum class Io { kIdle, kPending, kDone, kFailed };
    Io read_ = Io::kIdle, write_ = Io::kIdle;
    Status broken_;  // why the call cannot end well, whatever the handler says
};

// Ends a call at once.
class RefusedCall final : public grpc::ServerGenericBidiReactor {
public:
    explicit RefusedCall(const Status& status);
    void OnDone() override { delete this; }
};

const char* CodeName(Code code);

}  // namespace shouwang::rpc
