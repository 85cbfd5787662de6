// The whole demo province read as the platform's door reads it: every row of every file goes
// through the row check, and the four outcomes of each file are those that the manifest promises,
// row by row where a mistake was planted.
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include <google/protobuf/message.h>

#include "common/base/bytes.h"
#include "common/model/dataset.h"
#include "common/model/region_directory.h"
#include "services/monitoring/domain/fact_catalogue.h"
#include "tests/province/file_reader.h"
#include "tests/province/test_province.h"

namespace shouwang::province {
namespace {

using google::protobuf::Message;

// path:sequence → kind and code, from truth/mistakes.csv.
struct Planted {
    std::string kind, code;
};
std::unordered_multimap<std::string, Planted> ReadMistakes(const std::string& folder) {
    std::unordered_multimap<std::string, Planted> mistakes;
    const auto rows = ParseCsv(ReadWhole(folder + "/truth/mistakes.csv"));
    for (std::size_t i = 1; i < rows.size(); ++i)
        mistakes.emplace(rows[i].at(0) + ":" + rows[i].at(1),
                         Planted{rows[i].at(2), rows[i].at(3)});
    return mistakes;
}

class Ledger {
public:
    explicit Ledger(const std::string& folder) : folder_(folder), mistakes_(ReadMistakes(folder)) {
        auto directory = model::RegionDirectory::Load("services/monitoring/data");
        EXPECT_TRUE(directory.ok()) << directory.status().message;
        regions_ = *directory;
    }

    void Push(const ManifestEntry& entry) {
        const model::Dataset* dataset = monitoring::domain::Datasets().Find(entry.dataset);
        ASSERT_NE(dataset, nullptr) << entry.dataset;
        const std::unique_ptr<Message> row(google::protobuf::MessageFactory::generated_factory()
                                               ->GetPrototype(dataset->descriptor)
                                               ->New());
        const model::RowContext context{
            *Date::Parse(entry.deliver_on),
            [this](std::string_view code) { return regions_->Knows(code); },
            [this](std::string_view prefix) { return regions_->KnowsPrefix(prefix); }};
        long long sequence = 0, applied = 0, rejected = 0, duplicate = 0, unmatched = 0;
        std::unordered_map<std::string, model::ColumnMatch> columns;
        ForEachRow(folder_, entry, [&](const Cells& cells) {
            ++sequence;
            row->Clear();
            std::vector<model::RowProblem> problems;
            model::CheckedRow checked;
            for (const auto& [name, text] : cells) {
                auto found = columns.find(name);
                if (found == columns.end())
                    found =
                        columns.emplace(name, model::MatchColumn(*dataset, name, problems)).first;
                const model::ColumnMatch& match = found->second;
                if (match.revision && !text.empty())
                    checked.revision = static_cast<std::uint32_t>(std::stoul(text));
                else if (match.retract && !text.empty())
                    checked.retract = true;
                else if (match.field != nullptr)
                    model::SetFromText(*match.field, text, match.yuan, *row, problems);
                else if (!match.revision && !match.retract)
                    ADD_FAILURE() << entry.path << ": nobody knows the column " << name;
            }
            model::CheckRow(*dataset, *row, context, checked, problems);
            const std::string place = entry.path + ":" + std::to_string(sequence);
            CheckPlanted(place, problems, cells);
            if (!problems.empty())
                ++rejected;
            else if (!dataset->options.registry() && checked.region.empty() &&
                     !people_.contains(checked.identity))
                ++unmatched;
            else if (!rows_.insert(RowId(entry, checked)).second)
                ++duplicate;
            else
                ++applied;
            if (problems.empty() && dataset->options.registry()) people_.insert(checked.identity);
        });
        EXPECT_EQ(sequence, entry.rows) << entry.path;
        EXPECT_EQ(applied, entry.applied) << entry.path;
        EXPECT_EQ(rejected, entry.rejected) << entry.path;
        EXPECT_EQ(duplicate, entry.duplicate) << entry.path;
        EXPECT_EQ(unmatched, entry.unmatched) << entry.path;
        total_rejected_ += rejected;
    }
    long long total_rejected() const { return total_rejected_; }
    const std::set<std::string>& codes() const { return codes_; }

private:
    static std::uint64_t RowId(const ManifestEntry& entry, const model::CheckedRow& row) {
        const std::string text = entry.dataset + "|" + row.identity + row.region + "|" +
                                 row.row_key + "|" + row.date.ToString() + "|" +
                                 std::to_string(row.revision) + (row.retract ? "r|" : "|") +
                                 std::to_string(row.content_hash);
        return Hash64(text);
    }
    void CheckPlanted(const std::string& place, const std::vector<model::RowProblem>& problems,
                      const Cells& cells) {
        std::string planted;
        for (auto [at, end] = mistakes_.equal_range(place); at != end; ++at) {
            if (at->second.kind == "error") planted = at->second.code;
        }
        if (problems.empty()) {
            EXPECT_EQ(planted, "") << place;
            return;
        }
        codes_.insert(problems[0].code);
        EXPECT_EQ(problems[0].code, planted)
            << place << " " << problems[0].field << " " << problems[0].got << " of " << cells.size()
            << " cells";
    }

    const std::string folder_;
    const std::unordered_multimap<std::string, Planted> mistakes_;
    std::shared_ptr<const model::RegionDirectory> regions_;
    std::unordered_set<std::string> people_;
    std::unordered_set<std::uint64_t> rows_;
    std::set<std::string> codes_;
    long long total_rejected_ = 0;
};

TEST(Recount, TheManifestTellsWhatTheLedgerWillShow) {
    const TestProvince province(TestOptions(0.01));
    Ledger ledger(province.out());
    for (const ManifestEntry& entry : ReadManifest(province.out())) ledger.Push(entry);
    EXPECT_GT(ledger.total_rejected(), 300);
    for (const char* code : {"IDENTITY_CHECKSUM", "IDENTITY_LENGTH", "REQUIRED", "FUTURE_DATE",
                             "RANGE", "REGION_UNKNOWN", "FORMAT"}) {
        EXPECT_TRUE(ledger.codes().contains(code)) << code;
    }
}

TEST(Recount, TroubleNamesRealHouseholdsAndSaysWhatIsHidden) {
    const TestProvince province(TestOptions(0.01));
    std::unordered_set<std::string> households;
    for (const ManifestEntry& entry : ReadManifest(province.out())) {
        if (entry.dataset != "registry_member") continue;
        ForEachRow(province.out(), entry,
                   [&](const Cells& row) { households.insert(Get(row, "户编号")); });
    }
    const auto rows = ParseCsv(ReadWhole(province.out() + "/truth/trouble.csv"));
    std::map<std::string, int> causes, known;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        EXPECT_TRUE(households.contains(rows[i].at(0)));
        EXPECT_TRUE(rows[i].at(5) == "red" || rows[i].at(5) == "yellow");
        EXPECT_EQ(rows[i].at(9) == "visible", !rows[i].at(8).empty());
        ++causes[rows[i].at(3)];
        ++known[rows[i].at(9)];
    }
    EXPECT_GT(rows.size(), 100u);
    EXPECT_GE(causes.size(), 8u);
    EXPECT_GT(known["hidden"], 0);
    EXPECT_GT(known["visible"], known["hidden"] + known["lost"]);
}

}  // namespace
}  // namespace shouwang::province
