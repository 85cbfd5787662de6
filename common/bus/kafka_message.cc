#include "common/bus/kafka_message.h"

namespace shouwang::bus::kafka {

Message FromKafka(const rd_kafka_message_t& from) {
    Message to;
    to.topic = rd_kafka_topic_name(from.rkt);
    to.partition = from.partition;
    to.offset = from.offset;
    if (from.key != nullptr) to.key.assign(static_cast<const char*>(from.key), from.key_len);
    if (from.payload != nullptr) to.value.assign(static_cast<const char*>(from.payload), from.len);
    rd_kafka_timestamp_type_t type;
    if (const auto ms = rd_kafka_message_timestamp(&from, &type); type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
        to.time = TimePoint(std::chrono::milliseconds(ms));
    }
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&from, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            to.headers.emplace_back(name, value == nullptr ? std::string() : std::string(static_cast<const char*>(value), size));
        }
    }
    return to;
}

rd_kafka_headers_t* ToKafka(const Headers& from) {
    if (from.empty()) return nullptr;
    rd_kafka_headers_t* to = rd_kafka_headers_new(from.size());
    for (const auto& [name, value] : from) {
        rd_kafka_header_add(to, name.data(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
    }
    return to;
}

}  // namespace shouwang::bus::kafka
