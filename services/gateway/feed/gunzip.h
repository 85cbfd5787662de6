// Body pieces as sent → plain bytes: gunzips where the bytes begin with gzip's magic number, which
// no CSV or NDJSON does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "services/gateway/http/router.h"

struct z_stream_s;

namespace shouwang::gateway::feed {

struct GunzipLimits {
    std::uint64_t ratio = 100;               // out : in …
    std::uint64_t ratio_from = 64ULL << 20;  // … once this much has come out
    std::uint64_t total = 8ULL << 30;
};

// Errors besides the body's own: INVALID_ARGUMENT GZIP_BROKEN, GZIP_TRUNCATED,
// DECOMPRESSED_TOO_LARGE. Memory: one piece in, one out.
class PlainBody final : public http::BodyReader {
public:
    explicit PlainBody(http::BodyReader& body, GunzipLimits limits = {});
    ~PlainBody() override;
    Result<std::string_view> Next() override;

private:
    Result<std::string_view> Inflate();
    Status StartInflate();
    bool FinishMember();

    http::BodyReader& body_;
    const GunzipLimits limits_;
    std::string head_;  // first bytes, held back until the magic number is decided
    enum class Mode { kUndecided, kPlain, kGzip, kEnd } mode_ = Mode::kUndecided;
    std::unique_ptr<z_stream_s> stream_;
    std::string out_;
    std::uint64_t in_total_ = 0, out_total_ = 0;
    bool member_open_ = false;
};

}  // namespace shouwang::gateway::feed
