#include "services/gateway/http/server.h"

#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "common/log/log.h"
#include "services/gateway/http/session.h"

namespace shouwang::gateway::http {

namespace asio = boost::asio;
using Error = boost::system::error_code;

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(ServerOptions options, Router router, Guard guard)
        : core(std::make_shared<Core>(std::move(options), std::move(router), std::move(guard))),
          acceptor(io) {}

    void Accept() {
        acceptor.async_accept(asio::make_strand(io),
                              [this](Error error, asio::ip::tcp::socket socket) {
                                  if (!acceptor.is_open()) return;
                                  if (!error) Take(std::move(socket));
                                  Accept();
                              });
    }
    void Take(asio::ip::tcp::socket socket) {
        {
            std::lock_guard lock(core->mutex);
            if (static_cast<int>(core->sessions.size()) >= core->options.connections) return;
        }
        Error ignored;
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        StartSession(std::move(socket), core);
    }

    asio::io_context io{1};
    std::shared_ptr<Core> core;
    asio::ip::tcp::acceptor acceptor;
    std::thread thread;
    int port = 0;
    bool drained = false;
};

Server::Server(ServerOptions options, Router router, Guard guard)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(router), std::move(guard))) {}

Server::~Server() { Drain(std::chrono::milliseconds(0)); }

Status Server::Start() {
    Error error;
    const auto address = asio::ip::make_address(impl_->core->options.address, error);
    const asio::ip::tcp::endpoint endpoint(address,
                                           static_cast<unsigned short>(impl_->core->options.port));
    if (!error) impl_->acceptor.open(endpoint.protocol(), error);
    if (!error) impl_->acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) impl_->acceptor.bind(endpoint, error);
    if (!error) impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return MakeStatus(
            Code::kUnavailable, "HTTP_LISTEN",
            "cannot listen on " + impl_->core->options.address + ": " + error.message());
    impl_->port = impl_->acceptor.local_endpoint().port();
    impl_->Accept();
    impl_->thread = std::thread([impl = impl_] {
        try {
            impl->io.run();
        } catch (const std::exception& e) {
            log::Error("HTTP thread ended", {{"what", e.what()}});
        }
    });
    return Status::Ok();
}

int Server::port() const { return impl_->port; }

void Server::Drain(std::chrono::milliseconds limit) {
    if (impl_->drained || !impl_->thread.joinable()) return;
    impl_->drained = true;
    Core& core = *impl_->core;
    core.stopping = true;
    asio::post(impl_->io, [impl = impl_] {
        Error ignored;
        impl->acceptor.close(ignored);
    });
    CloseSessions(core, false);
    const auto until = std::chrono::steady_clock::now() + limit;
    while (core.running.load() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CloseSessions(core, true);
    // The pools end while the I/O thread still runs: a handler that waits for a byte is woken by
    // its closed socket.
    core.lengthy.Stop();
    core.quick.Stop();
    core.costly.Stop();
    impl_->thread.join();  // nothing is left to do once every connection is closed
}

}  // namespace shouwang::gateway::http
