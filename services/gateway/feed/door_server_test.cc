// The door on a real PostgreSQL and the embedded bus: what must survive a gateway that is killed.
#include <gtest/gtest.h>

#include "common/testing/servers.h"
#include "services/gateway/feed/migrations.h"
#include "services/gateway/feed/testing/door_world.h"
#include "services/gateway/feed/upload.h"

namespace shouwang::gateway::feed {
namespace {

using testing::DoorWorld;

struct Database {
    shouwang::testing::TestDatabase database;
    Database() { EXPECT_TRUE(pg::Migrate(database.conninfo(), Migrations()).ok()); }
    std::unique_ptr<DoorStore> Store(int sessions = 4) {
        return MakePgDoorStore({database.conninfo(), sessions, std::chrono::milliseconds(100)});
    }
};

Deadline Soon() { return DeadlineIn(std::chrono::seconds(20)); }

ChunkDigest Chunk(std::uint32_t number, std::uint32_t rows, char digest = 'd') {
    return {number, rows, 1, std::string(32, digest), std::string(32, 'm')};
}

TEST(PgDoorStore, RemembersChunksProgressAndReceipt) {
    Database db;
    auto store = db.Store();
    {
        auto session = *store->Lock(7, Soon());
        EXPECT_TRUE(session->Load()->chunks.empty());
        const ChunkDigest first[] = {Chunk(0, 1000), Chunk(1, 1000)},
                          second[] = {Chunk(1, 1000, 'x'), Chunk(2, 10)};
        ASSERT_TRUE(session->Record(first, 0).ok());
        ASSERT_TRUE(session->Record(second, 2).ok());  // what was begun keeps its digest
        ASSERT_TRUE(session->Record({}, 1).ok());      // progress never goes back
    }
    const auto restarted = db.Store();
    auto session = *restarted->Lock(7, Soon());
    const StoredBatch stored = *session->Load();
    ASSERT_EQ(stored.chunks.size(), 3u);
    EXPECT_EQ(stored.durable_chunks, 2u);
    EXPECT_EQ(stored.chunks[1].digest, std::string(32, 'd'));
    EXPECT_EQ(stored.chunks[2].rows, 10u);
    EXPECT_FALSE(stored.receipt.has_value());

    v1::Receipt receipt;
    receipt.mutable_content()->set_batch("batches/d/b");
    receipt.set_body(receipt.content().SerializeAsString());
    receipt.set_signature("one");
    EXPECT_EQ(session->SaveReceipt(receipt)->signature(), "one");
    receipt.set_signature("two");
    EXPECT_EQ(session->SaveReceipt(receipt)->signature(), "one");
    EXPECT_EQ((*store->FindReceipt("batches/d/b", Soon()))->content().batch(), "batches/d/b");
    EXPECT_FALSE((*store->FindReceipt("batches/d/c", Soon())).has_value());
}

TEST(PgDoorStore, OneSessionABatchOverAllReplicas) {
    Database db;
    auto one = db.Store(), other = db.Store(1);
    auto held = *one->Lock(1, Soon());
    EXPECT_EQ(other->Lock(1, Soon()).status().reason, "BATCH_BUSY");
    auto second = other->Lock(2, Soon());
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(other->Lock(3, Soon()).status().reason, "DOOR_BUSY");
    held.reset();
    second.value().reset();
    EXPECT_TRUE(other->Lock(1, Soon()).ok());
}

TEST(PgDoorStore, KeepsEveryKeyThatEverSigned) {
    Database db;
    auto store = db.Store();
    v1::ReceiptKey key;
    for (const char* id : {"a", "b", "a"}) {
        key.set_key_id(id);
        ASSERT_TRUE(store->KeepKey(key, TimePoint(std::chrono::seconds(id[0])), Soon()).ok());
    }
    const auto keys = *store->ListKeys(Soon());
    ASSERT_EQ(keys.keys_size(), 2);
    EXPECT_EQ(keys.keys(0).key_id(), "b");  // newest first
}

// A file of 12,345 rows in five attempts, each with a new store as a new process has it, over the
// embedded bus.
TEST(DoorOnServers, ABatchSurvivesItsGateways) {
    Database db;
    shouwang::testing::TestDatabase bus_database;
    auto bus = bus::Connect("embedded:" + bus_database.conninfo());
    ASSERT_TRUE(bus.ok()) << bus.status().message;
    const bus::TopicSpec topics[] = {{kFeedTopic, 6, -1}};
    ASSERT_TRUE((*bus)->EnsureTopics(topics).ok());
    DoorWorld world(6);
    std::string file = testing::kCsvHeader;
    for (int i = 1; i <= 12345; ++i) file += testing::SyntheticCsvLine(i);

    v1::Receipt receipt;
    for (const std::size_t cut : {100000, 300000, 700000, 0, 0}) {
        const auto store = db.Store();
        const auto producer = *(*bus)->NewProducer();
        const DoorParts in_memory = world.Parts();
        const DoorParts parts{
            in_memory.catalogue, in_memory.regions, in_memory.blind,     in_memory.sealer,
            in_memory.signer,    *producer,         in_memory.directory, *store,
            in_memory.clock,     in_memory.pipeline};
        testing::StringBody body(
            cut == 0 ? file : file.substr(0, cut), 65536,
            cut == 0 ? Status() : MakeStatus(Code::kCancelled, "CLIENT_GONE", "gone"));
        const auto result = RunUpload(parts, world.Department(), world.OpenOf("b"), {}, body,
                                      DeadlineIn(std::chrono::minutes(2)));
        ASSERT_EQ(result.ok(), cut == 0) << result.status().message;
        if (cut != 0) continue;
        EXPECT_TRUE(receipt.body().empty() ||
                    receipt.SerializeAsString() == result->SerializeAsString());
        receipt = *result;
    }
    EXPECT_EQ(receipt.content().rows(), 12345);

    auto consumer =
        *(*bus)->NewConsumer({"test", {kFeedTopic}, "", true, std::chrono::milliseconds(10000)});
    std::set<std::uint32_t> sequences;
    ASSERT_TRUE(shouwang::testing::Eventually(
        [&] {
            const auto messages = consumer->Poll(100, std::chrono::milliseconds(200));
            if (!messages.ok()) return false;
            for (const bus::Message& message : *messages) {
                monitoring::event::v1::FeedChunk chunk;
                EXPECT_TRUE(chunk.ParseFromString(message.value));
                EXPECT_EQ(static_cast<int>(chunk.part()), message.partition);
                for (const auto& row : chunk.rows()) sequences.insert(row.sequence());
            }
            return sequences.size() == 12345;
        },
        60))
        << sequences.size();
    consumer->Close();
}

}  // namespace
}  // namespace shouwang::gateway::feed
