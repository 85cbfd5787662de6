// A stream of bytes → records: CSV records (RFC 4180, quoted line breaks included) or lines.
// Streams: memory is bounded by the longest record that is accepted, whatever comes.
//
// A quote stands at the beginning of a cell, at its end, or doubled inside a quoted cell. Anywhere
// else, and where a quoted cell never ends, the record is broken: its first line is given back as
// such, and reading goes on with the next line, so that one forgotten quote costs one row and not
// the rest of the file. (Strictness also keeps this linear: a line cannot be read twice more than
// once.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::feed {

struct Record {
    enum class Fault { kNone, kTooLong, kQuote };
    Fault fault = Fault::kNone;
    std::string_view bytes;  // without line end; empty where kTooLong; valid until the next call
    std::string sha256;      // kTooLong: over the bytes that went past
};

class RecordReader {
public:
    enum class Format { kCsv, kLines };

    explicit RecordReader(http::BodyReader& body, std::size_t max_record = 1 << 20)
        : body_(body), max_record_(max_record) {}

    // What comes first, at least `bytes` long unless the body is shorter. Before the first Next.
    Result<std::string_view> Peek(std::size_t bytes);
    // Drops the first bytes of what was peeked (a byte order mark).
    void Skip(std::size_t bytes) { begin_ += bytes; }
    void SetFormat(Format format) { format_ = format; }

    // False at the end. Errors are the body's.
    Result<bool> Next(Record& record);

private:
    enum class State { kCellStart, kPlain, kQuoted, kQuoteInQuoted };
    enum class Scan { kMore, kEnd, kQuoteFault };

    Status Fill();
    Scan ScanCsv();
    Scan ScanLine();
    void Give(Record& record, std::size_t end);
    void GiveFirstLine(Record& record);
    Result<bool> GiveBroken(Record& record);
    Result<bool> SkipLong(Record& record);
    void SkipLineFeed();

    http::BodyReader& body_;
    const std::size_t max_record_;
    Format format_ = Format::kLines;
    std::string buffer_;
    std::size_t begin_ = 0;  // of the record in buffer_
    std::size_t at_ = 0;     // scanned up to here, counted from begin_
    State state_ = State::kCellStart;
    bool end_of_body_ = false;
    bool after_cr_ = false;  // a line feed that comes next belongs to the line end before
};

}  // namespace shouwang::gateway::feed
