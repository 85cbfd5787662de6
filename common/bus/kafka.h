// The bus on Apache Kafka, by librdkafka 2.0.2 and around its known faults (README.md). Reached through Connect.
#pragma once

#include <memory>
#include <string>

#include "common/bus/bus.h"

namespace shouwang::bus {

// brokers: "host:port,host:port". Connects lazily: a broker that is away shows at first use.
Result<std::unique_ptr<Bus>> ConnectKafka(const std::string& brokers);

}  // namespace shouwang::bus
