// Streams, the fallback and the authenticator hook.
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "common/rpc/test_server.h"

namespace shouwang::rpc {
namespace {

using testing::Eventually;

Methods Exporting(std::function<Status(CallContext&, const mon::ListLeadsRequest&,
                                       const std::function<bool(const mon::Lead&)>&)>
                      f) {
    Methods methods;
    methods.ServerStream<mon::ListLeadsRequest, mon::Lead>(
        "shouwang.monitoring.v1.LeadService.ExportLeads", std::move(f));
    return methods;
}

TEST(Stream, ArrivesInOrderAndComplete) {
    TestServer test(Exporting([](CallContext&, const auto&, const auto& write) -> Status {
        for (int i = 0; i < 5000; ++i) {
            mon::Lead lead;
            lead.set_name(std::to_string(i));
            if (!write(lead)) return MakeStatus(Code::kInternal, "GONE", "nobody there");
        }
        return Status::Ok();
    }));
    int next = 0;
    const Status status = test.client->StreamBytes(
        kExportLeads, "", test.AsOperator(), [&](const std::string& bytes) {
            mon::Lead lead;
            EXPECT_TRUE(lead.ParseFromString(bytes));
            EXPECT_EQ(lead.name(), std::to_string(next++));
            return true;
        });
    EXPECT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(next, 5000);
}

TEST(Stream, PolicyConstraintsAndErrors) {
    TestServer test(Exporting([](CallContext&, const auto&, const auto& write) -> Status {
        write(mon::Lead());
        return MakeStatus(Code::kAborted, "HALF_WAY", "the rest is gone");
    }));
    const auto ignore = [](const std::string&) { return true; };
    EXPECT_EQ(test.client->StreamBytes(kExportLeads, "", {}, ignore).reason, "PRINCIPAL_MISSING");
    EXPECT_EQ(
        test.client
            ->StreamBytes(kExportLeads, "", test.As({options::v1::ROLE_VILLAGE_OPERATOR}), ignore)
            .reason,
        "ROLE_NOT_ALLOWED");
    mon::ListLeadsRequest wrong;
    wrong.add_grades(static_cast<mon::Grade>(9));
    EXPECT_EQ(
        test.client->StreamBytes(kExportLeads, wrong.SerializeAsString(), test.AsOperator(), ignore)
            .reason,
        "INVALID_FIELD");
    int got = 0;
    const Status status = test.client->StreamBytes(kExportLeads, "", test.AsOperator(),
                                                   [&](const std::string&) { return ++got > 0; });
    EXPECT_EQ(status.reason, "HALF_WAY");
    EXPECT_EQ(got, 1);
}

TEST(Stream, SlowReaderHoldsTheWriterAndCancelFreesIt) {
    std::atomic<int> written = 0;
    std::atomic<bool> ended = false, cancelled = false;
    TestServer test(Exporting([&](CallContext& c, const auto&, const auto& write) -> Status {
        mon::Lead lead;
        lead.set_region_name(std::string(64 << 10, 'x'));
        while (write(lead)) ++written;
        cancelled = c.cancelled();
        ended = true;
        return Status::Ok();
    }));
    auto stream = test.client->Open(kExportLeads, test.AsOperator());
    stream->Write("");
    std::string message;
    ASSERT_TRUE(stream->Read(&message));
    // Windows and buffers fill, then the writer waits: far below what it would write otherwise.
    int before = -1;
    ASSERT_TRUE(Eventually([&] {
        const bool still = written == before;
        before = written;
        return still && before > 0;
    }));
    EXPECT_LT(written, 1000);
    stream->Cancel();
    EXPECT_TRUE(Eventually([&] { return ended.load(); }));
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(stream->Finish().code, Code::kCancelled);
}

TEST(Stream, ReaderThatStopsEndsTheHandler) {
    std::atomic<bool> ended = false;
    TestServer test(Exporting([&](CallContext&, const auto&, const auto& write) -> Status {
        while (write(mon::Lead())) {
        }
        ended = true;
        return Status::Ok();
    }));
    int got = 0;
    EXPECT_TRUE(test.client
                    ->StreamBytes(kExportLeads, "", test.AsOperator(),
                                  [&](const std::string&) { return ++got < 10; })
                    .ok());
    EXPECT_EQ(got, 10);
    EXPECT_TRUE(Eventually([&] { return ended.load(); }));
}

TEST(Stream, TooLargeAMessageIsAnErrorNotAnEnd) {
    TestServer test(Exporting([&](CallContext&, const auto&, const auto& write) -> Status {
        mon::Lead lead;
        lead.set_region_name(std::string((16 << 20) + 1, 'x'));
        (void)write(lead);
        return Status::Ok();
    }));
    EXPECT_EQ(test.client
                  ->StreamBytes(kExportLeads, "", test.AsOperator(),
                                [](const std::string&) { return true; })
                  .reason,
              "RESPONSE_TOO_LARGE");
}

TEST(Bidi, EchoesUntilHalfClose) {
    Methods methods;
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [](CallContext&, const auto& read, const auto& write) -> Status {
                     std::string message;
                     int n = 0;
                     while (read(&message)) {
                         ++n;
                         if (!write(message + "!"))
                             return MakeStatus(Code::kCancelled, "GONE", "nobody there");
                     }
                     write(std::to_string(n));
                     return Status::Ok();
                 });
    TestServer test(std::move(methods));
    auto stream = test.client->Open(kPush, test.As({options::v1::ROLE_DEPARTMENT}));
    std::string answer;
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(stream->Write("m" + std::to_string(i)));
        ASSERT_TRUE(stream->Read(&answer));
        EXPECT_EQ(answer, "m" + std::to_string(i) + "!");
    }
    EXPECT_TRUE(stream->WritesDone());
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_EQ(answer, "200");
    EXPECT_FALSE(stream->Read(&answer));
    EXPECT_TRUE(stream->Finish().ok());

    // Written and read by two threads at once.
    auto both = test.client->Open(kPush, test.As({options::v1::ROLE_DEPARTMENT}));
    auto writer = std::async(std::launch::async, [&] {
        for (int i = 0; i < 2000; ++i) {
            if (!both->Write(std::string(1000, 'x'))) return false;
        }
        return both->WritesDone();
    });
    int got = 0;
    while (both->Read(&answer)) ++got;
    EXPECT_TRUE(writer.get());
    EXPECT_EQ(got, 2001);
    EXPECT_TRUE(both->Finish().ok());
    EXPECT_EQ(test.client->Open(kPush, test.AsOperator())->Finish().reason, "ROLE_NOT_ALLOWED");
}

// As the feed door does it: a thread of the handler's own acknowledges what the handler has read,
// while the handler waits for more; both write, one at a time.
TEST(Bidi, AnotherThreadWritesWhileTheHandlerReads) {
    constexpr int kMessages = 2000;
    std::atomic<int> refused = 0;
    Methods methods;
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [&](CallContext&, const auto& read, const auto& write) -> Status {
                     std::mutex writing;
                     const auto tell = [&](const std::string& text) {
                         std::lock_guard lock(writing);
                         if (!write(text)) ++refused;
                     };
                     tell("open");
                     std::atomic<int> taken = 0;
                     std::atomic<bool> ended = false;
                     auto acknowledger = std::async(std::launch::async, [&] {
                         int told = 0;
                         while (!ended || told < taken) {
                             if (told < taken) {
                                 tell("ack " + std::to_string(++told));
                             } else {
                                 std::this_thread::yield();
                             }
                         }
                     });
                     int mixed_up = 0;
                     std::string message;
                     while (read(&message)) {
                         if (message != "m" + std::to_string(taken)) ++mixed_up;
                         if (++taken % 100 == 0) tell("seen " + std::to_string(taken));
                     }
                     ended = true;
                     acknowledger.get();
                     tell("closed");
                     if (mixed_up > 0) return MakeStatus(Code::kDataLoss, "MIXED_UP", "");
                     return Status::Ok();
                 });
    TestServer test(std::move(methods));
    auto stream = test.client->Open(kPush, test.As({options::v1::ROLE_DEPARTMENT}));
    auto writer = std::async(std::launch::async, [&] {
        for (int i = 0; i < kMessages; ++i) {
            if (!stream->Write("m" + std::to_string(i))) return false;
        }
        return stream->WritesDone();
    });
    std::vector<std::string> acks, seen, rest;
    for (std::string answer; stream->Read(&answer);) {
        (answer.starts_with("ack ") ? acks : answer.starts_with("seen ") ? seen : rest)
            .push_back(answer);
    }
    EXPECT_TRUE(writer.get());
    const Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.reason << ' ' << status.message;
    EXPECT_EQ(refused, 0);
    EXPECT_EQ(rest, (std::vector<std::string>{"open", "closed"}));
    ASSERT_EQ(acks.size(), static_cast<std::size_t>(kMessages));
    for (int i = 0; i < kMessages; ++i)
        EXPECT_EQ(acks[static_cast<std::size_t>(i)], "ack " + std::to_string(i + 1));
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(kMessages / 100));
    for (int i = 0; i < kMessages / 100; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], "seen " + std::to_string((i + 1) * 100));
}

// The other thread learns of a caller that has gone, while the handler waits for the next message.
TEST(Bidi, WriteFromAnotherThreadEndsWithTheCaller) {
    std::atomic<bool> both_ended = false;
    Methods methods;
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [&](CallContext&, const auto& read, const auto& write) -> Status {
                     auto writer = std::async(std::launch::async, [&] {
                         while (write(std::string(64 << 10, 'x'))) {
                         }
                     });
                     std::string message;
                     while (read(&message)) {
                     }
                     writer.get();
                     both_ended = true;
                     return Status::Ok();
                 });
    TestServer test(std::move(methods));
    {
        auto stream = test.client->Open(kPush, test.As({options::v1::ROLE_DEPARTMENT}));
        std::string message;
        ASSERT_TRUE(stream->Read(&message));
    }  // dropped without Finish: cancelled
    EXPECT_TRUE(Eventually([&] { return both_ended.load(); }));
}

TEST(Bidi, CallerThatVanishesEndsTheRead) {
    std::atomic<int> ended = 0;
    Methods methods;
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [&](CallContext& c, const auto& read, const auto&) -> Status {
                     std::string message;
                     while (read(&message)) {
                     }
                     if (Eventually(c.cancelled)) ++ended;
                     return Status::Ok();
                 });
    TestServer test(std::move(methods));
    {
        auto stream = test.client->Open(kPush, test.As({options::v1::ROLE_DEPARTMENT}));
        ASSERT_TRUE(stream->Write("one"));
    }  // dropped without Finish: cancelled
    EXPECT_TRUE(Eventually([&] { return ended == 1; }));
}

TEST(Bidi, StreamsBeyondTheLimitAreRefusedAndUnaryCallsGoOn) {
    TestGate gate;
    std::atomic<int> started = 0;
    Methods methods;
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [&](CallContext&, const auto&, const auto&) -> Status {
                     ++started;
                     gate.Pass();
                     return Status::Ok();
                 });
    methods.Unary<gw::WhoAmIRequest, gw::Account>(
        "shouwang.gateway.v1.AuthService.WhoAmI",
        [](CallContext&, const auto&, auto&) { return Status::Ok(); });
    ServerOptions options;
    options.stream_threads = 2;
    TestServer test(std::move(methods), options);
    const CallOptions call = test.As({options::v1::ROLE_DEPARTMENT});
    auto one = test.client->Open(kPush, call), two = test.client->Open(kPush, call);
    ASSERT_TRUE(Eventually([&] { return started == 2; }));
    EXPECT_EQ(test.client->Open(kPush, call)->Finish().reason, "OVERLOADED");
    EXPECT_TRUE(test.client->CallBytes(kWhoAmI, "", call).ok());
    gate.Open();
    EXPECT_TRUE(one->Finish().ok());
    EXPECT_TRUE(two->Finish().ok());
}

// The caller of a method with the default limit (10 s) reads nothing and sets no deadline.
TEST(Bidi, WriterIsFreedWhenTheMethodsTimeIsOver) {
    Methods methods;
    std::atomic<bool> ended = false;
    methods.Bidi("shouwang.monitoring.v1.LeadService.GetLead",
                 [&](CallContext&, const auto&, const auto& write) -> Status {
                     while (write(std::string(1 << 20, 'x'))) {
                     }
                     ended = true;
                     return Status::Ok();
                 });
    TestServer test(std::move(methods));
    auto stream = test.client->Open(kGetLead, test.AsOperator());
    EXPECT_TRUE(Eventually([&] { return ended.load(); }, 15));
    std::string message;
    while (stream->Read(&message)) {
    }
    EXPECT_FALSE(stream->Finish().ok());
}

TEST(Fallback, ForwardsDeclaredMethodsBehindTheChain) {
    // A door in front of a service: what it does not serve itself goes through as bytes.
    Methods inner;
    inner.Unary<mon::GetLeadRequest, mon::Lead>(
        "shouwang.monitoring.v1.LeadService.GetLead",
        [](CallContext& c, const auto& q, auto& a) -> Status {
            a.set_name(q.name());
            a.set_region_code(c.principal.region_prefix());
            return Status::Ok();
        });
    TestServer backend(std::move(inner));
    std::atomic<int> forwarded = 0;
    Methods door;
    door.Fallback([&](CallContext& c, const auto& read, const auto& write) -> Status {
        ++forwarded;
        std::string request;
        if (!read(&request))
            return MakeStatus(Code::kInvalidArgument, "REQUEST_MALFORMED", "no request");
        CallOptions call;
        call.deadline = c.deadline;
        call.signed_principal = backend.Sign(c.principal);
        auto answer = backend.client->CallBytes(c.method, request, call);
        if (!answer.ok()) return answer.status();
        write(*answer);
        return Status::Ok();
    });
    ServerOptions options;
    options.authenticator =
        [](const std::multimap<std::string, std::string>& metadata) -> Result<type::v1::Principal> {
        const auto found = metadata.find("authorization");
        if (found == metadata.end())
            return MakeStatus(Code::kUnauthenticated, "TOKEN_MISSING", "sign in first");
        if (found->second != "Bearer good")
            return MakeStatus(Code::kUnauthenticated, "TOKEN_INVALID", "sign in again");
        return PrincipalWith({options::v1::ROLE_COUNTY_OPERATOR}, "360681");
    };
    TestServer test(std::move(door), options);
    CallOptions good, bad;
    good.metadata = {{"authorization", "Bearer good"}};
    bad.metadata = {{"authorization", "Bearer bad"}};
    mon::Lead lead;
    EXPECT_TRUE(test.client->Call(kGetLead, LeadRequest(), &lead, good).ok());
    EXPECT_EQ(lead.region_code(), "360681");
    EXPECT_EQ(lead.name(), "households/1/leads/2");
    EXPECT_EQ(forwarded, 1);
    EXPECT_EQ(test.client->Call(kGetLead, LeadRequest(), &lead, {}).reason, "TOKEN_MISSING");
    EXPECT_EQ(test.client->Call(kGetLead, LeadRequest(), &lead, bad).reason, "TOKEN_INVALID");
    // A signed principal is worth nothing at the door.
    EXPECT_EQ(test.client->Call(kGetLead, LeadRequest(), &lead, test.AsOperator()).reason,
              "TOKEN_MISSING");
    EXPECT_EQ(test.client->CallBytes(kAcceptLead, "", good).status().reason, "ROLE_NOT_ALLOWED");
    EXPECT_EQ(test.client->CallBytes(kOpenBatch, "", good).status().reason, "METHOD_INTERNAL");
    EXPECT_EQ(test.client->CallBytes("/shouwang.monitoring.v1.LeadService/Nothing", "", good)
                  .status()
                  .reason,
              "METHOD_UNKNOWN");
    EXPECT_EQ(test.client->CallBytes("/shouwang.monitoring.v1.LeadService.GetLead", "", good)
                  .status()
                  .reason,
              "METHOD_UNKNOWN");
    EXPECT_EQ(forwarded, 1);
    // The error of the service behind comes through whole.
    EXPECT_EQ(test.client->CallBytes(kGetLead, "", good).status().reason, "INVALID_FIELD");
    EXPECT_EQ(forwarded, 2);
}

}  // namespace
}  // namespace shouwang::rpc
