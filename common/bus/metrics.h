// What the bus tells of itself: produced, failed, consumed, lag. Topics and groups are closed sets (deploy/kafka/topics.yaml).
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/metrics/metrics.h"

namespace shouwang::bus {

// Thread-safe; one per producer.
class ProducerMetrics {
public:
    void Reported(const std::string& topic, bool ok);

private:
    struct Counters {
        metrics::Counter ok, failed;
    };
    std::mutex mutex_;
    std::map<std::string, Counters> topics_;
};

// Driven by the consumer's thread.
class ConsumerMetrics {
public:
    explicit ConsumerMetrics(std::string group);
    void Consumed(const std::string& topic, std::size_t messages);
    void Lag(std::int64_t messages);
    void Rebalanced();

private:
    std::string group_;
    std::map<std::string, metrics::Counter> topics_;
    metrics::Gauge lag_;
    metrics::Counter rebalances_;
};

}  // namespace shouwang::bus
