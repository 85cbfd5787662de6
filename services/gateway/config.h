// Settings of the gateway; `shouwang-gateway --print-config` shows them with their documentation.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/status.h"
#include "common/config/config.h"

namespace shouwang::gateway {

struct Config {
    std::string http_address = "127.0.0.1:0";
    bool http_secure_cookie = false;
    bool http_behind_proxy = false;
    std::int64_t http_threads = 16;
    std::int64_t http_streams = 256;
    std::int64_t http_body_bytes = 4 << 20;
    std::string rpc_address = "127.0.0.1:0";
    std::int64_t rpc_threads = 16;
    std::int64_t rpc_streams = 128;
    std::int64_t metrics_port = 0;
    std::int64_t drain_wait_seconds = 0, drain_seconds = 10;
    std::string pg_conninfo;
    std::int64_t pg_pool_size = 16;
    std::string bus_address;
    std::string redis_address = "127.0.0.1:6379";
    std::string services;
    std::string bootstrap_accounts;
    std::string console_dir;
    std::string keys_principal, keys_receipt, keys_sealing, keys_blind;
    std::string regions_dir = "services/monitoring/data";
    std::int64_t feed_sessions = 16;
    std::int64_t session_minutes = 480, token_minutes = 60;
    std::int64_t account_failures = 5, address_failures = 20, backoff_seconds = 15;
    std::int64_t requests_per_second = 500, request_burst = 1000;
    std::int64_t anonymous_per_second = 100, anonymous_burst = 2000;
    std::string clock_start;  // RFC 3339; empty = the real time
    std::string log_level = "info";

    // Package → target, from `services.targets`.
    std::map<std::string, std::string> Targets() const;
};

// print: also writes the documented settings to standard output.
Result<Config> LoadConfig(const std::string& path, bool print);

// "127.0.0.1:8080", "[::1]:8080" → host and port. INVALID_ARGUMENT "CONFIG_INVALID".
Result<std::pair<std::string, int>> SplitAddress(const std::string& key,
                                                 const std::string& address);

}  // namespace shouwang::gateway
