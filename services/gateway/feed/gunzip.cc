#include "services/gateway/feed/gunzip.h"

#include <zlib.h>

namespace shouwang::gateway::feed {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::string_view kMagic = "\x1f\x8b";

Status Broken() {
    return MakeStatus(Code::kInvalidArgument, "GZIP_BROKEN", "the body is not valid gzip");
}

}  // namespace

PlainBody::PlainBody(http::BodyReader& body, GunzipLimits limits) : body_(body), limits_(limits) {}

PlainBody::~PlainBody() {
    if (stream_) inflateEnd(stream_.get());
}

Result<std::string_view> PlainBody::Next() {
    while (mode_ == Mode::kUndecided) {
        SW_ASSIGN_OR_RETURN(const std::string_view piece, body_.Next());
        head_ += piece;
        if (head_.size() < kMagic.size() && !piece.empty()) continue;
        mode_ = head_.starts_with(kMagic) ? Mode::kGzip : Mode::kPlain;
        if (mode_ == Mode::kGzip) {
            SW_RETURN_IF_ERROR(StartInflate());
        } else if (!head_.empty()) {
            return std::string_view(head_);
        }
    }
    if (mode_ == Mode::kEnd) return std::string_view();
    return mode_ == Mode::kGzip ? Inflate() : body_.Next();
}

Status PlainBody::StartInflate() {
    stream_ = std::make_unique<z_stream_s>();
    if (inflateInit2(stream_.get(), 15 + 16) != Z_OK) {
        stream_.reset();
        return MakeStatus(Code::kResourceExhausted, "GZIP_MEMORY", "no memory to decompress");
    }
    member_open_ = true;
    stream_->next_in = reinterpret_cast<Bytef*>(head_.data());
    stream_->avail_in = static_cast<uInt>(head_.size());
    in_total_ = head_.size();
    out_.resize(kPiece);
    return Status::Ok();
}

// After a member's end: true where another one begins. Padding zeros, as tape tools write them, end
// the file.
bool PlainBody::FinishMember() {
    member_open_ = false;
    while (stream_->avail_in > 0 && *stream_->next_in == 0) {
        ++stream_->next_in;
        --stream_->avail_in;
    }
    if (stream_->avail_in == 0) return false;
    member_open_ = true;
    return inflateReset(stream_.get()) == Z_OK;
}

Result<std::string_view> PlainBody::Inflate() {
    stream_->next_out = reinterpret_cast<Bytef*>(out_.data());
    stream_->avail_out = kPiece;
    while (stream_->avail_out == kPiece) {
        if (stream_->avail_in == 0) {
            SW_ASSIGN_OR_RETURN(const std::string_view piece, body_.Next());
            if (piece.empty()) {
                if (member_open_)
                    return MakeStatus(Code::kInvalidArgument, "GZIP_TRUNCATED",
                                      "the compressed body ends too early");
                mode_ = Mode::kEnd;
                return std::string_view();
            }
            stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
            stream_->avail_in = static_cast<uInt>(piece.size());
            in_total_ += piece.size();
        }
        if (!member_open_ && !FinishMember()) continue;
        const int result = inflate(stream_.get(), Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            FinishMember();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return Broken();
        }
    }
    const std::size_t made = kPiece - stream_->avail_out;
    out_total_ += made;
    if (out_total_ > limits_.total ||
        (out_total_ > limits_.ratio_from && out_total_ / limits_.ratio > in_total_)) {
        return MakeStatus(Code::kInvalidArgument, "DECOMPRESSED_TOO_LARGE",
                          "the body expands beyond what is accepted");
    }
    return std::string_view(out_.data(), made);
}

}  // namespace shouwang::gateway::feed
