#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/identity_number.h"
#include "common/rpc/client.h"
#include "services/gateway/calls/method_table.h"
#include "services/gateway/connect/codec.h"
#include "services/gateway/testing/gateway_fixture.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/event/v1/lead_event.pb.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/monitoring/v1/household.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::gateway {
namespace {

using testing::Answer;
using testing::GatewayFixture;
using testing::HttpClient;
using Json = nlohmann::json;
using ::testing::HasSubstr;

GatewayFixture& Door() { return GatewayFixture::Shared(); }

constexpr const char* kGetLead = "shouwang.monitoring.v1.LeadService/GetLead";
constexpr const char* kExport = "shouwang.monitoring.v1.LeadService/ExportLeads";
constexpr const char* kWatch = "shouwang.gateway.v1.LiveService/WatchLeads";
constexpr const char* kWhoAmI = "shouwang.gateway.v1.AuthService/WhoAmI";

std::string ReasonOf(const Answer& answer) {
    const Json json = Json::parse(answer.body, nullptr, false);
    if (json.is_discarded() || !json.contains("details")) return "";
    for (const Json& detail : json["details"]) {
        if (detail["type"] == "google.rpc.ErrorInfo") return detail["debug"]["reason"];
    }
    return "";
}

TEST(App, UnaryCallIsForwardedWithTheSignedPrincipalAndMasked) {
    monitoring::v1::Household household;
    household.set_name("households/7");
    household.add_members()->set_display_name("张小明");
    household.mutable_members(0)->set_identity_no("360681198001011234");
    household.mutable_members(0)->set_phone("13812345678");
    Door().upstream->Answer("/shouwang.monitoring.v1.HouseholdService/GetHousehold",
                            {household.SerializeAsString()});
    const Answer answer = Door().Call("shouwang.monitoring.v1.HouseholdService/GetHousehold",
                                      R"({"name":"households/7"})", Door().Token("village"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json json = Json::parse(answer.body);
    EXPECT_EQ(json["members"][0]["displayName"], "张*明");
    EXPECT_EQ(json["members"][0]["identityNo"], "360681********1234");
    EXPECT_EQ(json["members"][0]["phone"], "138****5678");
    EXPECT_EQ(
        Door().upstream->last_subject("/shouwang.monitoring.v1.HouseholdService/GetHousehold"),
        "accounts/village");
}

TEST(App, BinaryAnswersAreMaskedToo) {
    monitoring::v1::Lead lead;
    lead.set_head_name("欧阳小明");
    Door().upstream->Answer(std::string("/") + kGetLead, {lead.SerializeAsString()});
    HttpClient client = Door().Client();
    monitoring::v1::GetLeadRequest request;
    request.set_name("households/1/leads/2");
    const Answer answer = client.Post(std::string("/") + kGetLead,
                                      {{"Content-Type", "application/proto"},
                                       {"Authorization", "Bearer " + Door().Token("village")}},
                                      request.SerializeAsString());
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("content-type"), "application/proto");
    monitoring::v1::Lead got;
    ASSERT_TRUE(got.ParseFromString(answer.body));
    EXPECT_NE(got.head_name(), "");
    EXPECT_EQ(got.head_name().find("小"), std::string::npos);
}

TEST(App, ErrorsOfTheOwnerArriveWithReasonAndStatus) {
    Status status = MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "no such lead");
    Door().upstream->Fail(std::string("/") + kGetLead, status);
    const Answer answer =
        Door().Call(kGetLead, R"({"name":"households/1/leads/2"})", Door().Token("village"));
    Door().upstream->Fail(std::string("/") + kGetLead, Status::Ok());
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(Json::parse(answer.body)["code"], "not_found");
    EXPECT_EQ(ReasonOf(answer), "LEAD_NOT_FOUND");
}

TEST(App, RequestsAreCheckedAtTheDoor) {
    struct Case {
        const char* what;
        const char* body;
        int status;
        const char* text;
    } cases[] = {
        {"unknown field", R"({"name":"households/1/leads/2","nope":1})", 400, "nope"},
        {"not JSON", "{", 400, "REQUEST_MALFORMED"},
        {"broken UTF-8", "{\"name\":\"\xff\"}", 400, "UTF-8"},
    };
    for (const Case& c : cases) {
        const Answer answer = Door().Call(kGetLead, c.body, Door().Token("village"));
        EXPECT_EQ(answer.status, c.status) << c.what;
        EXPECT_THAT(answer.body, HasSubstr(c.text)) << c.what;
        EXPECT_EQ(Json::parse(answer.body)["code"], "invalid_argument") << c.what;
    }
}

TEST(App, DeclaredNamesAreAcceptedBesideJsonNames) {
    for (const char* body : {R"({"pageSize":3})", R"({"page_size":3})"}) {
        EXPECT_EQ(Door()
                      .Call("shouwang.gateway.v1.AccountService/ListAccounts", body,
                            Door().Token("guard"))
                      .status,
                  200)
            << body;
    }
}

// Every declared method without a session, and with every principal whose roles it does not name;
// the upstream must not be reached.
TEST(App, PolicyMatrixOverHttp) {
    const Result<calls::MethodTable> table = calls::MethodTable::Build();
    ASSERT_TRUE(table.ok());
    const std::map<std::string, std::vector<options::v1::Role>> who = {
        {"", {}},
        {"admin", {options::v1::ROLE_PROVINCE_OPERATOR}},
        {"city", {options::v1::ROLE_CITY_OPERATOR}},
        {"county", {options::v1::ROLE_COUNTY_OPERATOR}},
        {"township", {options::v1::ROLE_TOWNSHIP_OPERATOR}},
        {"village", {options::v1::ROLE_VILLAGE_OPERATOR}},
        {"auditor", {options::v1::ROLE_AUDITOR}},
        {"system", {options::v1::ROLE_SYSTEM_ADMIN}},
        {"guard", {options::v1::ROLE_SECURITY_ADMIN}},
        {"medical", {options::v1::ROLE_DEPARTMENT}},
        {"service", {options::v1::ROLE_SERVICE}},
    };
    int refused = 0;
    for (const auto& [path, method] : table->all()) {
        if (method.descriptor->client_streaming() ||
            method.policy.access() == options::v1::ACCESS_PUBLIC)
            continue;
        for (const auto& [name, roles] : who) {
            bool allowed =
                method.policy.access() == options::v1::ACCESS_AUTHENTICATED && !name.empty();
            for (const int role : method.policy.roles())
                allowed = allowed || (!roles.empty() && roles[0] == role);
            if (method.policy.access() == options::v1::ACCESS_INTERNAL) allowed = false;
            if (allowed) continue;
            const int before = Door().upstream->calls(path);
            HttpClient client = Door().Client();
            const bool stream = method.descriptor->server_streaming();
            testing::HeaderList headers = {
                {"Content-Type", stream ? "application/connect+json" : "application/json"}};
            if (!name.empty())
                headers.emplace_back("Authorization", "Bearer " + Door().Token(name));
            const Answer answer =
                client.Post(path, headers, stream ? connect::Envelope(0, "{}") : "{}");
            const bool internal = method.policy.access() == options::v1::ACCESS_INTERNAL;
            const std::string code =
                name.empty() && !internal ? "unauthenticated" : "permission_denied";
            EXPECT_THAT(answer.body, HasSubstr("\"code\":\"" + code + "\""))
                << path << " as " << name;
            const int status = stream ? 200 : name.empty() && !internal ? 401 : 403;
            EXPECT_EQ(answer.status, status) << path << " as " << name;
            EXPECT_EQ(Door().upstream->calls(path), before) << path << " as " << name;
            ++refused;
        }
    }
    EXPECT_GT(refused, 200);
}

TEST(App, PolicyMatrixOverGrpc) {
    const Result<calls::MethodTable> table = calls::MethodTable::Build();
    ASSERT_TRUE(table.ok());
    rpc::Client client("127.0.0.1:" + std::to_string(Door().app->rpc_port()));
    for (const auto& [path, method] : table->all()) {
        if (method.policy.access() == options::v1::ACCESS_PUBLIC ||
            method.descriptor->client_streaming() || method.descriptor->server_streaming())
            continue;
        const int before = Door().upstream->calls(path);
        const Result<std::string> answer =
            client.CallBytes(path, "", {DeadlineIn(std::chrono::seconds(10)), "", ""});
        ASSERT_FALSE(answer.ok()) << path;
        const bool internal = method.policy.access() == options::v1::ACCESS_INTERNAL;
        EXPECT_EQ(answer.status().code, internal ? Code::kPermissionDenied : Code::kUnauthenticated)
            << path << answer.status().message;
        EXPECT_EQ(Door().upstream->calls(path), before) << path;
    }
}

TEST(App, ServerStreamIsTranscodedMessageByMessage) {
    std::vector<std::string> leads;
    for (int i = 1; i <= 50; ++i) {
        monitoring::v1::Lead lead;
        lead.set_name("households/1/leads/" + std::to_string(i));
        lead.set_head_name("李大山");
        leads.push_back(lead.SerializeAsString());
    }
    Door().upstream->Answer(std::string("/") + kExport, leads);
    HttpClient client = Door().Client();
    const Answer answer = client.Post(std::string("/") + kExport,
                                      {{"Content-Type", "application/connect+json"},
                                       {"Authorization", "Bearer " + Door().Token("county")}},
                                      connect::Envelope(0, "{}"));
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("content-type"), "application/connect+json");
    std::string_view rest = answer.body;
    int messages = 0;
    bool ended = false;
    while (rest.size() >= 5) {
        std::size_t size = 0;
        for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(rest[i]);
        const std::string_view payload = rest.substr(5, size);
        if (rest[0] & connect::kEndStream) {
            EXPECT_EQ(payload, "{}");
            ended = true;
        } else {
            ++messages;
            EXPECT_EQ(Json::parse(payload)["headName"].get<std::string>().find("大"),
                      std::string::npos);
        }
        rest.remove_prefix(5 + size);
    }
    EXPECT_EQ(messages, 50);
    EXPECT_TRUE(ended);
}

TEST(App, CookieSignsABrowserInAndOut) {
    HttpClient client = Door().Client();
    const Answer in =
        client.Post("/shouwang.gateway.v1.AuthService/SignIn",
                    {{"Content-Type", "application/json"}, {"Sec-Fetch-Site", "same-origin"}},
                    R"({"account":"city","password":"correct horse battery"})");
    ASSERT_EQ(in.status, 200) << in.body;
    const std::string cookie = in.Header("set-cookie");
    EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
    EXPECT_THAT(cookie, HasSubstr("SameSite=Strict"));
    const std::string pair = cookie.substr(0, cookie.find(';'));
    const auto who = [&](const testing::HeaderList& extra) {
        testing::HeaderList headers = {{"Content-Type", "application/json"},
                                       {"Cookie", "theme=dark; " + pair}};
        headers.insert(headers.end(), extra.begin(), extra.end());
        return client.Post(std::string("/") + kWhoAmI, headers, "{}");
    };
    EXPECT_EQ(who({{"Sec-Fetch-Site", "same-origin"}}).status, 200);
    EXPECT_EQ(who({{"Origin", "http://shouwang.test"}}).status, 200);
    for (const testing::HeaderList& foreign :
         std::vector<testing::HeaderList>{{},
                                          {{"Sec-Fetch-Site", "cross-site"}},
                                          {{"Sec-Fetch-Site", "same-site"}},
                                          {{"Origin", "http://evil.test"}},
                                          {{"Origin", "null"}}}) {
        const Answer refused = who(foreign);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(ReasonOf(refused), "CSRF_REFUSED");
    }
    const Answer out = client.Post(
        "/shouwang.gateway.v1.AuthService/SignOut",
        {{"Content-Type", "application/json"}, {"Cookie", pair}, {"Sec-Fetch-Site", "same-origin"}},
        "{}");
    EXPECT_EQ(out.status, 200);
    EXPECT_THAT(out.Header("set-cookie"), HasSubstr("Max-Age=0"));
    const Answer after = who({{"Sec-Fetch-Site", "same-origin"}});
    EXPECT_EQ(after.status, 401);
    EXPECT_EQ(ReasonOf(after), "SESSION_ENDED");
}

TEST(App, EveryAnswerCarriesTheSecurityHeaders) {
    for (const char* target : {"/", "/docs", "/healthz", "/metrics", "/no/such.file", "/worklist",
                               "/assets/app.js", "/%zz"}) {
        HttpClient client = Door().Client();
        const Answer answer = client.Get(target);
        SCOPED_TRACE(target);
        EXPECT_NE(answer.status, 0);
        const std::string policy = answer.Header("content-security-policy");
        EXPECT_THAT(policy, HasSubstr("default-src 'self'"));
        EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
        EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
        EXPECT_EQ(answer.Header("x-content-type-options"), "nosniff");
        EXPECT_EQ(answer.Header("referrer-policy"), "no-referrer");
    }
}

TEST(App, PagesOfTheDoor) {
    HttpClient client = Door().Client();
    EXPECT_EQ(client.Get("/healthz").body, R"({"status":"serving"})");
    EXPECT_THAT(client.Get("/metrics").body, HasSubstr("shouwang_gateway_http_requests_total"));
    const Answer docs = client.Get("/docs");
    EXPECT_THAT(docs.body, HasSubstr("/shouwang.monitoring.v1.LeadService/GetLead"));
    EXPECT_THAT(docs.body, HasSubstr("dataset-medical_settlement"));
    EXPECT_THAT(docs.body, HasSubstr("An operator signs in."));
    EXPECT_EQ(docs.body.find("<script"), std::string::npos);
    EXPECT_EQ(client.Get("/docs", {{"If-None-Match", docs.Header("etag")}}).status, 304);
    const Json openapi = Json::parse(client.Get("/docs/openapi.json").body);
    EXPECT_TRUE(openapi["paths"].contains("/shouwang.monitoring.v1.LeadService/GetLead"));
    EXPECT_FALSE(openapi["paths"].contains("/shouwang.monitoring.v1.FeedService/OpenBatch"));
    EXPECT_THAT(client.Get("/").body, HasSubstr("守望"));
    EXPECT_THAT(client.Get("/households/12").body, HasSubstr("守望"));
    EXPECT_EQ(client.Get("/missing.js").status, 404);
    EXPECT_EQ(client.Get("/assets/app.js").Header("content-type"),
              "text/javascript; charset=utf-8");
}

TEST(App, LocalMethodsOverGrpc) {
    rpc::Client client("127.0.0.1:" + std::to_string(Door().app->rpc_port()));
    v1::SignInRequest request;
    request.set_account("county");
    request.set_password(testing::kPassword);
    v1::SignInResponse response;
    const Status signed_in = client.Call("/shouwang.gateway.v1.AuthService/SignIn", request,
                                         &response, {DeadlineIn(std::chrono::seconds(10)), "", ""});
    ASSERT_TRUE(signed_in.ok()) << signed_in.message;
    EXPECT_EQ(response.account().region_prefix(), "360681");
    request.clear_password();
    const Status refused = client.Call("/shouwang.gateway.v1.AuthService/SignIn", request,
                                       &response, {DeadlineIn(std::chrono::seconds(10)), "", ""});
    EXPECT_EQ(refused.code, Code::kInvalidArgument)
        << "request constraints are checked for local methods";
}

TEST(App, GrpcCallersUseTheSameDoor) {
    monitoring::v1::Lead lead;
    lead.set_name("households/1/leads/2");
    lead.set_head_name("李大山");
    Door().upstream->Answer(std::string("/") + kGetLead, {lead.SerializeAsString()});
    Door().upstream->Answer(std::string("/") + kExport,
                            {lead.SerializeAsString(), lead.SerializeAsString()});
    rpc::Client client("127.0.0.1:" + std::to_string(Door().app->rpc_port()));
    rpc::CallOptions options;
    options.deadline = DeadlineIn(std::chrono::seconds(10));
    options.metadata = {{"authorization", "Bearer " + Door().Token("county")}};
    monitoring::v1::GetLeadRequest request;
    request.set_name("households/1/leads/2");
    monitoring::v1::Lead got;
    const Status status = client.Call(std::string("/") + kGetLead, request, &got, options);
    ASSERT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(got.name(), lead.name());
    EXPECT_EQ(got.head_name().find("大"), std::string::npos);
    EXPECT_EQ(Door().upstream->last_subject(std::string("/") + kGetLead), "accounts/county");
    int streamed = 0;
    const Status ended =
        client.StreamBytes(std::string("/") + kExport, "", options, [&](const std::string& bytes) {
            ++streamed;
            return got.ParseFromString(bytes) && got.head_name().find("大") == std::string::npos;
        });
    EXPECT_TRUE(ended.ok()) << ended.message;
    EXPECT_EQ(streamed, 2);
    options.metadata = {{"authorization", "Bearer " + Door().Token("medical")}};
    EXPECT_EQ(client.Call(std::string("/") + kGetLead, request, &got, options).reason,
              "ROLE_NOT_ALLOWED");
}

TEST(App, ReflectionListsEveryService) {
    rpc::Client client("127.0.0.1:" + std::to_string(Door().app->rpc_port()));
    const auto stream =
        client.Open("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {});
    ASSERT_TRUE(stream->Write(std::string("\x3a\x01*", 3)));  // list_services = "*"
    stream->WritesDone();
    std::string answer;
    ASSERT_TRUE(stream->Read(&answer));
    const Result<calls::MethodTable> table = calls::MethodTable::Build();
    for (const auto& [path, method] : table->all())
        EXPECT_THAT(answer, HasSubstr(method.descriptor->service()->full_name()));
    EXPECT_TRUE(stream->Finish().ok());
}

// A department's file, from HTTP to the bus and back to a receipt; monitoring's part is canned.
TEST(App, AnUploadBecomesAReceipt) {
    const std::string feeds = "/shouwang.monitoring.v1.FeedService/";
    monitoring::v1::Batch batch;
    batch.set_id(41);
    batch.set_name("batches/medical_insurance/june");
    batch.set_dataset("medical_settlement");
    batch.set_department("medical_insurance");
    batch.set_period("2021-06");
    batch.set_state(monitoring::v1::BATCH_STATE_OPEN);
    batch.mutable_opened_at()->set_seconds(1'625'000'000);
    Door().upstream->Answer(feeds + "OpenBatch", {batch.SerializeAsString()});
    batch.set_state(monitoring::v1::BATCH_STATE_RECEIVED);
    Door().upstream->Answer(feeds + "CloseBatch", {batch.SerializeAsString()});
    std::string csv = "identity_no,visit_id,settled_on,kind,total_yuan,self_paid_fen\n";
    for (int i = 0; i < 2500; ++i) {
        std::string first17 = "36068119800101" + std::to_string(1000 + i % 900).substr(1);
        csv += first17 + IdentityCheckCharacter(first17) + ",v" + std::to_string(i) +
               ",2021-06-01,INPATIENT,120.50,1000\n";
    }
    csv += "360681198001011230,v9999,2021-06-01,INPATIENT,1,1\n";  // wrong checksum
    const auto upload = [&](const std::string& who, const std::string& dataset) {
        HttpClient client = Door().Client();
        testing::HeaderList headers = {{"Content-Type", "text/csv"}};
        if (!who.empty()) headers.emplace_back("Authorization", "Bearer " + Door().Token(who));
        return client.Post("/feeds/" + dataset + "/june?period=2021-06", headers, csv);
    };
    const Answer answer = upload("medical", "medical_settlement");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json receipt = Json::parse(answer.body);
    EXPECT_EQ(receipt["content"]["rows"], "2501");
    EXPECT_EQ(receipt["content"]["rejected"], "1");
    EXPECT_FALSE(receipt["signature"].get<std::string>().empty());
    EXPECT_EQ(Door().upstream->last_subject(feeds + "OpenBatch"), "services/gateway");
    EXPECT_EQ(upload("", "medical_settlement").status, 401);
    EXPECT_EQ(upload("admin", "medical_settlement").status, 403);
    EXPECT_NE(upload("medical", "school_status").status, 200) << "another department's dataset";
}

// Opens a live stream; the head of the answer has come when this returns.
void OpenWatch(HttpClient& client, const std::string& who, const std::string& filter) {
    const std::string body = connect::Envelope(0, filter);
    ASSERT_TRUE(client.Send("POST /" + std::string(kWatch) +
                            " HTTP/1.1\r\nHost: shouwang.test\r\nContent-Type: "
                            "application/connect+json\r\nAuthorization: Bearer " +
                            Door().Token(who) + "\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body));
    const Answer head = client.ReadHead();
    ASSERT_EQ(head.status, 200);
}

TEST(App, LiveLeadsReachWatchersOfTheirRegion) {
    HttpClient village = Door().Client(), city = Door().Client();
    OpenWatch(village, "village", R"({"grades":["GRADE_RED"]})");
    OpenWatch(city, "city", "{}");
    Result<std::unique_ptr<bus::Bus>> bus = bus::Connect(Door().config.bus_address);
    ASSERT_TRUE(bus.ok());
    auto producer = (*bus)->NewProducer();
    ASSERT_TRUE(producer.ok());
    const auto send = [&](const std::string& region, monitoring::v1::Grade grade,
                          const std::string& name) {
        monitoring::event::v1::LeadOpened opened;
        opened.mutable_lead()->set_name(name);
        opened.mutable_lead()->set_region_code(region);
        opened.mutable_lead()->set_grade(grade);
        shouwang::event::v1::Envelope envelope;
        envelope.mutable_data()->PackFrom(opened);
        ASSERT_TRUE(
            (*producer)
                ->Produce(
                    {"shouwang.monitoring.lead.v1", "1", envelope.SerializeAsString(), {}, -1},
                    [](const Status&) {}, DeadlineIn(std::chrono::seconds(5)))
                .ok());
    };
    // The watchers are registered; the consumer may still be joining its group: leads are sent
    // until one arrives.
    std::atomic<bool> stop{false};
    std::thread sender([&] {
        for (int i = 0; !stop; ++i) {
            send("360681101201", monitoring::v1::GRADE_RED, "foreign village");
            send("360681101200", monitoring::v1::GRADE_GREEN, "green");
            send("360681101200", monitoring::v1::GRADE_RED, "wanted");
            ASSERT_TRUE((*producer)->Flush(DeadlineIn(std::chrono::seconds(5))).ok());
        }
    });
    std::set<std::string> village_got, city_got;
    const auto take = [](HttpClient& client, std::set<std::string>& got) {
        const std::optional<std::string> chunk = client.ReadChunk();
        ASSERT_TRUE(chunk.has_value());
        got.insert(Json::parse(chunk->substr(5))["lead"]["name"].get<std::string>());
    };
    for (int i = 0; i < 3; ++i) take(village, village_got);
    for (int i = 0; i < 30 && city_got.size() < 3; ++i) take(city, city_got);
    stop = true;
    sender.join();
    EXPECT_EQ(village_got, std::set<std::string>({"wanted"}));
    EXPECT_EQ(city_got, std::set<std::string>({"foreign village", "green", "wanted"}));
}

TEST(App, WatchingAForeignRegionIsRefused) {
    HttpClient client = Door().Client();
    const Answer answer = client.Post(std::string("/") + kWatch,
                                      {{"Content-Type", "application/connect+json"},
                                       {"Authorization", "Bearer " + Door().Token("village")}},
                                      connect::Envelope(0, R"({"regionPrefix":"51"})"));
    EXPECT_THAT(answer.body, HasSubstr("REGION_NOT_FOUND"));
}

TEST(App, BodiesAboveTheLimitAreRefused) {
    HttpClient client = Door().Client();
    const Answer answer = client.Post(
        std::string("/") + kWhoAmI, testing::Json(Door().Token("city")), std::string(5 << 20, ' '));
    EXPECT_EQ(answer.status, 413);
}

TEST(App, TimeoutsOfTheCallerAreKept) {
    HttpClient client = Door().Client();
    testing::HeaderList headers = testing::Json(Door().Token("village"));
    headers.emplace_back("Connect-Timeout-Ms", "0");
    EXPECT_EQ(
        client.Post(std::string("/") + kGetLead, headers, R"({"name":"households/1/leads/2"})")
            .status,
        504);
    headers.back().second = "soon";
    EXPECT_EQ(client.Post(std::string("/") + kGetLead, headers, "{}").status, 400);
}

}  // namespace
}  // namespace shouwang::gateway
