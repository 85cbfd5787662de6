#include "services/gateway/feed/records.h"

#include <algorithm>

#include "common/crypto/crypto.h"

namespace shouwang::gateway::feed {

Status RecordReader::Fill() {
    SW_ASSIGN_OR_RETURN(const std::string_view piece, body_.Next());
    end_of_body_ = piece.empty();
    if (begin_ > 0) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
    buffer_ += piece;
    return Status::Ok();
}

Result<std::string_view> RecordReader::Peek(std::size_t bytes) {
    while (buffer_.size() - begin_ < bytes && !end_of_body_) SW_RETURN_IF_ERROR(Fill());
    return std::string_view(buffer_).substr(begin_, bytes);
}

void RecordReader::SkipLineFeed() {
    if (!after_cr_ || begin_ >= buffer_.size()) return;
    if (buffer_[begin_] == '\n') ++begin_;
    after_cr_ = false;
}

RecordReader::Scan RecordReader::ScanLine() {
    const std::size_t end = buffer_.find('\n', begin_ + at_);
    at_ = (end == buffer_.npos ? buffer_.size() : end) - begin_;
    return end == buffer_.npos ? Scan::kMore : Scan::kEnd;
}

RecordReader::Scan RecordReader::ScanCsv() {
    const char* const from = buffer_.data() + begin_;
    const std::size_t size = buffer_.size() - begin_;
    for (; at_ < size; ++at_) {
        const char c = from[at_];
        if (state_ == State::kQuoted) {
            const char* const quote = std::char_traits<char>::find(from + at_, size - at_, '"');
            if (quote == nullptr) {
                at_ = size;
                break;
            }
            at_ = static_cast<std::size_t>(quote - from);
            state_ = State::kQuoteInQuoted;
        } else if (c == ',') {
            state_ = State::kCellStart;
        } else if (c == '\n' || c == '\r') {
            return Scan::kEnd;
        } else if (c == '"') {
            if (state_ == State::kPlain) return Scan::kQuoteFault;
            state_ = State::kQuoted;  // opens a cell, or the second of a doubled one
        } else {
            if (state_ == State::kQuoteInQuoted) return Scan::kQuoteFault;
            state_ = State::kPlain;
        }
    }
    return Scan::kMore;
}

void RecordReader::Give(Record& record, std::size_t end) {
    record.fault = Record::Fault::kNone;
    record.bytes = std::string_view(buffer_).substr(begin_, end);
    if (format_ == Format::kLines && record.bytes.ends_with('\r')) record.bytes.remove_suffix(1);
    const std::size_t next = begin_ + end;
    after_cr_ = next < buffer_.size() && buffer_[next] == '\r';
    begin_ = std::min(next + 1, buffer_.size());
    at_ = 0;
    state_ = State::kCellStart;
}

void RecordReader::GiveFirstLine(Record& record) {
    const std::size_t end = std::min(buffer_.find_first_of("\r\n", begin_), buffer_.size());
    Give(record, end - begin_);
    record.fault = Record::Fault::kQuote;
}

Result<bool> RecordReader::SkipLong(Record& record) {
    crypto::Sha256Stream hash;
    const char* const ends = format_ == Format::kCsv ? "\r\n" : "\n";
    for (;;) {
        const std::size_t end = buffer_.find_first_of(ends, begin_);
        const std::size_t until = std::min(end, buffer_.size());
        hash.Update(std::string_view(buffer_).substr(begin_, until - begin_));
        begin_ = until;
        if (end != buffer_.npos || end_of_body_) break;
        SW_RETURN_IF_ERROR(Fill());
    }
    Give(record, 0);
    record.fault = Record::Fault::kTooLong;
    record.sha256 = hash.Finish();
    return true;
}

// A record that cannot be held or read: its first line where that is short enough to be shown as
// broken, else what goes up to the next line end. Judged by positions alone, never by how the body
// was cut into pieces.
Result<bool> RecordReader::GiveBroken(Record& record) {
    std::size_t line = buffer_.find_first_of("\r\n", begin_);
    while (line == buffer_.npos && buffer_.size() - begin_ <= max_record_ && !end_of_body_) {
        const std::size_t seen = buffer_.size() - begin_;
        SW_RETURN_IF_ERROR(Fill());
        line = buffer_.find_first_of("\r\n", begin_ + seen);
    }
    if (std::min(line, buffer_.size()) - begin_ > max_record_) return SkipLong(record);
    GiveFirstLine(record);
    return true;
}

Result<bool> RecordReader::Next(Record& record) {
    for (;;) {
        SkipLineFeed();
        const Scan scan = format_ == Format::kCsv ? ScanCsv() : ScanLine();
        if (at_ > max_record_ && format_ == Format::kLines) return SkipLong(record);
        if (at_ > max_record_ || scan == Scan::kQuoteFault) return GiveBroken(record);
        if (scan == Scan::kEnd) {
            Give(record, at_);
            return true;
        }
        if (end_of_body_) {
            if (begin_ == buffer_.size()) return false;
            if (state_ == State::kQuoted) return GiveBroken(record);
            Give(record, buffer_.size() - begin_);
            return true;
        }
        SW_RETURN_IF_ERROR(Fill());
    }
}

}  // namespace shouwang::gateway::feed
