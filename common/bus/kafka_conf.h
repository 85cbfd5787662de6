// librdkafka's handles owned, its settings checked, its errors as Status.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "common/base/status.h"

namespace shouwang::bus::kafka {

template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* p) const { Free(p); }
};
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, FreeWith<rd_kafka_conf_destroy>>;
using HandlePtr = std::unique_ptr<rd_kafka_t, FreeWith<rd_kafka_destroy>>;
using PartitionsPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, FreeWith<rd_kafka_topic_partition_list_destroy>>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, FreeWith<rd_kafka_error_destroy>>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, FreeWith<rd_kafka_message_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, FreeWith<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, FreeWith<rd_kafka_event_destroy>>;

using Settings = std::vector<std::pair<const char*, std::string>>;

// What every client of ours has in common (brokers, client id, log to common/log) plus the given settings. Each is checked:
// one that this librdkafka does not know is INTERNAL "BUS_CONFIG".
Result<ConfPtr> NewConf(const std::string& brokers, const Settings& settings);
Result<HandlePtr> NewHandle(rd_kafka_type_t type, ConfPtr conf);

// One message's size limit on the wire: key, value, headers and framing.
std::string MaxMessageBytes();

Status ToStatus(rd_kafka_resp_err_t error, const std::string& what);

}  // namespace shouwang::bus::kafka
