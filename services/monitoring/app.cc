#include "services/monitoring/app.h"

#include <fstream>
#include <iterator>
#include <thread>

#include "common/app/business_clock.h"
#include "common/bus/topics.h"
#include "common/cache/cache.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/server.h"
#include "services/monitoring/domain/cross_check.h"
#include "services/monitoring/domain/parameters.h"
#include "services/monitoring/events/clockwork.h"
#include "services/monitoring/events/feed_consumer.h"
#include "services/monitoring/events/sweeper.h"
#include "services/monitoring/rpc/methods.h"
#include "services/monitoring/store/migrations.h"

namespace shouwang::monitoring {
namespace {

using namespace std::chrono_literals;
constexpr auto kStartUp = 120s;
constexpr auto kDrain = 10s;

Result<std::string> ReadSecret(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (text.size() < 16) return MakeStatus(Code::kFailedPrecondition, "CONFIG_INVALID", path + " must hold at least 16 characters");
    return text;
}

}  // namespace

// Order of members is order of construction; they die in reverse, what calls others back first.
struct App::Parts {
    std::unique_ptr<Clock> clock;
    std::unique_ptr<crypto::Sealer> sealer;
    std::unique_ptr<crypto::BlindIndex> blind;
    std::unique_ptr<model::PageTokens> tokens;
    std::shared_ptr<rpc::PrincipalVerifier> verifier;
    std::unique_ptr<pg::Pool> pool;
    std::unique_ptr<cache::Cache> cache;
    std::unique_ptr<bus::Bus> bus;
    std::unique_ptr<bus::Producer> dead_letters;

    std::unique_ptr<record::Parameters> parameters;
    std::unique_ptr<record::Commands> commands;

    usecase::RuleBooks books;
    std::unique_ptr<usecase::Settings> settings;
    std::unique_ptr<usecase::RuleReleases> releases;
    std::unique_ptr<usecase::Regions> regions;
    std::unique_ptr<usecase::Rules> rules;
    std::unique_ptr<usecase::Batches> batches;
    std::unique_ptr<usecase::FeedReader> feeds;
    std::unique_ptr<usecase::HouseholdReader> households;
    std::unique_ptr<usecase::LeadReader> leads;
    std::unique_ptr<usecase::MoveLead> move;
    std::unique_ptr<usecase::OverviewReader> overview;
    std::unique_ptr<usecase::Discovery> discovery;
    std::unique_ptr<usecase::Cases> cases;
    std::unique_ptr<usecase::PrecisionReader> precision;
    std::unique_ptr<usecase::Insight> insight;
    std::unique_ptr<usecase::Populations> populations;
    std::unique_ptr<usecase::Simulator> simulator;

    std::unique_ptr<outbox::Relay> relay;
    std::vector<std::unique_ptr<events::FeedConsumer>> consumers;
    std::unique_ptr<events::Sweeper> sweeper;
    std::unique_ptr<events::Clockwork> clockwork;
    std::unique_ptr<rpc::Server> server;
    std::atomic<bool> ready{false};
    std::unique_ptr<metrics::Server> metrics;

    Status Keys(const Config& c);
    Status Stores(const Config& c);
    Status UseCases(const Config& c);
    void Jobs(const Config& c);
    Status Edges(const Config& c);
};

Status App::Parts::Keys(const Config& c) {
    SW_ASSIGN_OR_RETURN(crypto::KeyRing sealing, crypto::KeyRing::Load(c.keys_sealing));
    sealer = std::make_unique<crypto::Sealer>(std::move(sealing));
    SW_ASSIGN_OR_RETURN(crypto::KeyRing blinding, crypto::KeyRing::Load(c.keys_blind));
    blind = std::make_unique<crypto::BlindIndex>(std::move(blinding));
    SW_ASSIGN_OR_RETURN(const std::string page, ReadSecret(c.keys_page));
    tokens = std::make_unique<model::PageTokens>(page);
    SW_ASSIGN_OR_RETURN(auto key, crypto::Verifier::Load(c.keys_principal));
    // Principals live in real time, whatever day the platform's own clock stands on.
    static const SystemClock kRealTime;
    verifier = std::make_shared<rpc::PrincipalVerifier>(std::move(key), kRealTime);
    return Status::Ok();
}

Status App::Parts::Stores(const Config& c) {
    const auto migrations = store::Migrations();
    SW_RETURN_IF_ERROR(pg::Migrate(c.pg_conninfo, migrations));
    pg::PoolOptions options;
    options.conninfo = c.pg_conninfo;
    options.size = static_cast<int>(c.pg_pool_size);
    pool = std::make_unique<pg::Pool>(options);
    cache = cache::Cache::Connect(c.redis_address, "monitoring:");
    SW_ASSIGN_OR_RETURN(bus, bus::Connect(c.bus_address));
    SW_ASSIGN_OR_RETURN(const auto topics, bus::LoadTopics(c.topics_file));
    SW_RETURN_IF_ERROR(bus->EnsureTopics(topics));
    SW_ASSIGN_OR_RETURN(dead_letters, bus->NewProducer());
    return Status::Ok();
}

Status App::Parts::UseCases(const Config& c) {
    SW_ASSIGN_OR_RETURN(type::v1::ParameterDefinitions definitions, domain::DefaultParameters());
    SW_ASSIGN_OR_RETURN(record::Parameters made, record::Parameters::Make(std::move(definitions)));
    parameters = std::make_unique<record::Parameters>(std::move(made));
    commands = std::make_unique<record::Commands>(*pool, *parameters, *clock, "/shouwang/monitoring");
    settings = std::make_unique<usecase::Settings>(*commands);
    SW_RETURN_IF_ERROR(settings->Ship(DeadlineIn(kStartUp)));
    releases = std::make_unique<usecase::RuleReleases>(*commands, *tokens);
    regions = std::make_unique<usecase::Regions>(*pool, *tokens, *clock);
    SW_RETURN_IF_ERROR(regions->LoadReference(c.regions_dir, DeadlineIn(kStartUp)));
    rules = std::make_unique<usecase::Rules>(*pool, books, *clock);
    SW_RETURN_IF_ERROR(rules->Load(DeadlineIn(kStartUp)));
    batches = std::make_unique<usecase::Batches>(*pool, *clock);
    feeds = std::make_unique<usecase::FeedReader>(*pool, *tokens, *clock);
    households = std::make_unique<usecase::HouseholdReader>(*pool, books, *regions, *sealer, *blind, *tokens, *clock);
    leads = std::make_unique<usecase::LeadReader>(*pool, *regions, *tokens, *clock);
    move = std::make_unique<usecase::MoveLead>(*commands, *leads);
    discovery = std::make_unique<usecase::Discovery>(*commands, *leads, *tokens, *sealer, *blind, *regions, books);
    SW_ASSIGN_OR_RETURN(v1::CrossCheckRules items, domain::DefaultCrossCheckRules());
    cases = std::make_unique<usecase::Cases>(*commands, books, *tokens, std::move(items));
    overview = std::make_unique<usecase::OverviewReader>(*pool, *cache, *regions, *clock);
    precision = std::make_unique<usecase::PrecisionReader>(*commands, *regions);
    insight = std::make_unique<usecase::Insight>(*pool, books, *clock);
    populations = std::make_unique<usecase::Populations>(*pool, *clock);
    simulator = std::make_unique<usecase::Simulator>(*pool, books, *populations, *regions, *clock);
    return Status::Ok();
}

// What has to be looked at again and again, whoever of the replicas does it.
void App::Parts::Jobs(const Config& c) {
    clockwork = std::make_unique<events::Clockwork>(c.pg_conninfo, *clock);
    clockwork->Add("rule_releases", 60s, [this](Deadline deadline) { return releases->RunDue(deadline); });
    clockwork->Add("cases", 60s, [this](Deadline deadline) { return cases->RunDue(deadline); });
    clockwork->Add("escalate_leads", 60s, [this](Deadline deadline) { return discovery->escalate.RunDue(deadline); });
    clockwork->Add("escalate_declarations", 60s, [this](Deadline deadline) { return discovery->declarations.RunDue(deadline); });
    clockwork->Add("enrol_campaign_households", 3600s, [this](Deadline deadline) { return discovery->campaigns.RunDue(deadline); });
    clockwork->Add("refresh_must_visits", 30s, [this](Deadline deadline) { return discovery->must_visits.RunDue(deadline); });
    clockwork->Start();
}

Status App::Parts::Edges(const Config& c) {
    relay = std::make_unique<outbox::Relay>(c.pg_conninfo, *bus);
    relay->Start();
    for (std::int64_t i = 0; i < c.feed_workers; ++i) {
        auto apply = std::make_unique<usecase::ApplyFeed>(*pool, books, *sealer, *clock);
        consumers.push_back(std::make_unique<events::FeedConsumer>(*bus, *dead_letters, std::move(apply), c.instance + "-" + std::to_string(i)));
        consumers.back()->Start();
    }
    sweeper = std::make_unique<events::Sweeper>(c.pg_conninfo, std::make_unique<usecase::Rescreen>(*pool, books, *clock));
    sweeper->Start();
    Jobs(c);
    rpc::ServerOptions options;
    options.address = c.rpc_address;
    options.threads = static_cast<int>(c.rpc_threads);
    const rpc_edge::UseCases use_cases{
        .batches = *batches,
        .feeds = *feeds,
        .households = *households,
        .leads = *leads,
        .move = *move,
        .overview = *overview,
        .regions = *regions,
        .rules = *rules,
        .settings = *settings,
        .releases = *releases,
        .discovery = *discovery,
        .precision = *precision,
        .cases = *cases,
        .insight = *insight,
        .simulator = *simulator,
    };
    server = std::make_unique<rpc::Server>(options, rpc_edge::MakeMethods(use_cases), verifier);
    SW_RETURN_IF_ERROR(server->Start());
    metrics = metrics::Server::Start(static_cast<int>(c.metrics_port), [this] { return ready.load(); });
    return Status::Ok();
}

App::App(Config config) : config_(std::move(config)), parts_(std::make_unique<Parts>()) {}

App::~App() { Stop(); }

Status App::Start() {
    parts_->clock = app::BusinessClock(config_.clock_start);
    SW_RETURN_IF_ERROR(parts_->Keys(config_));
    SW_RETURN_IF_ERROR(parts_->Stores(config_));
    SW_RETURN_IF_ERROR(parts_->UseCases(config_));
    SW_RETURN_IF_ERROR(parts_->Edges(config_));
    parts_->server->SetReady(true);
    parts_->ready = true;
    log::Info("monitoring serves", {{"rpc_port", parts_->server->port()}, {"metrics_port", parts_->metrics->port()}, {"bus", std::string(parts_->bus->kind())},
                                    {"rule_set", parts_->books.Current()->id()}});
    return Status::Ok();
}

void App::Stop() {
    if (parts_ == nullptr) return;
    parts_->ready = false;
    if (parts_->server != nullptr) parts_->server->Drain(kDrain);
    for (auto& consumer : parts_->consumers) consumer->Stop();
    if (parts_->sweeper != nullptr) parts_->sweeper->Stop();
    if (parts_->clockwork != nullptr) parts_->clockwork->Stop();
    if (parts_->relay != nullptr) parts_->relay->Stop();
    parts_.reset();
}

int App::rpc_port() const { return parts_->server->port(); }
int App::metrics_port() const { return parts_->metrics->port(); }

}  // namespace shouwang::monitoring
