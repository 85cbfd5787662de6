#include "common/pg/row_mapper.h"

#include <gtest/gtest.h>

#include "common/pg/test_support.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::pg {
namespace {

using monitoring::v1::Lead;
using monitoring::v1::Operand;
using monitoring::v1::SourceRow;

class RowMapperTest : public ::testing::Test {
protected:
    void SetUp() override { c_ = OpenOrDie(db_.conninfo()); }
    Rows Get(const std::string& sql, const Params& params = {}) {
        auto rows = c_->Exec(sql, params);
        EXPECT_TRUE(rows.ok()) << rows.status().message;
        return rows.ok() ? *rows : Rows();
    }
    testing::TestDatabase db_;
    std::unique_ptr<Connection> c_;
};

TEST_F(RowMapperTest, EveryKindOfColumn) {
    const std::vector<std::string> columns{"name",      "risk_type",     "grade",
                                           "opened_at", "overdue",       "end",
                                           "due_at",    "next_commands", "assigned_region"};
    const Rows rows =
        Get("SELECT 'households/1/leads/2'::varchar, 3::int2, 2::int4, "
            "'2021-06-30T08:00:00.25Z'::timestamptz, true, NULL::int2, NULL::timestamptz, "
            "ARRAY['dispatch','接收'], date '2021-06-30'");
    Lead lead;
    ReadRow(rows, 0, columns, lead);
    EXPECT_EQ(lead.name(), "households/1/leads/2");
    EXPECT_EQ(lead.risk_type(), 3);
    EXPECT_EQ(lead.grade(), 2);
    EXPECT_EQ(lead.opened_at().seconds(), 1'625'040'000);
    EXPECT_EQ(lead.opened_at().nanos(), 250'000'000);
    EXPECT_TRUE(lead.overdue());
    EXPECT_EQ(lead.end(), 0);
    EXPECT_FALSE(lead.has_due_at());
    ASSERT_EQ(lead.next_commands_size(), 2);
    EXPECT_EQ(lead.next_commands(1), "接收");
    EXPECT_EQ(lead.assigned_region(), "2021-06-30");
}

TEST_F(RowMapperTest, TimesBeforeTheEpoch) {
    Lead lead;
    ReadRow(Get("SELECT '1969-12-31T23:59:59.75Z'::timestamptz"), 0, {"opened_at"}, lead);
    EXPECT_EQ(lead.opened_at().seconds(), -1);
    EXPECT_EQ(lead.opened_at().nanos(), 750'000'000);
}

TEST_F(RowMapperTest, StoredMessagesOneAndMany) {
    SourceRow source;
    source.set_dataset("medical");
    source.set_sequence(7);
    Operand operand;
    const std::vector<std::string> many{source.SerializeAsString(), ""};
    Params params;
    params.AddBytesArray(many);
    ReadRow(Get("SELECT $1::bytea[]", params), 0, {"sources"}, operand);
    ASSERT_EQ(operand.sources_size(), 2);
    EXPECT_EQ(operand.sources(0).sequence(), 7U);

    event::v1::Envelope envelope;
    google::protobuf::Any any;
    any.PackFrom(source);
    params = Params().AddBytes(any.SerializeAsString());
    ReadRow(Get("SELECT $1::bytea, 5::int8", params), 0, {"data", "aggregate_version"}, envelope);
    SourceRow back;
    ASSERT_TRUE(envelope.data().UnpackTo(&back));
    EXPECT_EQ(back.dataset(), "medical");
    EXPECT_EQ(envelope.aggregate_version(), 5);
}

TEST_F(RowMapperTest, BrokenBytesLeaveTheFieldAbsent) {
    event::v1::Envelope envelope;
    ReadRow(Get("SELECT '\\xffffff'::bytea, 'kept'"), 0, {"data", "id"}, envelope);
    EXPECT_FALSE(envelope.has_data());
    EXPECT_EQ(envelope.id(), "kept");
}

TEST_F(RowMapperTest, AReaderStartsAtAnyColumn) {
    const RowReader reader(*SourceRow::descriptor(), {"dataset", "sequence"});
    const Rows rows = Get("SELECT 1, g::text, g FROM generate_series(1, 3) g");
    for (int i = 0; i < rows.size(); ++i) {
        SourceRow row;
        reader.Read(rows, i, row, 1);
        EXPECT_EQ(row.dataset(), std::to_string(i + 1));
        EXPECT_EQ(row.sequence(), static_cast<unsigned>(i + 1));
    }
}

TEST_F(RowMapperTest, MistakesOfTheProgramAbort) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Lead lead;
    const Rows rows = Get("SELECT 'x'");
    EXPECT_DEATH(ReadRow(rows, 0, {"no_such_field"}, lead), "has no field no_such_field");
    EXPECT_DEATH(ReadRow(rows, 0, {"overdue"}, lead), "asked for bool");
    EXPECT_DEATH(ReadRow(rows, 0, {"opened_at"}, lead), "asked for timestamptz");
}

TEST(ColumnListTest, WithAndWithoutAlias) {
    EXPECT_EQ(ColumnList({"a", "b"}), "a, b");
    EXPECT_EQ(ColumnList({"a", "b"}, "t"), "t.a, t.b");
    EXPECT_EQ(ColumnList({}), "");
}

}  // namespace
}  // namespace shouwang::pg
