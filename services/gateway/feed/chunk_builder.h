// Groups the rows of one chunk by bus partition. Messages are reused from chunk to chunk, so that a
// row costs no allocation beyond strings that outgrow their predecessors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/bus/bus.h"
#include "common/model/dataset.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"

namespace shouwang::gateway::feed {

inline constexpr char kFeedTopic[] = "shouwang.monitoring.feed.v1";

class ChunkBuilder {
public:
    ChunkBuilder(std::int64_t batch, std::uint32_t dataset, int partitions);

    // A row with sequence and subject set; the caller fills the rest. Valid until the next call.
    monitoring::event::v1::FeedRow& AddRow(std::uint32_t sequence, std::string_view subject);
    // One entry a problem, at most eight; they travel in part 0.
    void AddRejected(std::uint32_t sequence, std::span<const model::RowProblem> problems);
    std::uint32_t rejected() const { return rejected_; }
    // One message a part that holds anything; begins the next chunk.
    std::vector<bus::OutMessage> Finish(std::uint32_t chunk, TimePoint now,
                                        const std::string& traceparent);

private:
    std::vector<monitoring::event::v1::FeedChunk> parts_;
    std::uint32_t rejected_ = 0;
};

}  // namespace shouwang::gateway::feed
