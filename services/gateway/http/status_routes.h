// /healthz and /metrics on the HTTP port.
#pragma once

#include <functional>

#include "services/gateway/http/router.h"

namespace shouwang::gateway::http {

// /healthz: 200 {"status":"serving"} while ready, else 503 {"status":"not_ready"}.
void AddStatusRoutes(Router& router, std::function<bool()> ready);

}  // namespace shouwang::gateway::http
