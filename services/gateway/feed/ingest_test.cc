// Rows by gRPC into chunks: order, resumption, contents that differ, and the property that no cut
// and no crash shows on the bus.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "common/testing/servers.h"
#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/testing/door_world.h"

namespace shouwang::gateway::feed {
namespace {

using testing::DoorWorld;
using testing::SyntheticRow;

constexpr auto kMinute = std::chrono::minutes(1);

// A sender: rows `from` to `to` of the made-up file, 700 a message, then Close unless it breaks
// off.
struct Sender {
    std::int64_t from = 1, to = 0;
    bool close = true;
    std::int64_t close_rows = -1;  // what Close says; -1 = `to`
    std::int64_t changed_row = 0;  // this row has another content
    std::optional<v1::OpenPush> open;

    Status status;
    std::vector<v1::PushResponse> answers;

    const Sender& Run(DoorWorld& world, const std::string& batch) {
        std::int64_t next = 0;
        const auto read = [&](v1::PushRequest& request) {
            request.Clear();
            if (next == 0) {
                *request.mutable_open() = open.value_or(world.OpenOf(batch));
                next = from;
                return true;
            }
            if (next > to) {
                if (!close) return false;
                request.mutable_close()->set_rows(close_rows < 0 ? to : close_rows);
                return true;
            }
            request.mutable_rows()->set_first_sequence(static_cast<std::uint32_t>(next));
            for (int i = 0; i < 700 && next <= to; ++i, ++next) {
                auto row = SyntheticRow(static_cast<int>(next));
                if (next == changed_row) row.set_hospital("另一家医院");
                request.mutable_rows()->add_rows()->set_row(row.SerializeAsString());
            }
            return true;
        };
        status = RunPush(world.Parts(), world.Department(), DeadlineIn(kMinute), read,
                         [&](const v1::PushResponse& answer) {
                             answers.push_back(answer);
                             return true;
                         });
        return *this;
    }
    std::int64_t durable() const {
        return answers.empty() ? -1 : answers.back().last_durable_sequence();
    }
    const v1::Receipt& receipt() const { return answers.back().receipt(); }
};

TEST(Push, GivesEveryRowOnceInItsChunkAndPartition) {
    DoorWorld world;
    Sender sender{.to = 2345};
    ASSERT_TRUE(sender.Run(world, "b").status.ok()) << sender.status.message;
    EXPECT_EQ(sender.durable(), 2345);
    std::set<std::uint32_t> seen;
    for (const auto& [key, chunk] : world.Applied()) {
        EXPECT_EQ(chunk.dataset(), 1u);
        for (const auto& row : chunk.rows()) {
            EXPECT_TRUE(seen.insert(row.sequence()).second);
            EXPECT_EQ((row.sequence() - 1) / 1000, chunk.chunk());
            EXPECT_EQ(row.sealed_identity(),
                      testing::SyntheticIdentity(static_cast<int>(row.sequence())));
            EXPECT_EQ(row.row_key().size(), 16u);
            monitoring::feed::v1::MedicalSettlement content;
            ASSERT_TRUE(content.ParseFromString(row.content()));
            EXPECT_EQ(content.identity_no(), "");
            EXPECT_EQ(content.visit_id(), "V" + std::to_string(row.sequence()));
        }
    }
    EXPECT_EQ(seen.size(), 2345u);
    const auto batch = world.directory.Get("batches/medical_insurance/b");
    EXPECT_EQ(batch.state(), monitoring::v1::BATCH_STATE_RECEIVED);
    EXPECT_EQ(batch.received(), 2345);
    EXPECT_EQ(batch.content_hash(), sender.receipt().content().content_hash());
}

TEST(Push, AcknowledgementsRiseByWholeChunksAndNameNothingThatIsNotDurable) {
    DoorWorld world;
    Sender sender{.to = 20500};
    sender.Run(world, "b");
    std::int64_t before = 0;
    for (const auto& answer : sender.answers) {
        EXPECT_GE(answer.last_durable_sequence(), before);
        before = answer.last_durable_sequence();
        EXPECT_TRUE(before % 1000 == 0 || before == 20500);
        EXPECT_EQ(answer.has_receipt(), &answer == &sender.answers.back());
    }
    EXPECT_EQ(sender.answers.front().last_durable_sequence(), 0);
}

TEST(Push, AcknowledgesWhileTheSenderWaits) {
    DoorWorld world;
    std::atomic<std::int64_t> durable{-1};
    int step = 0;
    const auto read = [&](v1::PushRequest& request) {
        request.Clear();
        if (step == 0) *request.mutable_open() = world.OpenOf("b");
        if (step == 1) {
            request.mutable_rows()->set_first_sequence(1);
            for (int i = 1; i <= 1000; ++i)
                request.mutable_rows()->add_rows()->set_row(SyntheticRow(i).SerializeAsString());
        }
        // The sender sends no more before it has heard of the first thousand.
        return step++ < 2 || !shouwang::testing::Eventually([&] { return durable == 1000; });
    };
    const Status status = RunPush(world.Parts(), world.Department(), DeadlineIn(kMinute), read,
                                  [&](const v1::PushResponse& answer) {
                                      durable = answer.last_durable_sequence();
                                      return true;
                                  });
    EXPECT_EQ(durable, 1000);
    EXPECT_EQ(status.reason, "NOT_CLOSED");
}

TEST(Push, ResumesBehindTheLastDurableRow) {
    DoorWorld world, undisturbed;
    Sender first{.to = 2500, .close = false};
    EXPECT_EQ(first.Run(world, "b").status.reason, "NOT_CLOSED");
    EXPECT_EQ(first.durable(), 2000);
    Sender second{.from = 2001, .to = 4321};
    EXPECT_TRUE(second.Run(world, "b").status.ok());
    EXPECT_EQ(second.answers.front().last_durable_sequence(), 2000);
    Sender whole{.to = 4321};
    whole.Run(undisturbed, "b");
    EXPECT_EQ(second.receipt().content().content_hash(), whole.receipt().content().content_hash());
    EXPECT_EQ(second.receipt().content().merkle_root(), whole.receipt().content().merkle_root());
    EXPECT_EQ(world.Applied().size(), undisturbed.Applied().size());
}

TEST(Push, TheSameContentGivesTheSameReceipt) {
    DoorWorld world;
    Sender first{.to = 2500};
    first.Run(world, "b");
    const std::size_t on_the_bus = world.bus.size();
    world.clock.Advance(std::chrono::hours(5));
    for (const std::int64_t from : {1, 1001, 1500, 2001, 2400, 2501}) {
        Sender again{.from = from, .to = 2500};
        ASSERT_TRUE(again.Run(world, "b").status.ok()) << from << again.status.message;
        EXPECT_EQ(again.answers.front().last_durable_sequence(), 2500);
        EXPECT_EQ(again.receipt().SerializeAsString(), first.receipt().SerializeAsString());
    }
    EXPECT_EQ(world.bus.size(), on_the_bus);
}

TEST(Push, AnotherContentIsRefusedWhereverItDiffers) {
    DoorWorld world;
    Sender{.to = 2500}.Run(world, "closed");
    Sender{.to = 2500, .close = false}.Run(world, "open");
    const std::size_t on_the_bus = world.bus.size();
    Sender cases[] = {{.to = 2500, .changed_row = 1},
                      {.to = 2500, .changed_row = 1999},
                      {.to = 2500, .changed_row = 2500},
                      {.to = 2499},
                      {.to = 2501},
                      {.to = 1000},
                      {.from = 1001, .to = 2500, .changed_row = 1100}};
    for (Sender& sender : cases) {
        sender.Run(world, "closed");
        EXPECT_EQ(sender.status.code, Code::kAlreadyExists);
        EXPECT_EQ(sender.status.reason, "BATCH_CONTENT_DIFFERS")
            << sender.to << " " << sender.changed_row;
    }
    EXPECT_EQ((Sender{.to = 2500, .changed_row = 700}).Run(world, "open").status.reason,
              "BATCH_CONTENT_DIFFERS");
    EXPECT_EQ((Sender{.to = 900}).Run(world, "open").status.reason, "BATCH_CONTENT_DIFFERS");
    EXPECT_EQ((Sender{.to = 0}).Run(world, "closed").status.reason,
              "ROWS_DIFFER");  // sends nothing again, and miscounts
    EXPECT_EQ(world.bus.size(), on_the_bus);
    Sender other_period{.to = 1};
    other_period.open = world.OpenOf("open");
    other_period.open->set_period("2021-07");
    EXPECT_EQ(other_period.Run(world, "open").status.reason, "BATCH_CONTENT_DIFFERS");
}

// A chunk that was begun and never acknowledged cannot be replaced: it may be on the bus all the same.
TEST(Push, AChunkOnceBegunKeepsItsContent) {
    DoorWorld world;
    world.bus.FailWhen([](const bus::OutMessage&) {
        return MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", "");
    });
    EXPECT_EQ((Sender{.to = 1500, .close = false}).Run(world, "b").durable(), 0);
    EXPECT_EQ(world.store.Get(1).chunks.size(), 1u);
    EXPECT_EQ(world.store.Get(1).durable_chunks, 0u);
    world.bus.FailWhen(nullptr);
    EXPECT_EQ((Sender{.to = 1500, .changed_row = 3}).Run(world, "b").status.reason,
              "BATCH_CONTENT_DIFFERS");
    EXPECT_TRUE((Sender{.to = 1500}).Run(world, "b").status.ok());
    EXPECT_EQ(world.AcceptedRows(), 1500u);
}

// The other half: what was never kept was never sent, and binds nobody.
TEST(Push, NothingOfAChunkReachesTheBusBeforeItsDigestIsKept) {
    DoorWorld world;
    world.store.FailRecord(1);
    EXPECT_FALSE((Sender{.to = 1500, .close = false}).Run(world, "b").status.ok());
    EXPECT_EQ(world.bus.size(), 0u);
    EXPECT_TRUE(world.store.Get(1).chunks.empty());
    world.store.FailRecord(0);
    EXPECT_TRUE((Sender{.to = 1500, .changed_row = 3}).Run(world, "b").status.ok());
    EXPECT_EQ(world.AcceptedRows(), 1500u);
}

TEST(Push, RowsDifferLeavesTheBatchOpen) {
    DoorWorld world;
    Sender wrong{.to = 1500, .close_rows = 1400};
    EXPECT_EQ(wrong.Run(world, "b").status.reason, "ROWS_DIFFER");
    EXPECT_EQ(wrong.status.code, Code::kFailedPrecondition);
    EXPECT_EQ(world.directory.Get("batches/medical_insurance/b").state(),
              monitoring::v1::BATCH_STATE_OPEN);
    EXPECT_TRUE((Sender{.to = 1500}).Run(world, "b").status.ok());

    Sender declared{.to = 1200};
    declared.open = world.OpenOf("d");
    declared.open->set_declared_rows(1300);
    EXPECT_EQ(declared.Run(world, "d").status.reason, "ROWS_DIFFER");
    Sender mended{.to = 1300};
    mended.open = declared.open;
    EXPECT_TRUE(mended.Run(world, "d").status.ok());
    EXPECT_EQ(world.AcceptedRows(), 2800u);
}

TEST(Push, RefusesWhatIsNotOpenRowsClose) {
    DoorWorld world;
    v1::PushRequest open, rows, close, nothing;
    *open.mutable_open() = world.OpenOf("b");
    rows.mutable_rows()->set_first_sequence(1);
    rows.mutable_rows()->add_rows()->set_row(SyntheticRow(1).SerializeAsString());
    close.mutable_close()->set_rows(1);
    v1::PushRequest gap = rows, many = rows;
    gap.mutable_rows()->set_first_sequence(3);
    for (int i = 0; i < 5000; ++i) many.mutable_rows()->add_rows();
    const struct {
        std::vector<v1::PushRequest> steps;
        const char* reason;
    } cases[] = {
        {{}, "PUSH_STEP"},
        {{rows}, "PUSH_STEP"},
        {{close}, "PUSH_STEP"},
        {{open, open}, "PUSH_STEP"},
        {{open, nothing}, "PUSH_STEP"},
        {{open, gap}, "SEQUENCE_GAP"},
        {{open, rows, rows}, "SEQUENCE_GAP"},
        {{open, many}, "PUSH_TOO_MANY_ROWS"},
        {{open, rows}, "NOT_CLOSED"},
    };
    for (const auto& c : cases) {
        std::size_t at = 0;
        const Status status = RunPush(
            world.Parts(), world.Department(), DeadlineIn(kMinute),
            [&](v1::PushRequest& request) {
                return at < c.steps.size() && (request = c.steps[at++], true);
            },
            [](const v1::PushResponse&) { return true; });
        EXPECT_EQ(status.reason, c.reason);
    }
}

TEST(Push, ChecksRightsBeforeAnythingElse) {
    DoorWorld world;
    const struct {
        const char* dataset;
        const char* batch;
        const char* period;
        const char* region;
        const char* reason;
        Code code;
    } cases[] = {
        {"no_such_dataset", "b", "2021-06", "", "DATASET_UNKNOWN", Code::kNotFound},
        {"school_status", "b", "2021-06", "", "DATASET_NOT_YOURS", Code::kPermissionDenied},
        {"medical_insurance", "b", "2021-06", "", "DATASET_NOT_YOURS",
         Code::kPermissionDenied},  // own department, but no right
        {"medical_settlement", "", "2021-06", "", "BATCH_ID", Code::kInvalidArgument},
        {"medical_settlement", "a/b", "2021-06", "", "BATCH_ID", Code::kInvalidArgument},
        {"medical_settlement", "b", "2021-13", "", "PERIOD", Code::kInvalidArgument},
        {"medical_settlement", "b", "21", "", "PERIOD", Code::kInvalidArgument},
        {"medical_settlement", "b", "2021-06", "37", "REGION_UNKNOWN", Code::kInvalidArgument},
        {"medical_settlement", "b", "2021-06", "3606", "REGION_NOT_YOURS", Code::kPermissionDenied},
    };
    auto principal = world.Department();
    principal.set_region_prefix("360681");
    for (const auto& c : cases) {
        v1::OpenPush open;
        open.set_dataset(c.dataset);
        open.set_batch(c.batch);
        open.set_period(c.period);
        open.set_region_prefix(c.region);
        const Status status =
            CheckOpen(world.Parts().catalogue, world.Parts().regions, principal, open).status();
        EXPECT_EQ(status.reason, c.reason) << c.dataset << " " << c.batch;
        EXPECT_EQ(status.code, c.code);
    }
    // A foreign department that somebody gave the dataset's name to.
    EXPECT_EQ(CheckOpen(world.Parts().catalogue, world.Parts().regions,
                        world.Department("education", {"medical_settlement"}), world.OpenOf("b"))
                  .status()
                  .reason,
              "DATASET_NOT_YOURS");
    v1::OpenPush complete = world.OpenOf("b");
    complete.set_complete(true);
    complete.clear_period();
    EXPECT_EQ(
        CheckOpen(world.Parts().catalogue, world.Parts().regions, world.Department(), complete)
            .status()
            .reason,
        "PERIOD");
}

TEST(Push, RefusedRowsTravelWithTheirChunk) {
    DoorWorld world;
    const auto bad = [](int sequence) {
        auto row = SyntheticRow(sequence);
        if (sequence == 3) row.set_identity_no("360681198001011230");
        if (sequence == 1003) row.clear_visit_id();
        if (sequence == 1004) row.set_settled_on("2021-07-01");  // the batch was opened on 30 June
        return row;
    };
    world.clock.Set(*ParseRfc3339("2021-07-09T00:00:00Z"));
    const auto ingest = *BatchIngest::Open(world.Parts(), world.Spec("b"), {}, DeadlineIn(kMinute));
    RowHasher hasher;
    for (int i = 1; i <= 1200; ++i) {
        const std::string bytes = i == 5 ? "\xFFrubbish" : bad(i).SerializeAsString();
        ingest->row().hash = hasher.OfMessage(bytes, 0, false);
        ingest->row().unreadable = !model::ParseRow(*world.Spec("b").dataset, bytes,
                                                    *ingest->row().message, ingest->row().problems);
        ASSERT_TRUE(ingest->Add().ok());
    }
    const auto receipt = ingest->Close(1200, DeadlineIn(kMinute));
    ASSERT_TRUE(receipt.ok());
    EXPECT_EQ(receipt->content().rejected(), 4);
    EXPECT_EQ(world.AcceptedRows(), 1196u);
    for (const auto& [key, chunk] : world.Applied()) {
        for (const auto& row : chunk.rejected()) EXPECT_EQ((row.sequence() - 1) / 1000, chunk.chunk());
    }
    std::map<std::uint32_t, std::string> codes;
    for (const auto& [sequence, row] : world.Rejected())
        codes[sequence] += row.field() + ":" + row.code() + " ";
    EXPECT_EQ(codes, (std::map<std::uint32_t, std::string>{{3, "identity_no:IDENTITY_CHECKSUM "},
                                                           {5, codes[5]},
                                                           {1003, "visit_id:REQUIRED "},
                                                           {1004, "settled_on:FUTURE_DATE "}}));
}

TEST(Push, OneSenderABatch) {
    DoorWorld world;
    const auto first = BatchIngest::Open(world.Parts(), world.Spec("b"), {}, DeadlineIn(kMinute));
    ASSERT_TRUE(first.ok());
    const Status second =
        BatchIngest::Open(world.Parts(), world.Spec("b"), {}, DeadlineIn(kMinute)).status();
    EXPECT_EQ(second.reason, "BATCH_BUSY");
    EXPECT_TRUE(
        BatchIngest::Open(world.Parts(), world.Spec("other"), {}, DeadlineIn(kMinute)).ok());
}

TEST(Push, AbandonedBatchesTakeNothing) {
    DoorWorld world;
    Sender{.to = 10, .close = false}.Run(world, "b");
    world.directory.SetState("batches/medical_insurance/b", monitoring::v1::BATCH_STATE_ABANDONED);
    EXPECT_EQ((Sender{.to = 10}).Run(world, "b").status.reason, "BATCH_ABANDONED");
}

TEST(Push, BackPressureKeepsTheWindow) {
    DoorWorld world;
    world.pipeline = {.window = 4, .stall = std::chrono::milliseconds(200)};
    world.bus.Hold(true);
    const auto ingest = *BatchIngest::Open(world.Parts(), world.Spec("b"), {}, DeadlineIn(kMinute));
    RowHasher hasher;
    Status status;
    std::int64_t taken = 0;
    for (int i = 1; i <= 20000 && status.ok(); ++i) {
        const std::string bytes = SyntheticRow(i).SerializeAsString();
        ingest->row().hash = hasher.OfMessage(bytes, 0, false);
        ingest->row().message->ParseFromString(bytes);
        status = ingest->Add();
        taken = i;
    }
    EXPECT_EQ(status.reason, "BUS_STALLED");
    EXPECT_EQ(taken, 5000);  // four chunks in flight, the fifth had to wait
    world.bus.Hold(false);
}

// The promise of the door: cut a sender anywhere, crash the gateway anywhere, let bus and database
// fail anywhere: what is on the bus, taken once by (batch, chunk, part), is exactly what an
// undisturbed run gives, and so is the receipt.
TEST(Push, NoCutAndNoCrashShowsOnTheBus) {
    constexpr std::int64_t kRows = 7345;
    DoorWorld undisturbed;
    Sender whole{.to = kRows};
    whole.Run(undisturbed, "b");
    for (unsigned seed = 1; seed <= 25; ++seed) {
        std::mt19937 random(seed);
        DoorWorld world;
        Sender last;
        for (int attempt = 0; attempt < 12; ++attempt) {
            std::atomic<int> sends_left = static_cast<int>(random() % 60);
            if (random() % 3 == 0) world.store.FailRecord(1 + static_cast<int>(random() % 6));
            if (random() % 3 == 0) {
                world.bus.FailWhen([&](const bus::OutMessage&) {
                    return sends_left-- > 0
                               ? Status::Ok()
                               : MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", "cut");
                });
            }
            const auto durable =
                static_cast<std::int64_t>(world.store.Get(1).durable_chunks) * 1000;
            last = {.from = random() % 2 == 0 ? 1 : std::min<std::int64_t>(durable, kRows) + 1,
                    .to = static_cast<std::int64_t>(random() % kRows),
                    .close = false};
            if (last.to < last.from) last.to = last.from;
            last.to = std::min(last.to, kRows);
            last.close = last.to == kRows;
            last.Run(world, "b");
            EXPECT_TRUE(last.status.ok() || last.status.code == Code::kUnavailable ||
                        last.status.reason == "NOT_CLOSED")
                << last.status.reason;
            world.bus.FailWhen(nullptr);
            world.store.FailRecord(0);
        }
        last = {.to = kRows};
        ASSERT_TRUE(last.Run(world, "b").status.ok()) << seed << ": " << last.status.message;
        EXPECT_EQ(last.receipt().content().content_hash(),
                  whole.receipt().content().content_hash());
        EXPECT_EQ(last.receipt().content().rejected(), whole.receipt().content().rejected());
        const auto got = world.Applied(), want = undisturbed.Applied();
        ASSERT_EQ(got.size(), want.size());
        for (const auto& [key, chunk] : want) {
            ASSERT_TRUE(got.contains(key)) << seed << ": " << key;
            EXPECT_TRUE(got.at(key).SerializeAsString() == chunk.SerializeAsString())
                << seed << ": " << key;
        }
    }
}

}  // namespace
}  // namespace shouwang::gateway::feed
