#include "services/gateway/feed/chunk_builder.h"

#include <algorithm>
#include <numeric>

namespace shouwang::gateway::feed {

constexpr std::size_t kMaxProblems = 8;

int PartitionOf(std::int64_t batch, std::uint32_t chunk, int partitions) {
    int stride = partitions / 2 + 1;
    while (std::gcd(stride, partitions) != 1) ++stride;
    return static_cast<int>((batch + std::int64_t{chunk / kChunksInARun} * stride) % partitions);
}

ChunkBuilder::ChunkBuilder(std::int64_t batch, std::uint32_t dataset, int partitions)
    : partitions_(partitions) {
    chunk_.set_batch(batch);
    chunk_.set_dataset(dataset);
}

monitoring::event::v1::FeedRow& ChunkBuilder::AddRow(std::uint32_t sequence,
                                                     std::string_view subject) {
    auto& row = *chunk_.add_rows();
    row.set_sequence(sequence);
    row.mutable_subject()->assign(subject);
    return row;
}

void ChunkBuilder::AddRejected(std::uint32_t sequence,
                               std::span<const model::RowProblem> problems) {
    ++rejected_;
    for (const model::RowProblem& problem :
         problems.first(std::min(problems.size(), kMaxProblems))) {
        auto& row = *chunk_.add_rejected();
        row.set_sequence(sequence);
        row.set_field(problem.field);
        row.set_code(problem.code);
        row.set_got(problem.got);
        row.set_want(problem.want);
    }
}

bus::OutMessage ChunkBuilder::Finish(std::uint32_t chunk, TimePoint now,
                                     const std::string& traceparent) {
    bus::OutMessage message;
    message.topic = kFeedTopic;
    message.partition = PartitionOf(chunk_.batch(), chunk, partitions_);
    message.key = std::to_string(chunk_.batch());
    chunk_.set_chunk(chunk);
    chunk_.set_part(static_cast<std::uint32_t>(message.partition));
    chunk_.set_traceparent(traceparent);
    chunk_.set_received_at_ms(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    chunk_.SerializeToString(&message.value);
    chunk_.mutable_rows()->Clear();
    chunk_.mutable_rejected()->Clear();
    rejected_ = 0;
    return message;
}

}  // namespace shouwang::gateway::feed
