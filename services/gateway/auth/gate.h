// The check at the door, for both ports: session → limits → role. Thread-safe; blocking.
#pragma once

#include <map>
#include <string>

#include "common/cache/cache.h"
#include "services/gateway/auth/sessions.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::auth {

struct Limits {
    double per_second = 500, burst = 1000;  // requests of one principal
    double anonymous_per_second = 100,
           anonymous_burst = 2000;  // requests without a session from one address
};

class Gate {
public:
    Gate(Sessions& sessions, Principals& principals, cache::Cache& cache, Limits limits)
        : sessions_(sessions), principals_(principals), cache_(cache), limits_(limits) {}

    // The gRPC port's Authenticator: `authorization: Bearer …`.
    Result<type::v1::Principal> FromMetadata(
        const std::multimap<std::string, std::string>& metadata);
    // The HTTP port: bearer token or cookie, same origin, limits, policy; fills principal and
    // signed_principal. Internal methods are refused whoever calls (PERMISSION_DENIED
    // "METHOD_INTERNAL").
    Status Admit(http::Request& request, const options::v1::MethodPolicy& policy);

private:
    // RESOURCE_EXHAUSTED "RATE_LIMIT" with RetryInfo.
    Status TakeToken(const std::string& who, bool anonymous);

    Sessions& sessions_;
    Principals& principals_;
    cache::Cache& cache_;
    const Limits limits_;
};

}  // namespace shouwang::gateway::auth
