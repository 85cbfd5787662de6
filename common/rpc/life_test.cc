// Health, reflection, drain, and the client's own behaviour.
#include <atomic>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>

#include "common/rpc/test_server.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace shouwang::rpc {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using testing::Eventually;
namespace wire = ::grpc::reflection::v1alpha;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

Methods With(std::function<Status(CallContext&, const mon::GetLeadRequest&, mon::Lead&)> handler) {
    Methods methods;
    methods.Unary<mon::GetLeadRequest, mon::Lead>("shouwang.monitoring.v1.LeadService.GetLead",
                                                  std::move(handler));
    return methods;
}
Methods Quick() {
    return With([](CallContext&, const auto&, auto&) { return Status::Ok(); });
}
std::string HealthName(const std::string& name) {
    HealthCheckRequest request;
    request.set_service(name);
    return request.SerializeAsString();
}
int Read(const std::string& bytes) {
    HealthCheckResponse response;
    return response.ParseFromString(bytes) ? response.status() : -1;
}

TEST(Health, NamesAndReadiness) {
    TestServer test(Quick());
    const auto status = [&](const std::string& name) {
        const auto answer = test.client->CallBytes(kCheck, HealthName(name), {});
        return answer.ok() ? Read(*answer) : -static_cast<int>(answer.status().code);
    };
    for (const char* name : {"", "readiness", "liveness", "shouwang.monitoring.v1.LeadService"})
        EXPECT_EQ(status(name), HealthCheckResponse::SERVING) << name;
    EXPECT_EQ(status("nothing"), -static_cast<int>(Code::kNotFound));
    test.server.SetReady(false);
    EXPECT_EQ(status("liveness"), HealthCheckResponse::SERVING);
    for (const char* name : {"", "readiness", "shouwang.monitoring.v1.LeadService"})
        EXPECT_EQ(status(name), HealthCheckResponse::NOT_SERVING) << name;
}

TEST(Health, WatchTellsChanges) {
    TestServer test(Quick());
    auto watch = test.client->Open(kWatch, {});
    auto unknown = test.client->Open(kWatch, {});
    watch->Write(HealthName("readiness"));
    unknown->Write(HealthName("nothing"));
    std::string message;
    ASSERT_TRUE(watch->Read(&message));
    EXPECT_EQ(Read(message), HealthCheckResponse::SERVING);
    ASSERT_TRUE(unknown->Read(&message));
    EXPECT_EQ(Read(message), HealthCheckResponse::SERVICE_UNKNOWN);
    test.server.SetReady(false);
    ASSERT_TRUE(watch->Read(&message));
    EXPECT_EQ(Read(message), HealthCheckResponse::NOT_SERVING);
    test.server.SetReady(false);  // no change, no message
    test.server.SetReady(true);
    ASSERT_TRUE(watch->Read(&message));
    EXPECT_EQ(Read(message), HealthCheckResponse::SERVING);
    // A watch does not hold up the stop.
    test.server.Drain(std::chrono::seconds(5));
    while (watch->Read(&message)) {
    }
    EXPECT_FALSE(watch->Finish().ok());
}

TEST(Reflection, ListsServicesAndFilesToARawClient) {
    ServerOptions options;
    options.reflected = {"shouwang.gateway.v1.AuthService"};
    TestServer test(Quick(), options);
    for (const char* path : {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                             "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"}) {
        auto stream = test.client->Open(path, {});
        const auto ask = [&](const wire::ServerReflectionRequest& request) {
            wire::ServerReflectionResponse response;
            std::string bytes;
            EXPECT_TRUE(stream->Write(request.SerializeAsString()) && stream->Read(&bytes) &&
                        response.ParseFromString(bytes));
            return response;
        };
        wire::ServerReflectionRequest request;
        request.set_list_services("");
        std::vector<std::string> names;
        const auto listed = ask(request);
        for (const auto& service : listed.list_services_response().service())
            names.push_back(service.name());
        EXPECT_THAT(names, ::testing::ElementsAre("grpc.health.v1.Health",
                                                  "grpc.reflection.v1alpha.ServerReflection",
                                                  "shouwang.gateway.v1.AuthService",
                                                  "shouwang.monitoring.v1.LeadService"));
        // The file of the service, and every file it needs, build into a pool of their own.
        request.set_file_containing_symbol("shouwang.monitoring.v1.LeadService");
        const auto files = ask(request).file_descriptor_response();
        google::protobuf::DescriptorPool pool;
        std::vector<google::protobuf::FileDescriptorProto> left(
            static_cast<std::size_t>(files.file_descriptor_proto_size()));
        for (std::size_t i = 0; i < left.size(); ++i)
            ASSERT_TRUE(left[i].ParseFromString(files.file_descriptor_proto(static_cast<int>(i))));
        for (std::size_t built = 0; built < left.size();) {
            const std::size_t before = built;
            for (auto& file : left) {
                if (pool.FindFileByName(file.name()) != nullptr) continue;
                bool needs = false;
                for (const auto& name : file.dependency())
                    needs = needs || pool.FindFileByName(name) == nullptr;
                if (!needs && pool.BuildFile(file) != nullptr) ++built;
            }
            ASSERT_GT(built, before) << "a needed file is missing";
        }
        EXPECT_NE(pool.FindServiceByName("shouwang.monitoring.v1.LeadService"), nullptr);
        request.set_file_by_filename("shouwang/gateway/v1/gateway.proto");
        EXPECT_GE(ask(request).file_descriptor_response().file_descriptor_proto_size(), 1);
        request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
        EXPECT_THAT(ask(request).all_extension_numbers_response().extension_number(),
                    ::testing::Contains(50001));
        request.mutable_file_containing_extension()->set_containing_type(
            "google.protobuf.MethodOptions");
        request.mutable_file_containing_extension()->set_extension_number(50001);
        EXPECT_GE(ask(request).file_descriptor_response().file_descriptor_proto_size(), 1);
        request.set_file_containing_symbol("no.such.Symbol");
        EXPECT_EQ(ask(request).error_response().error_code(), static_cast<int>(Code::kNotFound));
        EXPECT_EQ(ask({}).error_response().error_code(), static_cast<int>(Code::kInvalidArgument));
        EXPECT_TRUE(stream->WritesDone());
        EXPECT_TRUE(stream->Finish().ok());
    }
}

TEST(Drain, FinishesWhatRunsAndRefusesWhatComes) {
    TestGate gate;
    std::atomic<int> started = 0;
    TestServer test(With([&](CallContext&, const auto&, auto&) -> Status {
        ++started;
        gate.Pass();
        return Status::Ok();
    }));
    const CallOptions call = test.AsOperator();
    auto running = std::async(std::launch::async, [&] {
        return test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), call).status();
    });
    ASSERT_TRUE(Eventually([&] { return started == 1; }));
    auto drain =
        std::async(std::launch::async, [&] { test.server.Drain(std::chrono::seconds(20)); });
    ASSERT_TRUE(Eventually([&] {
        const auto answer = test.client->CallBytes(kCheck, HealthName("readiness"), {});
        return answer.ok() && Read(*answer) == HealthCheckResponse::NOT_SERVING;
    }));
    EXPECT_TRUE(Eventually([&] {
        return test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), call)
                   .status()
                   .reason == "DRAINING";
    }));
    gate.Open();
    EXPECT_TRUE(running.get().ok());
    drain.get();
    EXPECT_EQ(started, 1);
    test.server.Drain(std::chrono::seconds(1));  // again, without effect
}

TEST(Drain, ForcesAtTheLimit) {
    std::atomic<bool> waiting = false;
    TestServer test(With([&](CallContext& c, const auto&, auto&) -> Status {
        waiting = true;
        return Eventually(c.cancelled, 9) ? Status::Ok()
                                          : MakeStatus(Code::kInternal, "NEVER", "was not told");
    }));
    const CallOptions call = test.AsOperator();
    auto running = std::async(std::launch::async, [&] {
        return test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), call).status();
    });
    ASSERT_TRUE(Eventually([&] { return waiting.load(); }));
    const auto begin = std::chrono::steady_clock::now();
    test.server.Drain(std::chrono::milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_FALSE(running.get().ok());
}

TEST(Server, SaysWhenItCannotListen) {
    TestServer test(Quick());
    ServerOptions taken;
    taken.address = test.target();
    Server second(taken, Quick(), nullptr);
    EXPECT_EQ(second.Start().reason, "LISTEN_FAILED");
}

TEST(Client, RetriesReadsOnly) {
    std::atomic<int> calls = 0;
    Methods methods = With([&](CallContext&, const auto&, auto&) -> Status {
        return ++calls < 3 ? MakeStatus(Code::kUnavailable, "NOT_NOW", "try again") : Status::Ok();
    });
    methods.Unary<mon::AcceptLeadRequest, mon::Lead>(
        "shouwang.monitoring.v1.LeadService.AcceptLead",
        [&](CallContext&, const auto&, auto&) -> Status {
            ++calls;
            return MakeStatus(Code::kUnavailable, "NOT_NOW", "try again");
        });
    TestServer test(std::move(methods));
    EXPECT_TRUE(
        test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
            .ok());
    EXPECT_EQ(calls, 3);
    calls = 0;
    const std::string accept = LeadRequest().SerializeAsString();  // the same field 1
    EXPECT_EQ(
        test.client->CallBytes(kAcceptLead, accept, test.As({options::v1::ROLE_VILLAGE_OPERATOR}))
            .status()
            .reason,
        "NOT_NOW");
    EXPECT_EQ(calls, 1);
    calls = -10;  // more failures than tries
    EXPECT_EQ(test.client->CallBytes(kGetLead, LeadRequest().SerializeAsString(), test.AsOperator())
                  .status()
                  .reason,
              "NOT_NOW");
    EXPECT_EQ(calls, -7);
}

TEST(Client, FindsARestartedServer) {
    auto first = std::make_unique<TestServer>(Quick());
    Client client(first->target());
    ServerOptions options;
    options.address = first->target();
    EXPECT_TRUE(client.CallBytes(kCheck, "", {}).ok());
    first.reset();
    EXPECT_EQ(client.CallBytes(kCheck, "", {}).status().reason, "UNREACHABLE");
    TestServer second(Quick(), options);
    EXPECT_TRUE(Eventually([&] { return client.CallBytes(kCheck, "", {}).ok(); }));
}

}  // namespace
}  // namespace shouwang::rpc
