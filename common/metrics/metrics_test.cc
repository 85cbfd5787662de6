#include "common/metrics/metrics.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace shouwang::metrics {
namespace {

// The value of the sample that starts with `name`; -1 where there is none.
double Sample(const std::string& name) {
    const std::string text = "\n" + Render();
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
    const Counter a = MakeCounter("shouwang_test_rows_total", "Rows", {{"result", "applied"}});
    const Counter b = MakeCounter("shouwang_test_rows_total", "Rows", {{"result", "applied"}});
    const Counter other = MakeCounter("shouwang_test_rows_total", "Rows", {{"result", "rejected"}});
    a.Add();
    b.Add(2);
    other.Add(10);
    EXPECT_EQ(a.value(), 3);
    EXPECT_EQ(Sample("shouwang_test_rows_total{result=\"applied\"}"), 3);
    EXPECT_EQ(Sample("shouwang_test_rows_total{result=\"rejected\"}"), 10);
}

TEST(MetricsTest, GaugesGoBothWays) {
    const Gauge gauge = MakeGauge("shouwang_test_queue_rows", "Queue");
    gauge.Set(5);
    gauge.Add(-2);
    EXPECT_EQ(gauge.value(), 3);
    EXPECT_EQ(Sample("shouwang_test_queue_rows"), 3);
}

TEST(MetricsTest, HistogramsCountIntoTheirBuckets) {
    const Histogram histogram =
        MakeHistogram("shouwang_test_apply_seconds", "Apply", {}, {0.1, 1});
    for (const double seconds : {0.05, 0.5, 5.0}) histogram.Observe(seconds);
    EXPECT_EQ(Sample("shouwang_test_apply_seconds_bucket{le=\"0.1\"}"), 1);
    EXPECT_EQ(Sample("shouwang_test_apply_seconds_bucket{le=\"1\"}"), 2);
    EXPECT_EQ(Sample("shouwang_test_apply_seconds_bucket{le=\"+Inf\"}"), 3);
    EXPECT_EQ(Sample("shouwang_test_apply_seconds_count"), 3);
}

TEST(MetricsTest, TheProcessTellsItsFigures) {
    const std::vector<char> memory(8 << 20, 'x');
    EXPECT_GT(Sample("process_resident_memory_bytes"), static_cast<double>(memory.size()));
    EXPECT_GT(Sample("process_start_time_seconds"), 1.6e9);
    EXPECT_GE(Sample("process_threads"), 1);
    const double files = Sample("process_open_fds");
    const int fd = ::dup(0);
    EXPECT_EQ(Sample("process_open_fds"), files + 1);
    ::close(fd);
    const double before = Sample("process_cpu_seconds_total");
    EXPECT_GE(before, 0);
    while (Sample("process_cpu_seconds_total") <= before) continue;
}

// Sends `request` and answers everything up to the end of the connection.
std::string Ask(int port, const std::string& request) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    std::string out;
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        char block[4096];
        ssize_t got = 0;
        while ((got = ::recv(fd, block, sizeof block, 0)) > 0) {
            out.append(block, static_cast<std::size_t>(got));
        }
    }
    ::close(fd);
    return out;
}

std::string Get(int port, const std::string& path, const std::string& method = "GET") {
    return Ask(port, method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

TEST(ServerTest, AnswersItsPaths) {
    std::atomic<bool> ready{false};
    const auto server = Server::Start(0, [&] { return ready.load(); });
    ASSERT_NE(server, nullptr);
    MakeGauge("shouwang_test_served", "Served").Set(42);
    const std::string metrics = Get(server->port(), "/metrics?x=1");
    EXPECT_TRUE(metrics.starts_with("HTTP/1.1 200 "));
    EXPECT_NE(metrics.find("text/plain; version=0.0.4"), std::string::npos);
    EXPECT_NE(metrics.find("\nshouwang_test_served 42\n"), std::string::npos);
    EXPECT_TRUE(Get(server->port(), "/livez").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(Get(server->port(), "/readyz").starts_with("HTTP/1.1 503 "));
    ready = true;
    EXPECT_TRUE(Get(server->port(), "/readyz").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(Get(server->port(), "/").starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(Get(server->port(), "/metrics", "POST").starts_with("HTTP/1.1 405 "));
    const std::string head = Get(server->port(), "/livez", "HEAD");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(ServerTest, ABadClientDoesNotStopIt) {
    const auto server = Server::Start(0, [] { return true; });
    ASSERT_NE(server, nullptr);
    // Silent and never closed: it must not hold the thread.
    const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(server->port()));
    ASSERT_EQ(::connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(Ask(server->port(), "no http at all\r\n\r\n"), "");
    EXPECT_EQ(Ask(server->port(), "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"), "");
    EXPECT_TRUE(Get(server->port(), "/livez").starts_with("HTTP/1.1 200 "));
    ::close(silent);
}

TEST(ServerTest, AReadinessCheckThatThrowsCostsItsConnectionAlone) {
    const auto server = Server::Start(0, []() -> bool { throw std::runtime_error("no"); });
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(Get(server->port(), "/readyz"), "");
    EXPECT_TRUE(Get(server->port(), "/livez").starts_with("HTTP/1.1 200 "));
}

TEST(ServerTest, APortThatIsTakenIsAnAnswer) {
    const auto first = Server::Start(0, [] { return true; });
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(Server::Start(first->port(), [] { return true; }), nullptr);
}

}  // namespace
}  // namespace shouwang::metrics
