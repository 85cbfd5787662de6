#include "common/testing/gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/testing/child.h"

namespace shouwang::testing {
namespace {

// Closes with a reset, so that the other side sees a broken link and not an orderly end.
void Reset(int fd) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd);
}

int ConnectUnix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.data(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

int ConnectTcp(const std::string& server) {
    const std::size_t colon = server.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        ::inet_pton(AF_INET, server.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        return -1;
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1))));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
    }
    ::close(fd);
    return -1;
}

// Bound to a port by its number: the number then stays ours while we do not listen.
int Bind(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

// One direction of a connection.
struct Flow {
    int from = -1, to = -1;
    std::string waiting;  // read and not yet written; nothing more is read until it is gone
    bool ended = false;   // `from` sent its end
    bool closed = false;  // and it was passed on
};

struct Link {
    Flow request, answer;
    bool cut_at_answer = false;
    bool dead = false;
};

}  // namespace

// One thread owns every socket; the public calls run on it, one at a time.
class TcpGate::Loop {
public:
    explicit Loop(std::string server) : server_(std::move(server)), wake_(::eventfd(0, EFD_CLOEXEC)) {
        for (int attempt = 0; attempt < 20 && listener_ < 0; ++attempt) {
            port_ = FreePort();
            listener_ = Bind(port_);
            if (listener_ >= 0 && ::listen(listener_, kBacklog) != 0) {
                ::close(listener_);
                listener_ = -1;
            }
        }
        if (listener_ < 0) throw std::runtime_error("TcpGate: no port");
        thread_ = std::thread([this] { Run(); });
    }

    ~Loop() {
        Do([this] { stop_ = true; });
        thread_.join();
        CutAll();
        ::close(listener_);
        ::close(wake_);
    }

    int port() const { return port_; }
    int open_connections() const { return open_.load(); }
    int accepted() const { return accepted_.load(); }

    // Runs `action` on the loop's thread and waits for it.
    void Do(const std::function<void()>& action) {
        std::promise<void> done;
        {
            const std::lock_guard lock(mutex_);
            actions_.push_back([&] {
                action();
                done.set_value();
            });
        }
        const std::uint64_t one = 1;
        if (::write(wake_, &one, sizeof one) != sizeof one) std::terminate();
        done.get_future().wait();
    }

    void SetMode(Mode mode) {
        if (mode == Mode::kRefuse && mode_ != Mode::kRefuse) {
            // Ends listening and keeps the port; connections that wait to be accepted are reset.
            ::shutdown(listener_, SHUT_RD);
            CutAll();
        } else if (mode != Mode::kRefuse && mode_ == Mode::kRefuse) {
            if (::listen(listener_, kBacklog) != 0) std::terminate();
        }
        mode_ = mode;
    }

    void CutAll() {
        for (Link& link : links_) link.dead = true;
        Bury();
    }

    void CutAt(const std::string& words, bool before) {
        words_ = words;
        before_ = before;
    }

private:
    bool Passes(bool request) const {
        return mode_ != Mode::kStall && (request || mode_ != Mode::kStallReplies);
    }

    // One socket: it is the source of `read` and the target of `write`. Not polled where there is nothing to wait for, since
    // poll would report a hang-up again and again.
    pollfd Wanted(const Flow& read, bool read_is_request, const Flow& write) const {
        short events = 0;
        if (Passes(read_is_request) && read.waiting.empty() && !read.ended) events |= POLLIN;
        if (Passes(!read_is_request) && !write.waiting.empty()) events |= POLLOUT;
        return {events == 0 ? -1 : read.from, events, 0};
    }

    void Run() {
        while (!stop_) {
            std::vector<pollfd> polled;
            polled.push_back({wake_, POLLIN, 0});
            polled.push_back({mode_ == Mode::kRefuse ? -1 : listener_, POLLIN, 0});
            for (const Link& link : links_) {
                polled.push_back(Wanted(link.request, true, link.answer));
                polled.push_back(Wanted(link.answer, false, link.request));
            }
            if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) std::terminate();
            for (Link& link : links_) {
                Pump(link, link.request, true);
                Pump(link, link.answer, false);
            }
            Bury();
            if (polled[1].revents != 0) Accept();
            if (polled[0].revents != 0) RunActions();
        }
    }

    void Accept() {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        ++accepted_;
        const int server = server_.starts_with("unix:") ? ConnectUnix(server_.substr(5))
                                                        : ConnectTcp(server_);
        if (server < 0) return Reset(client);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::fcntl(server, F_SETFL, O_NONBLOCK);
        Link& link = links_.emplace_back();
        link.request.from = link.answer.to = client;
        link.request.to = link.answer.from = server;
        ++open_;
    }

    void Pump(Link& link, Flow& flow, bool request) {
        if (link.dead || !Passes(request)) return;
        if (flow.waiting.empty() && !flow.ended) Read(link, flow, request);
        if (!link.dead && !flow.waiting.empty()) {
            const ssize_t sent =
                ::send(flow.to, flow.waiting.data(), flow.waiting.size(), MSG_NOSIGNAL);
            if (sent > 0) flow.waiting.erase(0, static_cast<std::size_t>(sent));
            if (sent < 0 && errno != EAGAIN) link.dead = true;
        }
        if (flow.ended && flow.waiting.empty() && !flow.closed) {
            ::shutdown(flow.to, SHUT_WR);
            flow.closed = true;
        }
    }

    void Read(Link& link, Flow& flow, bool request) {
        std::array<char, 64 * 1024> block;
        const ssize_t got = ::recv(flow.from, block.data(), block.size(), 0);
        if (got < 0) {
            link.dead = errno != EAGAIN;
        } else if (got == 0) {
            flow.ended = true;
        } else if (!request && link.cut_at_answer) {
            link.dead = true;
        } else {
            flow.waiting.assign(block.data(), static_cast<std::size_t>(got));
            if (request && !words_.empty() && flow.waiting.find(words_) != std::string::npos) {
                words_.clear();
                (before_ ? link.dead : link.cut_at_answer) = true;
            }
        }
    }

    // Takes away what is dead (by a reset) or over (in order).
    void Bury() {
        for (auto link = links_.begin(); link != links_.end();) {
            const bool over = link->request.closed && link->answer.closed;
            if (!link->dead && !over) {
                ++link;
                continue;
            }
            for (const int fd : {link->request.from, link->request.to}) {
                link->dead ? Reset(fd) : static_cast<void>(::close(fd));
            }
            link = links_.erase(link);
            --open_;
        }
    }

    void RunActions() {
        std::uint64_t count = 0;
        if (::read(wake_, &count, sizeof count) < 0) return;
        std::vector<std::function<void()>> actions;
        {
            const std::lock_guard lock(mutex_);
            actions.swap(actions_);
        }
        for (const auto& action : actions) action();
    }

    static constexpr int kBacklog = 128;

    const std::string server_;
    const int wake_;
    int listener_ = -1;
    int port_ = 0;
    Mode mode_ = Mode::kPass;
    std::string words_;
    bool before_ = false;
    bool stop_ = false;
    std::list<Link> links_;
    std::atomic<int> open_{0};
    std::atomic<int> accepted_{0};
    std::mutex mutex_;
    std::vector<std::function<void()>> actions_;
    std::thread thread_;
};

TcpGate::TcpGate(const std::string& server) : loop_(std::make_unique<Loop>(server)) {}
TcpGate::~TcpGate() = default;

int TcpGate::port() const { return loop_->port(); }
std::string TcpGate::address() const { return "127.0.0.1:" + std::to_string(loop_->port()); }

void TcpGate::Set(Mode mode) {
    loop_->Do([&] { loop_->SetMode(mode); });
}
void TcpGate::Cut() {
    loop_->Do([&] { loop_->CutAll(); });
}
void TcpGate::CutAnswerTo(const std::string& words) {
    loop_->Do([&] { loop_->CutAt(words, false); });
}
void TcpGate::CutBefore(const std::string& words) {
    loop_->Do([&] { loop_->CutAt(words, true); });
}

int TcpGate::open_connections() const { return loop_->open_connections(); }
int TcpGate::accepted() const { return loop_->accepted(); }

}  // namespace shouwang::testing
