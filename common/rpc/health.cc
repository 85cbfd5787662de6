#include "common/rpc/health.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include "common/rpc/error.h"
#include "grpc/health/v1/health.pb.h"

namespace shouwang::rpc {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

::grpc::ByteBuffer Answer(int status) {
    HealthCheckResponse response;
    response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
    ::grpc::ByteBuffer buffer;
    bool own = false;
    (void)::grpc::SerializationTraits<HealthCheckResponse>::Serialize(response, &buffer, &own).ok();
    return buffer;
}

bool ReadName(::grpc::ByteBuffer& buffer, std::string* name) {
    HealthCheckRequest request;
    if (!::grpc::SerializationTraits<HealthCheckRequest>::Deserialize(&buffer, &request).ok())
        return false;
    *name = request.service();
    return true;
}

::grpc::Status Malformed() {
    return ToGrpc(
        MakeStatus(Code::kInvalidArgument, "REQUEST_MALFORMED", "the request cannot be parsed"));
}

class HealthCheck final : public ::grpc::ServerGenericBidiReactor {
public:
    explicit HealthCheck(Health& health) : health_(health) { StartRead(&in_); }
    void OnReadDone(bool ok) override {
        std::string name;
        if (!ok || !ReadName(in_, &name)) return Finish(Malformed());
        const int status = health_.StatusOf(name);
        if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
            return Finish(
                ToGrpc(MakeStatus(Code::kNotFound, "SERVICE_UNKNOWN", "no such health name")));
        }
        out_ = Answer(status);
        StartWriteAndFinish(&out_, ::grpc::WriteOptions(), ::grpc::Status::OK);
    }
    void OnDone() override { delete this; }

private:
    Health& health_;
    ::grpc::ByteBuffer in_, out_;
};

}  // namespace

// Tells each change once; what changes while a write is pending is told after it, only as it is
// then.
class HealthWatch final : public ::grpc::ServerGenericBidiReactor {
public:
    explicit HealthWatch(Health& health) : health_(health) { StartRead(&in_); }

    void OnReadDone(bool ok) override {
        if (!ok || !ReadName(in_, &name_)) return End(Malformed());
        health_.Add(this);
        Update(health_.StatusOf(name_));
    }
    void OnWriteDone(bool ok) override {
        if (!ok) return End(::grpc::Status::CANCELLED);
        {
            std::lock_guard lock(mutex_);
            writing_ = false;
        }
        Update(health_.StatusOf(name_));
    }
    void OnCancel() override { End(::grpc::Status::CANCELLED); }
    void OnDone() override {
        health_.Remove(this);
        delete this;
    }

    void Update(int status) {
        std::lock_guard lock(mutex_);
        if (writing_ || ended_ || status == told_) return;
        writing_ = true;
        told_ = status;
        out_ = Answer(status);
        StartWrite(&out_);
    }
    const std::string& name() const { return name_; }

private:
    void End(const ::grpc::Status& status) {
        std::lock_guard lock(mutex_);
        if (ended_) return;
        ended_ = true;
        Finish(status);
    }

    Health& health_;
    ::grpc::ByteBuffer in_, out_;
    std::string name_;
    std::mutex mutex_;
    bool writing_ = false, ended_ = false;
    int told_ = -1;
};

void Health::SetReady(bool ready) {
    // A watch that ends removes itself under the same lock, so that none dies under our hands.
    std::lock_guard lock(mutex_);
    ready_ = ready;
    for (HealthWatch* watch : watches_) {
        const bool known = watch->name().empty() || watch->name() == "readiness" ||
                           services_.count(watch->name()) != 0;
        if (known)
            watch->Update(ready_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
    }
}

::grpc::ServerGenericBidiReactor* Health::Reactor(const std::string& path) {
    if (path == "/grpc.health.v1.Health/Check") return new HealthCheck(*this);
    if (path == "/grpc.health.v1.Health/Watch") return new HealthWatch(*this);
    return nullptr;
}

int Health::StatusOf(const std::string& service) {
    if (service == "liveness") return HealthCheckResponse::SERVING;
    if (!service.empty() && service != "readiness" && services_.count(service) == 0)
        return HealthCheckResponse::SERVICE_UNKNOWN;
    std::lock_guard lock(mutex_);
    return ready_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void Health::Add(HealthWatch* watch) {
    std::lock_guard lock(mutex_);
    watches_.insert(watch);
}

void Health::Remove(HealthWatch* watch) {
    std::lock_guard lock(mutex_);
    watches_.erase(watch);
}

}  // namespace shouwang::rpc
