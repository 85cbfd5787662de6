#include "services/monitoring/config.h"

#include <cstdio>

#include "common/base/date.h"

namespace shouwang::monitoring {

Result<Config> LoadConfig(const std::string& path, bool print) {
    Config c;
    config::Schema s("monitoring");
    s.String("rpc.address", &c.rpc_address, "host:port of the gRPC server; port 0 = any");
    s.Int("rpc.threads", &c.rpc_threads, "threads that run handlers", 1, 256);
    s.Int("metrics.port", &c.metrics_port, "/metrics, /livez, /readyz on loopback; 0 = any", 0, 65535);
    s.String("pg.conninfo", &c.pg_conninfo, "libpq connection string of the service's own database").Required();
    s.Int("pg.pool_size", &c.pg_pool_size, "connections", 4, 200);
    s.String("bus.address", &c.bus_address, "kafka://host:port,… or embedded:<libpq connection string>").Required();
    s.String("redis.address", &c.redis_address, "host:port or unix:/path of the cache");
    s.Int("feed.workers", &c.feed_workers, "threads that apply feeds", 1, 32);
    s.String("feed.instance", &c.instance, "stable name of this replica");
    s.String("bus.topics_file", &c.topics_file, "declared topics (YAML)");
    s.String("regions.dir", &c.regions_dir, "folder of divisions*.csv and villages*.csv");
    s.String("keys.sealing", &c.keys_sealing, "key ring file for sealed fields").Required();
    s.String("keys.blind", &c.keys_blind, "key ring file for blind indexes").Required();
    s.String("keys.principal", &c.keys_principal, "public key (PEM) of the gateway that signs principals").Required();
    s.String("keys.page", &c.keys_page, "file with the secret for page tokens").Required();
    s.String("clock.start", &c.clock_start, "RFC 3339 moment the clock starts from (demo); empty = the real time");
    s.Choice("log.level", &c.log_level, "least level written", {"debug", "info", "warn", "error"});
    const Status loaded = s.Load(path);
    if (print) std::fputs(s.Describe().c_str(), stdout);
    if (!loaded.ok()) return loaded;
    if (!c.clock_start.empty() && !ParseRfc3339(c.clock_start)) return InvalidField("clock.start", "an RFC 3339 moment", "CONFIG_INVALID");
    return c;
}

}  // namespace shouwang::monitoring
