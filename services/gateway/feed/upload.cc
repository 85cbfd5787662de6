#include "services/gateway/feed/upload.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "services/gateway/feed/charset.h"
#include "services/gateway/feed/gunzip.h"
#include "services/gateway/feed/records.h"
#include "services/gateway/feed/row_reader.h"

namespace shouwang::gateway::feed {
namespace {

constexpr std::size_t kBeginning = 64 << 10;  // what charset and format are judged by
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF", kUtf16Little = "\xFF\xFE",
                           kUtf16Big = "\xFE\xFF";
constexpr std::chrono::milliseconds kDirectoryCall{10000};

Deadline Soon(Deadline deadline) { return std::min(deadline, DeadlineIn(kDirectoryCall)); }

class Upload {
public:
    Upload(const model::Dataset& dataset, http::BodyReader& body)
        : dataset_(dataset), plain_(body), records_(plain_), json_(dataset) {}

    // Charset, format and columns: everything that can be wrong with the whole file, before a batch
    // is opened.
    Status Begin(const UploadHints& hints);
    Status Rows(BatchIngest& ingest);

private:
    Status DecideCharset(const UploadHints& hints, std::string_view beginning);
    Status DecideFormat(const UploadHints& hints, std::string_view beginning);
    Status ReadHeader();
    Status Row(const Record& record, BatchIngest& ingest);
    void Read(const Record& record, IncomingRow& row);
    bool ToUtf8(std::string_view record);
    bool Blank(const Record& record) const;

    const model::Dataset& dataset_;
    PlainBody plain_;
    RecordReader records_;
    Charset charset_ = Charset::kUnknown;
    Gb18030 gb18030_;
    bool csv_ = true;
    std::optional<CsvColumns> columns_;
    JsonRows json_;
    RowHasher hasher_;
    std::string line_;  // the record in UTF-8
    std::vector<std::string_view> cells_;
};

Status Upload::Begin(const UploadHints& hints) {
    SW_ASSIGN_OR_RETURN(std::string_view beginning, records_.Peek(kBeginning));
    if (beginning.starts_with(kUtf16Little) || beginning.starts_with(kUtf16Big)) {
        return InvalidField("charset", "utf-8 or gb18030, not UTF-16", "CHARSET");
    }
    if (beginning.starts_with(kUtf8Mark)) {
        records_.Skip(kUtf8Mark.size());
        beginning.remove_prefix(kUtf8Mark.size());
        charset_ = Charset::kUtf8;
    }
    SW_RETURN_IF_ERROR(DecideCharset(hints, beginning));
    SW_RETURN_IF_ERROR(DecideFormat(hints, beginning));
    records_.SetFormat(csv_ ? RecordReader::Format::kCsv : RecordReader::Format::kLines);
    return csv_ ? ReadHeader() : Status::Ok();
}

Status Upload::DecideCharset(const UploadHints& hints, std::string_view beginning) {
    if (charset_ != Charset::kUnknown) return Status::Ok();
    SW_ASSIGN_OR_RETURN(charset_, ParseCharset(hints.charset));
    if (charset_ != Charset::kUnknown) return Status::Ok();
    // A line that the peeked part cuts in two proves nothing.
    if (beginning.size() == kBeginning) beginning = beginning.substr(0, beginning.rfind('\n') + 1);
    charset_ = GuessCharset(beginning);
    return Status::Ok();
}

Status Upload::DecideFormat(const UploadHints& hints, std::string_view beginning) {
    if (!hints.format.empty() && hints.format != "csv" && hints.format != "ndjson")
        return InvalidField("format", "csv or ndjson", "FORMAT");
    const std::size_t first = beginning.find_first_not_of(" \t\r\n");
    csv_ = hints.format.empty() ? first == beginning.npos || beginning[first] != '{'
                                : hints.format == "csv";
    return Status::Ok();
}

Status Upload::ReadHeader() {
    Record record;
    for (;;) {
        SW_ASSIGN_OR_RETURN(const bool more, records_.Next(record));
        if (!more) return Status::Ok();
        if (record.fault != Record::Fault::kNone)
            return InvalidField("header", "a first line with the names of the columns", "HEADER");
        if (!Blank(record)) break;
    }
    hasher_.SetHeader(record.bytes);
    if (!ToUtf8(record.bytes))
        return InvalidField("header", "column names in UTF-8 or GB18030", "CHARSET");
    SplitCells(line_.data(), line_.size(), cells_);
    // Spreadsheets write separators for columns that once held something.
    while (cells_.size() > 1 && cells_.back().empty()) cells_.pop_back();
    SW_ASSIGN_OR_RETURN(columns_, CsvColumns::Read(dataset_, cells_));
    return Status::Ok();
}

bool Upload::Blank(const Record& record) const {
    return record.bytes.find_first_not_of(csv_ ? ", \t\"" : " \t") == record.bytes.npos;
}

bool Upload::ToUtf8(std::string_view record) {
    if (IsAscii(record)) {
        line_.assign(record);
        return true;
    }
    if (charset_ == Charset::kUnknown) charset_ = GuessCharset(record);
    if (charset_ == Charset::kGb18030) return gb18030_.ToUtf8(record, line_);
    line_.assign(record);
    return IsValidUtf8(line_);
}

Status Upload::Rows(BatchIngest& ingest) {
    SW_RETURN_IF_ERROR(ingest.StartAt(1));
    Record record;
    for (;;) {
        SW_ASSIGN_OR_RETURN(const bool more, records_.Next(record));
        if (!more) return Status::Ok();
        if (record.fault == Record::Fault::kNone && Blank(record)) continue;
        SW_RETURN_IF_ERROR(Row(record, ingest));
    }
}

Status Upload::Row(const Record& record, BatchIngest& ingest) {
    IncomingRow& row = ingest.row();
    row.hash = record.fault == Record::Fault::kTooLong ? hasher_.OfLongText(record.sha256)
                                                       : hasher_.OfText(record.bytes);
    if (ingest.WantsContent()) Read(record, row);
    return ingest.Add();
}

void Upload::Read(const Record& record, IncomingRow& row) {
    if (record.fault == Record::Fault::kTooLong)
        return RefuseRow(row, "LINE_TOO_LONG", "at most 1048576 bytes");
    if (record.fault == Record::Fault::kQuote)
        return RefuseRow(row, "QUOTE", "quotes around the whole cell, and doubled inside it");
    if (!ToUtf8(record.bytes))
        return RefuseRow(row, "UTF8",
                         charset_ == Charset::kGb18030 ? "valid GB18030" : "valid UTF-8");
    if (!csv_) return json_.Fill(line_, row);
    SplitCells(line_.data(), line_.size(), cells_);
    // What the header's empty last cells stand over is empty in the rows too.
    while (cells_.size() > columns_->size() && cells_.back().empty()) cells_.pop_back();
    columns_->Fill(cells_, row);
}

}  // namespace

Result<v1::Receipt> RunUpload(const DoorParts& parts, const type::v1::Principal& principal,
                              const v1::OpenPush& open, const UploadHints& hints,
                              http::BodyReader& body, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(const BatchSpec spec,
                        CheckOpen(parts.catalogue, parts.regions, principal, open));
    Upload upload(*spec.dataset, body);
    SW_RETURN_IF_ERROR(upload.Begin(hints));
    SW_ASSIGN_OR_RETURN(const std::unique_ptr<BatchIngest> ingest,
                        BatchIngest::Open(parts, spec, {}, Soon(deadline)));
    Status status = upload.Rows(*ingest);
    if (status.ok()) {
        Result<v1::Receipt> receipt = ingest->Close(ingest->next_sequence() - 1, Soon(deadline));
        if (receipt.ok()) return receipt;
        status = receipt.status();
    } else {
        ingest->Suspend();
    }
    status.metadata.emplace_back("last_durable_sequence", std::to_string(ingest->durable_now()));
    return status;
}

}  // namespace shouwang::gateway::feed
