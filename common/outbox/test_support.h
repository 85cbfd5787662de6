// Shared by the tests of common/outbox: a database with the tables, and events whose payload is
// their number.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/outbox/outbox.h"
#include "common/pg/test_support.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::outbox {

inline constexpr const char* kTopic = "shouwang.test.thing.v1";

class OutboxTest : public ::testing::Test {
protected:
    OutboxTest()
        : db_("outbox",
              [](const std::string& conninfo) {
                  const Status status = pg::Migrate(conninfo, Migrations());
                  EXPECT_TRUE(status.ok()) << status.message;
              }),
          c_(pg::OpenOrDie(db_.conninfo())),
          pool_({.conninfo = db_.conninfo(), .size = 4}) {}

    // Writes events in one transaction; `number` counts up a key over the life of the test.
    void Write(const std::vector<std::string>& keys) {
        Writer writer("/shouwang/test", std::chrono::system_clock::now(), "");
        for (const auto& key : keys) {
            monitoring::v1::SourceRow data;
            data.set_sequence(static_cast<std::uint32_t>(++numbers_[key]));
            Event event;
            event.topic = kTopic;
            event.subject = "things/" + key;
            event.partition_key = key;
            event.aggregate_version = numbers_[key];
            event.data = &data;
            writer.Add(event);
        }
        const Status status =
            pg::RunInTransaction(pool_, DeadlineIn(std::chrono::seconds(60)),
                                 [&](pg::Connection& c) { return writer.Flush(c); });
        ASSERT_TRUE(status.ok()) << status.message;
    }
    static std::vector<std::string> Keys(int n, int distinct) {
        std::vector<std::string> keys;
        for (int i = 0; i < n; ++i) keys.push_back("k" + std::to_string(i % distinct));
        return keys;
    }
    std::int64_t Waiting() { return pg::Count(*c_, "outbox"); }

    // Per key the numbers in the order of the bus.
    using Sequences = std::map<std::string, std::vector<std::int64_t>>;
    static Sequences Numbers(const std::vector<bus::Message>& messages) {
        Sequences out;
        for (const auto& m : messages) {
            event::v1::Envelope envelope;
            EXPECT_TRUE(envelope.ParseFromString(m.value));
            EXPECT_EQ(envelope.partition_key(), m.key);
            out[m.key].push_back(envelope.aggregate_version());
        }
        return out;
    }
    // Every event is there; leaving out what has been seen before, they are in order.
    void ExpectCompleteAndInOrder(const Sequences& got) {
        EXPECT_EQ(got.size(), numbers_.size());
        for (const auto& [key, last] : numbers_) {
            const auto it = got.find(key);
            ASSERT_NE(it, got.end()) << key;
            std::int64_t highest = 0;
            for (const auto n : it->second) {
                EXPECT_LE(n, highest + 1) << key << " skips ahead";
                highest = std::max(highest, n);
            }
            EXPECT_EQ(highest, last) << key;
        }
    }
    // What holds where the bus refuses an event and takes a later one of its key: every event is
    // there, and the last time each is seen is in order. Whoever keeps the newest state of a key
    // ends with the right one.
    void ExpectLastSightingsInOrder(const Sequences& got) {
        for (const auto& [key, last] : numbers_) {
            const auto it = got.find(key);
            ASSERT_NE(it, got.end()) << key;
            std::map<std::int64_t, std::size_t> seen_at;
            for (std::size_t i = 0; i < it->second.size(); ++i) seen_at[it->second[i]] = i;
            ASSERT_EQ(static_cast<std::int64_t>(seen_at.size()), last) << key;
            for (std::int64_t n = 2; n <= last; ++n) EXPECT_LT(seen_at[n - 1], seen_at[n]) << key;
        }
    }

    testing::TestDatabase db_;
    std::unique_ptr<pg::Connection> c_;
    pg::Pool pool_;
    std::map<std::string, std::int64_t> numbers_;
};

}  // namespace shouwang::outbox
