#include "common/cache/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace shouwang::cache {

int TokenBuckets::Take(const std::string& key, double per_second, double burst, Time now) {
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= prune_at_) Prune(now);
    const auto [at, fresh] = buckets_.try_emplace(key, Bucket{burst, now, now});
    Bucket& bucket = at->second;
    const double seconds = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens = std::min(burst, bucket.tokens + std::max(0.0, seconds) * per_second);
    bucket.at = now;
    int wait = 0;
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
    } else {
        wait = static_cast<int>(std::ceil((1 - bucket.tokens) * 1000 / per_second));
    }
    bucket.full_at = now + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(
                               (burst - bucket.tokens) / per_second));
    return wait;
}

std::size_t TokenBuckets::size() const {
    const std::lock_guard lock(mutex_);
    return buckets_.size();
}

void TokenBuckets::Prune(Time now) {
    std::erase_if(buckets_, [&](const auto& entry) { return entry.second.full_at <= now; });
    prune_at_ = std::max<std::size_t>(1024, buckets_.size() * 2);
}

}  // namespace shouwang::cache
