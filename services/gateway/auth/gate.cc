#include "services/gateway/auth/gate.h"

#include "common/metrics/metrics.h"
#include "common/rpc/policy.h"
#include "services/gateway/http/headers.h"

namespace shouwang::gateway::auth {
namespace {

constexpr std::chrono::seconds kLookUp{5};

bool IsBearer(std::string_view value) {
    return value.size() > 7 && (value.starts_with("Bearer ") || value.starts_with("bearer "));
}

}  // namespace

Status Gate::TakeToken(const std::string& who, bool anonymous) {
    const double per_second = anonymous ? limits_.anonymous_per_second : limits_.per_second;
    const double burst = anonymous ? limits_.anonymous_burst : limits_.burst;
    const int wait = cache_.TakeToken("rate:" + who, per_second, burst);
    if (wait == 0) return Status::Ok();
    static const metrics::Counter limited = metrics::MakeCounter(
        "shouwang_gateway_rate_limited_total", "requests refused by a rate limit");
    limited.Add();
    Status status = MakeStatus(Code::kResourceExhausted, "RATE_LIMIT",
                               "more requests than the published limit");
    status.retry_after_ms = wait;
    return status;
}

Result<type::v1::Principal> Gate::FromMetadata(
    const std::multimap<std::string, std::string>& metadata) {
    auto found = metadata.find("authorization");
    std::string_view token;
    if (found != metadata.end() && IsBearer(found->second))
        token = std::string_view(found->second).substr(7);
    SW_ASSIGN_OR_RETURN(type::v1::Principal principal, sessions_.Find(token, DeadlineIn(kLookUp)));
    SW_RETURN_IF_ERROR(TakeToken(principal.subject(), false));
    return principal;
}

Status Gate::Admit(http::Request& request, const options::v1::MethodPolicy& policy) {
    const http::Credential credential = http::CredentialOf(request);
    if (policy.access() == options::v1::ACCESS_PUBLIC) {
        SW_RETURN_IF_ERROR(http::CheckSameOrigin(request, false));
        return TakeToken("address:" + request.peer, true);
    }
    if (policy.access() == options::v1::ACCESS_INTERNAL) {
        SW_RETURN_IF_ERROR(TakeToken("address:" + request.peer, true));
        return MakeStatus(Code::kPermissionDenied, "METHOD_INTERNAL",
                          "this method is not served to the outside");
    }
    SW_RETURN_IF_ERROR(http::CheckSameOrigin(request, credential.from_cookie));
    Result<type::v1::Principal> principal = sessions_.Find(credential.token, DeadlineIn(kLookUp));
    if (!principal.ok()) {
        if (principal.status().code == Code::kUnauthenticated)
            SW_RETURN_IF_ERROR(TakeToken("address:" + request.peer, true));
        return principal.status();
    }
    SW_RETURN_IF_ERROR(TakeToken(principal->subject(), false));
    SW_RETURN_IF_ERROR(rpc::CheckPolicy(policy, &*principal));
    request.signed_principal = principals_.Signed(*principal);
    request.principal = *std::move(principal);
    return Status::Ok();
}

}  // namespace shouwang::gateway::auth
