#include "common/rpc/policy.h"

#include <algorithm>
#include <cstdlib>

#include "common/log/log.h"

namespace shouwang::rpc {

using options::v1::MethodPolicy;

Result<MethodPolicy> PolicyOf(const google::protobuf::MethodDescriptor& method) {
    const MethodPolicy& policy = method.options().GetExtension(options::v1::policy);
    const bool roles = policy.access() != options::v1::ACCESS_ROLES ||
                       (policy.roles_size() > 0 &&
                        std::find(policy.roles().begin(), policy.roles().end(),
                                  options::v1::ROLE_UNSPECIFIED) == policy.roles().end());
    if (policy.access() == options::v1::ACCESS_UNSPECIFIED ||
        policy.region() == options::v1::REGION_SCOPE_UNSPECIFIED || !roles) {
        return MakeStatus(Code::kFailedPrecondition, "POLICY_MISSING",
                          method.full_name() + " declares no complete policy");
    }
    return policy;
}

Status CheckPolicy(const MethodPolicy& policy, const type::v1::Principal* principal) {
    if (policy.access() == options::v1::ACCESS_PUBLIC) return Status::Ok();
    if (principal == nullptr)
        return MakeStatus(Code::kUnauthenticated, "PRINCIPAL_MISSING", "the call names no caller");
    const auto has = [&](int role) {
        return std::find(principal->roles().begin(), principal->roles().end(), role) !=
               principal->roles().end();
    };
    bool allowed = false;
    switch (policy.access()) {
        case options::v1::ACCESS_AUTHENTICATED:
            allowed = true;
            break;
        case options::v1::ACCESS_ROLES:
            allowed = std::any_of(policy.roles().begin(), policy.roles().end(), has);
            break;
        case options::v1::ACCESS_INTERNAL:
            allowed = has(options::v1::ROLE_SERVICE);
            break;
        default:
            break;
    }
    return allowed ? Status::Ok()
                   : MakeStatus(Code::kPermissionDenied, "ROLE_NOT_ALLOWED",
                                "the caller's roles do not include this method");
}

std::vector<const google::protobuf::MethodDescriptor*> AllMethods(
    const std::vector<std::string>& service_full_names) {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    for (const std::string& name : service_full_names) {
        const auto* service =
            google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
        if (service == nullptr) {
            log::Error("unknown service", {{"service", name}});
            std::abort();
        }
        for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
    }
    return methods;
}

}  // namespace shouwang::rpc
