#include "services/gateway/config.h"

#include <charconv>
#include <cstdio>

#include "common/base/date.h"

namespace shouwang::gateway {
namespace {

void Doors(config::Schema& s, Config& c) {
    s.String("http.address", &c.http_address, "host:port of the HTTP port; port 0 = any");
    s.Bool("http.secure_cookie", &c.http_secure_cookie,
           "the session cookie is sent over TLS only; on where a proxy in front ends TLS");
    s.Bool(
        "http.behind_proxy", &c.http_behind_proxy,
        "the caller's address is the last one of X-Forwarded-For; only behind a proxy of our own");
    s.Int("http.threads", &c.http_threads, "threads that answer short requests", 1, 256);
    s.Int("http.streams", &c.http_streams, "uploads, downloads and live streams at the same time",
          1, 4096);
    s.Int("http.body_bytes", &c.http_body_bytes, "largest body of a call", 1 << 10, 64 << 20);
    s.String("rpc.address", &c.rpc_address, "host:port of the gRPC port; port 0 = any");
    s.Int("rpc.threads", &c.rpc_threads, "threads that answer unary calls", 1, 256);
    s.Int("rpc.streams", &c.rpc_streams, "streaming calls at the same time", 1, 4096);
    s.Int("metrics.port", &c.metrics_port, "/metrics, /livez, /readyz on loopback; 0 = any", 0,
          65535);
    s.Int("drain.wait_seconds", &c.drain_wait_seconds,
          "how long a stop still serves as not ready, so that balancers notice", 0, 120);
    s.Int("drain.seconds", &c.drain_seconds, "how long running calls may end at a stop", 0, 600);
    s.String("console.dir", &c.console_dir, "folder with the built console; empty = none");
}

void Parts(config::Schema& s, Config& c) {
    s.String("pg.conninfo", &c.pg_conninfo, "libpq connection string of the gateway's own database")
        .Required();
    s.Int("pg.pool_size", &c.pg_pool_size, "connections", 2, 200);
    s.String("bus.address", &c.bus_address,
             "kafka://host:port,… or embedded:<libpq connection string>")
        .Required();
    s.String("redis.address", &c.redis_address, "host:port or unix:/path of the cache");
    s.String("services.targets", &c.services,
             "owners of the forwarded packages: shouwang.monitoring.v1=host:port;…")
        .Required();
    s.String("keys.principal", &c.keys_principal,
             "private key (PEM, Ed25519) that signs principals")
        .Required();
    s.String("keys.receipt", &c.keys_receipt, "private key (PEM, Ed25519) that signs receipts")
        .Required();
    s.String("keys.sealing", &c.keys_sealing, "key ring file for sealed fields").Required();
    s.String("keys.blind", &c.keys_blind, "key ring file for blind indexes").Required();
    s.String("regions.dir", &c.regions_dir, "folder of divisions*.csv and villages*.csv");
    s.Int("feed.sessions", &c.feed_sessions, "batches written at the same time", 1, 256);
    s.String("clock.start", &c.clock_start,
             "RFC 3339 moment the business clock starts from (demo); empty = the real time");
    s.Choice("log.level", &c.log_level, "least level written", {"debug", "info", "warn", "error"});
}

void Auth(config::Schema& s, Config& c) {
    s.String("bootstrap.accounts", &c.bootstrap_accounts,
             "TOML or JSON file of accounts and clients that are created where missing");
    s.Int("auth.session_minutes", &c.session_minutes, "how long an operator stays signed in", 5,
          1440);
    s.Int("auth.token_minutes", &c.token_minutes, "how long a system's token works", 5, 1440);
    s.Int("auth.account_failures", &c.account_failures,
          "failed sign-ins of one account before it must wait", 1, 100);
    s.Int("auth.address_failures", &c.address_failures,
          "failed sign-ins from one address before it must wait", 1, 1000);
    s.Int("auth.backoff_seconds", &c.backoff_seconds,
          "first wait; doubles with each further failure, up to 15 minutes", 1, 900);
    s.Int("limits.per_second", &c.requests_per_second, "requests of one principal a second", 1,
          1'000'000);
    s.Int("limits.burst", &c.request_burst, "requests of one principal at once", 1, 1'000'000);
    s.Int("limits.anonymous_per_second", &c.anonymous_per_second,
          "requests without a session from one address a second", 1, 1'000'000);
    s.Int("limits.anonymous_burst", &c.anonymous_burst,
          "requests without a session from one address at once", 1, 1'000'000);
}

Status Invalid(const std::string& key, const std::string& want) {
    return InvalidField(key, want, "CONFIG_INVALID");
}

Status CheckTargets(const std::string& text) {
    if (text.empty())
        return Invalid("services.targets", "package=host:port, separated by semicolons");
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || !pair.starts_with("shouwang.") ||
            equals + 1 == pair.size()) {
            return Invalid("services.targets", "package=host:port, separated by semicolons");
        }
    }
    return Status::Ok();
}

}  // namespace

std::map<std::string, std::string> Config::Targets() const {
    std::map<std::string, std::string> targets;
    std::string_view rest = services;
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const std::size_t equals = pair.find('=');
        targets[std::string(pair.substr(0, equals))] = std::string(pair.substr(equals + 1));
    }
    return targets;
}

Result<std::pair<std::string, int>> SplitAddress(const std::string& key,
                                                 const std::string& address) {
    const std::size_t colon = address.rfind(':');
    int port = -1;
    if (colon != std::string::npos && colon + 1 < address.size()) {
        const auto [end, error] =
            std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
        if (error != std::errc() || end != address.data() + address.size()) port = -1;
    }
    if (port < 0 || port > 65535) return Invalid(key, "host:port");
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return std::pair(host, port);
}

Result<Config> LoadConfig(const std::string& path, bool print) {
    Config c;
    config::Schema s("gateway");
    Doors(s, c);
    Parts(s, c);
    Auth(s, c);
    const Status loaded = s.Load(path);
    if (print) std::fputs(s.Describe().c_str(), stdout);
    if (!loaded.ok()) return loaded;
    SW_RETURN_IF_ERROR(CheckTargets(c.services));
    SW_RETURN_IF_ERROR(SplitAddress("http.address", c.http_address).status());
    if (!c.clock_start.empty() && !ParseRfc3339(c.clock_start))
        return Invalid("clock.start", "an RFC 3339 moment");
    return c;
}

}  // namespace shouwang::gateway
