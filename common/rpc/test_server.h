// A real server and client in one process, over loopback, for the tests of this folder.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/testing/servers.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::rpc {

namespace mon = ::shouwang::monitoring::v1;
namespace gw = ::shouwang::gateway::v1;

inline constexpr char kGetLead[] = "/shouwang.monitoring.v1.LeadService/GetLead";
inline constexpr char kListLeads[] = "/shouwang.monitoring.v1.LeadService/ListLeads";
inline constexpr char kExportLeads[] = "/shouwang.monitoring.v1.LeadService/ExportLeads";
inline constexpr char kAcceptLead[] = "/shouwang.monitoring.v1.LeadService/AcceptLead";
inline constexpr char kOpenBatch[] = "/shouwang.monitoring.v1.FeedService/OpenBatch";
inline constexpr char kSignIn[] = "/shouwang.gateway.v1.AuthService/SignIn";
inline constexpr char kWhoAmI[] = "/shouwang.gateway.v1.AuthService/WhoAmI";
inline constexpr char kPush[] = "/shouwang.gateway.v1.FeedDoorService/Push";

inline TimePoint TestNow() { return *ParseRfc3339("2021-06-30T08:00:00Z"); }

inline type::v1::Principal PrincipalWith(std::vector<options::v1::Role> roles,
                                         const std::string& region = "36", int seconds = 300) {
    type::v1::Principal principal;
    principal.set_subject("accounts/test");
    for (auto role : roles) principal.add_roles(role);
    principal.set_region_prefix(region);
    principal.set_expires_at(
        std::chrono::duration_cast<std::chrono::seconds>(TestNow().time_since_epoch()).count() +
        seconds);
    return principal;
}

class TestServer {
public:
    explicit TestServer(Methods methods, ServerOptions options = {})
        : clock(TestNow()),
          signer(std::move(*crypto::Signer::Generate())),
          server(std::move(options), std::move(methods),
                 std::make_shared<PrincipalVerifier>(
                     *crypto::Verifier::FromPem(signer->public_pem()), clock)) {
        const Status started = server.Start();
        EXPECT_TRUE(started.ok()) << started.message;
        server.SetReady(true);
        client = std::make_unique<Client>(target());
    }
    std::string target() const { return "127.0.0.1:" + std::to_string(server.port()); }
    std::string Sign(const type::v1::Principal& principal) const {
        return SignPrincipal(*signer, principal);
    }
    CallOptions As(std::vector<options::v1::Role> roles, const std::string& region = "36") const {
        CallOptions call;
        call.signed_principal = Sign(PrincipalWith(std::move(roles), region));
        return call;
    }
    CallOptions AsOperator() const { return As({options::v1::ROLE_PROVINCE_OPERATOR}); }

    ManualClock clock;
    std::unique_ptr<crypto::Signer> signer;
    Server server;
    std::unique_ptr<Client> client;
};

inline mon::GetLeadRequest LeadRequest() {
    mon::GetLeadRequest request;
    request.set_name("households/1/leads/2");
    return request;
}

// Holds handlers until it is opened.
class TestGate {
public:
    void Open() { promise_.set_value(); }
    void Pass() { future_.wait(); }

private:
    std::promise<void> promise_;
    std::shared_future<void> future_ = promise_.get_future().share();
};

}  // namespace shouwang::rpc
