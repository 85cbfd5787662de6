// HTTP/1.1 on one address: one thread moves bytes (Boost.Beast), handlers run on the pools of
// router.h. Every answer carries the security headers; errors are JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::http {

struct ServerOptions {
    std::string address = "127.0.0.1";
    int port = 0;  // 0 = any free one
    int quick_threads = 16, quick_queue = 512;
    int costly_threads = 2, costly_queue = 1024;
    int long_threads = 256;     // uploads, downloads and streams at the same time; more → 429
    int connections = 4096;     // more are closed at once
    bool behind_proxy = false;  // the caller's address is the last one of X-Forwarded-For
    std::chrono::milliseconds idle{75'000};   // between requests, and for a request's head
    std::chrono::milliseconds stall{60'000};  // a body or an answer that does not move
};

// Runs before the handler of every route whose access is not ACCESS_PUBLIC, on the handler's
// thread: session, role, limits, same origin. Fills principal and signed_principal.
using Guard = std::function<Status(Request&, const Route&)>;

class Server {
public:
    Server(ServerOptions options, Router router, Guard guard);
    ~Server();
    Status Start();  // UNAVAILABLE "HTTP_LISTEN"
    int port() const;
    // Refuses new connections and requests, lets the running ones end (Reply::gone() turns true),
    // then cuts what is left.
    void Drain(std::chrono::milliseconds limit);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace shouwang::gateway::http
