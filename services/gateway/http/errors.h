// Errors on the HTTP port: the Connect protocol's names, HTTP statuses and JSON form.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace shouwang::gateway::http {

int HttpStatus(Code code);
std::string_view ConnectCode(Code code);  // "invalid_argument"
std::string RetryAfterSeconds(const Status& status);
// {"code": …, "message": …, "details": [{"type", "value", "debug"}]}; the details are the
// google.rpc ones (ErrorInfo, BadRequest, RetryInfo).
std::string ErrorJson(const Status& status);

}  // namespace shouwang::gateway::http
