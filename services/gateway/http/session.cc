#include "services/gateway/http/session.h"

#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "common/trace/trace.h"
#include "services/gateway/http/errors.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/http/headers.h"

namespace shouwang::gateway::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Status Gone() {
    return MakeStatus(Code::kCancelled, "CLIENT_GONE", "the caller closed the connection");
}
Status TooLarge() {
    return MakeStatus(Code::kResourceExhausted, "BODY_TOO_LARGE",
                      "the body is larger than this route takes");
}

Status BodyError(const Error& error) {
    if (error == beast::error::timeout)
        return MakeStatus(Code::kDeadlineExceeded, "BODY_STALLED", "the body stopped coming");
    if (error.category() == wire::make_error_code(wire::error::bad_chunk).category() &&
        error != wire::error::partial_message && error != wire::error::end_of_stream) {
        return MakeStatus(Code::kInvalidArgument, "BODY_BROKEN", "the body's framing is broken");
    }
    return Gone();
}

}  // namespace

class Session final : public Link, public std::enable_shared_from_this<Session> {
public:
    Session(asio::ip::tcp::socket socket, std::shared_ptr<Core> core)
        : stream_(std::move(socket)), core_(std::move(core)) {
        Error ignored;
        const auto peer = stream_.socket().remote_endpoint(ignored);
        if (!ignored) peer_ = peer.address().to_string();
        std::lock_guard lock(core_->mutex);
        core_->sessions.insert(this);
        core_->connections_gauge.Add(1);
    }
    ~Session() {
        std::lock_guard lock(core_->mutex);
        core_->sessions.erase(this);
        core_->connections_gauge.Add(-1);
    }

    void Start() {
        asio::post(stream_.get_executor(), [self = shared_from_this()] { self->ReadHead(); });
    }
    void Stop(bool force) {
        asio::post(stream_.get_executor(), [self = shared_from_this(), force] {
            if (self->current_) self->current_->SetStopping();
            if (force || !self->current_) self->Close();
        });
    }

    void AskPiece(std::shared_ptr<Exchange> exchange) override {
        asio::post(stream_.get_executor(),
                   [self = shared_from_this(), exchange = std::move(exchange)] {
                       self->ReadSome([exchange](Error error) {
                           exchange->Done(error ? BodyError(error) : Status::Ok());
                       });
                   });
    }
    void AskBegin(std::shared_ptr<Exchange> exchange, int status, Headers headers) override {
        asio::post(stream_.get_executor(),
                   [self = shared_from_this(), exchange = std::move(exchange), status,
                    headers = std::move(headers)] { self->BeginWrite(status, headers, exchange); });
    }
    void AskWrite(std::shared_ptr<Exchange> exchange, std::string_view bytes) override {
        asio::post(stream_.get_executor(),
                   [self = shared_from_this(), exchange = std::move(exchange), bytes] {
                       self->WritePiece(bytes, exchange);
                   });
    }
    void AskFinish(std::shared_ptr<Exchange> exchange) override {
        asio::post(stream_.get_executor(),
                   [self = shared_from_this(), exchange = std::move(exchange)] {
                       self->Finish(exchange);
                   });
    }

private:
    using Body = wire::buffer_body;

    void Close() {
        Error ignored;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
        stream_.close();
    }

    void ReadHead() {
        if (core_->stopping) return Close();
        parser_.emplace();
        parser_->header_limit(16 << 10);
        parser_->body_limit(boost::none);
        stream_.expires_after(core_->options.idle);
        wire::async_read_header(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](Error error, std::size_t) { self->OnHead(error); });
    }

    void OnHead(Error error) {
        if (error) {
            const bool malformed =
                error.category() == wire::make_error_code(wire::error::bad_method).category() &&
                error != wire::error::end_of_stream && error != wire::error::partial_message;
            if (!malformed) return Close();
            const int status = error == wire::error::header_limit ? 431 : 400;
            return AnswerNow(status, MakeStatus(Code::kInvalidArgument, "HTTP_BROKEN",
                                                "not an HTTP/1.1 request"));
        }
        current_ = std::make_shared<Exchange>(shared_from_this());
        counted_ = true;
        core_->running.fetch_add(1);
        core_->running_gauge.Add(1);
        Request& request = current_->request;
        const auto& head = parser_->get();
        request.method = std::string(head.method_string());
        for (const auto& field : head) {
            std::string name(field.name_string());
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            std::string& value = request.headers[name];
            if (!value.empty()) value += name == "cookie" ? "; " : ", ";
            value += std::string_view(field.value().data(), field.value().size());
        }
        request.peer = Peer(request.Header("x-forwarded-for"));
        if (const auto length = parser_->content_length()) request.content_length = *length;
        expects_continue_ = request.Header("expect") == "100-continue";
        trace::Context context = trace::Context::Parse(request.Header("traceparent"));
        request.traceparent =
            (context.trace_id.empty() ? trace::Context::New() : context.Child()).ToString();
        const auto target = head.target();
        if (Status parsed = ParseTarget({target.data(), target.size()}, request); !parsed.ok())
            return AnswerNow(400, parsed);
        Dispatch(request);
    }

    // Behind a proxy of our own the last hop of the list is what that proxy saw.
    std::string Peer(std::string_view forwarded) const {
        if (!core_->options.behind_proxy || forwarded.empty()) return peer_;
        forwarded = forwarded.substr(forwarded.rfind(',') + 1);
        while (!forwarded.empty() && forwarded.front() == ' ') forwarded.remove_prefix(1);
        return forwarded.empty() ? peer_ : std::string(forwarded);
    }

    void Dispatch(Request& request) {
        Router::Match match = core_->router.Find(request.method, request.path);
        if (match.route == nullptr) {
            if (match.other_method) {
                return AnswerNow(405, MakeStatus(Code::kUnimplemented, "METHOD_NOT_ALLOWED",
                                                 "this path has another method"));
            }
            return AnswerNow(404, MakeStatus(Code::kUnimplemented, "PATH_UNKNOWN",
                                             "there is nothing at this path"));
        }
        request.params = std::move(match.params);
        current_->route = match.route;
        if (request.content_length.value_or(0) > match.route->max_body)
            return AnswerNow(413, TooLarge());
        if (match.route->kind == RouteKind::kLong) {
            Submit(core_->lengthy);
        } else {
            ReadWhole();
        }
    }

    void ReadWhole() {
        if (parser_->is_done()) {
            current_->body_complete = true;
            return Submit(current_->route->kind == RouteKind::kCostly ? core_->costly
                                                                      : core_->quick);
        }
        ReadSome([self = shared_from_this()](Error error) {
            Exchange& exchange = *self->current_;
            if (error) {
                const Status status = BodyError(error);
                if (status.code == Code::kCancelled) return self->Abort();
                return self->AnswerNow(HttpStatus(status.code), status);
            }
            exchange.body.append(exchange.piece, 0, exchange.piece_size);
            if (exchange.body.size() > exchange.route->max_body)
                return self->AnswerNow(413, TooLarge());
            self->ReadWhole();
        });
    }

    void Submit(WorkerPool& pool) {
        const bool taken =
            pool.Submit([exchange = current_, core = core_] { exchange->Run(core->guard); });
        if (taken) {
            if (parser_->is_done()) WatchClose();
            return;
        }
        Status busy = MakeStatus(Code::kResourceExhausted, "SERVER_BUSY",
                                 "too many requests at the same time");
        busy.retry_after_ms = 1000;
        AnswerNow(429, busy);
    }

    // Next piece of the body into current_->piece_; 0 bytes only at the end.
    template <typename Then>
    void ReadSome(Then then) {
        if (expects_continue_) {
            expects_continue_ = false;
            stream_.expires_after(core_->options.stall);
            asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                              [self = shared_from_this(), then = std::move(then)](
                                  Error error, std::size_t) mutable {
                                  if (error) return then(error);
                                  self->ReadSome(std::move(then));
                              });
            return;
        }
        Exchange& exchange = *current_;
        exchange.piece_size = 0;
        if (parser_->is_done()) return then(Error());
        exchange.piece.resize(kPiece);
        // Beast reads as much as the buffer has room for: 512 bytes where nobody says more.
        if (exchange.route->kind == RouteKind::kLong) buffer_.reserve(kPiece);
        auto& body = parser_->get().body();
        body.data = exchange.piece.data();
        body.size = kPiece;
        stream_.expires_after(core_->options.stall);
        wire::async_read_some(
            stream_, buffer_, *parser_,
            [self = shared_from_this(), then = std::move(then)](Error error, std::size_t) mutable {
                if (error == wire::error::need_buffer) error = {};
                if (error) return then(error);
                Exchange& current = *self->current_;
                current.piece_size = kPiece - self->parser_->get().body().size;
                if (current.piece_size == 0 && !self->parser_->is_done())
                    return self->ReadSome(std::move(then));
                if (self->parser_->is_done() && current.route->kind == RouteKind::kLong)
                    self->WatchClose();
                then(Error());
            });
    }

    // While the handler works nothing is read; a closed connection shows as readable with nothing
    // to read.
    void WatchClose() {
        stream_.socket().async_wait(
            asio::ip::tcp::socket::wait_read,
            [self = shared_from_this(), watched = std::weak_ptr(current_)](Error error) {
                auto exchange = watched.lock();
                if (error || !exchange || self->current_ != exchange) return;
                char byte;
                Error peek;
                self->stream_.socket().receive(asio::buffer(&byte, 1),
                                               asio::socket_base::message_peek, peek);
                if (peek) exchange->SetClosed();
            });
    }

    template <typename Message>
    void Prepare(Message& message, const Headers& headers) {
        const auto& head = parser_->get();
        message.version(head.version());
        for (const auto& [name, value] : SecurityHeaders())
            message.set(beast::string_view(name.data(), name.size()),
                        beast::string_view(value.data(), value.size()));
        for (const auto& [name, value] : headers) message.insert(name, value);
        keep_alive_ = head.keep_alive() && parser_->is_done() && !core_->stopping;
        message.keep_alive(keep_alive_);
    }

    void AnswerNow(int status, const Status& error) {
        Response response;
        response.status = status;
        response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
        if (error.retry_after_ms > 0)
            response.headers.emplace_back("Retry-After", RetryAfterSeconds(error));
        response.body = ErrorJson(error);
        WriteWhole(std::move(response));
    }

    void WriteWhole(Response response) {
        auto message = std::make_shared<wire::response<wire::string_body>>();
        message->result(static_cast<unsigned>(response.status));
        Prepare(*message, response.headers);
        const std::size_t size = response.body.size();
        message->body() = std::move(response.body);
        if (parser_->get().method() == wire::verb::head) message->body().clear();
        const bool bare = response.status == 304 || response.status == 204;
        if (!bare) message->content_length(size);
        stream_.expires_after(core_->options.stall);
        auto done = [self = shared_from_this(), message](Error error, std::size_t) {
            self->Answered(error);
        };
        if (message->body().empty()) {
            auto serializer =
                std::make_shared<wire::response_serializer<wire::string_body>>(*message);
            wire::async_write_header(
                stream_, *serializer,
                [done, serializer](Error error, std::size_t n) { done(error, n); });
        } else {
            wire::async_write(stream_, *message, std::move(done));
        }
    }

    void Answered(Error error) {
        Release();
        if (error) return Close();
        if (keep_alive_) return ReadHead();
        Linger();
    }

    void Abort() {
        Release();
        Close();
    }

    void Release() {
        if (counted_) {
            counted_ = false;
            core_->running.fetch_sub(1);
            core_->running_gauge.Add(-1);
        }
        current_.reset();
        if (buffer_.size() == 0) buffer_.shrink_to_fit();  // an idle connection costs little
    }

    // The caller may still be sending: closing at once would reset the connection before it has
    // read the answer.
    void Linger() {
        Error ignored;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        if (parser_ && parser_->is_done()) return Close();
        stream_.expires_after(std::chrono::seconds(2));
        Discard();
    }
    void Discard() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(kPiece),
                                [self = shared_from_this()](Error error, std::size_t) {
                                    if (error) return self->Close();
                                    self->Discard();
                                });
    }

    void BeginWrite(int status, const Headers& headers, const std::shared_ptr<Exchange>& exchange) {
        auto message = std::make_shared<wire::response<wire::empty_body>>();
        message->result(static_cast<unsigned>(status));
        Prepare(*message, headers);
        chunked_ = parser_->get().version() >= 11;
        message->chunked(chunked_);
        if (!chunked_) {
            keep_alive_ = false;
            message->keep_alive(false);
        }
        auto serializer = std::make_shared<wire::response_serializer<wire::empty_body>>(*message);
        stream_.expires_after(core_->options.stall);
        wire::async_write_header(
            stream_, *serializer,
            [self = shared_from_this(), exchange, message, serializer](Error error, std::size_t) {
                exchange->Done(error ? Gone() : Status::Ok());
            });
    }

    void WritePiece(std::string_view bytes, const std::shared_ptr<Exchange>& exchange) {
        stream_.expires_after(core_->options.stall);
        auto done = [self = shared_from_this(), exchange](Error error, std::size_t) {
            self->stream_.expires_never();
            exchange->Done(error ? Gone() : Status::Ok());
        };
        const asio::const_buffer buffer(bytes.data(), bytes.size());
        if (chunked_ && bytes.empty()) {
            asio::async_write(stream_, wire::make_chunk_last(), std::move(done));
        } else if (chunked_) {
            asio::async_write(stream_, wire::make_chunk(buffer), std::move(done));
        } else {
            asio::async_write(stream_, buffer, std::move(done));
        }
    }

    void Finish(const std::shared_ptr<Exchange>& exchange) {
        if (!exchange->begun()) return WriteWhole(*exchange->TakeResponse());
        if (!exchange->ended() || exchange->closed()) return Abort();
        Answered(Error());
    }

    beast::tcp_stream stream_;
    std::shared_ptr<Core> core_;
    beast::flat_buffer buffer_{kPiece + (32 << 10)};
    std::optional<wire::request_parser<Body>> parser_;
    std::shared_ptr<Exchange> current_;
    std::string peer_;
    bool keep_alive_ = false, chunked_ = false, expects_continue_ = false, counted_ = false;
};

Core::Core(ServerOptions o, Router r, Guard g)
    : options(std::move(o)),
      router(std::move(r)),
      guard(std::move(g)),
      quick(options.quick_threads, options.quick_queue),
      costly(options.costly_threads, options.costly_queue),
      lengthy(options.long_threads, 0),
      running_gauge(
          metrics::MakeGauge("shouwang_gateway_http_running", "HTTP requests being handled")),
      connections_gauge(
          metrics::MakeGauge("shouwang_gateway_http_connections", "open HTTP connections")) {}

void StartSession(asio::ip::tcp::socket socket, std::shared_ptr<Core> core) {
    std::make_shared<Session>(std::move(socket), std::move(core))->Start();
}

void CloseSessions(Core& core, bool force) {
    std::vector<std::shared_ptr<Session>> open;
    {
        std::lock_guard lock(core.mutex);
        for (Session* session : core.sessions) {
            if (auto alive = session->weak_from_this().lock()) open.push_back(std::move(alive));
        }
    }
    for (const auto& session : open) session->Stop(force);
}

}  // namespace shouwang::gateway::http
