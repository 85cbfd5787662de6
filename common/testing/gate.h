// A TCP gate between a client and a real server, for fault tests: it forwards, and breaks the network in named ways.
//
//   TcpGate gate("127.0.0.1:5432");
//   conninfo + " host=127.0.0.1 port=" + std::to_string(gate.port())   // libpq: the later value wins
//   gate.Set(TcpGate::Mode::kStall); … the call ends by its deadline …
//   gate.Set(TcpGate::Mode::kPass);  … and it recovers.
#pragma once

#include <memory>
#include <string>

namespace shouwang::testing {

class TcpGate {
public:
    enum class Mode {
        kPass,          // as a cable
        kStall,         // connections stay open and are accepted, not a byte passes: a black hole
        kStallReplies,  // requests pass, answers do not: the caller cannot know what happened
        kRefuse,        // open connections are reset, new ones refused: the server's machine is up, the server is not
    };

    // server: "host:port" (an address, not a name) or "unix:/path". Starts in kPass. Throws std::runtime_error where no port
    // can be had; a server that cannot be reached shows as reset connections.
    explicit TcpGate(const std::string& server);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    int port() const;             // on 127.0.0.1
    std::string address() const;  // "127.0.0.1:port"

    // In force when the call returns. Bytes held back in a stall pass later. All calls are thread-safe.
    void Set(Mode mode);
    // Resets every open connection; new ones are served.
    void Cut();
    // Once: the next request that holds `words` is passed to the server; as soon as the server answers, the connection is reset
    // and the answer lost. "COMMIT" makes a commit whose outcome the caller does not know.
    void CutAnswerTo(const std::string& words);
    // Once: the connection that sends `words` is reset before the server sees them.
    void CutBefore(const std::string& words);

    int open_connections() const;
    int accepted() const;  // since the start

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace shouwang::testing
