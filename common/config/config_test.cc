#include "common/config/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace shouwang::config {
namespace {

struct Values {
    std::string conninfo;
    Secret password;
    std::int64_t pool_size = 16;
    bool durable = true;
    std::string bus = "kafka";
};

void Declare(Schema* s, Values* v) {
    s->String("pg.conninfo", &v->conninfo, "connection string").Required();
    s->SecretString("pg.password", &v->password, "password");
    s->Int("pg.pool_size", &v->pool_size, "connections", 1, 200);
    s->Bool("pg.durable", &v->durable, "wait for the disk");
    s->Choice("bus", &v->bus, "event bus", {"kafka", "embedded"});
}

class ConfigTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "config_XXXXXX";
        path_ = ::mkdtemp(pattern.data()) + std::string("/c.toml");
        Declare(&schema_, &values_);
    }
    void TearDown() override {
        for (const auto& name : names_) ::unsetenv(name.c_str());
        std::filesystem::remove_all(std::filesystem::path(path_).parent_path());
    }
    Status LoadText(const std::string& text) {
        std::ofstream(path_) << text;
        return schema_.Load(path_);
    }
    void SetEnv(const std::string& name, const std::string& value) {
        ::setenv(name.c_str(), value.c_str(), 1);
        names_.push_back(name);
    }

    std::string path_;
    std::vector<std::string> names_;
    Values values_;
    Schema schema_{"monitoring"};
};

TEST_F(ConfigTest, ReadsTheFileAndKeepsDefaults) {
    const Status status = LoadText("bus = 'embedded'\n[pg]\nconninfo = 'host=x'\npool_size = 200\n");
    ASSERT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(values_.conninfo, "host=x");
    EXPECT_EQ(values_.pool_size, 200);
    EXPECT_EQ(values_.bus, "embedded");
    EXPECT_TRUE(values_.durable);
}

TEST_F(ConfigTest, TheEnvironmentWinsOverTheFile) {
    SetEnv("SHOUWANG_PG_POOL_SIZE", "7");
    SetEnv("SHOUWANG_PG_DURABLE", "false");
    ASSERT_TRUE(LoadText("[pg]\nconninfo = 'a'\npool_size = 9\n").ok());
    EXPECT_EQ(values_.pool_size, 7);
    EXPECT_FALSE(values_.durable);
}

TEST_F(ConfigTest, EnvironmentAloneIsEnough) {
    SetEnv("SHOUWANG_PG_CONNINFO", "host=y");
    ASSERT_TRUE(schema_.Load("").ok());
    EXPECT_EQ(values_.conninfo, "host=y");
}

TEST_F(ConfigTest, TellsAllProblemsAtOnceWithTheirPlace) {
    SetEnv("SHOUWANG_BUS", "rabbit");
    const Status status = LoadText("[pg]\npool_size = 201\ndurable = 'yes'\npool = 3\n");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.reason, "CONFIG_INVALID");
    for (const std::string& line :
         {path_ + ":2: pg.pool_size must be a whole number from 1 to 200",
          path_ + ":3: pg.durable must be of type boolean",
          path_ + ":4: pg.pool is not a setting of monitoring",
          std::string("environment: SHOUWANG_BUS must be one of: kafka, embedded"),
          std::string("pg.conninfo is required (or SHOUWANG_PG_CONNINFO in the environment)")}) {
        EXPECT_NE(status.message.find(line), std::string::npos) << line << "\n" << status.message;
    }
}

TEST_F(ConfigTest, RefusesWrongValues) {
    const struct {
        const char* text;
        const char* what;
    } cases[] = {
        {"[pg]\nconninfo = ''\n", "pg.conninfo is required"},
        {"[pg]\nconninfo = 'a'\npool_size = 0\n", "pool_size must be"},
        {"[pg]\nconninfo = 'a'\npool_size = 1.5\n", "must be of type integer"},
        {"[pg]\nconninfo = 'a'\npool_size = [1]\n", "must be of type integer"},
        {"[pg]\nconninfo = 5\n", "must be of type string"},
        {"[pg\n", "is not well-formed TOML"},
    };
    for (const auto& c : cases) {
        const Status status = LoadText(c.text);
        EXPECT_NE(status.message.find(c.what), std::string::npos) << c.text << status.message;
    }
}

TEST_F(ConfigTest, RefusesNumbersOfTheEnvironmentThatAreNone) {
    for (const char* text : {"", "x", "7 ", "0x10", "99999999999999999999", "201"}) {
        SetEnv("SHOUWANG_PG_POOL_SIZE", text);
        EXPECT_FALSE(LoadText("[pg]\nconninfo = 'a'\n").ok()) << text;
    }
}

TEST_F(ConfigTest, RefusesAFileThatIsNotThere) {
    EXPECT_NE(schema_.Load(path_ + ".none").message.find("cannot be read"), std::string::npos);
    EXPECT_NE(schema_.Load("/").message.find("cannot be read"), std::string::npos);
}

TEST_F(ConfigTest, SecretsNeverPrint) {
    ASSERT_TRUE(LoadText("[pg]\nconninfo = 'a'\npassword = 'hunter2'\n").ok());
    EXPECT_EQ(values_.password.Reveal(), "hunter2");
    const std::string text = schema_.Describe();
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    EXPECT_NE(text.find("pg.password = \"***\""), std::string::npos) << text;
    // Neither does a file that cannot be parsed show the line it stumbles over.
    const Status status = LoadText("[pg]\npassword = 'hunter2' 'hunter2'\n");
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.message.find("hunter2"), std::string::npos) << status.message;
}

TEST_F(ConfigTest, DescribesEverySetting) {
    EXPECT_EQ(schema_.Describe(),
              "# monitoring\n"
              "pg.conninfo = \"\"  # connection string; required; SHOUWANG_PG_CONNINFO\n"
              "pg.password = \"\"  # password; default \"\"; SHOUWANG_PG_PASSWORD\n"
              "pg.pool_size = 16  # connections (1 to 200); default 16; SHOUWANG_PG_POOL_SIZE\n"
              "pg.durable = true  # wait for the disk; default true; SHOUWANG_PG_DURABLE\n"
              "bus = \"kafka\"  # event bus (kafka, embedded); default \"kafka\"; SHOUWANG_BUS\n");
}

TEST_F(ConfigTest, WhatItDescribesItReads) {
    ASSERT_TRUE(LoadText("[pg]\nconninfo = 'host=\"a b\" \\'\npool_size = 3\n").ok());
    const std::string text = schema_.Describe();
    Values again;
    Schema schema("monitoring");
    Declare(&schema, &again);
    std::ofstream(path_) << text;
    ASSERT_TRUE(schema.Load(path_).ok());
    EXPECT_EQ(again.conninfo, values_.conninfo);
    EXPECT_EQ(again.pool_size, 3);
}

}  // namespace
}  // namespace shouwang::config
