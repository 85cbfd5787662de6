// Chunks on their way to the bus: digest recorded → produced → acknowledged → progress
// recorded → sender told.
//
// One thread of its own does all but checking rows, so that database round trips and the bus
// overlap with the next chunks' rows. A chunk counts as durable only together with all chunks
// before it. At most `window` chunks are in flight; Put waits. The first failure (database, bus) is
// final: the sender resumes with a new session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/bus/bus.h"
#include "services/gateway/feed/door_store.h"

namespace shouwang::gateway::feed {

struct SealedChunk {
    ChunkDigest digest;
    bool recorded = false;  // its digest stands in the store already: the chunk is sent again
    bus::OutMessage message;
};

struct PipelineOptions {
    std::uint32_t window = 32;
    std::chrono::milliseconds stall{
        60000};  // Put and Drain give up when nothing moves this long: UNAVAILABLE "BUS_STALLED"
};

class ChunkPipeline {
public:
    // on_durable(n): chunks 0 … n-1 are durable and recorded; called on the pipeline's thread, with
    // n rising.
    ChunkPipeline(BatchSession& session, bus::Producer& producer, std::uint32_t first_chunk,
                  PipelineOptions options, std::function<void(std::uint32_t)> on_durable);
    ~ChunkPipeline();  // drops what is not produced yet; no callback afterwards

    Status Put(SealedChunk chunk);
    // Waits until everything put is durable and told, or for the failure that prevents it.
    Status Drain();
    // The same, but no longer than `limit`, for a sender that has gone.
    void Settle(std::chrono::milliseconds limit);

private:
    struct State;
    void Run();
    Status Work(std::vector<SealedChunk>& ready, std::uint32_t durable, std::uint32_t told);
    Status Produce(SealedChunk& chunk);
    void Fail(Status status);

    BatchSession& session_;
    bus::Producer& producer_;
    const PipelineOptions options_;
    const std::function<void(std::uint32_t)> on_durable_;
    std::shared_ptr<State> state_;  // shared with the bus's reports, which may outlive this
    std::thread thread_;
};

}  // namespace shouwang::gateway::feed
