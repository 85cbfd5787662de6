// Serialized messages ↔ gRPC buffers. Internal to common/rpc.
#pragma once

#include <string>
#include <string_view>

#include <grpcpp/support/byte_buffer.h>

namespace shouwang::rpc {

grpc::ByteBuffer Wrap(std::string_view bytes);
std::string Unwrap(const grpc::ByteBuffer& buffer);

}  // namespace shouwang::rpc
