// Files as departments send them, and as attackers do.
#include "services/gateway/feed/upload.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <sstream>

#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/testing/door_world.h"

namespace shouwang::gateway::feed {
namespace {

using testing::DoorWorld;
using testing::kCsvHeader;
using testing::StringBody;
using testing::SyntheticCsvLine;
using testing::SyntheticJsonLine;

std::string Golden(const std::string& name) {
    std::ifstream in("services/gateway/feed/testdata/" + name, std::ios::binary);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

// "3:COLUMNS 4:visit_id/REQUIRED"
std::string Errors(DoorWorld& world) {
    std::string out;
    for (const auto& [sequence, row] : world.Rejected()) {
        out += (out.empty() ? "" : " ") + std::to_string(sequence) + ":" +
               (row.field().empty() ? "" : row.field() + "/") + row.code();
    }
    return out;
}

std::vector<monitoring::feed::v1::MedicalSettlement> Contents(DoorWorld& world) {
    std::map<std::uint32_t, monitoring::feed::v1::MedicalSettlement> rows;
    for (const auto& [key, chunk] : world.Applied()) {
        for (const auto& row : chunk.rows()) {
            EXPECT_TRUE(rows[row.sequence()].ParseFromString(row.content()));
            rows[row.sequence()].set_identity_no(row.sealed_identity());
        }
    }
    std::vector<monitoring::feed::v1::MedicalSettlement> out;
    for (auto& [sequence, row] : rows) out.push_back(std::move(row));
    return out;
}

TEST(Upload, ReadsWhatSpreadsheetsWrite) {
    for (const char* name : {"excel_bom.csv", "gb18030.csv"}) {
        for (const std::size_t piece : {1, 50, 65536}) {
            DoorWorld world;
            const auto receipt = world.Upload("b", Golden(name), "", piece);
            ASSERT_TRUE(receipt.ok()) << name << receipt.status().message;
            EXPECT_EQ(receipt->content().rows(), 4);
            EXPECT_EQ(Errors(world), "3:total_fen/FORMAT") << name;
            const auto rows = Contents(world);
            ASSERT_EQ(rows.size(), 3u);
            EXPECT_EQ(rows[0].hospital(), "县人民医院\r\n（新院区）");
            EXPECT_EQ(rows[0].total_fen(), 120050);
            EXPECT_EQ(rows[0].settled_on(), "2021-06-01");
            EXPECT_EQ(rows[1].hospital(), "\"仁和\"堂, 分院");
            EXPECT_EQ(rows[2].visit_id(), "V4");
        }
    }
}

TEST(Upload, ABrokenRowSpoilsNoOther) {
    DoorWorld utf8, gb18030;
    ASSERT_TRUE(utf8.Upload("b", Golden("utf8_broken_row.csv")).ok());
    EXPECT_EQ(Errors(utf8), "2:UTF8");
    EXPECT_EQ(utf8.AcceptedRows(), 2u);
    ASSERT_TRUE(gb18030.Upload("b", Golden("gb18030_broken_row.csv")).ok());
    EXPECT_EQ(Errors(gb18030), "3:UTF8");
    EXPECT_EQ(gb18030.AcceptedRows(), 3u);
}

TEST(Upload, CsvAndNdjsonSayTheSame) {
    DoorWorld csv, json;
    std::string a = kCsvHeader, b;
    for (int i = 1; i <= 1500; ++i) {
        a += SyntheticCsvLine(i);
        b += SyntheticJsonLine(i);
    }
    ASSERT_TRUE(csv.Upload("b", a).ok());
    ASSERT_TRUE(json.Upload("b", b).ok());
    EXPECT_EQ(Errors(csv), "");
    EXPECT_EQ(csv.AcceptedRows(), 1500u);
    const auto got = json.Applied(), want = csv.Applied();
    ASSERT_EQ(got.size(), want.size());
    for (const auto& [key, chunk] : want)
        EXPECT_TRUE(got.at(key).SerializeAsString() == chunk.SerializeAsString()) << key;
}

struct BadRow {
    const char* name;
    std::string line;
    const char* error;
};

TEST(Upload, EachBadCsvRowIsACodedErrorAndTheRestGoesIn) {
    const std::string id = testing::SyntheticIdentity(2);
    const BadRow cases[] = {
        {"ragged", id + ",V2,2021-06-01,住院,1\n", "2:COLUMNS"},
        {"too many cells", id + ",V2,2021-06-01,住院,1,1,1\n", "2:COLUMNS"},
        {"stray quote", id + ",V\"2,2021-06-01,住院,1,1\n", "2:QUOTE"},
        {"open quote", id + ",\"V2,2021-06-01,住院,1,1\n", "2:QUOTE"},
        {"long line", id + "," + std::string(3 << 20, 'x') + ",2021-06-01,住院,1,1\n",
         "2:LINE_TOO_LONG"},
        {"utf-8", id + ",V\xFF,2021-06-01,住院,1,1\n", "2:UTF8"},
        {"checksum", "360681198001011230,V2,2021-06-01,住院,1,1\n",
         "2:identity_no/IDENTITY_CHECKSUM"},
        {"prefix", "999999198001011231,V2,2021-06-01,住院,1,1\n", "2:identity_no/IDENTITY"},
        {"missing", id + ",,2021-06-01,住院,1,1\n", "2:visit_id/REQUIRED"},
        {"future", id + ",V2,2021-07-01,住院,1,1\n", "2:settled_on/FUTURE_DATE"},
        {"no date", id + ",V2,2021-02-30,住院,1,1\n", "2:settled_on/FORMAT"},
        {"enum", id + ",V2,2021-06-01,看病,1,1\n", "2:kind/ENUM"},
        {"range", id + ",V2,2021-06-01,住院,1,-1\n", "2:self_paid_fen/RANGE"},
        {"overflow", id + ",V2,2021-06-01,住院,99999999999999999999,1\n", "2:total_fen/OVERFLOW"},
        {"three decimals", id + ",V2,2021-06-01,住院,1.005,1\n", "2:total_fen/"},
    };
    for (const BadRow& bad : cases) {
        DoorWorld world;
        const auto receipt =
            world.Upload("b", kCsvHeader + SyntheticCsvLine(1) + bad.line + SyntheticCsvLine(3));
        ASSERT_TRUE(receipt.ok()) << bad.name << receipt.status().message;
        EXPECT_EQ(receipt->content().rejected(), 1) << bad.name;
        EXPECT_EQ(world.AcceptedRows(), 2u) << bad.name;
        EXPECT_EQ(Errors(world).substr(0, std::string(bad.error).size()), bad.error)
            << bad.name << ": " << Errors(world);
        for (const auto& [sequence, row] : world.Rejected())
            EXPECT_EQ(row.got().find(id), std::string::npos);
    }
}

TEST(Upload, EachBadJsonRowIsACodedErrorAndTheRestGoesIn) {
    const BadRow cases[] = {
        {"not json", "oops\n", "2:JSON"},
        {"two on a line", "{}{}\n", "2:JSON"},
        {"unknown member", "{\"identity\":\"x\"}\n", "2:UNKNOWN_FIELD"},
        {"utf-8", "{\"visit_id\":\"\xC3\"}\n", "2:UTF8"},
        {"long", "{\"visit_id\":\"" + std::string(2 << 20, 'x') + "\"}\n", "2:LINE_TOO_LONG"},
        {"deep", std::string(100000, '[') + "\n", "2:JSON"},
    };
    for (const BadRow& bad : cases) {
        DoorWorld world;
        const auto receipt =
            world.Upload("b", SyntheticJsonLine(1) + bad.line + "\r\n" + SyntheticJsonLine(3));
        ASSERT_TRUE(receipt.ok()) << bad.name;
        EXPECT_EQ(receipt->content().rows(), 3) << bad.name;
        EXPECT_EQ(world.AcceptedRows(), 2u) << bad.name;
        EXPECT_NE(Errors(world).find(bad.error), std::string::npos)
            << bad.name << ": " << Errors(world);
    }
}

TEST(Upload, RefusesAFileThatIsWrongAsAWholeBeforeABatchIsOpened) {
    const struct {
        const char* text;
        const char* format;
        const char* charset;
        const char* reason;
    } cases[] = {
        {"身份证号,就诊,结算日期,就诊类别,总费用(元),个人自付(元)\n", "", "", "UNKNOWN_COLUMN"},
        {"身份证号,就诊号,结算日期,就诊类别,总费用(万元),个人自付(元)\n", "", "", "UNIT"},
        {"身份证号,就诊号,结算日期,就诊类别,总费用(元)\n", "", "", "MISSING_COLUMN"},
        {"身份证号,就诊号,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)\n", "", "",
         "DUPLICATE_COLUMN"},
        {"\"身份证号\n", "", "", "HEADER"},
        {"\xFF\xFEx\0", "", "", "CHARSET"},
        {"身份证号\n", "", "latin1", "CHARSET"},
        {"身份证号\n", "xlsx", "", "FORMAT"},
        {"\x1f\x8bnot gzip at all", "", "", "GZIP_BROKEN"},
    };
    for (const auto& c : cases) {
        DoorWorld world;
        StringBody body(c.text);
        const auto receipt =
            RunUpload(world.Parts(), world.Department(), world.OpenOf("b"), {c.format, c.charset},
                      body, DeadlineIn(std::chrono::minutes(1)));
        EXPECT_EQ(receipt.status().reason, c.reason) << c.text;
        EXPECT_EQ(receipt.status().code, Code::kInvalidArgument);
        EXPECT_EQ(world.directory.Get("batches/medical_insurance/b").id(), 0) << c.reason;
    }
}

TEST(Upload, AnEmptyFileIsABatchOfNoRows) {
    for (const std::string text : {"", "\xEF\xBB\xBF", "\r\n\n", kCsvHeader}) {
        DoorWorld world;
        const auto receipt = world.Upload("b", text);
        ASSERT_TRUE(receipt.ok()) << receipt.status().message;
        EXPECT_EQ(receipt->content().rows(), 0);
        EXPECT_EQ(world.bus.size(), 0u);
        EXPECT_TRUE(VerifyReceipt(*world.verifier, *receipt).ok());
    }
}

std::string Gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string File(int rows) {
    std::string text = kCsvHeader;
    for (int i = 1; i <= rows; ++i) text += SyntheticCsvLine(i);
    return text;
}

TEST(Upload, ABombIsStoppedAndWhatWasTakenStays) {
    DoorWorld world;
    const auto receipt =
        world.Upload("b", Gzip(File(2500)) + Gzip(std::string(200 << 20, 'x')), "", 65536);
    EXPECT_EQ(receipt.status().reason, "DECOMPRESSED_TOO_LARGE");
    EXPECT_EQ(receipt.status().metadata.back(),
              (std::pair<std::string, std::string>{"last_durable_sequence", "2000"}));
    EXPECT_EQ(world.AcceptedRows(), 2000u);
    EXPECT_EQ(world.directory.Get("batches/medical_insurance/b").state(),
              monitoring::v1::BATCH_STATE_OPEN);
}

TEST(Upload, GoesOnAfterABreakAndKnowsTheSameFileAgain) {
    DoorWorld world, undisturbed;
    StringBody cut(File(3456).substr(0, 150000), 4096,
                   MakeStatus(Code::kCancelled, "CLIENT_GONE", "gone"));
    EXPECT_EQ(RunUpload(world.Parts(), world.Department(), world.OpenOf("b"), {}, cut,
                        DeadlineIn(std::chrono::minutes(1)))
                  .status()
                  .reason,
              "CLIENT_GONE");
    EXPECT_GT(world.bus.size(), 0u);
    const auto first = world.Upload("b", Gzip(File(3456)));
    ASSERT_TRUE(first.ok()) << first.status().message;
    const std::size_t on_the_bus = world.bus.size();
    const auto again = world.Upload("b", File(3456));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(world.bus.size(), on_the_bus);
    EXPECT_EQ(on_the_bus, world.Applied().size());  // nothing went out twice
    ASSERT_TRUE(undisturbed.Upload("b", File(3456)).ok());
    EXPECT_EQ(undisturbed.Applied().size(), world.Applied().size());

    EXPECT_EQ(world.Upload("b", File(3455)).status().reason, "BATCH_CONTENT_DIFFERS");
    EXPECT_EQ(world.Upload("b", "").status().reason, "BATCH_CONTENT_DIFFERS");
    std::string other_unit = File(3456);
    other_unit.replace(other_unit.find("总费用(元)"), std::string("总费用(元)").size(),
                       "总费用(分)");
    EXPECT_EQ(world.Upload("b", other_unit).status().reason, "BATCH_CONTENT_DIFFERS");
    EXPECT_EQ(world.bus.size(), on_the_bus);
}

TEST(Upload, MonitoringAwayIsAnErrorThatSaysSo) {
    DoorWorld world;
    world.directory.FailCalls(true);
    EXPECT_EQ(world.Upload("b", File(3)).status().code, Code::kUnavailable);
    world.directory.FailCalls(false);
    EXPECT_TRUE(world.Upload("b", File(3)).ok());
}

TEST(Upload, ACrashBetweenReceiptAndCloseKeepsTheReceipt) {
    DoorWorld world;
    const auto first = world.Upload("b", File(1200));
    world.directory.SetState("batches/medical_insurance/b", monitoring::v1::BATCH_STATE_OPEN);
    world.clock.Advance(std::chrono::hours(3));
    const auto again = world.Upload("b", File(1200));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(world.directory.Get("batches/medical_insurance/b").state(),
              monitoring::v1::BATCH_STATE_RECEIVED);
}

}  // namespace
}  // namespace shouwang::gateway::feed
