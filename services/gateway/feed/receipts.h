// Receipts: signed proofs of delivery, and the door's unary methods around them.
#pragma once

#include "common/base/clock.h"
#include "common/crypto/crypto.h"
#include "common/model/dataset.h"
#include "common/rpc/server.h"
#include "services/gateway/feed/door_store.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::feed {

v1::Receipt SignReceipt(const crypto::Signer& signer, const v1::ReceiptBody& body);
// DATA_LOSS "RECEIPT_BROKEN" where signature, body and readable content do not belong together.
// Needs nothing but the key.
Status VerifyReceipt(const crypto::Verifier& verifier, const v1::Receipt& receipt);

v1::ListDatasetsResponse DescribeDatasets(const model::Catalogue& catalogue);

// FeedDoorService.GetReceipt (NOT_FOUND BATCH_NOT_FOUND, RECEIPT_NOT_FOUND), ListReceiptKeys,
// ListDatasets.
void AddReceiptMethods(rpc::Methods& methods, DoorStore& store, const model::Catalogue& catalogue);

}  // namespace shouwang::gateway::feed
