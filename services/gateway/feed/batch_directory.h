// Batches as monitoring keeps them: what the door tells it and asks it. Blocking, thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "shouwang/monitoring/v1/feed.pb.h"

namespace shouwang::rpc {
class Client;
}

namespace shouwang::gateway::feed {

class BatchDirectory {
public:
    virtual ~BatchDirectory() = default;
    // Opens, or answers with the batch that has this name already.
    virtual Result<monitoring::v1::Batch> Open(const monitoring::v1::OpenBatchRequest& request,
                                               Deadline deadline) = 0;
    virtual Status RecordProgress(const std::string& name, std::int64_t last_durable_sequence,
                                  Deadline deadline) = 0;
    virtual Result<monitoring::v1::Batch> Close(const std::string& name, std::int64_t rows,
                                                const std::string& content_hash,
                                                Deadline deadline) = 0;
    virtual Result<monitoring::v1::ListRowErrorsResponse> ListRowErrors(
        const monitoring::v1::ListRowErrorsRequest& request, Deadline deadline) = 0;
};

// Over monitoring's FeedService. `principal` answers with the gateway's own serialized
// SignedPrincipal (services/gateway).
std::unique_ptr<BatchDirectory> MakeRpcBatchDirectory(rpc::Client& monitoring,
                                                      std::function<std::string()> principal);

}  // namespace shouwang::gateway::feed
