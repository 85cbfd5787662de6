#include "services/gateway/auth/rules.h"

#include <algorithm>
#include <map>

#include "common/base/bytes.h"
#include "common/base/region_code.h"
#include "services/gateway/calls/method_table.h"

namespace shouwang::gateway::auth {
namespace {

using options::v1::Role;

constexpr std::size_t kShortest = 10, kLongestBytes = 256;

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return lower;
}

// Region level of an operator role; 0 = not an operator.
int LevelOf(std::int32_t role) {
    return role >= options::v1::ROLE_PROVINCE_OPERATOR && role <= options::v1::ROLE_VILLAGE_OPERATOR
               ? role
               : 0;
}

bool IsAdminRole(std::int32_t role) {
    return role == options::v1::ROLE_AUDITOR || role == options::v1::ROLE_SYSTEM_ADMIN ||
           role == options::v1::ROLE_SECURITY_ADMIN;
}

using ByDepartment = std::map<std::string, std::vector<std::string>, std::less<>>;

ByDepartment ReadDepartments() {
    std::map<std::uint32_t, const options::v1::Dataset*> by_number;
    for (const auto* file : calls::LinkedFiles("shouwang.")) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto& options = file->message_type(i)->options();
            if (!options.HasExtension(options::v1::dataset)) continue;
            const options::v1::Dataset& dataset = options.GetExtension(options::v1::dataset);
            by_number[dataset.number()] = &dataset;
        }
    }
    ByDepartment departments;
    for (const auto& [number, dataset] : by_number)
        departments[dataset->department()].push_back(dataset->id());
    return departments;
}

const ByDepartment& Departments() {
    static const ByDepartment departments = ReadDepartments();
    return departments;
}

}  // namespace

Status CheckPassword(std::string_view account, std::string_view password, std::string field) {
    if (!IsValidUtf8(password) || Utf8Length(password) < kShortest ||
        password.size() > kLongestBytes) {
        return InvalidField(std::move(field), "10 characters or more, at most 256 bytes",
                            "PASSWORD_RULES");
    }
    if (!account.empty() && Lower(password).find(Lower(account)) != std::string::npos) {
        return InvalidField(std::move(field), "without the account's name in it", "PASSWORD_RULES");
    }
    return Status::Ok();
}

Status CheckRoles(const std::vector<std::int32_t>& roles, std::string_view region_prefix) {
    if (roles.empty()) return InvalidField("roles", "at least one role", "ACCOUNT_ROLES");
    const int level = RegionLevel(region_prefix);
    if (level < 0)
        return InvalidField("region_prefix", "0, 2, 4, 6, 9 or 12 digits", "ACCOUNT_REGION");
    int admins = 0;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        const std::int32_t role = roles[i];
        if (!options::v1::Role_IsValid(role) || role == options::v1::ROLE_UNSPECIFIED ||
            role == options::v1::ROLE_DEPARTMENT || role == options::v1::ROLE_SERVICE) {
            return InvalidField("roles", "roles of people only", "ACCOUNT_ROLES");
        }
        if (std::find(roles.begin(), roles.begin() + static_cast<std::ptrdiff_t>(i), role) !=
            roles.begin() + static_cast<std::ptrdiff_t>(i)) {
            return InvalidField("roles", "no role twice", "ACCOUNT_ROLES");
        }
        if (IsAdminRole(role)) ++admins;
        const int wanted = LevelOf(role);
        if (wanted > 0 && wanted != level && !(wanted == 1 && level == 0)) {
            return InvalidField("region_prefix", "of the level of the operator's role",
                                "ACCOUNT_REGION");
        }
    }
    if (admins > 1)
        return InvalidField("roles",
                            "auditor, system and security administrator exclude each other",
                            "ACCOUNT_ROLES");
    const bool auditor =
        std::find(roles.begin(), roles.end(), options::v1::ROLE_AUDITOR) != roles.end();
    if (auditor && roles.size() > 1)
        return InvalidField("roles", "an auditor reads and has no other role", "ACCOUNT_ROLES");
    return Status::Ok();
}

bool IsDepartment(std::string_view department) { return Departments().contains(department); }

std::vector<std::string> DatasetsOf(std::string_view department) {
    auto found = Departments().find(department);
    return found == Departments().end() ? std::vector<std::string>() : found->second;
}

Status CheckDatasets(std::string_view department, const std::vector<std::string>& datasets) {
    if (department.empty()) {
        if (datasets.empty()) return Status::Ok();
        return InvalidField("datasets", "only with a department", "CLIENT_DATASETS");
    }
    if (!IsDepartment(department))
        return InvalidField("department", "a declared department", "CLIENT_DATASETS");
    const std::vector<std::string> own = DatasetsOf(department);
    for (const std::string& dataset : datasets) {
        if (std::find(own.begin(), own.end(), dataset) == own.end()) {
            return InvalidField("datasets", "datasets of the department", "CLIENT_DATASETS");
        }
    }
    return Status::Ok();
}

}  // namespace shouwang::gateway::auth
