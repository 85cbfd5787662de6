// One connection of the HTTP server. Internal to services/gateway/http.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/metrics/metrics.h"
#include "services/gateway/http/server.h"
#include "services/gateway/http/worker_pool.h"

namespace shouwang::gateway::http {

class Session;

// What all connections share.
struct Core {
    Core(ServerOptions o, Router r, Guard g);

    ServerOptions options;
    Router router;
    Guard guard;
    WorkerPool quick, costly, lengthy;
    std::atomic<bool> stopping{false};
    std::atomic<int> running{0};  // requests between head and end of answer
    metrics::Gauge running_gauge, connections_gauge;

    std::mutex mutex;
    std::set<Session*> sessions;
};

// Accepts the connection and lives until it is closed. socket's executor is a strand.
void StartSession(boost::asio::ip::tcp::socket socket, std::shared_ptr<Core> core);
// Closes what is idle; with `force`, everything. From any thread.
void CloseSessions(Core& core, bool force);

}  // namespace shouwang::gateway::http
