#include "common/outbox/batch.h"

#include <algorithm>
#include <unordered_set>

namespace shouwang::outbox {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10000};
constexpr milliseconds kForget{60000};

milliseconds Longer(milliseconds pause) {
    return std::clamp(pause * 2, kFirstPause, kLongestPause);
}

}  // namespace

void Batch::Expect() {
    const std::lock_guard lock(mutex_);
    ++missing_;
}

void Batch::Report(std::size_t row, const Status& status) {
    const std::lock_guard lock(mutex_);
    rows_[row].acked = status.ok();
    if (!status.ok() && first_error_.ok()) first_error_ = status;
    if (--missing_ == 0) done_.notify_all();
}

void Batch::Refused(const Status& status) {
    const std::lock_guard lock(mutex_);
    if (first_error_.ok()) first_error_ = status;
    if (--missing_ == 0) done_.notify_all();
}

bool Batch::WaitUntil(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return done_.wait_until(lock, deadline, [&] { return missing_ == 0; });
}

Status Batch::first_error() const {
    const std::lock_guard lock(mutex_);
    return first_error_;
}

Batch::Outcome Batch::Settle() const {
    const std::lock_guard lock(mutex_);
    Outcome out;
    out.shards.reserve(rows_.size());
    out.ids.reserve(rows_.size());
    std::unordered_set<std::string_view> failed;
    for (const Row& row : rows_) {
        if (!failed.empty() && failed.contains(row.key)) continue;
        if (row.acked) {
            out.shards.push_back(row.shard);
            out.ids.push_back(row.id);
            continue;
        }
        failed.insert(row.key);
    }
    out.failed_keys.assign(failed.begin(), failed.end());
    return out;
}

void Blocked::Fail(const std::vector<std::string>& keys, Deadline now) {
    if (keys.size() + keys_.size() > kMost) {
        pause_ = Longer(pause_);
        paused_until_ = now + pause_;
        keys_.clear();
        return;
    }
    for (const auto& key : keys) {
        Pause& pause = keys_[key];
        pause.length = Longer(pause.length);
        pause.until = now + pause.length;
    }
}

void Blocked::Success(const std::vector<std::string>& keys) {
    for (const auto& key : keys) keys_.erase(key);
}

std::vector<std::string> Blocked::Now(Deadline now) {
    std::erase_if(keys_, [&](const auto& entry) { return entry.second.until + kForget < now; });
    std::vector<std::string> out;
    for (const auto& [key, pause] : keys_) {
        if (pause.until > now) out.push_back(key);
    }
    return out;
}

Deadline Blocked::Next(Deadline now) const {
    Deadline first = Deadline::max();
    for (const auto& [key, pause] : keys_) {
        if (pause.until > now) first = std::min(first, pause.until);
    }
    return first;
}

void Blocked::AllWell() { pause_ = milliseconds{0}; }

}  // namespace shouwang::outbox
