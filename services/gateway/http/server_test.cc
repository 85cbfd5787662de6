#include "services/gateway/http/server.h"

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/servers.h"
#include "services/gateway/testing/http_client.h"

namespace shouwang::gateway::http {
namespace {

using gateway::testing::Answer;
using gateway::testing::HttpClient;
using shouwang::testing::Eventually;
using ::testing::HasSubstr;

constexpr std::uint64_t kLarge = std::uint64_t{1} << 40;

class HttpServer : public ::testing::Test {
protected:
    void Add(const std::string& method, const std::string& pattern, RouteKind kind,
             std::uint64_t max_body, Handler handler,
             options::v1::Access access = options::v1::ACCESS_PUBLIC) {
        Route route;
        route.method = method;
        route.pattern = pattern;
        route.kind = kind;
        route.max_body = max_body;
        route.policy.set_access(access);
        route.metric = "test";
        route.handler = std::move(handler);
        router_.Add(std::move(route));
    }
    void Start() {
        server_ = std::make_unique<Server>(
            options_, std::move(router_), [this](Request& request, const Route&) {
                ++guarded_;
                return request.Header("authorization") == "Bearer good"
                           ? Status::Ok()
                           : MakeStatus(Code::kUnauthenticated, "SESSION_MISSING", "sign in first");
            });
        ASSERT_TRUE(server_->Start().ok());
    }
    HttpClient Connect() const { return HttpClient(server_->port()); }

    ServerOptions options_;
    Router router_;
    std::unique_ptr<Server> server_;
    std::atomic<int> guarded_{0};
};

void Echo(Request&, BodyReader& body, Reply& reply) {
    const Result<std::string> all = body.All();
    if (!all.ok()) return reply.SendError(all.status());
    reply.Send({200, {{"Content-Type", "text/plain"}}, *all});
}

TEST_F(HttpServer, KeepsAConnectionForManyRequests) {
    Add("POST", "/echo", RouteKind::kQuick, 1 << 20, Echo);
    Start();
    HttpClient client = Connect();
    for (int i = 0; i < 100; ++i) {
        const Answer answer = client.Post("/echo", {}, "body " + std::to_string(i));
        ASSERT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "body " + std::to_string(i));
    }
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
    Add("POST", "/echo", RouteKind::kQuick, 1 << 20, Echo);
    Start();
    HttpClient client = Connect();
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests +=
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i);
    ASSERT_TRUE(client.Send(requests));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.ReadAnswer().body, std::to_string(10 + i));
}

TEST_F(HttpServer, UnknownPathsMethodsAndBrokenRequests) {
    Add("POST", "/echo", RouteKind::kQuick, 1 << 20, Echo);
    Add("GET", "/nothing", RouteKind::kQuick, 0, [](Request&, BodyReader&, Reply&) {});
    Add("GET", "/throws", RouteKind::kQuick, 0,
        [](Request&, BodyReader&, Reply&) { throw std::runtime_error("broken"); });
    Start();
    const struct {
        const char* request;
        int status;
    } cases[] = {
        {"GET /none HTTP/1.1\r\nHost: x\r\n\r\n", 404},
        {"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405},
        {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"nonsense\r\n\r\n", 400},
        {"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 500},
        {"GET /throws HTTP/1.1\r\nHost: x\r\n\r\n", 500},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
    };
    for (const auto& c : cases) {
        HttpClient client = Connect();
        ASSERT_TRUE(client.Send(c.request));
        EXPECT_EQ(client.ReadAnswer().status, c.status) << c.request;
    }
    HttpClient client = Connect();
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"));
    EXPECT_EQ(client.ReadAnswer().status, 431);
}

TEST_F(HttpServer, BodiesAboveTheLimitGive413WhateverTheFraming) {
    std::atomic<int> handled{0};
    Add("POST", "/quick", RouteKind::kQuick, 1000,
        [&](Request&, BodyReader&, Reply&) { ++handled; });
    Add("POST", "/long", RouteKind::kLong, 1000, Echo);
    Start();
    const std::string body(5000, 'x');
    for (const char* path : {"/quick", "/long"}) {
        HttpClient declared = Connect();
        EXPECT_EQ(declared.Post(path, {}, body).status, 413) << path;
        HttpClient chunked = Connect();
        ASSERT_TRUE(
            chunked.Send("POST " + std::string(path) +
                         " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" +
                         body + "\r\n0\r\n\r\n"));
        EXPECT_EQ(chunked.ReadAnswer().status, 413) << path;
    }
    EXPECT_EQ(handled, 0);
}

TEST_F(HttpServer, ALongHandlerPullsALargeBodyInSmallPieces) {
    std::size_t largest = 0;
    Add("POST", "/upload", RouteKind::kLong, kLarge, [&](Request&, BodyReader& body, Reply& reply) {
        std::uint64_t total = 0;
        while (true) {
            const Result<std::string_view> piece = body.Next();
            if (!piece.ok()) return reply.SendError(piece.status());
            if (piece->empty()) break;
            largest = std::max(largest, piece->size());
            total += piece->size();
        }
        reply.Send({200, {}, std::to_string(total)});
    });
    Start();
    HttpClient client = Connect();
    constexpr std::size_t kTotal = 200 << 20;
    ASSERT_TRUE(client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                            std::to_string(kTotal) + "\r\n\r\n"));
    const std::string piece(1 << 20, 'x');
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(client.Send(piece));
    EXPECT_EQ(client.ReadAnswer().body, std::to_string(kTotal));
    EXPECT_LE(largest, std::size_t{64} << 10);
}

TEST_F(HttpServer, TheSenderIsHeldBackByASlowReader) {
    std::promise<void> go;
    std::atomic<bool> reading{false};
    Add("POST", "/upload", RouteKind::kLong, kLarge,
        [&](Request& request, BodyReader& body, Reply& reply) {
            reading = true;
            go.get_future().wait();
            Echo(request, body, reply);
        });
    Start();
    HttpClient client = Connect();
    ASSERT_TRUE(
        client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return reading.load(); }));
    std::atomic<std::size_t> sent{0};
    std::thread sender([&] {
        const std::string piece(1 << 20, 'x');
        for (int i = 0; i < 64 && client.Send(piece); ++i) ++sent;
    });
    ASSERT_TRUE(Eventually([&] { return sent > 0; }));
    EXPECT_LT(sent, 64u) << "64 MB fit nowhere but in memory";
    go.set_value();
    sender.join();
    EXPECT_EQ(client.ReadAnswer().body.size(), 64u << 20);
}

TEST_F(HttpServer, ExpectContinue) {
    Add("POST", "/echo", RouteKind::kLong, kLarge, Echo);
    Start();
    HttpClient client = Connect();
    ASSERT_TRUE(client.Send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    EXPECT_EQ(client.ReadHead().status, 100);
    ASSERT_TRUE(client.Send("hello"));
    EXPECT_EQ(client.ReadAnswer().body, "hello");
}

TEST_F(HttpServer, StreamsPiecesAsTheyAreWritten) {
    std::promise<void> second;
    Add("GET", "/stream", RouteKind::kLong, 0, [&](Request&, BodyReader&, Reply& reply) {
        EXPECT_TRUE(reply.Begin(200, {{"Content-Type", "text/plain"}}));
        EXPECT_TRUE(reply.Write("first"));
        second.get_future().wait();
        EXPECT_TRUE(reply.Write("second"));
        reply.End();
    });
    Start();
    HttpClient client = Connect();
    ASSERT_TRUE(client.Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(client.ReadHead().status, 200);
    EXPECT_EQ(client.ReadChunk(), "first");
    second.set_value();
    EXPECT_EQ(client.ReadChunk(), "second");
    EXPECT_EQ(client.ReadChunk(), "");
}

TEST_F(HttpServer, AStreamThatEndsHalfWayIsCutOff) {
    Add("GET", "/half", RouteKind::kLong, 0, [](Request&, BodyReader&, Reply& reply) {
        reply.Begin(200, {});
        reply.Write("half");
    });
    Start();
    HttpClient client = Connect();
    ASSERT_TRUE(client.Send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(client.ReadAnswer().status, 0) << "no clean end: the reader must notice";
}

TEST_F(HttpServer, AHandlerSeesThatItsCallerHasGone) {
    std::promise<bool> seen;
    Add("GET", "/wait", RouteKind::kLong, 0, [&](Request&, BodyReader&, Reply& reply) {
        reply.Begin(200, {});
        seen.set_value(Eventually([&] { return reply.gone(); }));
    });
    Start();
    {
        HttpClient client = Connect();
        ASSERT_TRUE(client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
        EXPECT_EQ(client.ReadHead().status, 200);
    }
    EXPECT_TRUE(seen.get_future().get());
}

TEST_F(HttpServer, ABrokenUploadIsToldToItsHandler) {
    std::promise<std::string> reason;
    Add("POST", "/upload", RouteKind::kLong, kLarge,
        [&](Request&, BodyReader& body, Reply&) { reason.set_value(body.All().status().reason); });
    Start();
    {
        HttpClient client = Connect();
        ASSERT_TRUE(
            client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"));
    }
    EXPECT_EQ(reason.get_future().get(), "CLIENT_GONE");
}

TEST_F(HttpServer, AStalledBodyEnds) {
    options_.stall = std::chrono::milliseconds(100);
    Add("POST", "/upload", RouteKind::kLong, kLarge, Echo);
    Add("POST", "/quick", RouteKind::kQuick, kLarge, Echo);
    Start();
    for (const char* path : {"/upload", "/quick"}) {
        HttpClient client = Connect();
        ASSERT_TRUE(client.Send("POST " + std::string(path) +
                                " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"));
        EXPECT_TRUE(client.ReadAnswer().status == 504 || client.AtEnd()) << path;
    }
}

TEST_F(HttpServer, GuardedRoutes) {
    Add("POST", "/guarded", RouteKind::kQuick, 1 << 20, Echo, options::v1::ACCESS_AUTHENTICATED);
    Add("POST", "/open", RouteKind::kQuick, 1 << 20, Echo);
    Start();
    HttpClient client = Connect();
    const Answer refused = client.Post("/guarded", {}, "x");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.Header("www-authenticate"), "Bearer");
    EXPECT_THAT(refused.body, HasSubstr("SESSION_MISSING"));
    EXPECT_EQ(client.Post("/guarded", {{"Authorization", "Bearer good"}}, "x").status, 200);
    EXPECT_EQ(client.Post("/open", {}, "x").status, 200);
    EXPECT_EQ(guarded_, 2);
}

TEST_F(HttpServer, HeadGivesTheLengthWithoutTheBody) {
    Add("GET", "/page", RouteKind::kQuick, 0, [](Request&, BodyReader&, Reply& reply) {
        reply.Send({200, {}, "12345"});
    });
    Start();
    HttpClient client = Connect();
    const Answer head = client.Ask("HEAD", "/page", {}, "");
    EXPECT_EQ(head.Header("content-length"), "5");
    EXPECT_EQ(client.Get("/page").body, "12345");
}

TEST_F(HttpServer, TooManyStreamsAreRefused) {
    options_.long_threads = 1;
    std::promise<void> go;
    std::atomic<bool> running{false};
    Add("GET", "/wait", RouteKind::kLong, 0,
        [&, wait = go.get_future().share()](Request&, BodyReader&, Reply& reply) {
            running = true;
            wait.wait();
            reply.Send({200, {}, "done"});
        });
    Start();
    HttpClient first = Connect(), second = Connect();
    ASSERT_TRUE(first.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return running.load(); }));
    const Answer refused = second.Get("/wait");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.Header("retry-after"), "1");
    go.set_value();
    EXPECT_EQ(first.ReadAnswer().body, "done");
}

TEST_F(HttpServer, DrainLetsRunningRequestsEndAndStopsStreams) {
    std::promise<void> go;
    std::atomic<int> running{0};
    Add("GET", "/slow", RouteKind::kQuick, 0,
        [&, wait = go.get_future().share()](Request&, BodyReader&, Reply& reply) {
            ++running;
            wait.wait();
            reply.Send({200, {}, "done"});
        });
    Add("GET", "/live", RouteKind::kLong, 0, [&](Request&, BodyReader&, Reply& reply) {
        reply.Begin(200, {});
        ++running;
        EXPECT_TRUE(Eventually([&] { return reply.gone(); }));
    });
    Start();
    HttpClient slow = Connect(), live = Connect(), idle = Connect();
    ASSERT_TRUE(slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(live.Send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(Eventually([&] { return running == 2; }));
    std::thread drain([&] { server_->Drain(std::chrono::seconds(10)); });
    EXPECT_TRUE(idle.AtEnd());
    go.set_value();
    const Answer answer = slow.ReadAnswer();
    EXPECT_EQ(answer.body, "done");
    EXPECT_EQ(answer.Header("connection"), "close");
    drain.join();
}

}  // namespace
}  // namespace shouwang::gateway::http
