#include "common/bus/metrics.h"

namespace shouwang::bus {

void ProducerMetrics::Reported(const std::string& topic, bool ok) {
    std::lock_guard lock(mutex_);
    auto it = topics_.find(topic);
    if (it == topics_.end()) {
        const std::string name = "shouwang_bus_produced_total", help = "messages by their delivery report";
        it = topics_
                 .emplace(topic, Counters{metrics::MakeCounter(name, help, {{"topic", topic}, {"result", "ok"}}),
                                          metrics::MakeCounter(name, help, {{"topic", topic}, {"result", "failed"}})})
                 .first;
    }
    (ok ? it->second.ok : it->second.failed).Add();
}

ConsumerMetrics::ConsumerMetrics(std::string group)
    : group_(std::move(group)),
      lag_(metrics::MakeGauge("shouwang_bus_lag_messages", "messages not yet committed, over the partitions of this process",
                              {{"group", group_}})),
      rebalances_(metrics::MakeCounter("shouwang_bus_rebalances_total", "changes of the assigned partitions", {{"group", group_}})) {}

void ConsumerMetrics::Consumed(const std::string& topic, std::size_t messages) {
    auto it = topics_.find(topic);
    if (it == topics_.end()) {
        it = topics_
                 .emplace(topic, metrics::MakeCounter("shouwang_bus_consumed_total", "messages handed to the consumer",
                                                      {{"topic", topic}, {"group", group_}}))
                 .first;
    }
    it->second.Add(static_cast<double>(messages));
}

void ConsumerMetrics::Lag(std::int64_t messages) { lag_.Set(static_cast<double>(messages)); }

void ConsumerMetrics::Rebalanced() { rebalances_.Add(); }

}  // namespace shouwang::bus
