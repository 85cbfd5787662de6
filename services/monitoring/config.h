// Settings of monitoring; `shouwang-monitoring --print-config` shows them with their documentation.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/config/config.h"

namespace shouwang::monitoring {

struct Config {
    std::string rpc_address = "127.0.0.1:0";
    std::int64_t rpc_threads = 16;
    std::int64_t metrics_port = 0;
    std::string pg_conninfo;
    std::int64_t pg_pool_size = 20;
    std::string bus_address;
    std::string redis_address = "127.0.0.1:6379";
    std::int64_t feed_workers = 2;
    std::string instance = "monitoring-0";
    std::string topics_file = "deploy/kafka/topics.yaml";
    std::string regions_dir = "services/monitoring/data";
    std::string keys_sealing, keys_blind, keys_principal, keys_page;
    std::string clock_start;   // RFC 3339; empty = the real time
    std::string log_level = "info";
};

// print: also writes the documented settings to standard output.
Result<Config> LoadConfig(const std::string& path, bool print);

}  // namespace shouwang::monitoring
