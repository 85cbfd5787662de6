// Redis as a cache: only what can be rebuilt. Every call answers quickly; while Redis is away, Get answers nullopt, Set does nothing,
// and a circuit breaker keeps callers from waiting for it: at most 50 ms once, then one caller a second tries. A Set or Delete that
// was lost meanwhile is made up for by deleting the key before this process reads from Redis again. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace shouwang::cache {

class Cache {
public:
    // address: "127.0.0.1:6379" or "unix:/path"; connects lazily. prefix: put before every key.
    static std::unique_ptr<Cache> Connect(std::string address, std::string prefix);
    virtual ~Cache() = default;
    virtual std::optional<std::string> Get(const std::string& key) = 0;
    virtual std::vector<std::optional<std::string>> GetMany(std::span<const std::string> keys) = 0;  // one round trip
    virtual void Set(const std::string& key, const std::string& value, std::chrono::seconds ttl) = 0;
    virtual void SetMany(std::span<const std::pair<std::string, std::string>> items, std::chrono::seconds ttl) = 0;
    virtual void Delete(const std::string& key) = 0;
    // per_second > 0, burst >= 1. Token bucket, atomic in Redis (script), local per process while Redis is
    // away. 0 = taken, else milliseconds until a token is there.
    virtual int TakeToken(const std::string& key, double per_second, double burst) = 0;
    virtual bool up() const = 0;
};

}  // namespace shouwang::cache
