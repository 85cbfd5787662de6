// The whole gateway in the test process: real PostgreSQL and Redis, the embedded bus, and a small
// real gRPC server in monitoring's place. Made once a test program.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/bus/bus.h"
#include "common/rpc/server.h"
#include "common/testing/servers.h"
#include "services/gateway/app.h"
#include "services/gateway/testing/http_client.h"

namespace shouwang::gateway::testing {

inline constexpr const char* kPassword = "correct horse battery";

// Stands where monitoring stands: verifies the principal, answers every method of
// shouwang.monitoring.v1 (empty where it has no canned answer), and remembers what it was called
// with.
class Upstream {
public:
    explicit Upstream(const std::string& public_pem_path);
    int port() const { return server_->port(); }
    // Serialized answers by method path; for streams, several.
    void Answer(const std::string& path, std::vector<std::string> messages);
    void Fail(const std::string& path, Status status);
    int calls(const std::string& path);
    std::string last_subject(const std::string& path);
    std::string last_request(const std::string& path);

private:
    Status Handle(rpc::CallContext& context, const std::function<bool(std::string*)>& read,
                  const std::function<bool(std::string_view)>& write);

    struct Seen {
        int calls = 0;
        std::string subject, request;
    };
    std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> answers_;
    std::map<std::string, Status> failures_;
    std::map<std::string, Seen> seen_;
    std::unique_ptr<rpc::Server> server_;
};

class GatewayFixture {
public:
    // Accounts (password kPassword): admin (province 36), guard (security administrator), auditor,
    // system, city, county, township, village. Clients (secret kPassword): medical (medical
    // insurance), service.
    static GatewayFixture& Shared();
    GatewayFixture();
    ~GatewayFixture();

    HttpClient Client() const { return HttpClient(app->http_port()); }
    // A token of the account or client, signed in once.
    std::string Token(const std::string& who);
    // Calls a method with JSON; the answer's status and body.
    testing::Answer Call(const std::string& method, const std::string& json,
                         const std::string& token);

    Config config;
    std::unique_ptr<shouwang::testing::TestDatabase> database, bus_database;
    std::unique_ptr<Upstream> upstream;
    std::unique_ptr<App> app;

private:
    std::map<std::string, std::string> tokens_;
};

}  // namespace shouwang::gateway::testing
