#include "common/cache/connection.h"

#include <sys/time.h>

#include <cerrno>
#include <charconv>

namespace shouwang::cache {
namespace {

timeval ToTimeval(std::chrono::milliseconds time) {
    return {time.count() / 1000, time.count() % 1000 * 1000};
}

redisContext* Connect(const std::string& address, timeval timeout) {
    if (address.starts_with("unix:")) {
        return redisConnectUnixWithTimeout(address.c_str() + 5, timeout);
    }
    const std::size_t colon = address.rfind(':');
    int port = 0;
    if (colon != std::string::npos) {
        std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    }
    return redisConnectWithTimeout(address.substr(0, colon).c_str(), port, timeout);
}

}  // namespace

std::unique_ptr<Connection> Connection::Open(const std::string& address,
                                             std::chrono::milliseconds timeout) {
    std::unique_ptr<Connection> out(new Connection(Connect(address, ToTimeval(timeout))));
    if (!out->context_ || !out->alive()) return nullptr;
    if (redisSetTimeout(out->context_.get(), ToTimeval(timeout)) != REDIS_OK) return nullptr;
    return out;
}

std::vector<Reply> Connection::Run(std::span<const std::vector<std::string_view>> commands) {
    std::vector<Reply> replies;
    for (const auto& command : commands) {
        std::vector<const char*> words;
        std::vector<std::size_t> sizes;
        for (const std::string_view word : command) {
            words.push_back(word.data());
            sizes.push_back(word.size());
        }
        if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                                   sizes.data()) != REDIS_OK) {
            return replies;
        }
    }
    while (replies.size() < commands.size()) {
        void* reply = nullptr;
        if (redisGetReply(context_.get(), &reply) != REDIS_OK) break;
        replies.emplace_back(static_cast<redisReply*>(reply));
    }
    return replies;
}

bool Connection::closed_by_peer() const {
    if (context_->err == REDIS_ERR_EOF) return true;
    return context_->err == REDIS_ERR_IO && (errno == ECONNRESET || errno == EPIPE);
}

}  // namespace shouwang::cache
