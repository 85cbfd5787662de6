// Shared by the files of this folder.
#pragma once

#include <utility>

#include "common/base/status.h"

namespace shouwang::monitoring::rpc_edge {

// Puts a result into the answer.
template <typename T>
Status Give(Result<T> result, T& answer) {
    if (!result.ok()) return result.status();
    answer = std::move(result).value();
    return Status::Ok();
}

}  // namespace shouwang::monitoring::rpc_edge
