#include "common/testing/gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "common/testing/servers.h"

namespace shouwang::testing {
namespace {

// A client of Redis: a real server that answers one line to one line.
class Client {
public:
    explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        error_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
                     ? 0
                     : errno;
    }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;

    int connect_error() const { return error_; }
    void Send(const std::string& line) {
        const std::string text = line + "\r\n";
        ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // One line without its end; "reset", "end" or "silence".
    std::string Read(int milliseconds = 5000) {
        const timeval patience{milliseconds / 1000, milliseconds % 1000 * 1000};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        std::string line;
        for (;;) {
            char c = 0;
            const ssize_t got = ::recv(fd_, &c, 1, 0);
            if (got == 0) return "end";
            if (got < 0) return errno == EAGAIN ? "silence" : "reset";
            if (c == '\n') return line;
            if (c != '\r') line += c;
        }
    }
    std::string Ask(const std::string& line) {
        Send(line);
        return Read();
    }

private:
    int fd_;
    int error_;
};

class GateTest : public ::testing::Test {
protected:
    GateTest() : redis_(TestRedis()), gate_(redis_) {}
    int RedisPort() const { return std::stoi(redis_.substr(redis_.rfind(':') + 1)); }

    const std::string redis_;
    TcpGate gate_;
    const std::string key_ = "gate_" + std::to_string(::getpid());
};

TEST_F(GateTest, Passes) {
    Client a(gate_.port()), b(gate_.port());
    EXPECT_EQ(a.Ask("SET " + key_ + " 1"), "+OK");
    EXPECT_EQ(b.Ask("INCR " + key_), ":2");
    EXPECT_EQ(gate_.accepted(), 2);
    EXPECT_EQ(gate_.open_connections(), 2);
    EXPECT_EQ(a.Ask("QUIT"), "+OK");
    EXPECT_EQ(a.Read(), "end");
}

TEST_F(GateTest, ForgetsConnectionsThatEnded) {
    { Client client(gate_.port()); EXPECT_EQ(client.Ask("PING"), "+PONG"); }
    EXPECT_TRUE(Eventually([&] { return gate_.open_connections() == 0; }));
}

TEST_F(GateTest, PassesLargeAnswers) {
    Client client(gate_.port());
    const std::string big(300'000, 'x');
    EXPECT_EQ(client.Ask("*3\r\n$3\r\nSET\r\n$" + std::to_string(key_.size()) + "\r\n" + key_ +
                         "\r\n$" + std::to_string(big.size()) + "\r\n" + big),
              "+OK");
    EXPECT_EQ(client.Ask("GET " + key_), "$" + std::to_string(big.size()));
    EXPECT_EQ(client.Read(), big);
}

TEST_F(GateTest, StallsAndGoesOn) {
    Client client(gate_.port());
    EXPECT_EQ(client.Ask("SET " + key_ + " 1"), "+OK");
    gate_.Set(TcpGate::Mode::kStall);
    client.Send("INCR " + key_);
    EXPECT_EQ(client.Read(50), "silence");
    Client late(gate_.port());
    EXPECT_EQ(late.connect_error(), 0);
    late.Send("PING");
    EXPECT_EQ(late.Read(50), "silence");
    EXPECT_EQ(Client(RedisPort()).Ask("STRLEN " + key_), ":1");
    gate_.Set(TcpGate::Mode::kPass);
    EXPECT_EQ(client.Read(), ":2");
    EXPECT_EQ(late.Read(), "+PONG");
}

TEST_F(GateTest, StallsRepliesAlone) {
    Client client(gate_.port()), direct(RedisPort());
    EXPECT_EQ(client.Ask("DEL " + key_).substr(0, 1), ":");
    gate_.Set(TcpGate::Mode::kStallReplies);
    client.Send("APPEND " + key_ + " x");
    EXPECT_TRUE(Eventually([&] { return direct.Ask("STRLEN " + key_) == ":1"; }));
    EXPECT_EQ(client.Read(50), "silence");
    gate_.Set(TcpGate::Mode::kPass);
    EXPECT_EQ(client.Read(), ":1");
}

TEST_F(GateTest, RefusesAndRecoversOnTheSamePort) {
    Client before(gate_.port());
    EXPECT_EQ(before.Ask("PING"), "+PONG");
    for (int round = 0; round < 3; ++round) {
        gate_.Set(TcpGate::Mode::kRefuse);
        EXPECT_EQ(Client(gate_.port()).connect_error(), ECONNREFUSED);
        gate_.Set(TcpGate::Mode::kPass);
        EXPECT_EQ(Client(gate_.port()).Ask("PING"), "+PONG");
    }
    EXPECT_EQ(before.Read(), "reset");
}

TEST_F(GateTest, CutsAndServesNewOnes) {
    Client client(gate_.port());
    EXPECT_EQ(client.Ask("PING"), "+PONG");
    gate_.Cut();
    EXPECT_EQ(client.Read(), "reset");
    EXPECT_EQ(Client(gate_.port()).Ask("PING"), "+PONG");
}

TEST_F(GateTest, CutsTheAnswerOnce) {
    Client direct(RedisPort()), client(gate_.port());
    direct.Ask("DEL " + key_);
    gate_.CutAnswerTo("APPEND");
    EXPECT_EQ(client.Ask("PING"), "+PONG");
    EXPECT_EQ(client.Ask("APPEND " + key_ + " x"), "reset");
    EXPECT_EQ(direct.Ask("STRLEN " + key_), ":1") << "the server must have done it";
    EXPECT_EQ(Client(gate_.port()).Ask("APPEND " + key_ + " x"), ":2");
}

TEST_F(GateTest, CutsBeforeTheServerSeesIt) {
    Client direct(RedisPort()), client(gate_.port());
    direct.Ask("DEL " + key_);
    gate_.CutBefore("APPEND");
    EXPECT_EQ(client.Ask("APPEND " + key_ + " x"), "reset");
    EXPECT_EQ(direct.Ask("STRLEN " + key_), ":0") << "the server must not have seen it";
    EXPECT_EQ(Client(gate_.port()).Ask("APPEND " + key_ + " x"), ":1");
}

TEST(GateWithoutServerTest, ResetsConnections) {
    TcpGate gate("127.0.0.1:1");
    Client client(gate.port());
    EXPECT_EQ(client.connect_error(), 0);
    EXPECT_EQ(client.Read(), "reset");
}

}  // namespace
}  // namespace shouwang::testing
