// Records as rows, in both formats: every problem is told with a code, what is taken is text, nothing lingers from row to row.
#include <google/protobuf/util/message_differencer.h>

#include "common/base/bytes.h"
#include "services/gateway/feed/row_reader.h"
#include "services/gateway/feed/testing/door_world.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 4000;

namespace shouwang::gateway::feed {
namespace {

using fuzz::Require;

const model::Dataset& DatasetAt(unsigned choice) {
    const auto& all = testing::LinkedCatalogue().all();
    return *all[choice % all.size()];
}

struct Filled {
    explicit Filled(const model::Dataset& wanted)
        : dataset(wanted), message(google::protobuf::MessageFactory::generated_factory()->GetPrototype(dataset.descriptor)->New()) {
        row.message = message.get();
    }
    void Check() const {
        Require(!row.unreadable || !row.problems.empty(), "a row that cannot be read says why");
        for (const auto& problem : row.problems) {
            Require(!problem.code.empty() && !problem.want.empty(), "every problem has a code and says what is wanted");
            Require(IsValidUtf8(problem.got) && IsValidUtf8(problem.field), "a problem is shown as text");
        }
        if (row.unreadable) return;
        std::vector<model::RowProblem> problems;
        std::unique_ptr<google::protobuf::Message> copy(message->New());
        Require(model::ParseRow(dataset, message->SerializeAsString(), *copy, problems), "what is taken is a row of the dataset, in UTF-8");
        CheckTwice(*copy);
    }
    // Checking puts a row into its normal form: a second look finds nothing more to do.
    void CheckTwice(google::protobuf::Message& filled) const {
        const model::RowContext context{.today = Date::FromCivil(2021, 6, 30),
                                        .region_known = [](std::string_view code) { return code.starts_with("36"); },
                                        .prefix_known = [](std::string_view prefix) { return prefix.starts_with("36"); }};
        model::CheckedRow first, second;
        std::vector<model::RowProblem> problems;
        model::CheckRow(dataset, filled, context, first, problems);
        if (!problems.empty()) return;
        model::CheckRow(dataset, filled, context, second, problems);
        Require(problems.empty() && first.row_key == second.row_key && first.content == second.content &&
                    first.content_hash == second.content_hash && first.identity == second.identity,
                "a checked row is checked the same again");
    }
    const model::Dataset& dataset;
    std::unique_ptr<google::protobuf::Message> message;
    IncomingRow row;
};

void ReadCsv(const model::Dataset& dataset, std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string header(text.substr(0, end)), line(text.substr(std::min(end + 1, text.size())));
    std::vector<std::string_view> names, cells;
    SplitCells(header.data(), header.size(), names);
    const auto columns = CsvColumns::Read(dataset, names);
    if (!columns.ok()) {
        Require(!columns.status().reason.empty() && IsValidUtf8(columns.status().message), "a header that is refused says why");
        return;
    }
    if (!IsValidUtf8(line)) return;  // refused before
    SplitCells(line.data(), line.size(), cells);
    Filled filled(dataset);
    columns->Fill(cells, filled.row);
    filled.Check();
}

void ReadJson(const model::Dataset& dataset, std::string_view line) {
    JsonRows used(dataset), fresh(dataset);
    Filled before(dataset), again(dataset), alone(dataset);
    used.Fill(line, before.row);
    before.Check();
    used.Fill(line, again.row);
    fresh.Fill(line, alone.row);
    for (const Filled* one : {&before, &again}) {
        Require(google::protobuf::util::MessageDifferencer::Equals(*one->message, *alone.message) &&
                    one->row.problems.size() == alone.row.problems.size() && one->row.unreadable == alone.row.unreadable &&
                    one->row.revision == alone.row.revision && one->row.retract == alone.row.retract,
                "a row does not depend on the rows before it");
    }
}

}  // namespace
}  // namespace shouwang::gateway::feed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::feed;
    shouwang::fuzz::Input input(data, size);
    const unsigned format = input.Byte();
    const auto& dataset = DatasetAt(input.Byte());
    if (format % 2 == 0) {
        ReadCsv(dataset, input.Rest());
    } else {
        ReadJson(dataset, input.Rest());
    }
    return 0;
}
