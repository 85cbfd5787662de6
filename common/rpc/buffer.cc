#include "common/rpc/buffer.h"

#include <vector>

namespace shouwang::rpc {

grpc::ByteBuffer Wrap(std::string_view bytes) {
    grpc::Slice slice(bytes.data(), bytes.size());
    return grpc::ByteBuffer(&slice, 1);
}

std::string Unwrap(const grpc::ByteBuffer& buffer) {
    std::string bytes;
    std::vector<grpc::Slice> slices;
    bytes.reserve(buffer.Length());
    if (!buffer.Dump(&slices).ok()) return bytes;
    for (const grpc::Slice& slice : slices)
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    return bytes;
}

}  // namespace shouwang::rpc
