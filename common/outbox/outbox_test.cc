#include "common/outbox/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "common/outbox/envelope.h"
#include "common/outbox/test_support.h"

namespace shouwang::outbox {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::Pair;

TEST_F(OutboxTest, TheEnvelopeAndItsHeaders) {
    monitoring::v1::SourceRow data;
    data.set_dataset("medical");
    const TimePoint now{std::chrono::milliseconds(1'625'040'000'250)};
    Writer writer("/shouwang/monitoring", now,
                  "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
    Event event{kTopic, "households/12/leads/7", "12", 5, "cause", "origin", &data};
    const std::string id = writer.Add(event);
    EXPECT_EQ(writer.size(), 1U);
    SW_OK(writer.Flush(*c_));
    EXPECT_EQ(writer.size(), 0U);
    const auto rows = c_->Exec("SELECT shard, topic, key, value FROM outbox");
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 1);
    EXPECT_EQ(rows->Int(0, 0), ShardOf("12"));
    EXPECT_EQ(rows->Text(0, 1), kTopic);
    EXPECT_EQ(rows->Text(0, 2), "12");
    event::v1::Envelope e;
    ASSERT_TRUE(e.ParseFromString(std::string(rows->Bytes(0, 3))));
    EXPECT_EQ(e.id(), id);
    EXPECT_EQ(e.type(), "shouwang.monitoring.v1.SourceRow");
    EXPECT_EQ(e.time().seconds(), 1'625'040'000);
    EXPECT_EQ(e.time().nanos(), 250'000'000);
    EXPECT_EQ(e.aggregate_version(), 5);
    EXPECT_EQ(e.causation_id(), "cause");
    EXPECT_EQ(e.correlation_id(), "origin");
    monitoring::v1::SourceRow back;
    ASSERT_TRUE(e.data().UnpackTo(&back));
    EXPECT_EQ(back.dataset(), "medical");

    const bus::Headers headers = HeadersOf(rows->Bytes(0, 3));
    const std::pair<const char*, std::string> wanted[] = {
        {"content-type", "application/protobuf"},
        {"ce_specversion", "1.0"},
        {"ce_id", id},
        {"ce_source", "/shouwang/monitoring"},
        {"ce_type", "shouwang.monitoring.v1.SourceRow"},
        {"ce_time", "2021-06-30T08:00:00.250Z"},
        {"ce_subject", "households/12/leads/7"},
        {"traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"},
    };
    for (const auto& [name, value] : wanted) EXPECT_THAT(headers, Contains(Pair(name, value)));
}

TEST_F(OutboxTest, RollsBackWithItsTransaction) {
    const Status status =
        pg::RunInTransaction(pool_, DeadlineIn(seconds(30)), [&](pg::Connection& c) -> Status {
            Writer writer("/s", {}, "");
            writer.Add({.topic = kTopic, .partition_key = "1"});
            SW_RETURN_IF_ERROR(writer.Flush(c));
            return MakeStatus(Code::kAborted, "NO", "no");
        });
    EXPECT_EQ(status.reason, "NO");
    EXPECT_EQ(Waiting(), 0);
}

TEST_F(OutboxTest, AnEventTheBusWouldRefuseIsRefusedHere) {
    monitoring::v1::SourceRow data;
    data.set_dataset(std::string(bus::kMaxMessageBytes, 'x'));
    Writer writer("/s", {}, "");
    writer.Add({.topic = kTopic, .partition_key = "1", .data = &data});
    EXPECT_EQ(writer.Flush(*c_).reason, "OUTBOX_EVENT_TOO_LARGE");
    EXPECT_EQ(Waiting(), 0);
}

TEST_F(OutboxTest, TheCommitNotifies) {
    SW_OK(c_->ExecScript("LISTEN shouwang_outbox"));
    Write({"a", "b"});
    const auto woken = c_->WaitNotification(DeadlineIn(seconds(10)));
    ASSERT_TRUE(woken.ok());
    EXPECT_TRUE(*woken);
}

TEST_F(OutboxTest, FirstTimeIsTrueOnceAConsumer) {
    const auto once = FirstTime(*c_, "a", "id-1");
    ASSERT_TRUE(once.ok()) << once.status().message;
    EXPECT_TRUE(*once);
    EXPECT_FALSE(*FirstTime(*c_, "a", "id-1"));
    EXPECT_TRUE(*FirstTime(*c_, "b", "id-1"));
}

TEST_F(OutboxTest, FirstTimeOfManyAnswersInOrder) {
    EXPECT_TRUE(*FirstTime(*c_, "a", "2"));
    const auto flags = FirstTime(*c_, "a", std::vector<std::string>{"1", "2", "3", "1", "3"});
    ASSERT_TRUE(flags.ok()) << flags.status().message;
    EXPECT_EQ(*flags, (std::vector<bool>{true, false, true, false, false}));
    EXPECT_TRUE(FirstTime(*c_, "a", std::vector<std::string>{})->empty());
}

TEST_F(OutboxTest, FirstTimeIsUndoneByARollback) {
    SW_OK(c_->ExecScript("BEGIN"));
    EXPECT_TRUE(*FirstTime(*c_, "a", "1"));
    SW_OK(c_->ExecScript("ROLLBACK"));
    EXPECT_TRUE(*FirstTime(*c_, "a", "1"));
}

TEST_F(OutboxTest, StoredAnswers) {
    auto none = StoredAnswer(*c_, "r1", "hash");
    ASSERT_TRUE(none.ok());
    EXPECT_FALSE(*none);
    SW_OK(StoreAnswer(*c_, "r1", "hash", std::string("\0answer", 7)));
    EXPECT_EQ(*StoredAnswer(*c_, "r1", "hash"), std::string("\0answer", 7));
    const auto other = StoredAnswer(*c_, "r1", "other");
    EXPECT_EQ(other.status().code, Code::kAlreadyExists);
    EXPECT_EQ(other.status().reason, "REQUEST_ID_REUSED");
}

TEST_F(OutboxTest, TheSameRequestTwiceAtOnceWorksOnce) {
    SW_OK(c_->ExecScript("CREATE TABLE done (n int)"));
    std::barrier both(2);
    const auto serve = [&](std::string* answer) {
        bool first_run = true;
        return pg::RunInTransaction(
            pool_, DeadlineIn(seconds(60)), [&](pg::Connection& c) -> Status {
                SW_ASSIGN_OR_RETURN(auto stored, StoredAnswer(c, "r", "h"));
                if (first_run) both.arrive_and_wait();
                first_run = false;
                if (stored) {
                    *answer = *stored;
                    return Status::Ok();
                }
                SW_RETURN_IF_ERROR(c.Exec("INSERT INTO done VALUES (1)").status());
                *answer = "made";
                return StoreAnswer(c, "r", "h", *answer);
            });
    };
    std::string one, two;
    Status s1, s2;
    std::thread other([&] { s1 = serve(&one); });
    s2 = serve(&two);
    other.join();
    EXPECT_TRUE(s1.ok()) << s1.message;
    EXPECT_TRUE(s2.ok()) << s2.message;
    EXPECT_EQ(one, "made");
    EXPECT_EQ(two, "made");
    EXPECT_EQ(pg::Count(*c_, "done"), 1);
}

TEST_F(OutboxTest, PurgesWhatIsOld) {
    for (int i = 0; i < 20; ++i) (void)FirstTime(*c_, "a", std::to_string(i));
    SW_OK(StoreAnswer(*c_, "r1", "h", "a"));
    SW_OK(StoreAnswer(*c_, "r2", "h", "a"));
    SW_OK(
        c_->ExecScript("UPDATE inbox SET created = now() - interval '31 days' "
                       "WHERE event_id::int < 10; UPDATE request_answer "
                       "SET created = now() - interval '31 days' WHERE request_id = 'r1'"));
    EXPECT_EQ(*Purge(*c_, 30, 4), 5);
    EXPECT_EQ(*Purge(*c_, 30, 100), 6);
    EXPECT_EQ(*Purge(*c_, 30, 100), 0);
    EXPECT_EQ(pg::Count(*c_, "inbox"), 10);
    EXPECT_EQ(pg::Count(*c_, "request_answer"), 1);
}

}  // namespace
}  // namespace shouwang::outbox
