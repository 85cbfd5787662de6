// The chain around a handler: principal, policy, constraints, deadline, shedding, errors, metrics.
#include <atomic>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

#include "common/metrics/metrics.h"
#include "common/rpc/policy.h"
#include "common/rpc/test_server.h"
#include "common/trace/trace.h"

namespace shouwang::rpc {
namespace {

using options::v1::Role;
using testing::Eventually;
using ::testing::HasSubstr;

Methods Simple() {
    Methods methods;
    methods.Unary<mon::GetLeadRequest, mon::Lead>(
        "shouwang.monitoring.v1.LeadService.GetLead",
        [](CallContext& c, const auto& q, auto& a) -> Status {
            a.set_name(q.name());
            a.set_region_code(c.principal.region_prefix());
            return Status::Ok();
        });
    methods.Unary<mon::OpenBatchRequest, mon::Batch>(
        "shouwang.monitoring.v1.FeedService.OpenBatch",
        [](CallContext&, const auto&, auto&) { return Status::Ok(); });
    methods.Unary<gw::SignInRequest, gw::SignInResponse>(
        "shouwang.gateway.v1.AuthService.SignIn",
        [](CallContext& c, const auto&, auto& a) -> Status {
            a.set_token(c.principal.subject());
            return Status::Ok();
        });
    methods.Unary<gw::WhoAmIRequest, gw::Account>(
        "shouwang.gateway.v1.AuthService.WhoAmI",
        [](CallContext& c, const auto&, auto& a) -> Status {
            a.set_name(c.principal.subject());
            return Status::Ok();
        });
    return methods;
}

TEST(Chain, PolicyMatrix) {
    TestServer test(Simple());
    const auto other = std::move(*crypto::Signer::Generate());
    const auto tampered = [&](const std::string& token) {
        type::v1::SignedPrincipal t;
        EXPECT_TRUE(t.ParseFromString(token));
        type::v1::Principal p;
        EXPECT_TRUE(p.ParseFromString(t.principal()));
        p.set_region_prefix("");  // the whole nation
        t.set_principal(p.SerializeAsString());
        return t.SerializeAsString();
    };
    const std::string operator_token = test.AsOperator().signed_principal;
    mon::OpenBatchRequest open;
    gw::SignInRequest sign_in;
    sign_in.set_account("a");
    sign_in.set_password("b");
    const mon::GetLeadRequest get = LeadRequest();
    const gw::WhoAmIRequest who;
    const struct {
        const char* name;
        const char* method;
        const google::protobuf::Message& request;
        std::string token;
        Code code;
        const char* reason;
    } cases[] = {
        {"roles: none", kGetLead, get, "", Code::kUnauthenticated, "PRINCIPAL_MISSING"},
        {"roles: right", kGetLead, get, operator_token, Code::kOk, ""},
        {"roles: wrong", kGetLead, get, test.As({options::v1::ROLE_DEPARTMENT}).signed_principal,
         Code::kPermissionDenied, "ROLE_NOT_ALLOWED"},
        {"roles: no role", kGetLead, get, test.As({}).signed_principal, Code::kPermissionDenied,
         "ROLE_NOT_ALLOWED"},
        {"roles: one of two", kGetLead, get,
         test.As({options::v1::ROLE_DEPARTMENT, options::v1::ROLE_AUDITOR}).signed_principal,
         Code::kOk, ""},
        {"roles: expired", kGetLead, get,
         test.Sign(PrincipalWith({options::v1::ROLE_AUDITOR}, "36", 0)), Code::kUnauthenticated,
         "PRINCIPAL_EXPIRED"},
        {"roles: tampered", kGetLead, get, tampered(operator_token), Code::kUnauthenticated,
         "PRINCIPAL_INVALID"},
        {"roles: foreign key", kGetLead, get,
         SignPrincipal(*other, PrincipalWith({options::v1::ROLE_AUDITOR})), Code::kUnauthenticated,
         "PRINCIPAL_INVALID"},
        {"roles: garbage", kGetLead, get, "garbage", Code::kUnauthenticated, "PRINCIPAL_INVALID"},
        {"internal: operator", kOpenBatch, open, operator_token, Code::kPermissionDenied,
         "ROLE_NOT_ALLOWED"},
        {"internal: service", kOpenBatch, open,
         test.As({options::v1::ROLE_SERVICE}).signed_principal, Code::kOk, ""},
        {"internal: none", kOpenBatch, open, "", Code::kUnauthenticated, "PRINCIPAL_MISSING"},
        {"authenticated: any role", kWhoAmI, who,
         test.As({options::v1::ROLE_DEPARTMENT}).signed_principal, Code::kOk, ""},
        {"authenticated: none", kWhoAmI, who, "", Code::kUnauthenticated, "PRINCIPAL_MISSING"},
        {"public: none", kSignIn, sign_in, "", Code::kOk, ""},
        {"public: expired", kSignIn, sign_in, test.Sign(PrincipalWith({}, "36", -5)), Code::kOk,
         ""},
        {"not served here", kListLeads, get, operator_token, Code::kUnimplemented,
         "METHOD_UNKNOWN"},
        {"declared nowhere", "/a.B/C", get, operator_token, Code::kUnimplemented, "METHOD_UNKNOWN"},
        {"no path", "/", get, operator_token, Code::kUnimplemented, "METHOD_UNKNOWN"},
    };
    for (const auto& c : cases) {
        CallOptions call;
        call.signed_principal = c.token;
        const auto answer = test.client->CallBytes(c.method, c.request.SerializeAsString(), call);
        EXPECT_EQ(answer.status().code, c.code) << c.name << " " << answer.status().message;
        EXPECT_EQ(answer.status().reason, c.reason) << c.name;
    }
    // A principal that has been seen is still looked at: it expires.
    test.clock.Advance(std::chrono::seconds(299));
    CallOptions call;
    call.signed_principal = operator_token;
    EXPECT_TRUE(test.client->CallBytes(kGetLead, get.SerializeAsString(), call).ok());
    test.clock.Advance(std::chrono::seconds(1));
    EXPECT_EQ(test.client->CallBytes(kGetLead, get.SerializeAsString(), call).status().reason,
              "PRINCIPAL_EXPIRED");
}

TEST(Chain, EveryDeclaredMethodHasAPolicy) {
    int methods = 0;
    for (const auto* file : {mon::Lead::descriptor()->file(), mon::Batch::descriptor()->file(),
                             gw::Account::descriptor()->file()}) {
        for (int i = 0; i < file->service_count(); ++i) {
            for (const auto* method : AllMethods({file->service(i)->full_name()})) {
                EXPECT_TRUE(PolicyOf(*method).ok()) << method->full_name();
                ++methods;
            }
        }
    }
    EXPECT_GE(methods, 25);
    const auto* health = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        "grpc.health.v1.Health.Check");
    EXPECT_EQ(PolicyOf(*health).status().reason, "POLICY_MISSING");
}

TEST(Chain, WrongRegistrationsAbort) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto nothing = [](CallContext&, const auto&, auto&) { return Status::Ok(); };
    EXPECT_DEATH((Methods().Unary<mon::GetLeadRequest, mon::Lead>(
                     "shouwang.monitoring.v1.LeadService.Nothing", nothing)),
                 "no such method");
    EXPECT_DEATH((Methods().Unary<mon::GetLeadRequest, mon::Batch>(
                     "shouwang.monitoring.v1.LeadService.GetLead", nothing)),
                 "other types");
    EXPECT_DEATH((Methods().Unary<mon::ListLeadsRequest, mon::Lead>(
                     "shouwang.monitoring.v1.LeadService.ExportLeads", nothing)),
                 "kind of streaming");
    EXPECT_DEATH(Methods().Bidi("grpc.health.v1.Health.Check", nullptr), "no complete policy");
    Methods twice = Simple();
    EXPECT_DEATH((twice.Unary<mon::GetLeadRequest, mon::Lead>(
                     "shouwang.monitoring.v1.LeadService.GetLead", nothing)),
                 "has a handler already");
}

TEST(Chain, RequestConstraints) {
    TestServer test(Simple());
    mon::GetLeadRequest request;
    request.set_name("../../etc/passwd");
    mon::Lead lead;
    const Status status = test.client->Call(kGetLead, request, &lead, test.AsOperator());
    EXPECT_EQ(status.code, Code::kInvalidArgument);
    ASSERT_EQ(status.violations.size(), 1u);
    EXPECT_EQ(status.violations[0].field, "name");
    EXPECT_EQ(test.client->CallBytes(kGetLead, "\xff\xff", test.AsOperator()).status().reason,
              "REQUEST_MALFORMED");
    EXPECT_TRUE(test.client->Call(kGetLead, LeadRequest(), &lead, test.AsOperator()).ok());
    EXPECT_EQ(lead.region_code(), "36");
}

TEST(Chain, ScopedRegions) {
    CallContext context;
    context.principal.set_region_prefix("3606");
    EXPECT_EQ(*context.Scoped(""), "3606");
    EXPECT_EQ(*context.Scoped("36"), "3606");
    EXPECT_EQ(*context.Scoped("360681"), "360681");
    EXPECT_EQ(context.Scoped("3607").status().code, Code::kNotFound);
    EXPECT_EQ(context.Scoped("3607").status().reason, "REGION_NOT_FOUND");
    for (const char* wrong : {"3", "36_", "36%", "3606811"})
        EXPECT_EQ(context.Scoped(wrong).status().code, Code::kInvalidArgument) << wrong;
}

// A server whose one unary method does what the test says.
using Handler = std::function<Status(CallContext&, const mon::GetLeadRequest&, mon::Lead&)>;
Methods With(Handler handler) {
    Methods methods;
    methods.Unary<mon::GetLeadRequest, mon::Lead>("shouwang.monitoring.v1.LeadService.GetLead",
                                                  std::move(handler));
    return methods;
}

TEST(Chain, DeadlinesAreCappedAndKept) {
    std::atomic<std::int64_t> left_ms = 0;
    std::atomic<bool> seen = false;
    TestServer test(With([&](CallContext& c, const auto& q, auto&) -> Status {
        left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      c.deadline - std::chrono::steady_clock::now())
                      .count();
        if (q.name() == "households/1/leads/2") return Status::Ok();
        seen = Eventually(c.cancelled);
        // The server's clock may be a hair ahead of the caller's.
        return MakeStatus(Code::kDeadlineExceeded, "DEADLINE", "gave up");
    }));
    auto stream = test.client->Open(kGetLead, test.AsOperator());  // no deadline at all
    stream->Write(LeadRequest().SerializeAsString());
    std::string answer;
    EXPECT_TRUE(stream->Read(&answer));
    EXPECT_TRUE(stream->Finish().ok());
    EXPECT_GT(left_ms, 9'000);
    EXPECT_LE(left_ms, 10'000);  // the method's own

    mon::GetLeadRequest slow;
    slow.set_name("households/1/leads/3");
    CallOptions call = test.AsOperator();
    call.deadline = DeadlineIn(std::chrono::milliseconds(200));
    mon::Lead lead;
    EXPECT_EQ(test.client->Call(kGetLead, slow, &lead, call).code, Code::kDeadlineExceeded);
    EXPECT_TRUE(Eventually([&] { return seen.load(); }));
    EXPECT_LE(left_ms, 200);
}

TEST(Chain, ShedsWhenFullAndSkipsWhatWaitedTooLong) {
    TestGate gate;
    std::atomic<int> started = 0;
    ServerOptions options;
    options.threads = 1;
    options.queue = 1;
    TestServer test(With([&](CallContext&, const auto&, auto&) -> Status {
                        ++started;
                        gate.Pass();
                        return Status::Ok();
                    }),
                    options);
    const std::string request = LeadRequest().SerializeAsString();
    const CallOptions operator_call = test.AsOperator();
    auto first = std::async(std::launch::async, [&] {
        return test.client->CallBytes(kGetLead, request, operator_call).status();
    });
    ASSERT_TRUE(Eventually([&] { return started == 1; }));
    CallOptions brief = operator_call;
    brief.deadline = DeadlineIn(std::chrono::milliseconds(500));
    std::vector<std::future<Status>> others;
    for (int i = 0; i < 5; ++i)
        others.push_back(std::async(std::launch::async, [&] {
            return test.client->CallBytes(kGetLead, request, brief).status();
        }));
    // One waits in vain; the others are told at once to come back.
    int waited = 0, refused = 0;
    for (auto& other : others) {
        const Status status = other.get();
        waited += status.code == Code::kDeadlineExceeded;
        refused += status.code == Code::kResourceExhausted && status.reason == "OVERLOADED" &&
                   status.retry_after_ms > 0;
    }
    EXPECT_EQ(waited, 1);
    EXPECT_EQ(refused, 4);
    // Health answers all the same.
    EXPECT_TRUE(test.client->CallBytes("/grpc.health.v1.Health/Check", "", {}).ok());
    gate.Open();
    EXPECT_TRUE(first.get().ok());
    ASSERT_TRUE(
        Eventually([&] { return test.client->CallBytes(kGetLead, request, operator_call).ok(); }));
    EXPECT_EQ(started, 2);  // whoever waited past the deadline was never handled
}

TEST(Chain, ManyCallsRunAtTheSameTime) {
    std::atomic<int> inside = 0;
    TestServer test(With([&](CallContext&, const auto&, auto&) -> Status {
        ++inside;
        return Eventually([&] { return inside >= 16; })
                   ? Status::Ok()
                   : MakeStatus(Code::kInternal, "ALONE", "nobody else came");
    }));
    std::vector<std::future<Status>> calls;
    for (int i = 0; i < 16; ++i) {
        calls.push_back(std::async(std::launch::async, [&] {
            return test.client
                ->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
                .status();
        }));
    }
    for (auto& call : calls) EXPECT_TRUE(call.get().ok());
}

TEST(Chain, ErrorsKeepTheirMeaning) {
    Status wanted;
    TestServer test(With([&](CallContext&, const auto&, auto& lead) -> Status {
        if (wanted.reason == "THROW") throw std::runtime_error("boom");
        if (wanted.reason == "LARGE") {
            lead.set_region_name(std::string((16 << 20) + 1, 'x'));
            return Status::Ok();
        }
        return wanted;
    }));
    const auto call = [&] {
        return test.client
            ->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
            .status();
    };
    wanted = MakeStatus(Code::kAborted, "ETAG_MISMATCH", "somebody was faster");
    wanted.metadata = {{"etag", "7"}};
    wanted.retry_after_ms = 1500;
    Status got = call();
    EXPECT_EQ(got.code, Code::kAborted);
    EXPECT_EQ(got.reason, "ETAG_MISMATCH");
    EXPECT_EQ(got.message, "somebody was faster");
    EXPECT_THAT(got.metadata, ::testing::ElementsAre(::testing::Pair("etag", "7")));
    EXPECT_EQ(got.retry_after_ms, 1500);

    // Details far beyond what a trailer may hold.
    wanted = MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", std::string(100'000, 'm'));
    wanted.metadata = {{"big", std::string(100'000, 'x')}};
    for (int i = 0; i < 1000; ++i)
        wanted.violations.push_back({"field" + std::to_string(i), std::string(1000, 'd')});
    got = call();
    EXPECT_EQ(got.code, Code::kNotFound);
    EXPECT_EQ(got.reason, "LEAD_NOT_FOUND");
    EXPECT_FALSE(got.violations.empty());

    wanted.reason = "THROW";
    EXPECT_EQ(call().reason, "UNEXPECTED");
    EXPECT_EQ(call().message.find("boom"), std::string::npos);
    wanted.reason = "LARGE";
    EXPECT_EQ(call().reason, "RESPONSE_TOO_LARGE");
    wanted = Status::Ok();
    EXPECT_TRUE(call().ok());
}

TEST(Chain, CarriesTheTraceAndCounts) {
    std::string trace_id, span_id;
    TestServer test(With([&](CallContext&, const auto&, auto&) -> Status {
        trace_id = trace::Current().trace_id;
        span_id = trace::Current().span_id;
        return Status::Ok();
    }));
    const trace::Context mine = trace::Context::New();
    {
        trace::Scope scope(mine);
        EXPECT_TRUE(
            test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
                .ok());
    }
    EXPECT_EQ(trace_id, mine.trace_id);
    EXPECT_NE(span_id, mine.span_id);
    EXPECT_TRUE(
        test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
            .ok());
    EXPECT_NE(trace_id, mine.trace_id);
    EXPECT_FALSE(trace_id.empty());
    (void)test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), {});
    const std::string text = metrics::Render();
    EXPECT_THAT(text, HasSubstr("shouwang_rpc_server_calls_total{code=\"OK\",method=\"/"
                                "shouwang.monitoring.v1.LeadService/GetLead\"}"));
    EXPECT_THAT(text, HasSubstr("shouwang_rpc_server_calls_total{code=\"UNAUTHENTICATED\",method="
                                "\"/shouwang.monitoring.v1.LeadService/GetLead\"}"));
    EXPECT_TRUE(Eventually([] {
        return metrics::Render().find(
                   "shouwang_rpc_server_calls_in_flight{method=\"/"
                   "shouwang.monitoring.v1.LeadService/GetLead\"} 0") != std::string::npos;
    }));
}

}  // namespace
}  // namespace shouwang::rpc
