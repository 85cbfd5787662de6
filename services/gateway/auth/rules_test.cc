#include "services/gateway/auth/rules.h"

#include <gtest/gtest.h>

namespace shouwang::gateway::auth {
namespace {

TEST(Rules, Passwords) {
    const struct {
        const char *account, *password;
        bool good;
    } cases[] = {
        {"li.ming", "correct horse", true},        {"li.ming", "ten chars!", true},
        {"li.ming", "nine char", false},           {"li.ming", "", false},
        {"li.ming", "xxLI.MINGxxxx", false},       {"li.ming", "守望防返贫动态监测", false},
        {"li.ming", "守望防返贫动态监测帮", true}, {"li.ming", "broken\xff utf8 text", false},
    };
    for (const auto& c : cases)
        EXPECT_EQ(CheckPassword(c.account, c.password, "password").ok(), c.good) << c.password;
    EXPECT_FALSE(CheckPassword("a", std::string(257, 'x'), "password").ok());
    EXPECT_EQ(CheckPassword("a", "short", "new_password").violations[0].field, "new_password");
}

TEST(Rules, RolesAndRegions) {
    enum {
        kProvince = 1,
        kCity,
        kCounty,
        kTownship,
        kVillage,
        kAuditor,
        kSystem,
        kSecurity,
        kDepartment,
        kService
    };
    const struct {
        std::vector<std::int32_t> roles;
        const char* region;
        const char* reason;
    } cases[] = {
        {{kProvince}, "36", ""},
        {{kProvince}, "", ""},
        {{kCity}, "3606", ""},
        {{kCounty}, "360681", ""},
        {{kTownship}, "360681101", ""},
        {{kVillage}, "360681101200", ""},
        {{kAuditor}, "36", ""},
        {{kSystem}, "", ""},
        {{kSecurity}, "", ""},
        {{kProvince, kSystem}, "36", ""},
        {{kProvince}, "3606", "ACCOUNT_REGION"},
        {{kCity}, "", "ACCOUNT_REGION"},
        {{kVillage}, "360681", "ACCOUNT_REGION"},
        {{kProvince, kCity}, "36", "ACCOUNT_REGION"},
        {{kProvince}, "3", "ACCOUNT_REGION"},
        {{kProvince}, "3x", "ACCOUNT_REGION"},
        {{}, "36", "ACCOUNT_ROLES"},
        {{0}, "36", "ACCOUNT_ROLES"},
        {{99}, "36", "ACCOUNT_ROLES"},
        {{kDepartment}, "", "ACCOUNT_ROLES"},
        {{kService}, "", "ACCOUNT_ROLES"},
        {{kSystem, kSystem}, "", "ACCOUNT_ROLES"},
        {{kSystem, kSecurity}, "", "ACCOUNT_ROLES"},
        {{kAuditor, kSystem}, "", "ACCOUNT_ROLES"},
        {{kAuditor, kSecurity}, "", "ACCOUNT_ROLES"},
        {{kAuditor, kProvince}, "36", "ACCOUNT_ROLES"},
    };
    for (const auto& c : cases) {
        std::string shown;
        for (const int role : c.roles) shown += std::to_string(role) + " ";
        EXPECT_EQ(CheckRoles(c.roles, c.region).reason, c.reason) << shown << c.region;
    }
}

TEST(Rules, DatasetsAreThoseOfTheDepartment) {
    EXPECT_TRUE(IsDepartment("medical_insurance"));
    EXPECT_FALSE(IsDepartment("astrology"));
    const std::vector<std::string> own = DatasetsOf("medical_insurance");
    ASSERT_FALSE(own.empty());
    EXPECT_TRUE(CheckDatasets("medical_insurance", own).ok());
    EXPECT_TRUE(CheckDatasets("medical_insurance", {}).ok());
    EXPECT_TRUE(CheckDatasets("", {}).ok());
    EXPECT_FALSE(CheckDatasets("", own).ok());
    EXPECT_FALSE(CheckDatasets("astrology", {}).ok());
    EXPECT_FALSE(CheckDatasets("medical_insurance", {"school_status"}).ok());
}

}  // namespace
}  // namespace shouwang::gateway::auth
