// Files of any bytes as CSV records or lines: how they come in pieces changes nothing.
#include <vector>

#include "services/gateway/feed/records.h"
#include "services/gateway/feed/testing/door_world.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 5000;

namespace shouwang::gateway::feed {
namespace {

struct Read {
    Record::Fault fault;
    std::string bytes, sha256;
    bool operator==(const Read&) const = default;
};

std::vector<Read> ReadAll(std::string_view text, RecordReader::Format format, std::size_t piece) {
    testing::StringBody body(std::string(text), piece);
    RecordReader reader(body, 200);
    reader.SetFormat(format);
    std::vector<Read> out;
    Record record;
    for (;;) {
        const Result<bool> more = reader.Next(record);
        fuzz::Require(more.ok(), "a sound body is read to its end");
        if (!*more) return out;
        fuzz::Require(record.bytes.size() <= 200, "no record is longer than the limit");
        out.push_back({record.fault, std::string(record.bytes), record.sha256});
    }
}

}  // namespace
}  // namespace shouwang::gateway::feed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::feed;
    shouwang::fuzz::Input input(data, size);
    const auto format = input.Byte() % 2 == 0 ? RecordReader::Format::kCsv : RecordReader::Format::kLines;
    const auto whole = ReadAll(input.Rest(), format, 1 << 20);
    shouwang::fuzz::Require(whole == ReadAll(input.Rest(), format, 1), "records do not depend on the pieces they came in");
    shouwang::fuzz::Require(whole == ReadAll(input.Rest(), format, 7), "records do not depend on the pieces they came in");
    return 0;
}
