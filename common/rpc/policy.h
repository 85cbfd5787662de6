// Policies as declared in proto/ (option `policy`), read once from the descriptors. Deny by
// default.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::rpc {

// FAILED_PRECONDITION "POLICY_MISSING" for a method without (access, region) or ACCESS_ROLES
// without roles.
Result<options::v1::MethodPolicy> PolicyOf(const google::protobuf::MethodDescriptor& method);

// Ok, UNAUTHENTICATED "PRINCIPAL_MISSING" or PERMISSION_DENIED "ROLE_NOT_ALLOWED". principal may be
// null. ACCESS_INTERNAL needs ROLE_SERVICE.
Status CheckPolicy(const options::v1::MethodPolicy& policy, const type::v1::Principal* principal);

// Every method of the services, in the order of their declaration. A name that is not linked aborts
// (a programmer error).
std::vector<const google::protobuf::MethodDescriptor*> AllMethods(
    const std::vector<std::string>& service_full_names);

}  // namespace shouwang::rpc
