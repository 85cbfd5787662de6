// Threads made on demand up to a limit, behind a bounded queue. Submit answers false when both are
// full: the caller sheds the work.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace shouwang::gateway::http {

class WorkerPool {
public:
    WorkerPool(int max_threads, int max_queue) : max_threads_(max_threads), max_queue_(max_queue) {}
    ~WorkerPool() { Stop(); }

    bool Submit(std::function<void()> work);
    // Runs what is queued, then joins. Idempotent.
    void Stop();

private:
    void Run();

    const int max_threads_;
    const int max_queue_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::vector<std::thread> threads_;
    int idle_ = 0;
    bool stopping_ = false;
};

}  // namespace shouwang::gateway::http
