// One request of a connection: what its handler sees as Request, BodyReader and Reply. Internal to
// services/gateway/http.
//
// The handler runs on a pool thread; whatever touches the socket is asked of the Link, which does
// it on the connection's strand, and waited for. The connection takes the next request only after
// the handler has returned.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "services/gateway/http/router.h"
#include "services/gateway/http/server.h"

namespace shouwang::gateway::http {

class Exchange;

// The connection as an exchange sees it. Any thread; each answers through Exchange::Done, but for
// Finish, which ends the exchange.
class Link {
public:
    virtual ~Link() = default;
    virtual void AskPiece(
        std::shared_ptr<Exchange> exchange) = 0;  // the body's next bytes into `piece`
    virtual void AskBegin(std::shared_ptr<Exchange> exchange, int status, Headers headers) = 0;
    virtual void AskWrite(std::shared_ptr<Exchange> exchange,
                          std::string_view bytes) = 0;  // empty: the last chunk
    virtual void AskFinish(std::shared_ptr<Exchange> exchange) = 0;
};

class Exchange final : public BodyReader,
                       public Reply,
                       public std::enable_shared_from_this<Exchange> {
public:
    explicit Exchange(std::shared_ptr<Link> link) : link_(std::move(link)) {}

    Result<std::string_view> Next() override;
    void Send(Response response) override;
    bool Begin(int status, Headers headers) override;
    bool Write(std::string_view bytes) override;
    void End() override;
    bool gone() const override { return closed_.load() || stopping_.load(); }

    // Guard, handler, metrics, Finish: on a pool thread.
    void Run(const Guard& guard);
    // From the strand: what was asked for has ended so.
    void Done(Status result);
    void SetClosed() { closed_ = true; }
    // The server stops: the handler should end, and may still write its last words.
    void SetStopping() { stopping_ = true; }
    bool closed() const { return closed_.load(); }

    // For the connection, before Run and from the strand.
    Request request;
    const Route* route = nullptr;
    std::string body;            // kQuick and kCostly: complete
    bool body_complete = false;  // `body` holds everything
    std::string piece;           // room for the next bytes
    std::size_t piece_size = 0;  // 0 after AskPiece: the end

    // For the connection, in Finish.
    bool begun() const { return begun_; }
    bool ended() const { return ended_; }
    std::optional<Response> TakeResponse() { return std::move(response_); }

private:
    Status Wait();

    const std::shared_ptr<Link> link_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<Status> result_;
    std::atomic<bool> closed_{false}, stopping_{false};
    std::uint64_t received_ = 0;
    bool body_given_ = false, answered_ = false, begun_ = false, ended_ = false;
    int status_ = 0;
    std::optional<Response> response_;
};

}  // namespace shouwang::gateway::http
