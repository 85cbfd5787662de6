// Status ↔ grpc::Status with google.rpc details (ErrorInfo, BadRequest, RetryInfo); serialized
// details are kept under 4 KiB.
#pragma once

#include <string>

#include <grpcpp/support/status.h>

#include "common/base/status.h"

namespace shouwang::rpc {

grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

}  // namespace shouwang::rpc
