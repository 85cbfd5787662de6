// Group consumer: single messages polled, eager assignment, offsets committed exactly and synchronously.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/bus/kafka_conf.h"
#include "common/bus/metrics.h"

namespace shouwang::bus::kafka {

class KafkaConsumer final : public Consumer {
public:
    static Result<std::unique_ptr<KafkaConsumer>> Create(const std::string& brokers, ConsumerOptions options);
    ~KafkaConsumer() override { Close(); }

    Result<std::vector<Message>> Poll(std::size_t max, std::chrono::milliseconds wait) override;
    void OnRevoke(std::function<void(std::span<const Assignment>)> callback) override { on_revoke_ = std::move(callback); }
    Status Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) override;
    Status Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) override;
    std::vector<Assignment> assigned() const override { return {assigned_.begin(), assigned_.end()}; }
    std::int64_t Lag() override;
    void Close() override;

private:
    explicit KafkaConsumer(ConsumerOptions options);
    static void OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* opaque);
    static void OnError(rd_kafka_t* handle, int error, const char* reason, void* opaque);
    void Assign(rd_kafka_topic_partition_list_t* partitions);
    void Revoke(rd_kafka_topic_partition_list_t* partitions);
    void TakeError(rd_kafka_resp_err_t error, const std::string& text);
    // The first offset that is not committed; where the group has none, where it would begin.
    std::optional<std::int64_t> Committed(const Assignment& which);
    std::optional<std::int64_t> End(const Assignment& which);

    const ConsumerOptions options_;
    ConsumerMetrics metrics_;
    std::function<void(std::span<const Assignment>)> on_revoke_;
    std::set<Assignment> assigned_;
    std::map<Assignment, std::int64_t> committed_;
    bool lost_ = false;              // during a revoke callback: the session has ended, nothing can be committed
    std::vector<Message> batch_;     // of the Poll that runs; a revoke inside it removes what is not ours any more
    std::optional<Status> error_;    // of the Poll that runs, or left over where it had messages to give first
    HandlePtr handle_;
};

}  // namespace shouwang::bus::kafka
