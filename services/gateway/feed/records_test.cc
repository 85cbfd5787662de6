#include "services/gateway/feed/records.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "common/crypto/crypto.h"
#include "services/gateway/feed/charset.h"
#include "services/gateway/feed/gunzip.h"
#include "services/gateway/feed/testing/door_world.h"

namespace shouwang::gateway::feed {
namespace {

using testing::StringBody;

// Records as text; broken ones as "!Q<line>" and too long ones as "!L<sha256 is right>".
std::vector<std::string> ReadAll(const std::string& text, RecordReader::Format format,
                                 std::size_t piece, std::size_t limit = 100) {
    StringBody body(text, piece);
    RecordReader reader(body, limit);
    reader.SetFormat(format);
    std::vector<std::string> out;
    Record record;
    for (;;) {
        const Result<bool> more = reader.Next(record);
        EXPECT_TRUE(more.ok());
        if (!more.ok() || !*more) return out;
        const char* mark = record.fault == Record::Fault::kQuote     ? "!Q"
                           : record.fault == Record::Fault::kTooLong ? "!L"
                                                                     : "";
        out.push_back(mark + std::string(record.bytes));
    }
}

struct CsvCase {
    const char* name;
    std::string text;
    std::vector<std::string> want;
};

const std::string kLong(150, 'x');

const CsvCase kCsvCases[] = {
    {"nothing", "", {}},
    {"last line without end", "a,b\nc,d", {"a,b", "c,d"}},
    {"crlf, cr and blank lines", "a\r\nb\rc\n\r\n\nd\r", {"a", "b", "c", "", "", "d"}},
    {"quoted line breaks", "a,\"x\r\ny\",b\nc\n", {"a,\"x\r\ny\",b", "c"}},
    {"doubled quotes", "\"a\"\"\n\"\"b\",c\nd\n", {"\"a\"\"\n\"\"b\",c", "d"}},
    {"quote inside a plain cell", "a\"b,c\nd\n", {"!Qa\"b,c", "d"}},
    {"text behind a quoted cell", "\"a\"b,c\nd\n", {"!Q\"a\"b,c", "d"}},
    {"quote never closed", "a,\"b\nc\nd\n", {"!Qa,\"b", "c", "d"}},
    {"quote never closed, much behind it",
     "\"b\n" + std::string(40, 'c') + "\n" + std::string(80, 'd') + "\ne\n",
     {"!Q\"b", std::string(40, 'c'), std::string(80, 'd'), "e"}},
    {"a line too long", "a\n" + kLong + "\nb\n", {"a", "!L", "b"}},
    {"a quoted cell too long", "a\n\"" + kLong + "\",c\nb\n", {"a", "!L", "b"}},
    {"a long last line", "a\n" + kLong, {"a", "!L"}},
    {"exactly the limit", std::string(100, 'y') + "\nb\n", {std::string(100, 'y'), "b"}},
    {"one more", std::string(101, 'y') + "\nb\n", {"!L", "b"}},
};

TEST(RecordReader, ReadsCsvTheSameHoweverTheBodyIsCut) {
    for (const CsvCase& c : kCsvCases) {
        for (std::size_t piece : {1, 2, 3, 7, 64, 1000}) {
            EXPECT_EQ(ReadAll(c.text, RecordReader::Format::kCsv, piece), c.want)
                << c.name << ", pieces of " << piece;
        }
    }
}

TEST(RecordReader, ReadsLines) {
    const std::string text = "{\"a\":\"\\\"\"}\r\n\"x\n" + kLong + "\n\nz";
    for (std::size_t piece : {1, 5, 1000}) {
        EXPECT_EQ(ReadAll(text, RecordReader::Format::kLines, piece),
                  (std::vector<std::string>{"{\"a\":\"\\\"\"}", "\"x", "!L", "", "z"}));
    }
}

TEST(RecordReader, HashesALineThatItCannotHold) {
    StringBody body(kLong + "\nb", 13);
    RecordReader reader(body, 100);
    Record record;
    ASSERT_TRUE(*reader.Next(record));
    EXPECT_EQ(record.fault, Record::Fault::kTooLong);
    EXPECT_EQ(record.sha256, crypto::Sha256(kLong));
}

// Endless: hands out the same piece n times.
class RepeatedBody final : public http::BodyReader {
public:
    RepeatedBody(std::string piece, std::size_t times) : piece_(std::move(piece)), times_(times) {}
    Result<std::string_view> Next() override {
        return times_-- > 0 ? std::string_view(piece_) : (times_ = 0, std::string_view());
    }

private:
    const std::string piece_;
    std::size_t times_;
};

std::size_t PeakKiB() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmHWM:") {
            std::size_t kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

TEST(RecordReader, AHundredMegabyteLineNeedsNoHundredMegabytes) {
    for (const char* piece_of : {"x", "\""}) {
        RepeatedBody body(std::string(64 << 10, *piece_of), 1600);
        RecordReader reader(body);
        reader.SetFormat(RecordReader::Format::kCsv);
        const std::size_t before = PeakKiB();
        Record record;
        ASSERT_TRUE(*reader.Next(record));
        EXPECT_EQ(record.fault, Record::Fault::kTooLong);
        EXPECT_FALSE(*reader.Next(record));
        EXPECT_LT(PeakKiB() - before, 8u << 10);
    }
}

// Many lines that each open a quote which closes and opens again: must stay linear.
TEST(RecordReader, OpenQuotesDoNotMakeItQuadratic) {
    std::string piece;
    while (piece.size() < (64 << 10)) piece += "a\",\"\n";
    RepeatedBody body(piece, 160);  // 10 MiB
    RecordReader reader(body);
    reader.SetFormat(RecordReader::Format::kCsv);
    Record record;
    std::size_t rows = 0;
    const auto begin = std::chrono::steady_clock::now();
    while (*reader.Next(record)) ++rows;
    EXPECT_GT(rows, 1u << 20);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

std::string Gzip(const std::string& text, int level = 6) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
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

// The text, or the reason of the error.
std::string Plain(const std::string& bytes, std::size_t piece, GunzipLimits limits = {}) {
    StringBody body(bytes, piece);
    PlainBody plain(body, limits);
    std::string out;
    for (;;) {
        const Result<std::string_view> next = plain.Next();
        if (!next.ok()) return next.status().reason;
        if (next->empty()) return out;
        out += *next;
    }
}

TEST(PlainBody, ReadsPlainAndGzippedBodies) {
    std::string text;
    for (int i = 0; i < 30000; ++i) text += "row " + std::to_string(i * 7919) + "\n";
    for (std::size_t piece : {1, 17, 65536}) {
        EXPECT_EQ(Plain("", piece), "");
        EXPECT_EQ(Plain("a", piece), "a");
        EXPECT_EQ(Plain(text.substr(0, 3000), piece), text.substr(0, 3000));
        EXPECT_TRUE(Plain(Gzip(text), piece) == text);
        EXPECT_TRUE(Plain(Gzip(text) + Gzip("tail"), piece) ==
                    text + "tail");  // members, as pigz and cat make them
        EXPECT_TRUE(Plain(Gzip(text) + std::string(20, '\0'), piece) == text);
        EXPECT_EQ(Plain(Gzip(""), piece), "");
        EXPECT_EQ(Plain(Gzip(text).substr(0, 5000), piece), "GZIP_TRUNCATED");
        EXPECT_EQ(Plain(Gzip(text) + "rubbish", piece), "GZIP_BROKEN");
        EXPECT_EQ(Plain("\x1f\x8brubbish", piece), "GZIP_BROKEN");
    }
}

TEST(PlainBody, StopsABomb) {
    const std::string bomb = Gzip(std::string(4 << 20, '0'));
    GunzipLimits limits;
    limits.ratio_from = 1 << 20;
    EXPECT_EQ(Plain(bomb, 65536, limits), "DECOMPRESSED_TOO_LARGE");
    limits.ratio_from = 8 << 20;
    EXPECT_EQ(Plain(bomb, 65536, limits).size(), 4u << 20);
    limits.total = 3 << 20;
    EXPECT_EQ(Plain(bomb, 65536, limits), "DECOMPRESSED_TOO_LARGE");
}

TEST(Charset, IsJudgedByLinesThatAreNotAscii) {
    const std::string utf8 = "张三,住院\n", gb18030 = "\xD5\xC5\xC8\xFD,\xD7\xA1\xD4\xBA\n";
    EXPECT_EQ(GuessCharset("name,kind\n1,2\n"), Charset::kUnknown);
    EXPECT_EQ(GuessCharset("a\n" + utf8), Charset::kUtf8);
    EXPECT_EQ(GuessCharset("a\n" + gb18030), Charset::kGb18030);
    EXPECT_EQ(GuessCharset(utf8 + utf8 + gb18030), Charset::kUtf8);
    EXPECT_EQ(GuessCharset(gb18030 + gb18030 + "\xFF\xFF\n"), Charset::kGb18030);
    EXPECT_EQ(*ParseCharset("GB2312"), Charset::kGb18030);
    EXPECT_EQ(*ParseCharset("\"UTF-8\""), Charset::kUtf8);
    EXPECT_EQ(ParseCharset("latin1").status().reason, "CHARSET");
}

TEST(Charset, ConvertsAndRefuses) {
    Gb18030 gb18030;
    std::string out;
    EXPECT_TRUE(gb18030.ToUtf8("\xD5\xC5,\x81\x30\x84\x36", out));
    EXPECT_EQ(out, "张,\u00A5");
    for (const char* broken : {"\xD5", "a\xFF", "\x81\x30\x84"})
        EXPECT_FALSE(gb18030.ToUtf8(broken, out)) << broken;
    EXPECT_TRUE(gb18030.ToUtf8("\xD5\xC5", out));  // a broken record spoils no other
    EXPECT_EQ(out, "张");
}

}  // namespace
}  // namespace shouwang::gateway::feed
