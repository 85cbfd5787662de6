// Real servers for tests: private PostgreSQL and Redis, started once a test process (or shared through SHOUWANG_TEST_PG / _REDIS / _KAFKA
// by the test runner), on 127.0.0.1 and free ports, ended by their own pid.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace shouwang::testing {

// A fresh database made from a template in milliseconds; dropped at the end. conninfo() is for libpq.
class TestDatabase {
public:
    TestDatabase();
    ~TestDatabase();
    const std::string& conninfo() const { return conninfo_; }

private:
    std::string name_, conninfo_;
};

// "host:port" of a private Redis, flushed.
std::string TestRedis();
// "host:port" of the test broker, or "" with a reason in *why where there is none (SHOUWANG_BUS=embedded).
std::string TestKafka(std::string* why);
// A directory that is removed at the end of the process.
std::string TempDir();
// Waits until `condition` is true, at most `seconds`; polls without a fixed sleep in the caller.
bool Eventually(const std::function<bool()>& condition, double seconds = 10);

}  // namespace shouwang::testing
