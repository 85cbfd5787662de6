// What an account, a client and a password must be like. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::gateway::auth {

// At least 10 characters, at most 256 bytes, and without the account's name in it. INVALID_ARGUMENT
// "PASSWORD_RULES".
Status CheckPassword(std::string_view account, std::string_view password, std::string field);

// Roles of a person: no role of systems, at most one of auditor, system administrator and security
// administrator, an auditor nothing else (he reads, never writes), no role twice. Region prefix:
// the level of each operator role (a province operator's may be empty, the nation).
// INVALID_ARGUMENT "ACCOUNT_ROLES" or "ACCOUNT_REGION".
Status CheckRoles(const std::vector<std::int32_t>& roles, std::string_view region_prefix);

// Datasets and departments as declared.
bool IsDepartment(std::string_view department);
std::vector<std::string> DatasetsOf(std::string_view department);  // in order of dataset number
// A client's rights: a department's datasets only. INVALID_ARGUMENT "CLIENT_DATASETS".
Status CheckDatasets(std::string_view department, const std::vector<std::string>& datasets);

}  // namespace shouwang::gateway::auth
