// The feed door as the gateway mounts it: gRPC methods and HTTP routes.
#pragma once

#include "common/rpc/methods.h"
#include "services/gateway/feed/batch_ingest.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::feed {

// Outlives the servers that it is mounted on. Thread-safe.
class FeedDoor {
public:
    explicit FeedDoor(DoorParts parts) : parts_(parts) {}

    // Publishes the key that receipts are signed with. Before the first batch.
    Status Start(Deadline deadline);
    // FeedDoorService: Push, GetReceipt, ListReceiptKeys, ListDatasets.
    void AddMethods(rpc::Methods& methods);
    // POST /feeds/{dataset}/{batch}?period=&region=&complete=&declared_rows=&charset=&format=
    // (answer: Receipt as JSON) GET /feeds/batches/{department}/{id}/errors.csv?lang=zh
    void AddRoutes(http::Router& router);

private:
    void Upload(http::Request& request, http::BodyReader& body, http::Reply& reply) const;
    void Errors(http::Request& request, http::Reply& reply) const;

    const DoorParts parts_;
};

// Query and headers of an upload → what a Push would open with. INVALID_ARGUMENT COMPLETE,
// DECLARED_ROWS.
Result<v1::OpenPush> OpenFromRequest(const http::Request& request);

}  // namespace shouwang::gateway::feed
