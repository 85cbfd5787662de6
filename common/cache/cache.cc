#include "common/cache/cache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <set>

#include "common/cache/connection.h"
#include "common/cache/token_bucket.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"

namespace shouwang::cache {
namespace {

using Command = std::vector<std::string_view>;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kTimeout = std::chrono::milliseconds(50);
constexpr auto kRetryAfter = std::chrono::seconds(1);
constexpr std::size_t kIdleConnections = 8;
constexpr std::size_t kKeysAtOnce = 1000;
// Keys whose value in Redis may be old; more than that, and everything below the prefix is thrown away.
constexpr std::size_t kMostStale = 10'000;

// Redis's own clock, so that all processes agree. State: tokens and the microsecond they were counted at.
constexpr std::string_view kTakeToken = R"(
local state = redis.call('HMGET', KEYS[1], 'n', 't')
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens = tonumber(state[1]) or burst
local at = tonumber(state[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'n', string.format('%.17g', tokens), 't', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
)";

std::string Decimal(double value) {
    std::array<char, 64> out;
    const auto result = std::to_chars(out.data(), out.data() + out.size(), value);
    return std::string(out.data(), result.ptr);
}

// hiredis 0.14 writes without MSG_NOSIGNAL: a connection that Redis closed would end the process.
void IgnoreBrokenPipes() {
    struct sigaction now {};
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
        std::signal(SIGPIPE, SIG_IGN);
    }
}

std::string EscapedGlob(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '^' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::optional<std::string> Text(const redisReply* reply) {
    if (reply == nullptr || reply->type != REDIS_REPLY_STRING) return std::nullopt;
    return std::string(reply->str, reply->len);
}

class RedisCache final : public Cache {
public:
    RedisCache(std::string address, std::string prefix)
        : address_(std::move(address)), prefix_(std::move(prefix)) {
        const auto requests = [](const char* result) {
            return metrics::MakeCounter("shouwang_cache_requests_total",
                                        "Keys asked for, by result", {{"result", result}});
        };
        hits_ = requests("hit");
        misses_ = requests("miss");
        away_ = requests("away");
        up_gauge_ = metrics::MakeGauge("shouwang_cache_up", "1 while Redis answers");
        up_gauge_.Set(1);
    }

    std::optional<std::string> Get(const std::string& key) override {
        return std::move(GetMany(std::span(&key, 1)).front());
    }

    std::vector<std::optional<std::string>> GetMany(std::span<const std::string> keys) override {
        std::vector<std::optional<std::string>> out(keys.size());
        if (keys.empty()) return out;
        const auto full = FullKeys(keys);
        Command command{"MGET"};
        command.insert(command.end(), full.begin(), full.end());
        const auto replies = Run({&command, 1});
        if (replies.empty()) {
            away_.Add(static_cast<double>(keys.size()));
            return out;
        }
        const redisReply& list = *replies.front();
        std::size_t hits = 0;
        if (list.type == REDIS_REPLY_ARRAY && list.elements == keys.size()) {
            for (std::size_t i = 0; i < keys.size(); ++i) {
                out[i] = Text(list.element[i]);
                hits += out[i].has_value();
            }
        }
        hits_.Add(static_cast<double>(hits));
        misses_.Add(static_cast<double>(keys.size() - hits));
        return out;
    }

    void Set(const std::string& key, const std::string& value, std::chrono::seconds ttl) override {
        const std::pair<std::string, std::string> item(key, value);
        SetMany({&item, 1}, ttl);
    }

    void SetMany(std::span<const std::pair<std::string, std::string>> items,
                 std::chrono::seconds ttl) override {
        const std::string seconds = std::to_string(ttl.count());
        for (; !items.empty(); items = items.subspan(std::min(kKeysAtOnce, items.size()))) {
            const auto some = items.first(std::min(kKeysAtOnce, items.size()));
            std::vector<std::string> keys;
            for (const auto& [key, value] : some) keys.push_back(prefix_ + key);
            std::vector<Command> commands;
            for (std::size_t i = 0; i < some.size(); ++i) {
                // A value that lives no time at all is one that is not there.
                commands.push_back(ttl.count() > 0
                                       ? Command{"SET", keys[i], some[i].second, "EX", seconds}
                                       : Command{"DEL", keys[i]});
            }
            Write(commands, keys);
        }
    }

    void Delete(const std::string& key) override {
        const std::vector<std::string> keys{prefix_ + key};
        const std::vector<Command> commands{{"DEL", keys.front()}};
        Write(commands, keys);
    }

    int TakeToken(const std::string& key, double per_second, double burst) override {
        const std::string full = prefix_ + key, rate = Decimal(per_second), most = Decimal(burst);
        const Command command{"EVAL", kTakeToken, "1", full, rate, most};
        const auto replies = Run({&command, 1});
        if (!replies.empty() && replies.front()->type == REDIS_REPLY_INTEGER) {
            return static_cast<int>(replies.front()->integer);
        }
        return local_.Take(full, per_second, burst, SteadyClock::now());
    }

    bool up() const override { return open_until_.load() == 0; }

private:
    std::vector<std::string> FullKeys(std::span<const std::string> keys) const {
        std::vector<std::string> out;
        out.reserve(keys.size());
        for (const auto& key : keys) out.push_back(prefix_ + key);
        return out;
    }

    // A write that may not have happened leaves an old value behind: it is remembered, and taken away before Redis is read again.
    void Write(std::span<const Command> commands, const std::vector<std::string>& keys) {
        const auto replies = Run(commands);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (i < replies.size() && replies[i]->type != REDIS_REPLY_ERROR) continue;
            const std::lock_guard lock(stale_mutex_);
            if (stale_.size() < kMostStale) {
                stale_.insert(keys[i]);
            } else {
                all_stale_ = true;
            }
            has_stale_ = true;
        }
    }

    // As many replies as commands, or none: then Redis is away, and the breaker open.
    std::vector<Reply> Run(std::span<const Command> commands) {
        if (!MayTry()) return {};
        if (auto connection = TakeIdle()) {
            auto replies = Attempt(*connection, commands);
            if (replies.size() == commands.size()) return Done(std::move(connection), replies);
            if (!connection->closed_by_peer()) return Trip();
            // It idled while Redis was restarted; so did the others. Sending a command of ours twice does no harm.
            DropIdle();
        }
        if (auto connection = Connection::Open(address_, kTimeout)) {
            auto replies = Attempt(*connection, commands);
            if (replies.size() == commands.size()) return Done(std::move(connection), replies);
        }
        return Trip();
    }

    std::vector<Reply> Attempt(Connection& connection, std::span<const Command> commands) {
        if (has_stale_.load() && !ClearStale(connection)) return {};
        return connection.Run(commands);
    }

    // Closed: always. Open: one caller a second, the others keep away.
    bool MayTry() {
        std::int64_t until = open_until_.load();
        if (until == 0) return true;
        const std::int64_t now = SteadyClock::now().time_since_epoch().count();
        return now >= until && open_until_.compare_exchange_strong(until, Later(now));
    }
    static std::int64_t Later(std::int64_t now) {
        return now + std::chrono::duration_cast<SteadyClock::duration>(kRetryAfter).count();
    }

    std::vector<Reply> Trip() {
        DropIdle();
        if (open_until_.exchange(Later(SteadyClock::now().time_since_epoch().count())) == 0) {
            up_gauge_.Set(0);
            log::Warn("cache away", {{"address", address_}});
        }
        return {};
    }

    std::vector<Reply> Done(std::unique_ptr<Connection> connection, std::vector<Reply>& replies) {
        if (open_until_.exchange(0) != 0) {
            up_gauge_.Set(1);
            log::Info("cache back", {{"address", address_}});
        }
        const std::lock_guard lock(idle_mutex_);
        if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
        return std::move(replies);
    }

    std::unique_ptr<Connection> TakeIdle() {
        const std::lock_guard lock(idle_mutex_);
        if (idle_.empty()) return nullptr;
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    void DropIdle() {
        const std::lock_guard lock(idle_mutex_);
        idle_.clear();
    }

    // Holds other callers back until the old values are gone, so that nobody reads one.
    bool ClearStale(Connection& connection) {
        const std::lock_guard lock(stale_mutex_);
        if (all_stale_ ? !DeleteAll(connection)
                       : !DeleteKeys(connection, {stale_.begin(), stale_.end()})) {
            return false;
        }
        stale_.clear();
        all_stale_ = false;
        has_stale_ = false;
        return true;
    }

    static bool DeleteKeys(Connection& connection, const std::vector<std::string>& keys) {
        if (keys.empty()) return true;
        Command command{"UNLINK"};
        command.insert(command.end(), keys.begin(), keys.end());
        const auto replies = connection.Run({&command, 1});
        return replies.size() == 1 && replies[0]->type == REDIS_REPLY_INTEGER;
    }

    bool DeleteAll(Connection& connection) const {
        const std::string pattern = EscapedGlob(prefix_) + '*';
        std::string cursor = "0";
        do {
            const Command scan{"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"};
            const auto replies = connection.Run({&scan, 1});
            if (replies.size() != 1 || replies[0]->type != REDIS_REPLY_ARRAY ||
                replies[0]->elements != 2) {
                return false;
            }
            const redisReply& page = *replies[0]->element[1];
            std::vector<std::string> keys;
            for (std::size_t i = 0; i < page.elements; ++i) keys.push_back(*Text(page.element[i]));
            if (!DeleteKeys(connection, keys)) return false;
            cursor = *Text(replies[0]->element[0]);
        } while (cursor != "0");
        return true;
    }

    std::string address_, prefix_;
    std::mutex idle_mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::mutex stale_mutex_;
    std::set<std::string> stale_;
    bool all_stale_ = false;
    std::atomic<bool> has_stale_{false};
    std::atomic<std::int64_t> open_until_{0};  // 0 = the breaker is closed
    TokenBuckets local_;
    metrics::Counter hits_, misses_, away_;
    metrics::Gauge up_gauge_;
};

}  // namespace

std::unique_ptr<Cache> Cache::Connect(std::string address, std::string prefix) {
    IgnoreBrokenPipes();
    return std::make_unique<RedisCache>(std::move(address), std::move(prefix));
}

}  // namespace shouwang::cache
