// A bounded executor: so many threads, so many tasks that wait, and a clear no to the rest.
// Internal to common/rpc.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace shouwang::rpc {

class Executor {
public:
    Executor(int threads, int queue);
    ~Executor();  // Stop()
    // False where every thread is busy and the queue is full, or after Stop.
    bool Submit(std::function<void()> task);
    // Runs what is queued and waits for it.
    void Stop();

private:
    void Work();

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    std::size_t running_ = 0;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace shouwang::rpc
