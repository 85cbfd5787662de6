#include "services/gateway/config.h"

#include <fstream>

#include <gtest/gtest.h>

#include "common/testing/servers.h"

namespace shouwang::gateway {
namespace {

constexpr const char* kLeast = R"toml(
[pg]
conninfo = "host=127.0.0.1"
[bus]
address = "embedded:host=127.0.0.1"
[keys]
principal = "p"
receipt = "r"
sealing = "s"
blind = "b"
)toml";

Result<Config> Load(const std::string& text) {
    const std::string path = shouwang::testing::TempDir() + "/gateway.toml";
    std::ofstream(path) << text;
    return LoadConfig(path, false);
}

TEST(Config, TheLeastIsEnough) {
    const Result<Config> config = Load(std::string(kLeast) +
                                       "[services]\ntargets = "
                                       "\"shouwang.monitoring.v1=127.0.0.1:7001;shouwang."
                                       "employment.v1=dns:///employment:7001\"\n");
    ASSERT_TRUE(config.ok()) << config.status().message;
    EXPECT_EQ(config->Targets().at("shouwang.monitoring.v1"), "127.0.0.1:7001");
    EXPECT_EQ(config->Targets().at("shouwang.employment.v1"), "dns:///employment:7001");
}

TEST(Config, WhatIsWrongIsNamed) {
    const std::string targets = "[services]\ntargets = \"shouwang.monitoring.v1=127.0.0.1:7001\"\n";
    const struct {
        std::string text;
        const char* key;
    } cases[] = {
        {std::string(kLeast), "services.targets"},
        {std::string(kLeast) + "[services]\ntargets = \"monitoring:7001\"\n", "services.targets"},
        {std::string(kLeast) + "[services]\ntargets = \"shouwang.monitoring.v1=\"\n",
         "services.targets"},
        {std::string(kLeast) + targets + "[http]\naddress = \"here\"\n", "http.address"},
        {std::string(kLeast) + targets + "[http]\naddress = \"127.0.0.1:99999\"\n", "http.address"},
        {std::string(kLeast) + targets + "[clock]\nstart = \"yesterday\"\n", "clock.start"},
        {std::string(kLeast) + targets + "[auth]\nsession_minutes = 1\n", "auth.session_minutes"},
        {std::string(kLeast) + targets + "[http]\nadress = \"x\"\n", "http.adress"},
    };
    for (const auto& c : cases) {
        const Result<Config> config = Load(c.text);
        ASSERT_FALSE(config.ok()) << c.key;
        EXPECT_NE(config.status().message.find(c.key), std::string::npos)
            << config.status().message;
    }
}

}  // namespace
}  // namespace shouwang::gateway
