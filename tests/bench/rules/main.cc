// Bench `rules`: a whole province through the rules, three ways. See tests/bench/rules.sh.
#include <sys/resource.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/column_screening.h"
#include "shouwang/monitoring/v1/facts.pb.h"
#include "tests/bench/rules/database.h"
#include "tests/bench/rules/neutral.h"
#include "tests/bench/rules/population.h"
#include "tests/bench/rules/report.h"

namespace shouwang::bench {
namespace {

namespace domain = monitoring::domain;
using nlohmann::json;

struct Options {
    std::uint32_t households = 900'000;
    std::uint32_t sample = 20'000;
    int runs = 7, sql_runs = 5;
    std::string postgres, out;
};

template <typename T>
T Must(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.status().reason + ": " + result.status().message);
    return std::move(result).value();
}
void Must(const Status& status) {
    if (!status.ok()) throw std::runtime_error(status.reason + ": " + status.message);
}

std::size_t ResidentBytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * 4096;
}

// Every explanation's operands: what decides, with its values.
struct Explained {
    std::size_t hits = 0, reads = 0;
};

class Bench {
public:
    explicit Bench(Options options)
        : options_(std::move(options)),
          today_(*Date::Parse("2021-07-01")),
          book_(Must(domain::RuleBook::Compile(Must(domain::DefaultRuleSet())))),
          column_book_(Must(domain::ColumnBook::Compile(book_))),
          columns_(domain::FactsReadBy(*book_), today_) {}

    void Run() {
        Build();
        Evaluate();
        WhatIf();
        if (!options_.out.empty()) WriteSample();
        if (!options_.postgres.empty()) Sql();
    }

private:
    void Build() {
        const std::size_t before = ResidentBytes();
        const auto start = std::chrono::steady_clock::now();
        for (std::uint32_t i = 0; i < options_.households; ++i) {
            const DrawnHousehold household(i);
            columns_.Update(household.id(), household.region(), household);
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::printf("%zu households, %zu members, %zu rules, %zu facts; drawn and stored in %.1f s\n",
                    columns_.households(), columns_.members(), book_->rules().size(),
                    columns_.reads().size(), took.count());
        std::printf("columns %.0f MB by their own count, resident memory grew by %.0f MB\n",
                    static_cast<double>(columns_.Bytes()) / 1e6,
                    static_cast<double>(ResidentBytes() - before) / 1e6);
    }

    domain::ColumnScreen Prepared() { return Must(domain::ColumnScreen::Prepare(column_book_, columns_)); }

    // Disjoint ranges of chunks, a thread each.
    template <typename Work>
    static void Share(std::size_t items, unsigned threads, Work work) {
        std::vector<std::jthread> running;
        for (unsigned t = 0; t < threads; ++t)
            running.emplace_back([=] { work(items * t / threads, items * (t + 1) / threads); });
    }

    static void RunScreen(domain::ColumnScreen& screen, unsigned threads) {
        Share(screen.chunks(), threads, [&screen](std::size_t from, std::size_t to) {
            cel::ColumnWorkspace workspace;
            screen.RunChunks(from, to, workspace);
        });
    }

    static Explained ExplainRows(const domain::ColumnScreen& screen,
                                 const std::vector<std::uint32_t>& rows, std::size_t from,
                                 std::size_t to) {
        Explained explained;
        std::vector<cel::Read> reads;
        for (std::size_t i = from; i < to; ++i) {
            for (std::size_t rule = 0; rule < screen.book().size(); ++rule) {
                if (!domain::BitOf(screen.True(rule), rows[i])) continue;
                reads.clear();
                (void)screen.Explain(rule, rows[i], reads);
                ++explained.hits;
                explained.reads += reads.size();
            }
        }
        return explained;
    }

    void Evaluate() {
        for (const unsigned threads : {1u, 2u}) {
            const std::string on = threads == 1 ? " (one thread)" : " (two threads)";
            domain::ColumnScreen screen = Prepared();
            Print("evaluation" + on, Measure(options_.runs, [&] { RunScreen(screen, threads); }), Count());
            std::vector<Explained> parts(threads);
            Print("evaluation, every hit explained" + on, Measure(options_.runs, [&] {
                      domain::ColumnScreen fresh = Prepared();
                      RunScreen(fresh, threads);
                      const std::vector<std::uint32_t> rows = fresh.Hits();
                      Share(rows.size(), threads, [&](std::size_t from, std::size_t to) {
                          parts[from == 0 ? 0 : threads - 1] = ExplainRows(fresh, rows, from, to);
                      });
                  }), Count());
            Explained all;
            for (const Explained& part : parts) {
                all.hits += part.hits;
                all.reads += part.reads;
            }
            if (threads == 1) {
                const auto rows = screen.Hits();
                std::printf("  %zu households with hits, %zu hits explained by %zu operands\n", rows.size(), all.hits, all.reads);
                Print("interpreter over the same columns (one thread, tenth)", Measure(1, [&] { Interpret(screen); }), Count() / 10);
            }
        }
    }

    // The interpreter on every tenth household; its verdicts must be the columns'.
    void Interpret(const domain::ColumnScreen& screen) {
        for (std::uint32_t row = 0; row < columns_.rows(); row += 10) {
            const domain::RowFacts facts(columns_, row, screen.ParametersOf(row));
            for (std::size_t rule = 0; rule < book_->rules().size(); ++rule) {
                if (book_->rules()[rule].program->Evaluate(facts) != screen.Verdict(rule, row))
                    throw std::runtime_error("columns and interpreter differ: " + book_->rules()[rule].rule.id());
            }
        }
    }

    // A province's proposal: a higher income line, half the cost lines, one condition changed, one
    // rule dropped.
    monitoring::v1::RuleSet Proposal() const {
        monitoring::v1::RuleSet set = book_->rule_set();
        for (auto& parameter : *set.mutable_parameters()) {
            if (parameter.name() == "line.income_fen" && parameter.region_prefix().empty()) parameter.set_value(700'000);
            if (parameter.name().find("medical_") != std::string::npos) parameter.set_value(parameter.value() / 2);
        }
        for (int i = 0; i < set.rules_size(); ++i) {
            if (set.rules(i).id() == "subsidy-stopped") set.mutable_rules()->DeleteSubrange(i--, 1);
        }
        for (auto& rule : *set.mutable_rules()) {
            if (rule.id() != "relocated-no-work") continue;
            rule.set_condition("members.exists(m, m.can_work) && members.filter(m, m.can_work).all(n, !n.employed)");
        }
        return set;
    }

    void WhatIf() {
        const auto proposal = Must(domain::ColumnBook::Compile(Must(domain::RuleBook::Compile(Proposal()))));
        domain::Difference difference;
        for (const unsigned threads : {1u, 2u}) {
            Print("what-if: both rule sets, differences by county" + std::string(threads == 1 ? " (one thread)" : " (two threads)"),
                  Measure(options_.runs, [&] {
                      domain::ColumnScreen before = Prepared();
                      domain::ColumnScreen after = Must(domain::ColumnScreen::Prepare(proposal, columns_));
                      RunScreen(before, threads);
                      RunScreen(after, threads);
                      difference = Must(domain::Differ(before, after, 3));
                  }), Count());
        }
        std::int64_t became = 0, ceased = 0, grades = 0;
        for (const auto& rule : difference.rules) {
            for (const auto& region : rule.by_region) {
                became += region.became_true;
                ceased += region.ceased_true;
            }
        }
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = 0; j < 4; ++j) grades += i != j ? difference.grades[i][j] : 0;
        }
        std::printf("  %zu counties; verdicts that became true %lld, ceased %lld; households with another grade %lld\n",
                    difference.regions.size(), static_cast<long long>(became), static_cast<long long>(ceased), static_cast<long long>(grades));
    }

    // For the engines in JavaScript: rules, every n-th household, and which rules are true for it.
    void WriteSample() {
        domain::ColumnScreen screen = Must(domain::ScreenColumns(column_book_, columns_));
        const cel::Environment environment({{"household", monitoring::v1::HouseholdFacts::descriptor(), false},
                                            {"members", monitoring::v1::PersonFacts::descriptor(), true},
                                            {"village", monitoring::v1::VillageFacts::descriptor(), false}}, {});
        json rules = json::array();
        for (const domain::CompiledRule& rule : book_->rules()) {
            const auto neutral = Neutral(*rule.program, environment, screen.ParametersOf(0));
            rules.push_back({{"id", rule.rule.id()}, {"expression", neutral.ok() ? *neutral : json(nullptr)},
                             {"why_not", neutral.ok() ? "" : neutral.status().message}});
        }
        std::ofstream(options_.out + "/rules.json") << rules.dump() << '\n';
        std::ofstream sample(options_.out + "/sample.ndjson");
        const std::uint32_t step = std::max<std::uint32_t>(1, options_.households / options_.sample);
        for (std::uint32_t row = 0; row < columns_.rows(); row += step) {
            json line = Facts(row);
            json& hits = line["hits"] = json::array();
            for (std::size_t rule = 0; rule < book_->rules().size(); ++rule) {
                if (domain::BitOf(screen.True(rule), row)) hits.push_back(rule);
            }
            sample << line.dump() << '\n';
        }
        if (!sample) throw std::runtime_error("cannot write to " + options_.out);
    }

    // What is unknown is left out.
    json Facts(std::uint32_t row) const {
        json facts = {{"household", json::object()}, {"members", json::array()}, {"village", json::object()}};
        for (int m = 0; m < columns_.Size(row); ++m) facts["members"].push_back(json::object());
        for (const auto& [variable, field] : columns_.reads()) {
            const bool member = variable == domain::kMembersVariable;
            const auto* message = member ? monitoring::v1::PersonFacts::descriptor()
                                  : variable == domain::kVillageVariable ? monitoring::v1::VillageFacts::descriptor()
                                                                         : monitoring::v1::HouseholdFacts::descriptor();
            const auto* descriptor = message->field(field);
            for (int e = 0; e < (member ? columns_.Size(row) : 1); ++e) {
                const cel::FactCell cell = columns_.Field(row, variable, e, field);
                if (!cell.known) continue;
                json& owner = member ? facts["members"][static_cast<std::size_t>(e)]
                                     : facts[variable == domain::kVillageVariable ? "village" : "household"];
                if (descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL)
                    owner[descriptor->name()] = cell.value != 0;
                else
                    owner[descriptor->name()] = cell.value;
            }
        }
        return facts;
    }

    void Sql() {
        const auto connection = Must(pg::Connection::Open(options_.postgres, DeadlineIn(std::chrono::seconds(20))));
        const auto start = std::chrono::steady_clock::now();
        Must(LoadTables(*connection, columns_));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::printf("PostgreSQL: tables loaded in %.1f s\n", took.count());
        Must(connection->ExecScript("SET jit = off; SET work_mem = '1GB'"));
        const domain::ColumnScreen screen = Must(domain::ScreenColumns(column_book_, columns_));
        const auto& parameters = screen.ParametersOf(0);
        if (Must(SumsOfSql(*connection, *book_, parameters)) != SumsOf(screen))
            throw std::runtime_error("columns and SQL differ");
        std::printf("PostgreSQL: verdicts of all rules equal, unknown included\n");
        const std::string query = Must(RulesQuery(*book_, parameters, "count(*) FILTER (WHERE $)"));
        for (const int workers : {0, 2}) {
            Must(connection->ExecScript("SET max_parallel_workers_per_gather = " + std::to_string(workers)));
            Print("generated SQL, all rules in one pass, " + std::string(workers == 0 ? "one core" : "parallel workers allowed"),
                  Measure(options_.sql_runs, [&] { (void)Must(connection->Exec(query)); }), Count());
        }
    }

    double Count() const { return static_cast<double>(columns_.households()); }

    const Options options_;
    const Date today_;
    std::shared_ptr<const domain::RuleBook> book_;
    std::shared_ptr<const domain::ColumnBook> column_book_;
    domain::ProvinceColumns columns_;
};

}  // namespace
}  // namespace shouwang::bench

int main(int argc, char** argv) {
    shouwang::bench::Options options;
    CLI::App app("Rules over a whole synthetic province: columns, interpreter, generated SQL");
    app.add_option("--households", options.households)->check(CLI::PositiveNumber);
    app.add_option("--sample", options.sample, "households written for other engines")->check(CLI::PositiveNumber);
    app.add_option("--runs", options.runs)->check(CLI::Range(1, 100));
    app.add_option("--sql-runs", options.sql_runs)->check(CLI::Range(1, 100));
    app.add_option("--postgres", options.postgres, "conninfo of a database to fill; without it no SQL is run");
    app.add_option("--out", options.out, "existing folder for rules.json and sample.ndjson");
    CLI11_PARSE(app, argc, argv);
    try {
        shouwang::bench::Bench(options).Run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rules_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
