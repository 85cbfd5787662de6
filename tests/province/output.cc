#include "tests/province/output.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>

#include "tests/province/row_writer.h"

namespace shouwang::province {

namespace fs = std::filesystem;

namespace {
constexpr char kMark[] = "\xEF\xBB\xBF";
constexpr int kCompression = 3;  // half the time of the default for a tenth more bytes
}  // namespace

// A plain or gzip file. Equal bytes in give equal bytes out: no time and no name in the gzip
// header.
class Output::File {
public:
    File(const std::string& path, bool gzip) : path_(path), gzip_(gzip) {
        fs::create_directories(fs::path(path).parent_path());
        handle_ = std::fopen(path.c_str(), "wb");
        if (handle_ == nullptr) throw std::runtime_error("cannot write " + path);
        std::setvbuf(handle_, nullptr, _IOFBF, 1 << 16);
        if (gzip_ && deflateInit2(&stream_, kCompression, Z_DEFLATED, 15 + 16, 8,
                                  Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::runtime_error("zlib refuses");
    }
    ~File() {
        if (handle_ == nullptr) return;
        if (gzip_) deflateEnd(&stream_);
        std::fclose(handle_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void Write(const std::string& bytes) {
        if (gzip_)
            Deflate(bytes, Z_NO_FLUSH);
        else
            Put(bytes.data(), bytes.size());
    }
    void Close() {
        if (gzip_) {
            Deflate({}, Z_FINISH);
            deflateEnd(&stream_);
        }
        std::FILE* const handle = std::exchange(handle_, nullptr);
        if (std::fclose(handle) != 0) throw std::runtime_error("cannot write " + path_);
    }

private:
    void Put(const void* bytes, std::size_t size) {
        if (size != 0 && std::fwrite(bytes, 1, size, handle_) != size)
            throw std::runtime_error("cannot write " + path_);
    }
    void Deflate(const std::string& bytes, int flush) {
        unsigned char out[1 << 16];
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = out;
            stream_.avail_out = sizeof out;
            deflate(&stream_, flush);
            Put(out, sizeof out - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }
    const std::string path_;
    const bool gzip_;
    std::FILE* handle_ = nullptr;
    z_stream stream_{};
};

Output::Output(const Reference& reference, const Plan& plan, const Options& options)
    : reference_(reference), plan_(plan), options_(options), calendar_(MakeCalendar(options)) {
    const std::size_t count = static_cast<std::size_t>(calendar_.files()) * AllDatasets().size();
    files_.resize(count);
    expected_.resize(count);
}
Output::~Output() = default;

Result<std::unique_ptr<Output>> Output::Create(const Reference& reference, const Plan& plan,
                                               const Options& options) {
    std::error_code error;
    if (fs::exists(options.out, error) && !fs::is_empty(options.out, error)) {
        return MakeStatus(Code::kAlreadyExists, "OUT_NOT_EMPTY", options.out + " is not empty");
    }
    fs::create_directories(fs::path(options.out) / "truth", error);
    if (error)
        return MakeStatus(Code::kInternal, "OUT",
                          "cannot make " + options.out + ": " + error.message());
    auto output = std::unique_ptr<Output>(new Output(reference, plan, options));
    output->trouble_ = std::make_unique<File>(options.out + "/truth/trouble.csv", false);
    output->trouble_->Write(
        "household_no,region_code,identity_no,cause,month,severity,need_per_person_fen,guarantee,"
        "first_file,known\n");
    output->mistakes_ = std::make_unique<File>(options.out + "/truth/mistakes.csv", false);
    output->mistakes_->Write("path,sequence,kind,code\n");
    return output;
}

std::string Output::MonthOf(int file) const { return calendar_.at(file).ToString(); }

// What a batch says it is about. The rows before the first month are a whole year where they begin
// in January.
std::string Output::PeriodOf(int file, const DatasetInfo& info) const {
    const bool year = file == calendar_.baseline() && !info.monthly_history &&
                      info.options.kind() != options::v1::DATASET_KIND_STATE &&
                      calendar_.history.first_day().month() == 1;
    return year ? MonthOf(file).substr(0, 4) : MonthOf(file);
}

std::string Output::PathOf(int file, const DatasetInfo& info) const {
    const std::string extension = options_.rows ? ".rows" : ExtensionOf(info.habits.container);
    return "feeds/" + MonthOf(file) + "/" + info.options.department() + "/" + info.options.id() +
           extension;
}

void Output::Append(const ShardOutput& shard) {
    const auto& datasets = AllDatasets();
    for (const Mistake& mistake : shard.mistakes) {
        const std::size_t at = static_cast<std::size_t>(mistake.file) * datasets.size() +
                               static_cast<std::size_t>(mistake.dataset);
        mistakes_->Write(PathOf(mistake.file, datasets[static_cast<std::size_t>(mistake.dataset)]) +
                         "," + std::to_string(expected_[at].rows() + mistake.sequence) + "," +
                         mistake.kind + "," + mistake.code + "\n");
    }
    for (std::size_t at = 0; at < shard.files.size(); ++at) {
        const FileBuffer& buffer = shard.files[at];
        if (buffer.bytes.empty()) continue;
        const DatasetInfo& info = datasets[at % datasets.size()];
        if (files_[at] == nullptr) {
            const bool gzip = !options_.rows && info.habits.container != Container::kCsv;
            files_[at] = std::make_unique<File>(
                options_.out + "/" + PathOf(static_cast<int>(at / datasets.size()), info), gzip);
            if (!options_.rows && info.habits.charset == Charset::kUtf8Bom)
                files_[at]->Write(kMark);
            if (!options_.rows) files_[at]->Write(Encode(info.habits.charset, HeaderOf(info)));
        }
        files_[at]->Write(buffer.bytes);
        expected_[at].applied += buffer.expected.applied;
        expected_[at].rejected += buffer.expected.rejected;
        expected_[at].duplicate += buffer.expected.duplicate;
        expected_[at].unmatched += buffer.expected.unmatched;
    }
    trouble_->Write(shard.truth);
}

// The baseline first, the older months with it; within a month the owner's ledgers first: rows
// about people whom nobody knows yet would be counted as unmatched.
std::vector<std::pair<int, const DatasetInfo*>> Output::PushOrder() const {
    const auto& datasets = AllDatasets();
    std::vector<std::pair<int, const DatasetInfo*>> order;
    for (int file = 0; file < calendar_.files(); ++file) {
        for (const DatasetInfo& info : datasets) {
            if (files_[PositionOf(file, info)] != nullptr) order.emplace_back(file, &info);
        }
    }
    auto rank = [this](const std::pair<int, const DatasetInfo*>& e) {
        const DatasetInfo& info = *e.second;
        const int ledger = info.options.registry() ? 0 : info.must_arrive ? 1 : 2;
        return std::tuple(std::max(e.first, calendar_.baseline()), ledger, e.first,
                          info.options.number());
    };
    std::sort(order.begin(), order.end(),
              [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return order;
}

std::size_t Output::PositionOf(int file, const DatasetInfo& info) const {
    return static_cast<std::size_t>(file) * AllDatasets().size() +
           static_cast<std::size_t>(info.index);
}

std::string Output::DeliveredOn(int file, const DatasetInfo& info) const {
    const Month after = calendar_.at(std::max(file, calendar_.baseline())) + 1;
    // Feeds without a day of their own (daily, per event, yearly) come with the others.
    const std::uint32_t due = info.options.due_day() == 0 ? 5 : info.options.due_day();
    const int day = static_cast<int>(std::min<std::uint32_t>(due, 28));
    return (after.first_day() + (day - 1)).ToString();
}

namespace {

using Json = nlohmann::ordered_json;

Json FiguresOf(const Plan& plan) {
    const Figures& f = plan.figures;
    return {{"lifted_persons", f.lifted_persons},
            {"lifted_households", f.lifted_households},
            {"households", plan.households.size()},
            {"monitored_households", f.monitored_households},
            {"monitored_persons", f.monitored_persons},
            {"new_households", f.new_households},
            {"new_persons", f.new_persons},
            {"eliminated_households", f.eliminated_households},
            {"eliminated_persons", f.eliminated_persons},
            {"guixi_households", f.guixi_households},
            {"guixi_measures", f.guixi_measures},
            {"guixi_posts", f.guixi_posts},
            {"guixi_renovations", f.guixi_renovations},
            {"guixi_rewards_fen", f.guixi_rewards_fen}};
}

// How a receiver must read the file.
void DescribeFormat(const Habits& habits, bool rows, Json& entry) {
    const bool gzip = !rows && habits.container != Container::kCsv;
    entry["format"] = rows ? "rows" : habits.container == Container::kNdjsonGz ? "ndjson" : "csv";
    entry["gzip"] = gzip;
    entry["charset"] = rows ? "" : habits.charset == Charset::kGb18030 ? "GB18030" : "UTF-8";
}

}  // namespace

std::int64_t Output::Finish() {
    Json list = Json::array();
    std::int64_t rows = 0;
    for (const auto& [file, info] : PushOrder()) {
        const std::size_t at = PositionOf(file, *info);
        files_[at]->Close();
        const Expected& e = expected_[at];
        rows += e.rows();
        Json entry;
        entry["path"] = PathOf(file, *info);
        entry["dataset"] = info->options.id();
        entry["department"] = info->options.department();
        entry["batch"] = MonthOf(file) + "-" + info->options.id();
        entry["period"] = PeriodOf(file, *info);
        entry["region"] = options_.province;
        entry["complete"] =
            info->complete == Completeness::kAlways ||
            (info->complete == Completeness::kBaselineOnly && file == calendar_.baseline());
        entry["rows"] = e.rows();
        entry["deliver_on"] = DeliveredOn(file, *info);
        DescribeFormat(info->habits, options_.rows, entry);
        entry["expected"] = {{"applied", e.applied},
                             {"rejected", e.rejected},
                             {"duplicate", e.duplicate},
                             {"unmatched", e.unmatched}};
        list.push_back(std::move(entry));
    }
    trouble_->Close();
    mistakes_->Close();
    Json manifest;
    manifest["synthetic"] =
        "All persons, households, numbers and events are invented; only the divisions are real.";
    manifest["province"] = options_.province;
    manifest["scale"] = options_.scale;
    manifest["seed"] = options_.seed;
    manifest["from"] = options_.from.ToString();
    manifest["to"] = options_.to.ToString();
    manifest["today"] = ((options_.to + 1).first_day() + 5).ToString();
    manifest["rows"] = rows;
    manifest["figures"] = FiguresOf(plan_);
    manifest["files"] = std::move(list);
    File file(options_.out + "/manifest.json", false);
    file.Write(manifest.dump(1) + "\n");
    file.Close();
    return rows;
}

}  // namespace shouwang::province
