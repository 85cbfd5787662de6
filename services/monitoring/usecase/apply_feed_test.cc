// The heart on a real PostgreSQL: whatever the order, batching, repetition and crashes, the same facts, leads and ledger.
#include "services/monitoring/usecase/apply_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "services/monitoring/testing/feed_world.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

feed::v1::MedicalSettlement Bill(int serial, std::int64_t self_paid_yuan, const std::string& visit, const std::string& on = "2021-05-10") {
    feed::v1::MedicalSettlement m;
    m.set_identity_no(SyntheticIdentity(serial));
    m.set_visit_id(visit);
    m.set_settled_on(on);
    m.set_kind(feed::v1::MedicalSettlement::KIND_INPATIENT);
    m.set_total_fen(self_paid_yuan * 200);
    m.set_self_paid_fen(self_paid_yuan * 100);
    return m;
}

void CheckLedgers(World& world) {
    EXPECT_EQ(world.Count("SELECT count(*) FROM feed_batch WHERE accepted <> applied + rejected + duplicate + unmatched"), 0);
    EXPECT_EQ(world.Count("SELECT sum(unmatched)::bigint FROM feed_batch"), world.Count("SELECT count(*) FROM unmatched_row"));
    EXPECT_EQ(world.Count("SELECT sum(applied)::bigint FROM feed_batch"), world.Count("SELECT count(*) FROM feed_row"));
}

const auto* kMember = feed::v1::RegistryMember::descriptor();
const auto* kBill = feed::v1::MedicalSettlement::descriptor();

TEST(ApplyFeed, ABillBecomesAnExplainedLeadWithItsSource) {
    World world;
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))})});
    const FeedCounts counts = world.Apply({FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_settlement"), kBill, {Maker().Row(Bill(1, 5600, "V1"))})});
    EXPECT_EQ(counts.applied, 1);
    EXPECT_EQ(counts.screen.opened, 1);
    const auto snapshot = world.Snapshot();
    ASSERT_FALSE(snapshot.empty());
    EXPECT_THAT(snapshot[0], ::testing::HasSubstr("5,600"));
    EXPECT_THAT(snapshot[0], ::testing::HasSubstr("members.inpatient_self_paid_ytd_fen=560000@2021-05-10"));
    EXPECT_EQ(world.Count("SELECT count(*) FROM outbox WHERE topic = 'shouwang.monitoring.lead.v1'"), 1);
}

TEST(ApplyFeed, SmallBillRaisesNothing) {
    World world;
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))})});
    const FeedCounts counts = world.Apply({FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_settlement"), kBill, {Maker().Row(Bill(1, 100, "V1"))})});
    EXPECT_EQ(counts.applied, 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead"), 0);
}

TEST(ApplyFeed, ARepeatedChunkChangesNothing) {
    World world;
    const auto registry = FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))});
    const auto bills = FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_settlement"), kBill, {Maker().Row(Bill(1, 5600, "V1")), Maker().Row(Bill(1, 10, "V2"))});
    world.Apply({registry, bills});
    const auto before = world.Snapshot();
    const FeedCounts again = world.Apply({registry, bills, bills});
    EXPECT_EQ(again.chunks_repeated, 3);
    EXPECT_EQ(again.applied, 0);
    EXPECT_EQ(world.Snapshot(), before);
    const v1::Batch ledger = world.Batch(world.opened()[1]);
    EXPECT_EQ(ledger.accepted(), 2);
    EXPECT_EQ(ledger.applied(), 2);
}

TEST(ApplyFeed, RowsWaitForTheirPersonAndThenTakeEffect) {
    World world;
    const auto bills = world.OpenBatch("medical_insurance", "medical_settlement");
    FeedCounts counts = world.Apply({FeedMaker::Chunk(bills, kBill, {Maker().Row(Bill(7, 8000, "V1"))})});
    EXPECT_EQ(counts.unmatched, 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead"), 0);
    counts = world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(7, "H0000007"))})});
    EXPECT_EQ(counts.matched_later, 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5"), 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM unmatched_row"), 0);
    const v1::Batch ledger = world.Batch(world.opened()[0]);
    EXPECT_EQ(ledger.unmatched(), 0);
    EXPECT_EQ(ledger.applied(), 1);
    EXPECT_EQ(ledger.accepted(), 1);
}

TEST(ApplyFeed, ARetractionEndsTheLeadAsNoLongerTrue) {
    World world;
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))})});
    const auto batch = world.OpenBatch("medical_insurance", "medical_settlement");
    world.Apply({FeedMaker::Chunk(batch, kBill, {Maker().Row(Bill(1, 5600, "V1"))})});
    ASSERT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5"), 1);
    world.Apply({FeedMaker::Chunk(batch, kBill, {Maker().Row(Bill(1, 5600, "V1"), 1, true)}, 1)});
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5"), 0);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE ended_as = 4"), 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead_step WHERE command = 'end'"), 1);
}

TEST(ApplyFeed, APersonWhoMovesTakesTheFactsAlong) {
    World world;
    const auto registry = world.OpenBatch("rural_revitalization", "registry_member");
    world.Apply({FeedMaker::Chunk(registry, kMember, {Maker().Row(FeedMaker::Member(1, "H0000001")), Maker().Row(FeedMaker::Member(2, "H0000002"))})});
    world.Apply({FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_settlement"), kBill, {Maker().Row(Bill(1, 5600, "V1"))})});
    ASSERT_THAT(world.Snapshot()[0], ::testing::StartsWith("H0000001"));
    world.Apply({FeedMaker::Chunk(registry, kMember, {Maker().Row(FeedMaker::Member(1, "H0000002", "2021-06-30"))}, 1)});
    EXPECT_THAT(world.Snapshot()[0], ::testing::StartsWith("H0000002"));
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5"), 1);
    // An older row that comes late moves nobody back.
    world.Apply({FeedMaker::Chunk(registry, kMember, {Maker().Row(FeedMaker::Member(1, "H0000001", "2021-03-31"))}, 2)});
    EXPECT_EQ(world.Count("SELECT members FROM household WHERE household_no = 'H0000002'"), 2);
    EXPECT_EQ(world.Count("SELECT members FROM household WHERE household_no = 'H0000001'"), 0);
}

TEST(ApplyFeed, ACompleteBatchOfAnotherVolumeIsHeldUntilAPersonSpeaks) {
    World world;
    std::vector<event::v1::FeedRow> members;
    for (int i = 1; i <= 60; ++i) members.push_back(Maker().Row(FeedMaker::Member(i, "H000000" + std::to_string(i % 10))));
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, members)});
    const auto insured = [&](int count, const std::string& as_of, const std::string& period) {
        std::vector<event::v1::FeedRow> rows;
        for (int i = 1; i <= count; ++i) {
            feed::v1::MedicalInsurance m;
            m.set_identity_no(SyntheticIdentity(i));
            m.set_as_of(as_of);
            m.set_insured(true);
            rows.push_back(Maker().Row(m));
        }
        const auto batch = world.OpenBatch("medical_insurance", "medical_insurance", true, period);
        world.Apply({FeedMaker::Chunk(batch, feed::v1::MedicalInsurance::descriptor(), rows)});
        world.Close(count);
        return world.Batch(world.opened().back());
    };
    EXPECT_EQ(insured(60, "2021-05-31", "2021-05").state(), v1::BATCH_STATE_APPLIED);
    EXPECT_EQ(world.Count("SELECT count(*) FROM feed_coverage"), 1);
    const v1::Batch held = insured(2, "2021-06-30", "2021-06");
    EXPECT_EQ(held.state(), v1::BATCH_STATE_HELD);
    EXPECT_EQ(world.Count("SELECT count(*) FROM feed_coverage"), 1);
    v1::ResolveHeldBatchRequest q;
    q.set_name(held.name());
    q.set_complete(true);
    q.set_reason("county confirmed");
    const auto resolved = world.batches().ResolveHeld(q, {}, DeadlineIn(20s));
    ASSERT_TRUE(resolved.ok()) << resolved.status().message;
    EXPECT_EQ(resolved->state(), v1::BATCH_STATE_APPLIED);
    EXPECT_EQ(world.Count("SELECT count(*) FROM feed_coverage"), 2);
}

TEST(ApplyFeed, RowsThatLoseAreKeptOnce) {
    World world;
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))})});
    const auto newest = Maker().Row(Bill(1, 5600, "V1"), 2), older = Maker().Row(Bill(1, 700, "V1"), 1);
    const auto late = FeedMaker::Member(1, "H0000001", "2020-06-30");
    const auto batch = world.OpenBatch("medical_insurance", "medical_settlement");
    // The older revision and the older registry row lose whenever they come; the state cannot tell their repeats.
    world.Apply({FeedMaker::Chunk(batch, kBill, {newest, older, older})});
    FeedCounts counts = world.Apply({FeedMaker::Chunk(batch, kBill, {older, newest}, 1)});
    EXPECT_EQ(counts.applied, 0);
    EXPECT_EQ(counts.duplicate, 2);
    const auto registry = world.OpenBatch("rural_revitalization", "registry_member");
    counts = world.Apply({FeedMaker::Chunk(registry, kMember, {Maker().Row(late)})});
    EXPECT_EQ(counts.applied, 1);
    counts = world.Apply({FeedMaker::Chunk(registry, kMember, {Maker().Row(late)}, 1)});
    EXPECT_EQ(counts.duplicate, 1);
    EXPECT_EQ(world.Count("SELECT count(*) FROM feed_row"), 4);
    CheckLedgers(world);
}

TEST(ApplyFeed, ALoserAndItsRepeatBesideTheWinnerInOneTransaction) {
    World world;
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember, {Maker().Row(FeedMaker::Member(1, "H0000001"))})});
    const auto first = Maker().Row(Bill(1, 700, "V1")), better = Maker().Row(Bill(1, 5600, "V1"), 1);
    // New when it comes, beaten a row later, and then repeated: only this transaction knows it.
    const FeedCounts counts = world.Apply({FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_settlement"), kBill, {first, better, first})});
    EXPECT_EQ(counts.applied, 2);
    EXPECT_EQ(counts.duplicate, 1);
    CheckLedgers(world);
}

feed::v1::SchoolStatus DroppedOut(int serial, bool dropped_out, const std::string& as_of) {
    feed::v1::SchoolStatus m;
    m.set_identity_no(SyntheticIdentity(serial));
    m.set_as_of(as_of);
    m.set_stage(feed::v1::SchoolStatus::STAGE_JUNIOR);
    m.set_status(feed::v1::SchoolStatus::STATUS_ENROLLED);
    m.set_dropped_out(dropped_out);
    return m;
}

TEST(ApplyFeed, SeveralLeadsOfOneHouseholdChangeAndEndTogether) {
    World world;
    const auto* school = feed::v1::SchoolStatus::descriptor();
    world.Apply({FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember,
                                  {Maker().Row(FeedMaker::Member(1, "H0000001")), Maker().Row(FeedMaker::Member(2, "H0000001")),
                                   Maker().Row(FeedMaker::Member(3, "H0000003"))})});
    const auto bills = world.OpenBatch("medical_insurance", "medical_settlement"), pupils = world.OpenBatch("education", "school_status");
    const auto both = [&](std::uint32_t number, std::int64_t yuan, bool dropped_out, const std::string& as_of, std::uint32_t revision) {
        return world.Apply({FeedMaker::Chunk(bills, kBill, {Maker().Row(Bill(1, yuan, "V1"), revision), Maker().Row(Bill(3, yuan, "V3"), revision)}, number),
                            FeedMaker::Chunk(pupils, school, {Maker().Row(DroppedOut(2, dropped_out, as_of))}, number)});
    };
    FeedCounts counts = both(0, 5600, true, "2021-05-31", 0);
    EXPECT_EQ(counts.screen.opened, 3);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5 AND due_at IS NOT NULL AND version = 1"), 3);
    counts = both(1, 7800, true, "2021-06-30", 1);
    EXPECT_EQ(counts.screen.updated, 3);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5 AND due_at IS NOT NULL AND version = 2"), 3);
    EXPECT_THAT(world.Snapshot()[0], ::testing::HasSubstr("7,800"));
    EXPECT_EQ(world.Count("SELECT count(*) FROM outbox WHERE topic = 'shouwang.monitoring.lead.v1'"), 6);
    counts = both(2, 50, false, "2021-07-01", 2);
    EXPECT_EQ(counts.screen.ended, 3);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state = 5 AND ended_as = 4 AND due_at IS NULL AND closed_at IS NOT NULL AND version = 3"), 3);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead_step WHERE command = 'end' AND step = 1"), 3);
    EXPECT_EQ(world.Count("SELECT count(*) FROM outbox WHERE topic = 'shouwang.monitoring.lead.v1'"), 9);
}

TEST(ApplyFeed, AWorkerSeesDeclarationsThatAnotherMade) {
    World world;
    ApplyFeed here(world.pool(), world.books(), Maker().sealer(), world.clock());
    const auto apply = [&](const event::v1::FeedChunk& chunk) {
        FeedCounts counts;
        EXPECT_TRUE(here.Run({&chunk, 1}, DeadlineIn(60s), counts).ok());
        return counts;
    };
    apply(FeedMaker::Chunk(world.OpenBatch("rural_revitalization", "registry_member"), kMember,
                           {Maker().Row(FeedMaker::Member(1, "H0000001")), Maker().Row(FeedMaker::Member(2, "H0000001"))}));
    const auto bills = world.OpenBatch("medical_insurance", "medical_settlement");
    EXPECT_EQ(apply(FeedMaker::Chunk(bills, kBill, {Maker().Row(Bill(1, 10, "V1"))})).screen.opened, 0);
    // Another worker: everybody insured is in this batch, and the second member is not.
    feed::v1::MedicalInsurance insured;
    insured.set_identity_no(SyntheticIdentity(1));
    insured.set_as_of("2021-06-30");
    insured.set_insured(true);
    world.Apply({FeedMaker::Chunk(world.OpenBatch("medical_insurance", "medical_insurance", true), feed::v1::MedicalInsurance::descriptor(),
                                  {Maker().Row(insured)})});
    world.Close(1);
    ASSERT_EQ(world.Count("SELECT count(*) FROM feed_coverage"), 1);
    EXPECT_EQ(apply(FeedMaker::Chunk(bills, kBill, {Maker().Row(Bill(1, 20, "V2"))}, 1)).screen.opened, 1);
    EXPECT_THAT(world.Snapshot()[0], ::testing::HasSubstr("medical_insured=false"));
}

TEST(ApplyFeed, ARowBesideTheRegistrationOfItsPersonIsNeverLeftWaiting) {
    World world;
    const auto registry = world.OpenBatch("rural_revitalization", "registry_member"), bills = world.OpenBatch("medical_insurance", "medical_settlement");
    constexpr int kPersons = 60;
    for (int i = 1; i <= kPersons; ++i) {
        const auto number = static_cast<std::uint32_t>(i);
        const auto person = FeedMaker::Chunk(registry, kMember, {Maker().Row(FeedMaker::Member(i, "H" + std::to_string(1000000 + i)))}, number);
        const auto bill = FeedMaker::Chunk(bills, kBill, {Maker().Row(Bill(i, 5600, "V1"))}, number);
        std::thread beside([&] { world.Apply({person}); });
        world.Apply({bill});
        beside.join();
    }
    EXPECT_EQ(world.Count("SELECT count(*) FROM unmatched_row"), 0);
    EXPECT_EQ(world.Count("SELECT count(*) FROM lead WHERE state <> 5"), kPersons);
    CheckLedgers(world);
}

TEST(QueueRescreen, AJobThatHasNotBegunAndCoversTheRegionDoesTheWork) {
    World world;
    // A rule set that comes into force has queued the whole deployment already.
    EXPECT_TRUE((*world.pool().Acquire(DeadlineIn(20s)))->Exec("DELETE FROM rescreen_queue").ok());
    const auto queue = [&](const std::string& prefix) {
        EXPECT_TRUE(pg::RunInTransaction(world.pool(), DeadlineIn(20s), [&](pg::Connection& connection) {
            return store::QueueRescreen(connection, prefix, "test", world.clock().Now());
        }).ok());
        return world.Count("SELECT count(*) FROM rescreen_queue");
    };
    EXPECT_EQ(queue("3606"), 1);
    EXPECT_EQ(queue("3606"), 1);
    EXPECT_EQ(queue("360681"), 1);
    EXPECT_EQ(queue("36"), 2);     // wider than what waits
    EXPECT_EQ(queue("3607"), 2);   // inside the wider one
    EXPECT_EQ(queue("14"), 3);
    // One that has begun may be past the household that changed.
    EXPECT_TRUE((*world.pool().Acquire(DeadlineIn(20s)))->Exec("UPDATE rescreen_queue SET done_up_to = 5").ok());
    EXPECT_EQ(queue("360681"), 4);
    // One that a worker holds has begun too, though nothing of it is committed.
    EXPECT_TRUE(pg::RunInTransaction(world.pool(), DeadlineIn(20s), [&](pg::Connection& connection) -> Status {
        EXPECT_TRUE(connection.Exec("UPDATE rescreen_queue SET done_up_to = done_up_to WHERE done_up_to = 0").ok());
        EXPECT_EQ(queue("360681"), 5);
        return Status::Ok();
    }).ok());
}

// ---- the property of the semantics: any order, any batching, any number of repeats, any number of workers.

struct Deed {
    const google::protobuf::Descriptor* type;
    event::v1::FeedRow row;
};

std::vector<Deed> RandomDeeds(std::mt19937& random, int persons) {
    const auto pick = [&](int n) { return static_cast<int>(random() % n); };
    const auto day = [&](int month_from, int months) {
        return (Date::FromCivil(2021, month_from, 1) + pick(30 * months)).ToString();
    };
    std::vector<Deed> deeds;
    for (int p = 1; p <= persons; ++p) {
        for (int n = 1 + pick(2); n > 0; --n) {
            auto m = FeedMaker::Member(p, "H00000" + std::to_string(100 + pick(persons / 3 + 1)), day(1, 3));
            m.set_household_type(pick(2) ? feed::v1::RegistryMember::HOUSEHOLD_TYPE_LIFTED : feed::v1::RegistryMember::HOUSEHOLD_TYPE_ORDINARY);
            m.set_left(pick(8) == 0);
            deeds.push_back({kMember, Maker().Row(m)});
        }
        for (int n = pick(4); n > 0; --n) {
            const auto bill = Bill(p, 500 + pick(9000), "V" + std::to_string(p) + "-" + std::to_string(pick(2)), day(2, 4));
            deeds.push_back({kBill, Maker().Row(bill, static_cast<std::uint32_t>(pick(3)), pick(6) == 0)});
        }
        for (int n = pick(3); n > 0; --n) {
            feed::v1::Employment e;
            e.set_identity_no(SyntheticIdentity(p));
            e.set_month("2021-0" + std::to_string(3 + pick(4)));
            e.set_employed(pick(2) == 0);
            e.set_unemployed(!e.employed());
            e.set_wage_fen(e.employed() ? 100000 * pick(5) : 0);
            deeds.push_back({feed::v1::Employment::descriptor(), Maker().Row(e, static_cast<std::uint32_t>(pick(2)))});
        }
        if (pick(3) == 0) {
            feed::v1::HouseGrade h;
            h.set_identity_no(SyntheticIdentity(p));
            h.set_house_id("HOUSE" + std::to_string(pick(persons)));
            h.set_checked_on(day(1, 5));
            h.set_grade(static_cast<feed::v1::HouseGrade::Grade>(1 + pick(4)));
            h.set_only_home(true);
            deeds.push_back({feed::v1::HouseGrade::descriptor(), Maker().Row(h)});
        }
    }
    return deeds;
}

const char* DatasetId(const google::protobuf::Descriptor* type) {
    return domain::Datasets().Find(type->options().GetExtension(options::v1::dataset).number())->options.id().c_str();
}

// Cuts the deeds into chunks of random size, each a batch of its own.
std::vector<event::v1::FeedChunk> Chunks(World& world, std::vector<Deed> deeds, std::mt19937& random) {
    std::vector<event::v1::FeedChunk> chunks;
    while (!deeds.empty()) {
        const auto* type = deeds.back().type;
        std::vector<event::v1::FeedRow> rows;
        const std::size_t size = 1 + random() % 6;
        while (!deeds.empty() && deeds.back().type == type && rows.size() < size) {
            rows.push_back(deeds.back().row);
            deeds.pop_back();
        }
        const auto& options = type->options().GetExtension(options::v1::dataset);
        chunks.push_back(FeedMaker::Chunk(world.OpenBatch(options.department(), DatasetId(type)), type, std::move(rows)));
    }
    return chunks;
}

// The first line that differs, so that a failure can be read.
::testing::AssertionResult Same(const std::vector<std::string>& got, const std::vector<std::string>& wanted) {
    for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
        const std::string a = i < got.size() ? got[i] : "nothing", b = i < wanted.size() ? wanted[i] : "nothing";
        if (a != b) return ::testing::AssertionFailure() << "got    " << a << "\nwanted " << b;
    }
    return ::testing::AssertionSuccess();
}

TEST(ApplyFeed, AnyOrderAnyBatchingAnyRepeatsGiveTheSameFactsAndLeads) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        std::mt19937 random(seed);
        const std::vector<Deed> deeds = RandomDeeds(random, 30);
        World calm;
        std::vector<event::v1::FeedChunk> chunks = Chunks(calm, deeds, random);
        for (const auto& chunk : chunks) calm.Apply({chunk});
        CheckLedgers(calm);
        const auto expected = calm.Snapshot();

        for (int round = 0; round < 3; ++round) {
            World wild;
            std::vector<Deed> shuffled = deeds;
            for (int repeats = round; repeats > 0; --repeats) shuffled.insert(shuffled.end(), deeds.begin(), deeds.end());
            std::shuffle(shuffled.begin(), shuffled.end(), random);
            std::vector<event::v1::FeedChunk> pieces = Chunks(wild, shuffled, random);
            if (round == 2) {  // the bus delivers everything twice
                const std::vector<event::v1::FeedChunk> again = pieces;
                pieces.insert(pieces.end(), again.begin(), again.end());
            }
            for (std::size_t i = 0; i < pieces.size();) {
                const std::size_t n = std::min<std::size_t>(1 + random() % 20, pieces.size() - i);
                wild.Apply({pieces.begin() + static_cast<std::ptrdiff_t>(i), pieces.begin() + static_cast<std::ptrdiff_t>(i + n)});
                i += n;
            }
            CheckLedgers(wild);
            EXPECT_TRUE(Same(wild.Snapshot(), expected)) << "seed " << seed << " round " << round;
        }
    }
}

TEST(ApplyFeed, WorkersBesideEachOtherGiveTheSameFactsAndLeads) {
    std::mt19937 random(11);
    const std::vector<Deed> deeds = RandomDeeds(random, 40);
    World calm;
    for (const auto& chunk : Chunks(calm, deeds, random)) calm.Apply({chunk});
    World wild;
    std::vector<Deed> shuffled = deeds;
    shuffled.insert(shuffled.end(), deeds.begin(), deeds.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const std::vector<event::v1::FeedChunk> pieces = Chunks(wild, shuffled, random);
    std::vector<std::thread> workers;
    for (std::size_t w = 0; w < 4; ++w) {
        workers.emplace_back([&, w] {
            for (std::size_t i = w; i < pieces.size(); i += 4) wild.Apply({pieces[i]});
        });
    }
    for (std::thread& t : workers) t.join();
    CheckLedgers(wild);
    EXPECT_TRUE(Same(wild.Snapshot(), calm.Snapshot()));
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
