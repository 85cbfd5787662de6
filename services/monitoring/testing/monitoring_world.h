// A monitoring database with everything its use cases need, for tests: migrations, shipped parameters, the default rules, a village of
// Guixi, a clock that stands, and principals by role. All persons are synthetic.
#pragma once

#include <gtest/gtest.h>

#include "common/record/commands.h"
#include "common/testing/servers.h"
#include "services/monitoring/domain/parameters.h"
#include "services/monitoring/store/migrations.h"
#include "services/monitoring/testing/feed_maker.h"
#include "services/monitoring/usecase/apply_feed.h"
#include "services/monitoring/usecase/batches.h"
#include "services/monitoring/usecase/discovery.h"
#include "services/monitoring/usecase/move_lead.h"
#include "services/monitoring/usecase/read_leads.h"
#include "services/monitoring/usecase/read_rules.h"
#include "services/monitoring/usecase/regions.h"

namespace shouwang::monitoring::testing {

using namespace std::chrono_literals;

inline constexpr const char* kVillage = "360681100201";

inline Deadline Soon() { return DeadlineIn(30s); }

inline const FeedMaker& Maker() {
    static const FeedMaker* const maker = new FeedMaker;
    return *maker;
}

inline type::v1::Principal As(options::v1::Role role, const std::string& region = kVillage) {
    type::v1::Principal p;
    p.set_subject("accounts/" + options::v1::Role_Name(role));
    p.add_roles(role);
    p.set_region_prefix(region);
    return p;
}
inline const type::v1::Principal kVillageOperator = As(options::v1::ROLE_VILLAGE_OPERATOR);
inline const type::v1::Principal kTownshipOperator = As(options::v1::ROLE_TOWNSHIP_OPERATOR, "360681100");
inline const type::v1::Principal kCountyOperator = As(options::v1::ROLE_COUNTY_OPERATOR, "360681");

// Stands on Thursday 2021-07-01, 10:00 in UTC+8.
class MonitoringWorld {
public:
    MonitoringWorld()
        : database("monitoring_world", [](const std::string& conninfo) { ASSERT_TRUE(pg::Migrate(conninfo, store::Migrations()).ok()); }),
          pool({database.conninfo(), 8, 5s}), clock(*ParseRfc3339("2021-07-01T02:00:00Z")),
          parameters(*record::Parameters::Make(*domain::DefaultParameters())), commands(pool, parameters, clock, "/shouwang/monitoring"),
          tokens("a page key of the tests"), regions(pool, tokens, clock), reader(pool, regions, tokens, clock), move(commands, reader),
          discovery(commands, reader, tokens, Maker().sealer(), Maker().blind(), regions, books), batches(pool, clock) {
        const Status loaded = usecase::Rules(pool, books, clock).Load(Soon());
        EXPECT_TRUE(loaded.ok()) << loaded.message;
        const Status shipped = pg::RunInTransaction(pool, Soon(), [&](pg::Connection& c) { return parameters.Ship(c, clock.Now()); });
        EXPECT_TRUE(shipped.ok()) << shipped.message;
        Run("INSERT INTO region (code, valid_from, name, level, parent) VALUES ('360681100201', '2000-01-01', '王湾村', 5, '360681100'), "
            "('360681100202', '2000-01-01', '李家村', 5, '360681100')");
    }

    // Rows of one dataset, applied as a feed does.
    void Feed(const std::string& department, const std::string& dataset, const google::protobuf::Descriptor* type, std::vector<event::v1::FeedRow> rows) {
        v1::OpenBatchRequest q;
        q.set_name("batches/" + department + "/w" + std::to_string(++batch_names_));
        q.set_dataset(dataset);
        q.set_period("2021-06");
        const auto batch = batches.Open(q, Soon());
        ASSERT_TRUE(batch.ok()) << batch.status().message;
        usecase::ApplyFeed apply(pool, books, Maker().sealer(), clock);
        usecase::FeedCounts counts;
        const std::vector<event::v1::FeedChunk> chunks{FeedMaker::Chunk(batch->id(), type, std::move(rows))};
        const Status applied = apply.Run(chunks, Soon(), counts);
        ASSERT_TRUE(applied.ok()) << applied.reason << ": " << applied.message;
    }
    template <typename Row>
    void Feed(const std::string& department, const std::string& dataset, const std::vector<Row>& rows) {
        std::vector<event::v1::FeedRow> made;
        for (const Row& row : rows) made.push_back(Maker().Row(row));
        Feed(department, dataset, Row::descriptor(), std::move(made));
    }
    // A household of one member with the identity number SyntheticIdentity(serial); answers "households/{id}".
    std::string Household(int serial, const std::string& village = kVillage) {
        feed::v1::RegistryMember member = FeedMaker::Member(serial, "H" + std::to_string(1000000 + serial));
        member.set_region_code(village);
        Feed<feed::v1::RegistryMember>("rural_revitalization", "registry_member", {member});
        return "households/" + std::to_string(Number("SELECT household_id FROM household WHERE household_no = 'H" + std::to_string(1000000 + serial) + "'"));
    }

    void Run(const std::string& sql) {
        auto lease = pool.Acquire(Soon());
        const Status status = (*lease)->ExecScript(sql);
        EXPECT_TRUE(status.ok()) << status.message;
    }
    std::int64_t Number(const std::string& sql) {
        auto lease = pool.Acquire(Soon());
        const auto rows = (*lease)->Exec(sql);
        EXPECT_TRUE(rows.ok()) << rows.status().message;
        return rows.ok() && rows->size() > 0 ? rows->Int(0, 0) : -1;
    }
    // One line a row, whatever the columns are: to compare before and after. query: "SELECT … AS t" of which t::text is taken.
    std::string Dump(const std::string& table, const std::string& order) {
        auto lease = pool.Acquire(Soon());
        const auto rows = (*lease)->Exec("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY " + order + "), '') FROM " + table + " t");
        EXPECT_TRUE(rows.ok()) << rows.status().message;
        return rows.ok() ? std::string(rows->Text(0, 0)) : "";
    }
    std::int64_t Events(const std::string& topic) { return Number("SELECT count(*) FROM outbox WHERE topic = '" + topic + "'"); }

    shouwang::testing::TestDatabase database;
    pg::Pool pool;
    ManualClock clock;
    record::Parameters parameters;
    record::Commands commands;
    model::PageTokens tokens;
    usecase::RuleBooks books;
    usecase::Regions regions;
    usecase::LeadReader reader;
    usecase::MoveLead move;
    usecase::Discovery discovery;
    usecase::Batches batches;

private:
    int batch_names_ = 0;
};

}  // namespace shouwang::monitoring::testing
