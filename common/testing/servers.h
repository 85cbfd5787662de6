// Real servers for tests: private PostgreSQL and Redis, started once a test process (or shared through SHOUWANG_TEST_PG / _REDIS / _KAFKA
// by the test runner), on 127.0.0.1 and free ports, ended by their own pid.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace shouwang::testing {

// A fresh database made from a template in milliseconds; dropped at the end. conninfo() is for libpq.
// Throws std::runtime_error with the server's log where there is no server.
class TestDatabase {
public:
    TestDatabase();
    // A copy of the database that `prepare` fills at the first use of `name` in this process (schema, reference data).
    TestDatabase(const std::string& name, const std::function<void(const std::string& conninfo)>& prepare);
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;
    const std::string& conninfo() const { return conninfo_; }

private:
    std::string name_, conninfo_;
};

// "host:port" of PostgreSQL, for a TcpGate in front of it.
std::string TestPostgresAddress();
// "host:port" of a private Redis, flushed. A shared one (SHOUWANG_TEST_REDIS) is left as it is: give keys a prefix of their own.
std::string TestRedis();
// "host:port" of the test broker, or "" with a reason in *why where there is none (SHOUWANG_BUS=embedded).
std::string TestKafka(std::string* why);
// A directory that is removed at the end of the process.
std::string TempDir();
// Waits until `condition` is true, at most `seconds`; polls without a fixed sleep in the caller.
bool Eventually(const std::function<bool()>& condition, double seconds = 10);

}  // namespace shouwang::testing
