#include "services/gateway/testing/gateway_fixture.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "common/crypto/crypto.h"
#include "services/gateway/calls/method_table.h"

namespace shouwang::gateway::testing {
namespace {

constexpr const char* kBootstrap = R"toml(
[[accounts]]
id = "admin"
display_name = "省级平台"
roles = ["PROVINCE_OPERATOR"]
region_prefix = "36"
password = "correct horse battery"
[[accounts]]
id = "guard"
display_name = "安全管理员"
roles = ["SECURITY_ADMIN"]
password = "correct horse battery"
[[accounts]]
id = "auditor"
display_name = "审计员"
roles = ["AUDITOR"]
password = "correct horse battery"
[[accounts]]
id = "system"
display_name = "系统管理员"
roles = ["SYSTEM_ADMIN"]
password = "correct horse battery"
[[accounts]]
id = "city"
display_name = "鹰潭市"
roles = ["CITY_OPERATOR"]
region_prefix = "3606"
password = "correct horse battery"
[[accounts]]
id = "county"
display_name = "贵溪市"
roles = ["COUNTY_OPERATOR"]
region_prefix = "360681"
password = "correct horse battery"
[[accounts]]
id = "township"
display_name = "泗沥镇"
roles = ["TOWNSHIP_OPERATOR"]
region_prefix = "360681101"
password = "correct horse battery"
[[accounts]]
id = "village"
display_name = "王湾村"
roles = ["VILLAGE_OPERATOR"]
region_prefix = "360681101200"
password = "correct horse battery"
[[clients]]
id = "medical"
display_name = "医保局"
department = "medical_insurance"
secret = "correct horse battery"
[[clients]]
id = "service"
display_name = "another service"
secret = "correct horse battery"
)toml";

std::string WriteFile(const std::string& path, const std::string& content) {
    std::ofstream(path) << content;
    return path;
}

void Must(const Status& status) {
    if (!status.ok()) throw std::runtime_error(status.reason + ": " + status.message);
}

}  // namespace

Upstream::Upstream(const std::string& public_pem_path) {
    auto verifier = crypto::Verifier::Load(public_pem_path);
    Must(verifier.status());
    static const SystemClock kRealTime;
    rpc::Methods methods;
    methods.Fallback([this](rpc::CallContext& context, const auto& read, const auto& write) {
        return Handle(context, read, write);
    });
    // Methods for services only never reach the fallback.
    const auto table = calls::MethodTable::Build();
    Must(table.status());
    for (const auto& [path, method] : table->all()) {
        if (method.policy.access() != options::v1::ACCESS_INTERNAL) continue;
        methods.Bidi(method.descriptor->full_name(),
                     [this](rpc::CallContext& context, const auto& read, const auto& write) {
                         return Handle(context, read, write);
                     });
    }
    server_ = std::make_unique<rpc::Server>(
        rpc::ServerOptions{}, std::move(methods),
        std::make_shared<rpc::PrincipalVerifier>(*std::move(verifier), kRealTime));
    Must(server_->Start());
    server_->SetReady(true);
}

Status Upstream::Handle(rpc::CallContext& context, const std::function<bool(std::string*)>& read,
                        const std::function<bool(std::string_view)>& write) {
    std::string request;
    if (!read(&request)) return MakeStatus(Code::kInvalidArgument, "NO_REQUEST", "no request");
    std::vector<std::string> answers;
    {
        std::lock_guard lock(mutex_);
        Seen& seen = seen_[context.method];
        ++seen.calls;
        seen.subject = context.principal.subject();
        seen.request = request;
        if (auto failure = failures_.find(context.method); failure != failures_.end())
            return failure->second;
        auto found = answers_.find(context.method);
        answers = found == answers_.end() ? std::vector<std::string>{""} : found->second;
    }
    for (const std::string& answer : answers) {
        if (!write(answer)) break;
    }
    return Status::Ok();
}

void Upstream::Answer(const std::string& path, std::vector<std::string> messages) {
    std::lock_guard lock(mutex_);
    answers_[path] = std::move(messages);
}

void Upstream::Fail(const std::string& path, Status status) {
    std::lock_guard lock(mutex_);
    if (status.ok()) {
        failures_.erase(path);
    } else {
        failures_[path] = std::move(status);
    }
}

int Upstream::calls(const std::string& path) {
    std::lock_guard lock(mutex_);
    return seen_[path].calls;
}
std::string Upstream::last_subject(const std::string& path) {
    std::lock_guard lock(mutex_);
    return seen_[path].subject;
}
std::string Upstream::last_request(const std::string& path) {
    std::lock_guard lock(mutex_);
    return seen_[path].request;
}

GatewayFixture& GatewayFixture::Shared() {
    static GatewayFixture fixture;
    return fixture;
}

GatewayFixture::GatewayFixture() {
    const std::string dir = shouwang::testing::TempDir();
    auto principal_key = crypto::Signer::Generate();
    auto receipt_key = crypto::Signer::Generate();
    Must(principal_key.status());
    Must(receipt_key.status());
    config.keys_principal = WriteFile(dir + "/principal.pem", (*principal_key)->private_pem());
    config.keys_receipt = WriteFile(dir + "/receipt.pem", (*receipt_key)->private_pem());
    config.keys_sealing = WriteFile(
        dir + "/sealing.keys", crypto::KeyRing::Generate(crypto::Suite::kInternational) + "\n");
    config.keys_blind = WriteFile(dir + "/blind.keys",
                                  crypto::KeyRing::Generate(crypto::Suite::kInternational) + "\n");
    for (const std::string* path :
         {&config.keys_principal, &config.keys_receipt, &config.keys_sealing, &config.keys_blind}) {
        std::filesystem::permissions(
            *path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    const std::string public_pem =
        WriteFile(dir + "/principal.pub.pem", (*principal_key)->public_pem());
    config.bootstrap_accounts = WriteFile(dir + "/accounts.toml", kBootstrap);
    config.console_dir = dir + "/console";
    std::filesystem::create_directories(config.console_dir + "/assets");
    WriteFile(config.console_dir + "/index.html", "<!doctype html><title>守望</title>");
    WriteFile(config.console_dir + "/assets/app.js", "export {};");

    database = std::make_unique<shouwang::testing::TestDatabase>();
    bus_database = std::make_unique<shouwang::testing::TestDatabase>();
    config.pg_conninfo = database->conninfo();
    config.bus_address = "embedded:" + bus_database->conninfo();
    config.redis_address = shouwang::testing::TestRedis();
    upstream = std::make_unique<Upstream>(public_pem);
    config.services = "shouwang.monitoring.v1=127.0.0.1:" + std::to_string(upstream->port());
    config.drain_seconds = 2;
    // Tests sign in wrongly on purpose, all from one address.
    config.address_failures = 1000;
    config.requests_per_second = config.anonymous_per_second = 100'000;
    config.request_burst = config.anonymous_burst = 100'000;
    app = std::make_unique<App>(config);
    Must(app->Start());
}

GatewayFixture::~GatewayFixture() { app->Stop(); }

testing::Answer GatewayFixture::Call(const std::string& method, const std::string& json,
                                     const std::string& token) {
    HttpClient client(app->http_port());
    return client.Post("/" + method, Json(token), json);
}

std::string GatewayFixture::Token(const std::string& who) {
    std::string& token = tokens_[who];
    if (!token.empty()) return token;
    const bool client = who == "medical" || who == "service";
    const nlohmann::json request =
        client ? nlohmann::json{{"clientId", who}, {"clientSecret", kPassword}}
               : nlohmann::json{{"account", who}, {"password", kPassword}};
    const testing::Answer answer =
        Call(std::string("shouwang.gateway.v1.AuthService/") + (client ? "IssueToken" : "SignIn"),
             request.dump(), "");
    if (answer.status != 200)
        throw std::runtime_error("cannot sign in as " + who + ": " + answer.body);
    token = nlohmann::json::parse(answer.body)["token"];
    return token;
}

}  // namespace shouwang::gateway::testing
