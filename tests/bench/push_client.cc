#include "tests/bench/push_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

#include <google/protobuf/io/coded_stream.h>

#include "common/rpc/error.h"

namespace shouwang::bench {
namespace {

namespace gw = gateway::v1;

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
}

// One stream: writes wait for the one before, answers are kept as they come.
class Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
public:
    void Begin() {
        StartCall();
        StartRead(&in_);
    }
    bool Write(const gw::PushRequest& request) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !writing_ || done_; });
        if (done_) return false;
        out_ = ToBuffer(request.SerializeAsString());
        writing_ = true;
        lock.unlock();
        StartWrite(&out_);
        return true;
    }
    void CloseWrites() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !writing_ || done_; });
        lock.unlock();
        StartWritesDone();
    }
    Result<gw::Receipt> Finish() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return done_; });
        if (!status_.ok()) return rpc::FromGrpc(status_);
        return last_.receipt();
    }

private:
    void OnWriteDone(bool) override {
        const std::lock_guard lock(mutex_);
        writing_ = false;
        changed_.notify_all();
    }
    void OnReadDone(bool ok) override {
        if (!ok) return;
        grpc::Slice slice;
        if (in_.DumpToSingleSlice(&slice).ok()) {
            const std::lock_guard lock(mutex_);
            last_.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
        }
        StartRead(&in_);
    }
    void OnDone(const grpc::Status& status) override {
        const std::lock_guard lock(mutex_);
        status_ = status;
        done_ = true;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    grpc::ByteBuffer in_, out_;
    gw::PushResponse last_;
    grpc::Status status_;
    bool writing_ = false, done_ = false;
};

}  // namespace

struct PushClient::Impl {
    std::unique_ptr<grpc::GenericStub> stub;
    std::string token;
};

PushClient::PushClient(const std::string& target, std::string token) : impl_(std::make_unique<Impl>()) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(16 << 20);
    impl_->stub = std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
    impl_->token = std::move(token);
}

PushClient::~PushClient() = default;

Result<gw::Receipt> PushClient::Push(const gw::OpenPush& open, const std::function<bool(gw::PushRows&)>& next) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + impl_->token);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(50));
    Stream stream;
    impl_->stub->PrepareBidiStreamingCall(&context, "/shouwang.gateway.v1.FeedDoorService/Push", {}, &stream);
    stream.Begin();
    gw::PushRequest request;
    *request.mutable_open() = open;
    bool alive = stream.Write(request);
    std::int64_t rows = 0;
    while (alive) {
        request.mutable_rows()->Clear();
        if (!next(*request.mutable_rows())) break;
        rows += request.rows().rows_size();
        alive = stream.Write(request);
    }
    if (alive) {
        request.mutable_close()->set_rows(rows);
        stream.Write(request);
        stream.CloseWrites();
    }
    return stream.Finish();
}

RowFile::RowFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    data_.assign(std::istreambuf_iterator<char>(in), {});
}

std::string_view RowFile::Next() {
    if (empty()) return {};
    const int look = static_cast<int>(std::min<std::size_t>(10, data_.size() - position_));
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(data_.data()) + position_, look);
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return {};
    position_ += static_cast<std::size_t>(in.CurrentPosition()) + size;
    return std::string_view(data_).substr(position_ - size, size);
}

bool RowFile::Read(int count, gw::PushRows& to) {
    to.set_first_sequence(sequence_ + 1);
    for (; count > 0 && !empty(); --count, ++sequence_) to.add_rows()->set_row(std::string(Next()));
    return to.rows_size() > 0;
}

std::int64_t RowFile::Skip(std::int64_t count) {
    std::int64_t skipped = 0;
    for (; skipped < count && !empty(); ++skipped) (void)Next();
    return skipped;
}

}  // namespace shouwang::bench
