// One connection to Redis. Dead after any error, as hiredis demands. Not thread-safe. Private to common/cache.
#pragma once

#include <hiredis/hiredis.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shouwang::cache {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

class Connection {
public:
    // nullptr where Redis cannot be reached within the timeout; the timeout also bounds every later read and write.
    static std::unique_ptr<Connection> Open(const std::string& address,
                                            std::chrono::milliseconds timeout);

    // Sends the commands in one go and reads as many replies. Fewer replies than commands: the connection is dead.
    std::vector<Reply> Run(std::span<const std::vector<std::string_view>> commands);
    bool alive() const { return context_->err == 0; }
    // The other side closed while nobody looked (Redis was restarted): worth one new connection, unlike a timeout.
    bool closed_by_peer() const;

private:
    struct FreeContext {
        void operator()(redisContext* context) const { redisFree(context); }
    };
    explicit Connection(redisContext* context) : context_(context) {}
    std::unique_ptr<redisContext, FreeContext> context_;
};

}  // namespace shouwang::cache
