// One chunk's rows on their way to becoming one message. The message is reused from chunk to chunk,
// so that a row costs no allocation beyond strings that outgrow their predecessors.
//
// Chunks go to partitions in runs: the neighbours of a file are mostly the neighbours of a village,
// and monitoring does for a family at once what it would do for its members one by one. The next run
// goes to another half of the partitions, so that consumers share a long file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/bus/bus.h"
#include "common/model/dataset.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"

namespace shouwang::gateway::feed {

inline constexpr char kFeedTopic[] = "shouwang.monitoring.feed.v1";
inline constexpr std::uint32_t kChunksInARun = 16;

// Where a chunk goes; the same whenever it is sent.
int PartitionOf(std::int64_t batch, std::uint32_t chunk, int partitions);

class ChunkBuilder {
public:
    ChunkBuilder(std::int64_t batch, std::uint32_t dataset, int partitions);

    // A row with sequence and subject set; the caller fills the rest. Valid until the next call.
    monitoring::event::v1::FeedRow& AddRow(std::uint32_t sequence, std::string_view subject);
    // One entry a problem, at most eight.
    void AddRejected(std::uint32_t sequence, std::span<const model::RowProblem> problems);
    std::uint32_t rejected() const { return rejected_; }
    // Begins the next chunk.
    bus::OutMessage Finish(std::uint32_t chunk, TimePoint now, const std::string& traceparent);

private:
    const int partitions_;
    monitoring::event::v1::FeedChunk chunk_;
    std::uint32_t rejected_ = 0;
};

}  // namespace shouwang::gateway::feed
