#include "services/gateway/feed/chunk_builder.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace shouwang::gateway::feed {

constexpr std::size_t kMaxProblems = 8;

ChunkBuilder::ChunkBuilder(std::int64_t batch, std::uint32_t dataset, int partitions)
    : parts_(static_cast<std::size_t>(partitions)) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        parts_[i].set_batch(batch);
        parts_[i].set_dataset(dataset);
        parts_[i].set_part(static_cast<std::uint32_t>(i));
    }
}

monitoring::event::v1::FeedRow& ChunkBuilder::AddRow(std::uint32_t sequence,
                                                     std::string_view subject) {
    // As Kafka's Java client: the sign bit goes, so that every language agrees on the partition of
    // a key.
    const std::size_t part = (Murmur2(subject) & 0x7fffffffU) % parts_.size();
    auto& row = *parts_[part].add_rows();
    row.set_sequence(sequence);
    row.mutable_subject()->assign(subject);
    return row;
}

void ChunkBuilder::AddRejected(std::uint32_t sequence,
                               std::span<const model::RowProblem> problems) {
    ++rejected_;
    for (const model::RowProblem& problem :
         problems.first(std::min(problems.size(), kMaxProblems))) {
        auto& row = *parts_[0].add_rejected();
        row.set_sequence(sequence);
        row.set_field(problem.field);
        row.set_code(problem.code);
        row.set_got(problem.got);
        row.set_want(problem.want);
    }
}

std::vector<bus::OutMessage> ChunkBuilder::Finish(std::uint32_t chunk, TimePoint now,
                                                  const std::string& traceparent) {
    std::vector<bus::OutMessage> out;
    for (auto& part : parts_) {
        if (part.rows().empty() && part.rejected().empty()) continue;
        part.set_chunk(chunk);
        part.set_traceparent(traceparent);
        part.set_received_at_ms(
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
        bus::OutMessage message;
        message.topic = kFeedTopic;
        if (!part.rows().empty()) message.key = part.rows(0).subject();
        message.partition = static_cast<int>(part.part());
        part.SerializeToString(&message.value);
        out.push_back(std::move(message));
        part.mutable_rows()->Clear();
        part.mutable_rejected()->Clear();
    }
    rejected_ = 0;
    return out;
}

}  // namespace shouwang::gateway::feed
