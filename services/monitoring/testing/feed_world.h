// A monitoring database that takes feeds, for the tests of the heart; on 2021-07-01. All persons are synthetic.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "common/record/parameters.h"
#include "common/testing/servers.h"
#include "services/monitoring/domain/parameters.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/migrations.h"
#include "services/monitoring/testing/feed_maker.h"
#include "services/monitoring/usecase/apply_feed.h"
#include "services/monitoring/usecase/batches.h"
#include "services/monitoring/usecase/read_rules.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"

namespace shouwang::monitoring::usecase {

using namespace std::chrono_literals;
using monitoring::testing::FeedMaker;
using monitoring::testing::SyntheticIdentity;

inline const FeedMaker& Maker() {
    static const FeedMaker* const maker = new FeedMaker;
    return *maker;
}

// A monitoring database with everything ApplyFeed needs, on 2021-07-01.
class World {
public:
    World() : database_("monitoring", [](const std::string& conninfo) { ASSERT_TRUE(pg::Migrate(conninfo, store::Migrations()).ok()); }),
              pool_({database_.conninfo(), 6, 5s}), clock_(*ParseRfc3339("2021-07-01T02:00:00Z")), batches_(pool_, clock_) {
        const Status loaded = Rules(pool_, books_, clock_).Load(DeadlineIn(20s));
        EXPECT_TRUE(loaded.ok()) << loaded.message;
        const auto parameters = record::Parameters::Make(*domain::DefaultParameters());
        const Status shipped = pg::RunInTransaction(pool_, DeadlineIn(20s), [&](pg::Connection& c) { return parameters->Ship(c, clock_.Now()); });
        EXPECT_TRUE(shipped.ok()) << shipped.message;
    }

    std::int64_t OpenBatch(const std::string& department, const std::string& dataset, bool complete = false, const std::string& period = "2021-06") {
        v1::OpenBatchRequest q;
        q.set_name("batches/" + department + "/b" + std::to_string(++names_));
        q.set_dataset(dataset);
        q.set_period(period);
        q.set_complete(complete);
        auto batch = batches_.Open(q, DeadlineIn(20s));
        EXPECT_TRUE(batch.ok()) << batch.status().message;
        opened_.push_back(batch->name());
        return batch->id();
    }
    void Close(std::int64_t rows) {
        v1::CloseBatchRequest q;
        q.set_name(opened_.back());
        q.set_rows(rows);
        q.set_content_hash("h");
        const auto closed = batches_.Close(q, DeadlineIn(20s));
        EXPECT_TRUE(closed.ok()) << closed.status().message;
    }
    FeedCounts Apply(const std::vector<event::v1::FeedChunk>& chunks) {
        ApplyFeed apply(pool_, books_, Maker().sealer(), clock_);
        FeedCounts counts;
        const Status status = apply.Run(chunks, DeadlineIn(60s), counts);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return counts;
    }
    v1::Batch Batch(const std::string& name) {
        auto lease = pool_.Acquire(DeadlineIn(20s));
        auto batch = store::GetBatch(**lease, name);
        EXPECT_TRUE(batch.ok());
        return *batch;
    }
    // Every open lead: household number, risk, grade, and every sentence with its operands; and every member's state.
    std::vector<std::string> Snapshot() {
        std::vector<std::string> out;
        auto lease = pool_.Acquire(DeadlineIn(20s));
        const auto leads = (*lease)->Exec(
            "SELECT h.household_no, l.risk_type, l.grade, l.explanations FROM lead l JOIN household h USING (household_id) WHERE l.state <> 5 ORDER BY 1, 2");
        EXPECT_TRUE(leads.ok()) << leads.status().message;
        for (int i = 0; i < leads->size(); ++i) {
            v1::Lead lead;
            const auto bytes = leads->Bytes(i, 3);
            EXPECT_TRUE(lead.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            std::string text = std::string(leads->Text(i, 0)) + " " + std::to_string(leads->Int(i, 1)) + " " + std::to_string(leads->Int(i, 2));
            for (const auto& e : lead.explanations()) {
                text += " | " + e.sentence_zh();
                for (const auto& o : e.operands()) text += " " + o.fact() + "=" + o.value() + "@" + o.as_of();
            }
            out.push_back(text);
        }
        const auto members = (*lease)->Exec("SELECT h.household_no, m.birth, m.living FROM member m JOIN household h USING (household_id) ORDER BY 1, 2, 3");
        for (int i = 0; i < members->size(); ++i) {
            out.push_back(std::string(members->Text(i, 0)) + " " + members->DateOf(i, 1).ToString() + (members->Bool(i, 2) ? "" : " left"));
        }
        return out;
    }
    std::int64_t Count(const std::string& sql) {
        auto lease = pool_.Acquire(DeadlineIn(20s));
        const auto rows = (*lease)->Exec(sql);
        EXPECT_TRUE(rows.ok()) << rows.status().message;
        return rows->Int(0, 0);
    }
    pg::Pool& pool() { return pool_; }
    RuleBooks& books() { return books_; }
    Clock& clock() { return clock_; }
    const std::vector<std::string>& opened() const { return opened_; }
    Batches& batches() { return batches_; }

private:
    shouwang::testing::TestDatabase database_;
    pg::Pool pool_;
    ManualClock clock_;
    RuleBooks books_;
    Batches batches_;
    std::vector<std::string> opened_;
    int names_ = 0;
};

}  // namespace shouwang::monitoring::usecase
