// Kafka's messages and headers ↔ ours.
#pragma once

#include <librdkafka/rdkafka.h>

#include "common/bus/bus.h"

namespace shouwang::bus::kafka {

Message FromKafka(const rd_kafka_message_t& message);
// Null where there are none. The caller owns it until a produce call has taken it.
rd_kafka_headers_t* ToKafka(const Headers& headers);

}  // namespace shouwang::bus::kafka
