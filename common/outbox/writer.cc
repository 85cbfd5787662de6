#include <google/protobuf/timestamp.pb.h>

#include "common/outbox/envelope.h"
#include "common/outbox/outbox.h"
#include "shouwang/event/v1/envelope.pb.h"

namespace shouwang::outbox {
namespace {

// The bus refuses larger messages; the headers need their share.
constexpr std::size_t kMaxValueBytes = bus::kMaxMessageBytes - 16'384;

}  // namespace

Writer::Writer(std::string source, TimePoint now, std::string traceparent)
    : source_(std::move(source)), now_(now), traceparent_(std::move(traceparent)) {}

std::string Writer::Add(const Event& event) {
    thread_local event::v1::Envelope envelope;  // keeps its strings' memory from event to event
    thread_local std::string value;
    envelope.Clear();
    std::string id = NewEventId();
    envelope.set_id(id);
    envelope.set_source(source_);
    envelope.set_subject(event.subject);
    envelope.set_partition_key(event.partition_key);
    envelope.set_aggregate_version(event.aggregate_version);
    envelope.set_traceparent(traceparent_);
    envelope.set_causation_id(event.causation_id);
    envelope.set_correlation_id(event.correlation_id);
    using namespace std::chrono;
    const auto whole = floor<seconds>(now_.time_since_epoch());
    envelope.mutable_time()->set_seconds(whole.count());
    envelope.mutable_time()->set_nanos(
        static_cast<int>(duration_cast<nanoseconds>(now_.time_since_epoch() - whole).count()));
    if (event.data != nullptr) {
        envelope.set_type(event.data->GetDescriptor()->full_name());
        envelope.mutable_data()->PackFrom(*event.data);
    }
    envelope.SerializeToString(&value);
    if (value.size() > kMaxValueBytes) too_large_ = true;
    rows_.Row(4)
        .Int16(ShardOf(event.partition_key))
        .Text(event.topic)
        .Text(event.partition_key)
        .Bytes(value);
    ++count_;
    return id;
}

Status Writer::Flush(pg::Connection& connection) {
    if (too_large_) {
        return MakeStatus(Code::kInvalidArgument, "OUTBOX_EVENT_TOO_LARGE",
                          "an event is larger than the bus takes");
    }
    SW_RETURN_IF_ERROR(connection.Copy(
        "COPY outbox (shard, topic, key, value) FROM STDIN (FORMAT binary)", rows_));
    rows_.Clear();
    count_ = 0;
    return Status::Ok();
}

}  // namespace shouwang::outbox
