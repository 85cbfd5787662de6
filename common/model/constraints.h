// Checks a request message against the field option `constraint` (required, pattern, format,
// range). One place for every API.
#pragma once

#include <google/protobuf/message.h>

#include "common/base/status.h"

namespace shouwang::model {

// INVALID_ARGUMENT with one violation a field, nested messages included; enum numbers that are not
// declared are violations too.
Status CheckRequest(const google::protobuf::Message& request);

}  // namespace shouwang::model
