// Bodies that may be gzip: bounded, and the same whatever pieces they came in.
#include "services/gateway/feed/gunzip.h"
#include "services/gateway/feed/testing/door_world.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 2000;

namespace shouwang::gateway::feed {
namespace {

constexpr GunzipLimits kLimits{.ratio = 100, .ratio_from = 1 << 20, .total = 4 << 20};

struct Out {
    std::string bytes, reason;
};

Out Unpack(std::string_view packed, std::size_t piece) {
    testing::StringBody body(std::string(packed), piece);
    PlainBody plain(body, kLimits);
    Out out;
    for (;;) {
        const auto next = plain.Next();
        if (!next.ok()) {
            out.reason = next.status().reason;
            fuzz::Require(out.reason == "GZIP_BROKEN" || out.reason == "GZIP_TRUNCATED" || out.reason == "DECOMPRESSED_TOO_LARGE",
                          "only declared errors");
            return out;
        }
        if (next->empty()) return out;
        out.bytes += *next;
        fuzz::Require(out.bytes.size() <= kLimits.total || out.bytes == packed, "no more comes out than is allowed");
    }
}

}  // namespace
}  // namespace shouwang::gateway::feed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using shouwang::fuzz::Require;
    const std::string_view packed(reinterpret_cast<const char*>(data), size);
    const auto whole = shouwang::gateway::feed::Unpack(packed, 1 << 20);
    const auto pieces = shouwang::gateway::feed::Unpack(packed, 1 + size % 5);
    Require(whole.reason == pieces.reason && whole.bytes == pieces.bytes, "what comes out does not depend on the pieces");
    if (!packed.starts_with("\x1f\x8b")) Require(whole.bytes == packed && whole.reason.empty(), "what is not gzip goes through as it is");
    return 0;
}
