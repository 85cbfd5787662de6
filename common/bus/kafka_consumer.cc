#include "common/bus/kafka_consumer.h"

#include <algorithm>

#include "common/bus/kafka_message.h"
#include "common/log/log.h"

namespace shouwang::bus::kafka {
namespace {

PartitionsPtr One(const Assignment& which, std::int64_t offset) {
    PartitionsPtr list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), which.topic.c_str(), which.partition)->offset = offset;
    return list;
}

std::vector<Assignment> ToAssignments(const rd_kafka_topic_partition_list_t* list) {
    std::vector<Assignment> out;
    for (int i = 0; list != nullptr && i < list->cnt; ++i) out.push_back({list->elems[i].topic, list->elems[i].partition});
    return out;
}

Status NotAssigned(const std::string& topic, std::int32_t partition) {
    return MakeStatus(Code::kFailedPrecondition, "BUS_NOT_ASSIGNED", topic + "/" + std::to_string(partition) + " is not ours any more");
}

Status Closed() { return MakeStatus(Code::kFailedPrecondition, "BUS_CLOSED", "the consumer is closed"); }

}  // namespace

KafkaConsumer::KafkaConsumer(ConsumerOptions options) : options_(std::move(options)), metrics_(options_.group) {}

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Create(const std::string& brokers, ConsumerOptions options) {
    std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(std::move(options)));
    const ConsumerOptions& o = consumer->options_;
    Settings settings = {
        {"group.id", o.group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", o.from_beginning ? "earliest" : "latest"},
        // Cooperative assignment crashes or hangs on close before librdkafka 2.4.
        {"partition.assignment.strategy", "range,roundrobin"},
        {"session.timeout.ms", std::to_string(o.session_timeout.count())},
        {"heartbeat.interval.ms", std::to_string(std::min<std::int64_t>(3000, o.session_timeout.count() / 3))},
        {"max.poll.interval.ms", "300000"},
        {"fetch.wait.max.ms", "100"},
        {"fetch.error.backoff.ms", "100"},
        {"fetch.message.max.bytes", MaxMessageBytes()},
        {"queued.max.messages.kbytes", "65536"},
        {"topic.metadata.refresh.interval.ms", "60000"},
    };
    if (!o.instance.empty()) settings.emplace_back("group.instance.id", o.instance);
    SW_ASSIGN_OR_RETURN(ConfPtr conf, NewConf(brokers, settings));
    rd_kafka_conf_set_opaque(conf.get(), consumer.get());
    rd_kafka_conf_set_rebalance_cb(conf.get(), &KafkaConsumer::OnRebalance);
    rd_kafka_conf_set_error_cb(conf.get(), &KafkaConsumer::OnError);
    SW_ASSIGN_OR_RETURN(consumer->handle_, NewHandle(RD_KAFKA_CONSUMER, std::move(conf)));
    SW_RETURN_IF_ERROR(ToStatus(rd_kafka_poll_set_consumer(consumer->handle_.get()), "consumer"));
    PartitionsPtr topics(rd_kafka_topic_partition_list_new(static_cast<int>(o.topics.size())));
    for (const auto& topic : o.topics) rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    SW_RETURN_IF_ERROR(ToStatus(rd_kafka_subscribe(consumer->handle_.get(), topics.get()), "subscription"));
    return consumer;
}

void KafkaConsumer::OnError(rd_kafka_t*, int error, const char* reason, void* opaque) {
    const auto code = static_cast<rd_kafka_resp_err_t>(error);
    log::Warn("kafka consumer error", {{"error", rd_kafka_err2name(code)}, {"text", reason}});
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        auto* self = static_cast<KafkaConsumer*>(opaque);
        char why[512];
        self->TakeError(rd_kafka_fatal_error(self->handle_.get(), why, sizeof why), why);
    }
}

void KafkaConsumer::OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto* self = static_cast<KafkaConsumer*>(opaque);
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        self->Assign(partitions);
        return;
    }
    self->lost_ = rd_kafka_assignment_lost(handle) != 0 || error != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS;
    self->Revoke(partitions);
    self->lost_ = false;
}

void KafkaConsumer::Assign(rd_kafka_topic_partition_list_t* partitions) {
    for (auto& a : ToAssignments(partitions)) assigned_.insert(std::move(a));
    if (const auto error = rd_kafka_assign(handle_.get(), partitions); error != RD_KAFKA_RESP_ERR_NO_ERROR) TakeError(error, "assign");
    metrics_.Rebalanced();
    log::Info("bus partitions assigned", {{"group", options_.group}, {"partitions", assigned_.size()}});
}

void KafkaConsumer::Revoke(rd_kafka_topic_partition_list_t* partitions) {
    const auto gone = ToAssignments(partitions);
    // What this Poll has gathered of them was not handed out yet: it must not be, the next owner gets it too.
    std::erase_if(batch_, [&](const Message& m) { return std::find(gone.begin(), gone.end(), Assignment{m.topic, m.partition}) != gone.end(); });
    if (on_revoke_ && !gone.empty()) on_revoke_(gone);
    for (const auto& a : gone) {
        assigned_.erase(a);
        committed_.erase(a);
    }
    if (const auto error = rd_kafka_assign(handle_.get(), nullptr); error != RD_KAFKA_RESP_ERR_NO_ERROR) TakeError(error, "unassign");
    metrics_.Rebalanced();
    log::Info("bus partitions revoked", {{"group", options_.group}, {"partitions", gone.size()}, {"lost", lost_}});
}

void KafkaConsumer::TakeError(rd_kafka_resp_err_t error, const std::string& text) {
    // Told by the rebalance that follows, or healed by the library: not the caller's business.
    if (error == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
        error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        log::Warn("kafka consumer", {{"group", options_.group}, {"text", text}});
        return;
    }
    error_ = ToStatus(error, text);
}

Result<std::vector<Message>> KafkaConsumer::Poll(std::size_t max, std::chrono::milliseconds wait) {
    if (!handle_) return Closed();
    batch_.clear();
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (batch_.size() < max && !error_) {
        // Only the first message is waited for; the rest is what has been fetched already.
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        const int timeout = batch_.empty() ? static_cast<int>(std::max<std::int64_t>(0, left.count())) : 0;
        MessagePtr message(rd_kafka_consumer_poll(handle_.get(), timeout));
        if (!message) {
            if (!batch_.empty() || timeout == 0) break;
            continue;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            TakeError(message->err, rd_kafka_message_errstr(message.get()));
            continue;
        }
        batch_.push_back(FromKafka(*message));
    }
    if (batch_.empty() && error_) {
        const Status status = *error_;
        error_.reset();
        return status;
    }
    for (const auto& message : batch_) metrics_.Consumed(message.topic, 1);
    return std::move(batch_);
}

Status KafkaConsumer::Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    if (!handle_) return Closed();
    const Assignment which{topic, partition};
    if (lost_ || !assigned_.contains(which)) return NotAssigned(topic, partition);
    const auto list = One(which, offset + 1);
    auto error = rd_kafka_commit(handle_.get(), list.get(), 0);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    SW_RETURN_IF_ERROR(ToStatus(error, "commit of " + topic + "/" + std::to_string(partition)));
    committed_[which] = offset + 1;
    return Status::Ok();
}

Status KafkaConsumer::Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    if (!handle_) return Closed();
    const Assignment which{topic, partition};
    if (!assigned_.contains(which)) return NotAssigned(topic, partition);
    const auto list = One(which, offset);
    const ErrorPtr error(rd_kafka_seek_partitions(handle_.get(), list.get(), 10'000));
    if (error) return ToStatus(rd_kafka_error_code(error.get()), "seek");
    return ToStatus(list->elems[0].err, "seek of " + topic + "/" + std::to_string(partition));
}

std::optional<std::int64_t> KafkaConsumer::Committed(const Assignment& which) {
    if (auto it = committed_.find(which); it != committed_.end()) return it->second;
    const auto list = One(which, RD_KAFKA_OFFSET_INVALID);
    if (rd_kafka_committed(handle_.get(), list.get(), 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    if (list->elems[0].offset >= 0) return committed_[which] = list->elems[0].offset;
    std::int64_t low = 0, high = 0;
    if (rd_kafka_query_watermark_offsets(handle_.get(), which.topic.c_str(), which.partition, &low, &high, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return committed_[which] = options_.from_beginning ? low : high;
}

std::optional<std::int64_t> KafkaConsumer::End(const Assignment& which) {
    std::int64_t low = 0, high = 0;
    const auto cached = rd_kafka_get_watermark_offsets(handle_.get(), which.topic.c_str(), which.partition, &low, &high);
    if (cached == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0) return high;
    if (rd_kafka_query_watermark_offsets(handle_.get(), which.topic.c_str(), which.partition, &low, &high, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return high;
    }
    return std::nullopt;
}

std::int64_t KafkaConsumer::Lag() {
    if (!handle_) return -1;
    std::int64_t lag = 0;
    for (const auto& which : assigned_) {
        const auto committed = Committed(which);
        const auto end = committed ? End(which) : std::nullopt;
        if (!end) return -1;
        lag += std::max<std::int64_t>(0, *end - *committed);
    }
    metrics_.Lag(lag);
    return lag;
}

void KafkaConsumer::Close() {
    if (!handle_) return;
    // Revokes what is assigned, through the callback, and leaves the group (a static member keeps its place until its session ends).
    if (const auto error = rd_kafka_consumer_close(handle_.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log::Warn("kafka consumer close", {{"group", options_.group}, {"text", rd_kafka_err2str(error)}});
    }
    handle_.reset();
    assigned_.clear();
}

}  // namespace shouwang::bus::kafka
