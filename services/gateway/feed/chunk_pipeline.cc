#include "services/gateway/feed/chunk_pipeline.h"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace shouwang::gateway::feed {
namespace {

Status Stalled() {
    Status status = MakeStatus(Code::kUnavailable, "BUS_STALLED",
                               "rows were not acknowledged in time; resume later");
    status.retry_after_ms = 5000;
    return status;
}

}  // namespace

struct ChunkPipeline::State {
    std::mutex mutex;
    std::condition_variable moved;
    std::deque<SealedChunk> queue;    // put, not yet taken by the thread
    std::deque<bool> acknowledged;    // of chunk `durable`, `durable` + 1, …
    std::uint32_t put = 0;            // chunks up to here were put
    std::uint32_t durable = 0;        // … are acknowledged by the bus
    std::uint32_t told = 0;           // … are recorded and told to the sender
    Status failure;
    bool stop = false;

    void Acknowledge(std::uint32_t chunk, const Status& status) {
        std::lock_guard lock(mutex);
        if (!status.ok()) {
            if (failure.ok()) failure = status;
        } else {
            acknowledged[chunk - durable] = true;
            while (!acknowledged.empty() && acknowledged.front()) {
                acknowledged.pop_front();
                ++durable;
            }
        }
        moved.notify_all();
    }
};

ChunkPipeline::ChunkPipeline(BatchSession& session, bus::Producer& producer,
                             std::uint32_t first_chunk, PipelineOptions options,
                             std::function<void(std::uint32_t)> on_durable)
    : session_(session),
      producer_(producer),
      options_(options),
      on_durable_(std::move(on_durable)),
      state_(std::make_shared<State>()) {
    state_->put = state_->durable = state_->told = first_chunk;
    thread_ = std::thread([this] { Run(); });
}

ChunkPipeline::~ChunkPipeline() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stop = true;
        state_->moved.notify_all();
    }
    thread_.join();
}

Status ChunkPipeline::Put(SealedChunk chunk) {
    std::unique_lock lock(state_->mutex);
    State& s = *state_;
    const bool room = s.moved.wait_for(
        lock, options_.stall, [&] { return !s.failure.ok() || s.put - s.told < options_.window; });
    if (!s.failure.ok()) return s.failure;
    if (!room) return Stalled();
    s.queue.push_back(std::move(chunk));
    ++s.put;
    s.moved.notify_all();
    return Status::Ok();
}

Status ChunkPipeline::Drain() {
    std::unique_lock lock(state_->mutex);
    State& s = *state_;
    while (s.failure.ok() && s.told != s.put) {
        const std::uint32_t before = s.told;
        if (!s.moved.wait_for(lock, options_.stall,
                              [&] { return !s.failure.ok() || s.told != before; }))
            return Stalled();
    }
    return s.failure;
}

void ChunkPipeline::Settle(std::chrono::milliseconds limit) {
    std::unique_lock lock(state_->mutex);
    State& s = *state_;
    s.moved.wait_for(lock, limit, [&] { return !s.failure.ok() || s.told == s.put; });
}

void ChunkPipeline::Run() {
    for (;;) {
        std::vector<SealedChunk> ready;
        std::uint32_t durable = 0, told = 0;
        {
            std::unique_lock lock(state_->mutex);
            State& s = *state_;
            s.moved.wait(lock, [&] {
                return s.stop || !s.failure.ok() || !s.queue.empty() || s.durable != s.told;
            });
            if (s.stop || !s.failure.ok()) return;
            // A few at a time, so that acknowledgements are not held up behind a full window.
            for (; !s.queue.empty() && ready.size() < 8; s.queue.pop_front()) {
                s.acknowledged.push_back(false);
                ready.push_back(std::move(s.queue.front()));
            }
            durable = s.durable;
            told = s.told;
        }
        if (Status status = Work(ready, durable, told); !status.ok())
            return Fail(std::move(status));
    }
}

Status ChunkPipeline::Work(std::vector<SealedChunk>& ready, std::uint32_t durable,
                           std::uint32_t told) {
    std::vector<ChunkDigest> begun;
    for (const SealedChunk& chunk : ready) {
        if (!chunk.recorded) begun.push_back(chunk.digest);
    }
    if (!begun.empty() || durable != told) SW_RETURN_IF_ERROR(session_.Record(begun, durable));
    if (durable != told) {
        on_durable_(durable);
        std::lock_guard lock(state_->mutex);
        state_->told = durable;
        state_->moved.notify_all();
    }
    for (SealedChunk& chunk : ready) SW_RETURN_IF_ERROR(Produce(chunk));
    return Status::Ok();
}

Status ChunkPipeline::Produce(SealedChunk& chunk) {
    auto report = [state = state_, number = chunk.digest.chunk](const Status& result) {
        state->Acknowledge(number, result);
    };
    return producer_.Produce(std::move(chunk.message), std::move(report),
                             DeadlineIn(options_.stall));
}

void ChunkPipeline::Fail(Status status) {
    std::lock_guard lock(state_->mutex);
    if (state_->failure.ok()) state_->failure = std::move(status);
    state_->moved.notify_all();
}

}  // namespace shouwang::gateway::feed
