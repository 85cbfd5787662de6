#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>

#include "common/log/log.h"
#include "common/metrics/metrics.h"

namespace shouwang::metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

// A slow or silent client loses its connection; it cannot hold the one thread.
constexpr auto kClientTimeout = std::chrono::seconds(5);
constexpr std::size_t kHeaderLimit = 8 * 1024;
constexpr std::size_t kBodyLimit = 1024;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response Answer(const Request& request, const std::function<bool()>& ready) {
    Response response(http::status::ok, request.version());
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    const std::string path(request.target().substr(0, request.target().find('?')));
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
        response.result(http::status::method_not_allowed);
        response.set(http::field::allow, "GET, HEAD");
    } else if (path == "/metrics") {
        response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        response.body() = Render();
    } else if (path == "/livez") {
        response.body() = "ok\n";
    } else if (path == "/readyz") {
        const bool is_ready = ready();
        if (!is_ready) response.result(http::status::service_unavailable);
        response.body() = is_ready ? "ok\n" : "not ready\n";
    } else {
        response.result(http::status::not_found);
        response.body() = "not found\n";
    }
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
    return response;
}

// One connection; keeps itself alive through the handlers that wait for it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const std::function<bool()>& ready)
        : stream_(std::move(socket)), ready_(ready) {}

    void Read() {
        parser_.emplace();
        parser_->header_limit(kHeaderLimit);
        parser_->body_limit(kBodyLimit);
        stream_.expires_after(kClientTimeout);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->Write();
                         });
    }

private:
    void Write() {
        response_ = Answer(parser_->get(), ready_);
        stream_.expires_after(kClientTimeout);
        http::async_write(stream_, response_,
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (error) return;
                              if (self->response_.keep_alive()) return self->Read();
                              self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
                          });
    }

    beast::tcp_stream stream_;
    const std::function<bool()>& ready_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    Response response_;
};

class ServerImpl final : public Server {
public:
    ServerImpl(int port, std::function<bool()> ready)
        : ready_(std::move(ready)),
          acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(),
                                       static_cast<unsigned short>(port))),
          port_(acceptor_.local_endpoint().port()) {
        Accept();
        thread_ = std::thread([this] { Run(); });
    }
    ~ServerImpl() override {
        io_.stop();
        thread_.join();
    }
    int port() const override { return port_; }

private:
    void Accept() {
        acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (!error) std::make_shared<Connection>(std::move(socket), ready_)->Read();
            Accept();
        });
    }

    void Run() {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception& e) {
                log::Error("metrics request failed", {{"error", e.what()}});
            }
        }
    }

    const std::function<bool()> ready_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    const int port_;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<Server> Server::Start(int port, std::function<bool()> ready) {
    try {
        return std::make_unique<ServerImpl>(port, std::move(ready));
    } catch (const boost::system::system_error& e) {
        log::Error("metrics port cannot be had", {{"port", port}, {"error", e.code().message()}});
        return nullptr;
    }
}

}  // namespace shouwang::metrics
