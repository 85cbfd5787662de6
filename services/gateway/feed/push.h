// FeedDoorService.Push: one batch over one bidirectional stream.
#pragma once

#include <functional>

#include "services/gateway/feed/batch_ingest.h"

namespace shouwang::gateway::feed {

// `read` blocks for the next message and answers false at the end of the sender's side; `write`
// answers false once the sender has gone, and is called from another thread than `read`, one call
// at a time.
using PushRead = std::function<bool(v1::PushRequest&)>;
using PushWrite = std::function<bool(const v1::PushResponse&)>;

// The first answer names the last durable sequence as the batch is opened; one answer follows for
// every progress, the last one carries the receipt. Besides what BatchIngest answers:
// INVALID_ARGUMENT PUSH_STEP (Open, Rows …, Close is the only order), PUSH_TOO_MANY_ROWS;
// OUT_OF_RANGE SEQUENCE_GAP; FAILED_PRECONDITION NOT_CLOSED (the batch stays open).
Status RunPush(const DoorParts& parts, const type::v1::Principal& principal, Deadline deadline,
               const PushRead& read, const PushWrite& write);

}  // namespace shouwang::gateway::feed
