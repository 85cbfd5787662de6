#include "services/gateway/http/worker_pool.h"

#include <exception>

#include "common/log/log.h"

namespace shouwang::gateway::http {

bool WorkerPool::Submit(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    const int waiting = static_cast<int>(queue_.size());
    if (idle_ > waiting || static_cast<int>(threads_.size()) < max_threads_) {
        queue_.push_back(std::move(work));
        if (idle_ <= waiting) threads_.emplace_back([this] { Run(); });
    } else if (waiting < max_queue_) {
        queue_.push_back(std::move(work));
    } else {
        return false;
    }
    wake_.notify_one();
    return true;
}

void WorkerPool::Stop() {
    std::vector<std::thread> threads;
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Run() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (queue_.empty()) return;
        std::function<void()> work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        try {
            work();
        } catch (const std::exception& e) {
            log::Error("worker threw", {{"what", e.what()}});
        }
        work = nullptr;
        lock.lock();
    }
}

}  // namespace shouwang::gateway::http
