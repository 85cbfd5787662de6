#include "common/outbox/envelope.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "common/base/bytes.h"
#include "common/base/date.h"
#include "shouwang/event/v1/envelope.pb.h"

namespace shouwang::outbox {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// A system call an event would cost more than writing the event.
class RandomPage {
public:
    const unsigned char* Take16() {
        if (at_ == bytes_.size()) Fill();
        const unsigned char* out = bytes_.data() + at_;
        at_ += 16;
        return out;
    }

private:
    void Fill() {
        std::size_t have = 0;
        while (have < bytes_.size()) {
            const ssize_t n = getrandom(bytes_.data() + have, bytes_.size() - have, 0);
            if (n < 0 && errno != EINTR) std::abort();
            if (n > 0) have += static_cast<std::size_t>(n);
        }
        at_ = 0;
    }
    std::array<unsigned char, 4096> bytes_;
    std::size_t at_ = bytes_.size();
};

}  // namespace

std::int16_t ShardOf(std::string_view aggregate) {
    return static_cast<std::int16_t>(Hash64(aggregate) % kShards);
}

std::string NewEventId() {
    thread_local RandomPage page;
    const unsigned char* bytes = page.Take16();
    std::string out;
    out.reserve(36);
    for (int i = 0; i < 16; ++i) {
        unsigned byte = bytes[i];
        if (i == 6) byte = (byte & 0x0f) | 0x40;
        if (i == 8) byte = (byte & 0x3f) | 0x80;
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
    }
    return out;
}

bus::Headers HeadersOf(std::string_view bytes) {
    thread_local event::v1::Envelope e;
    if (!e.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
    const TimePoint time{std::chrono::seconds(e.time().seconds()) +
                         std::chrono::nanoseconds(e.time().nanos())};
    bus::Headers headers;
    headers.reserve(10);
    headers.emplace_back("content-type", "application/protobuf");
    headers.emplace_back("ce_specversion", "1.0");
    headers.emplace_back("ce_id", e.id());
    headers.emplace_back("ce_source", e.source());
    headers.emplace_back("ce_type", e.type());
    headers.emplace_back("ce_time", ToRfc3339(time));
    headers.emplace_back("ce_partitionkey", e.partition_key());
    if (!e.subject().empty()) headers.emplace_back("ce_subject", e.subject());
    if (!e.correlation_id().empty()) headers.emplace_back("ce_correlationid", e.correlation_id());
    if (!e.traceparent().empty()) headers.emplace_back("traceparent", e.traceparent());
    return headers;
}

}  // namespace shouwang::outbox
