// Token buckets of this process alone: what TakeToken falls back to while Redis is away. Thread-safe. Private to common/cache.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace shouwang::cache {

class TokenBuckets {
public:
    using Time = std::chrono::steady_clock::time_point;

    // 0 = taken, else milliseconds until a token is there.
    int Take(const std::string& key, double per_second, double burst, Time now);
    std::size_t size() const;

private:
    struct Bucket {
        double tokens = 0;
        Time at;
        Time full_at;  // from then on it equals a new one and may be forgotten
    };
    void Prune(Time now);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
    std::size_t prune_at_ = 1024;
};

}  // namespace shouwang::cache
