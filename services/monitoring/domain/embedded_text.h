// Data that ships as protobuf text, embedded at build time.
#pragma once

#include <string_view>

#include <google/protobuf/message.h>

#include "common/base/status.h"

namespace shouwang::monitoring::domain {

// INVALID_ARGUMENT with `reason`; the message names `what`, the line and the column.
Status ParseText(std::string_view text, std::string_view what, const char* reason, google::protobuf::Message& out);

}  // namespace shouwang::monitoring::domain
