#include "services/gateway/app.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/app/business_clock.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/gateway/auth/bootstrap.h"
#include "services/gateway/auth/gate.h"
#include "services/gateway/auth/services.h"
#include "services/gateway/connect/connect.h"
#include "services/gateway/docs/pages.h"
#include "services/gateway/feed/feed_door.h"
#include "services/gateway/feed/migrations.h"
#include "services/gateway/http/server.h"
#include "services/gateway/http/static_files.h"
#include "services/gateway/http/status_routes.h"
#include "services/gateway/live/service.h"
#include "services/gateway/store/migrations.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::gateway {
namespace {

using namespace std::chrono_literals;
constexpr auto kStartUp = 120s;
constexpr auto kTidy = 10min;

store::FailureLimits Failures(std::int64_t free, const Config& c) {
    store::FailureLimits limits;
    limits.free = static_cast<int>(free);
    limits.first_seconds = static_cast<int>(c.backoff_seconds);
    return limits;
}

}  // namespace

// Order of members is order of construction; they die in reverse, what calls others back first.
struct App::Parts {
    SystemClock real_time;         // sessions, principals: every process agrees on it
    std::unique_ptr<Clock> clock;  // business time: what day a feed row is judged on
    std::unique_ptr<crypto::Signer> principal_key, receipt_key;
    std::unique_ptr<crypto::Sealer> sealer;
    std::unique_ptr<crypto::BlindIndex> blind;

    std::unique_ptr<pg::Pool> pool;
    std::unique_ptr<cache::Cache> cache;
    std::unique_ptr<bus::Bus> bus;
    std::unique_ptr<bus::Producer> producer;

    std::unique_ptr<auth::Principals> principals;
    std::unique_ptr<auth::Sessions> sessions;
    std::unique_ptr<auth::SignIn> sign_in;
    std::unique_ptr<auth::Services> accounts;
    std::unique_ptr<auth::Gate> gate;

    std::optional<calls::MethodTable> table;
    std::map<std::string, std::shared_ptr<rpc::Client>> owners;

    std::unique_ptr<model::Catalogue> catalogue;
    std::shared_ptr<const model::RegionDirectory> regions;
    std::unique_ptr<feed::BatchDirectory> batches;
    std::unique_ptr<feed::DoorStore> receipts;
    std::unique_ptr<feed::FeedDoor> feeds;

    live::Hub hub;
    std::unique_ptr<live::Feeder> feeder;

    rpc::Methods local;
    std::unique_ptr<calls::Dispatcher> dispatcher;
    std::unique_ptr<connect::Port> connect;
    std::unique_ptr<http::StaticFiles> console;
    std::unique_ptr<docs::Pages> docs;
    std::atomic<bool> ready{false};
    std::unique_ptr<http::Server> http;
    std::unique_ptr<rpc::Server> rpc;
    std::unique_ptr<metrics::Server> metrics;

    std::mutex tidy_mutex;
    std::condition_variable tidy_wake;
    bool stopping = false;
    std::thread tidy;

    Status Keys(const Config& c);
    Status Stores(const Config& c);
    Status Auth(const Config& c);
    Status Feeds(const Config& c);
    Status Calls(const Config& c);
    Status Ports(const Config& c);
    http::Router Routes(const Config& c);
    void Tidy();
};

Status App::Parts::Keys(const Config& c) {
    SW_ASSIGN_OR_RETURN(principal_key, crypto::Signer::Load(c.keys_principal));
    SW_ASSIGN_OR_RETURN(receipt_key, crypto::Signer::Load(c.keys_receipt));
    SW_ASSIGN_OR_RETURN(crypto::KeyRing sealing, crypto::KeyRing::Load(c.keys_sealing));
    sealer = std::make_unique<crypto::Sealer>(std::move(sealing));
    SW_ASSIGN_OR_RETURN(crypto::KeyRing blinding, crypto::KeyRing::Load(c.keys_blind));
    blind = std::make_unique<crypto::BlindIndex>(std::move(blinding));
    return Status::Ok();
}

Status App::Parts::Stores(const Config& c) {
    std::vector<pg::Migration> migrations(store::Migrations().begin(), store::Migrations().end());
    migrations.insert(migrations.end(), feed::Migrations().begin(), feed::Migrations().end());
    SW_RETURN_IF_ERROR(pg::Migrate(c.pg_conninfo, migrations));
    pg::PoolOptions options;
    options.conninfo = c.pg_conninfo;
    options.size = static_cast<int>(c.pg_pool_size);
    pool = std::make_unique<pg::Pool>(options);
    cache = cache::Cache::Connect(c.redis_address, "gateway:");
    SW_ASSIGN_OR_RETURN(bus, bus::Connect(c.bus_address));
    SW_ASSIGN_OR_RETURN(const std::vector<bus::TopicSpec> topics, bus::DeclaredTopics());
    SW_RETURN_IF_ERROR(bus->EnsureTopics(topics));
    SW_ASSIGN_OR_RETURN(producer, bus->NewProducer());
    return Status::Ok();
}

Status App::Parts::Auth(const Config& c) {
    // Keys of their own for each purpose, from the one secret that all replicas share.
    const std::string secret = principal_key->private_pem();
    principals = std::make_unique<auth::Principals>(*principal_key, real_time);
    sessions = std::make_unique<auth::Sessions>(*pool, *cache, real_time, *principals,
                                                crypto::HmacSha256(secret, "session cache"));
    auth::SignInOptions options;
    options.operator_session = std::chrono::minutes(c.session_minutes);
    options.client_session = std::chrono::minutes(c.token_minutes);
    options.per_account = Failures(c.account_failures, c);
    options.per_address = Failures(c.address_failures, c);
    sign_in = std::make_unique<auth::SignIn>(*pool, *sessions, real_time, options);
    accounts = std::make_unique<auth::Services>(*pool, *sign_in, *sessions, real_time,
                                                crypto::HmacSha256(secret, "page tokens"));
    auth::Limits limits;
    limits.per_second = static_cast<double>(c.requests_per_second);
    limits.burst = static_cast<double>(c.request_burst);
    limits.anonymous_per_second = static_cast<double>(c.anonymous_per_second);
    limits.anonymous_burst = static_cast<double>(c.anonymous_burst);
    gate = std::make_unique<auth::Gate>(*sessions, *principals, *cache, limits);
    if (c.bootstrap_accounts.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const auth::Bootstrap bootstrap, auth::ReadBootstrap(c.bootstrap_accounts));
    SW_ASSIGN_OR_RETURN(const int created, auth::ApplyBootstrap(bootstrap, *pool, real_time.Now(),
                                                                DeadlineIn(kStartUp)));
    log::Info("bootstrap applied", {{"created", created}});
    return Status::Ok();
}

Status App::Parts::Feeds(const Config& c) {
    catalogue = std::make_unique<model::Catalogue>(
        calls::LinkedFiles("shouwang.monitoring.feed.v1"),
        std::map<std::string, const google::protobuf::Descriptor*>{
            {"person", monitoring::v1::PersonFacts::descriptor()},
            {"household", monitoring::v1::HouseholdFacts::descriptor()},
            {"village", monitoring::v1::VillageFacts::descriptor()}});
    SW_ASSIGN_OR_RETURN(regions, model::RegionDirectory::Load(c.regions_dir));
    const auto monitoring = owners.find("shouwang.monitoring.v1");
    if (monitoring == owners.end())
        return InvalidField("services.targets", "a target for shouwang.monitoring.v1",
                            "CONFIG_INVALID");
    batches =
        feed::MakeRpcBatchDirectory(*monitoring->second, [this] { return principals->Own(); });
    feed::PgDoorStoreOptions store;
    store.conninfo = c.pg_conninfo;
    store.sessions = static_cast<int>(c.feed_sessions);
    receipts = feed::MakePgDoorStore(store);
    feeds = std::make_unique<feed::FeedDoor>(feed::DoorParts{*catalogue,
                                                             *regions,
                                                             *blind,
                                                             *sealer,
                                                             *receipt_key,
                                                             *producer,
                                                             *batches,
                                                             *receipts,
                                                             *clock,
                                                             {}});
    return feeds->Start(DeadlineIn(kStartUp));
}

Status App::Parts::Calls(const Config& c) {
    SW_ASSIGN_OR_RETURN(table, calls::MethodTable::Build());
    for (const auto& [package, target] : c.Targets())
        owners[package] = std::make_shared<rpc::Client>(target);
    SW_RETURN_IF_ERROR(Feeds(c));
    accounts->AddTo(local);
    feeds->AddMethods(local);
    live::AddTo(local, hub, [this](const std::string& session) {
        const Result<bool> alive = sessions->Alive(session, DeadlineIn(2s));
        return !alive.ok() || *alive;  // a database that is away for a moment ends no stream
    });
    dispatcher = std::make_unique<calls::Dispatcher>(
        *table, local, owners,
        [this](const type::v1::Principal& p) { return principals->Signed(p); });
    feeder = std::make_unique<live::Feeder>(*bus, hub);
    feeder->Start();
    return Status::Ok();
}

http::Router App::Parts::Routes(const Config& c) {
    http::Router router;
    connect::Options options;
    options.max_body = static_cast<std::uint64_t>(c.http_body_bytes);
    options.secure_cookie = c.http_secure_cookie;
    connect = std::make_unique<connect::Port>(
        *dispatcher,
        [this](http::Request& request, const options::v1::MethodPolicy& policy) {
            return gate->Admit(request, policy);
        },
        options);
    connect->AddRoutes(router);
    feeds->AddRoutes(router);
    http::AddStatusRoutes(router, [this] { return ready.load(); });
    docs = std::make_unique<docs::Pages>(*table);
    docs->AddRoutes(router);
    console = std::make_unique<http::StaticFiles>(c.console_dir);
    console->AddRoutes(router);
    return router;
}

Status App::Parts::Ports(const Config& c) {
    SW_ASSIGN_OR_RETURN(const auto listen, SplitAddress("http.address", c.http_address));
    http::ServerOptions options;
    options.address = listen.first;
    options.port = listen.second;
    options.quick_threads = static_cast<int>(c.http_threads);
    options.long_threads = static_cast<int>(c.http_streams);
    options.behind_proxy = c.http_behind_proxy;
    http = std::make_unique<http::Server>(options, Routes(c),
                                          [this](http::Request& request, const http::Route& route) {
                                              return gate->Admit(request, route.policy);
                                          });
    SW_RETURN_IF_ERROR(http->Start());

    rpc::ServerOptions front;
    front.address = c.rpc_address;
    front.threads = static_cast<int>(c.rpc_threads);
    front.stream_threads = static_cast<int>(c.rpc_streams);
    front.authenticator = [this](const std::multimap<std::string, std::string>& metadata) {
        return gate->FromMetadata(metadata);
    };
    std::set<std::string> services;
    for (const auto& [path, method] : table->all())
        services.insert(method.descriptor->service()->full_name());
    front.reflected.assign(services.begin(), services.end());
    rpc = std::make_unique<rpc::Server>(front, dispatcher->FrontMethods(), nullptr);
    SW_RETURN_IF_ERROR(rpc->Start());
    metrics =
        metrics::Server::Start(static_cast<int>(c.metrics_port), [this] { return ready.load(); });
    if (metrics == nullptr)
        return MakeStatus(Code::kUnavailable, "METRICS_LISTEN", "cannot listen for metrics");
    return Status::Ok();
}

void App::Parts::Tidy() {
    std::unique_lock lock(tidy_mutex);
    while (!tidy_wake.wait_for(lock, kTidy, [this] { return stopping; })) {
        lock.unlock();
        if (Status tidied = sessions->DeleteOld(DeadlineIn(30s)); !tidied.ok())
            log::Warn("old sessions stay", {{"status", tidied}});
        lock.lock();
    }
}

App::App(Config config) : config_(std::move(config)), parts_(std::make_unique<Parts>()) {}

App::~App() { Stop(); }

Status App::Start() {
    Parts& p = *parts_;
    p.clock = app::BusinessClock(config_.clock_start);
    SW_RETURN_IF_ERROR(p.Keys(config_));
    SW_RETURN_IF_ERROR(p.Stores(config_));
    SW_RETURN_IF_ERROR(p.Auth(config_));
    SW_RETURN_IF_ERROR(p.Calls(config_));
    SW_RETURN_IF_ERROR(p.Ports(config_));
    p.tidy = std::thread([&p] { p.Tidy(); });
    p.rpc->SetReady(true);
    p.ready = true;
    log::Info("gateway serves", {{"http_port", p.http->port()},
                                 {"rpc_port", p.rpc->port()},
                                 {"metrics_port", p.metrics->port()},
                                 {"bus", std::string(p.bus->kind())},
                                 {"methods", p.table->all().size()}});
    return Status::Ok();
}

void App::Stop() {
    if (parts_ == nullptr) return;
    Parts& p = *parts_;
    p.ready = false;
    if (p.rpc != nullptr) {
        p.rpc->SetReady(false);
        std::this_thread::sleep_for(std::chrono::seconds(config_.drain_wait_seconds));
    }
    p.hub.Close();
    const std::chrono::milliseconds limit = std::chrono::seconds(config_.drain_seconds);
    std::thread grpc([&] {
        if (p.rpc != nullptr) p.rpc->Drain(limit);
    });
    if (p.http != nullptr) p.http->Drain(limit);
    grpc.join();
    if (p.feeder != nullptr) p.feeder->Stop();
    if (p.producer != nullptr && !p.producer->Flush(DeadlineIn(5s)).ok())
        log::Warn("messages left in the producer at the stop");
    {
        std::lock_guard lock(p.tidy_mutex);
        p.stopping = true;
    }
    p.tidy_wake.notify_one();
    if (p.tidy.joinable()) p.tidy.join();
    parts_.reset();
}

int App::http_port() const { return parts_->http->port(); }
int App::rpc_port() const { return parts_->rpc->port(); }
int App::metrics_port() const { return parts_->metrics->port(); }

}  // namespace shouwang::gateway
