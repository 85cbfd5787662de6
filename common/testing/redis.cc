#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "common/testing/child.h"
#include "common/testing/servers.h"

namespace shouwang::testing {
namespace {

constexpr double kStartSeconds = 30;

// One command without arguments, as a person would type it; true where Redis answers `expected`.
bool Says(int port, const std::string& command, const std::string& expected) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{2, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    std::string answer;
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, command.data(), command.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(command.size())) {
        char c = 0;
        while (answer.size() < expected.size() && ::recv(fd, &c, 1, 0) == 1) answer += c;
    }
    ::close(fd);
    return answer == expected;
}

int StartRedis() {
    std::string program = "/usr/bin/redis-server";
    if (const char* const given = std::getenv("SHOUWANG_REDIS_SERVER")) program = given;
    if (!std::filesystem::exists(program)) throw std::runtime_error("no " + program);
    const std::string directory = ChildDirectory("");
    const std::string log = directory + "/log";
    const int port = FreePort();
    const pid_t pid = StartChild({{program, "--port", std::to_string(port), "--bind", "127.0.0.1",
                                   "--save", "", "--appendonly", "no", "--dir", directory},
                                  "",
                                  log});
    const bool up = Eventually(
        [&] { return !ChildRuns(pid) || Says(port, "PING\r\n", "+PONG\r\n"); }, kStartSeconds);
    if (!up || !ChildRuns(pid)) throw std::runtime_error("Redis failed\n" + ReadLog(log));
    return port;
}

}  // namespace

std::string TestRedis() {
    if (const char* const shared = std::getenv("SHOUWANG_TEST_REDIS")) return shared;
    static const int port = StartRedis();
    if (!Says(port, "FLUSHALL\r\n", "+OK\r\n")) throw std::runtime_error("Redis is gone");
    return "127.0.0.1:" + std::to_string(port);
}

}  // namespace shouwang::testing
