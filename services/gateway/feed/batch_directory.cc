#include "services/gateway/feed/batch_directory.h"

#include "common/rpc/client.h"
#include "common/trace/trace.h"

namespace shouwang::gateway::feed {
namespace {

using namespace monitoring::v1;

class RpcBatchDirectory final : public BatchDirectory {
public:
    RpcBatchDirectory(rpc::Client& client, std::function<std::string()> principal)
        : client_(client), principal_(std::move(principal)) {}

    Result<Batch> Open(const OpenBatchRequest& request, Deadline deadline) override {
        return Call<Batch>("OpenBatch", request, deadline);
    }

    Status RecordProgress(const std::string& name, std::int64_t last_durable_sequence,
                          Deadline deadline) override {
        RecordProgressRequest request;
        request.set_name(name);
        request.set_last_durable_sequence(last_durable_sequence);
        return Call<RecordProgressResponse>("RecordProgress", request, deadline).status();
    }

    Result<Batch> Close(const std::string& name, std::int64_t rows, const std::string& content_hash,
                        Deadline deadline) override {
        CloseBatchRequest request;
        request.set_name(name);
        request.set_rows(rows);
        request.set_content_hash(content_hash);
        return Call<Batch>("CloseBatch", request, deadline);
    }

    Result<ListRowErrorsResponse> ListRowErrors(const ListRowErrorsRequest& request,
                                                Deadline deadline) override {
        return Call<ListRowErrorsResponse>("ListRowErrors", request, deadline);
    }

private:
    template <typename Response>
    Result<Response> Call(const char* method, const google::protobuf::Message& request,
                          Deadline deadline) {
        rpc::CallOptions options;
        options.deadline = deadline;
        options.signed_principal = principal_();
        options.traceparent = trace::Current().ToString();
        Response response;
        SW_RETURN_IF_ERROR(
            client_.Call(std::string("/shouwang.monitoring.v1.FeedService/") + method, request,
                         &response, options));
        return response;
    }

    rpc::Client& client_;
    std::function<std::string()> principal_;
};

}  // namespace

std::unique_ptr<BatchDirectory> MakeRpcBatchDirectory(rpc::Client& monitoring,
                                                      std::function<std::string()> principal) {
    return std::make_unique<RpcBatchDirectory>(monitoring, std::move(principal));
}

}  // namespace shouwang::gateway::feed
