// XXH64 after the xxHash specification 0.1.1, and murmur2 as org.apache.kafka.common.utils.Utils computes it.
#include <bit>
#include <cstdint>
#include <cstring>

#include "common/base/bytes.h"

namespace shouwang {
namespace {

static_assert(std::endian::native == std::endian::little, "both hashes read little-endian words");

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;

template <typename T>
T Load(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

std::uint64_t Round(std::uint64_t accumulator, std::uint64_t lane) {
    return std::rotl(accumulator + lane * kPrime2, 31) * kPrime1;
}

std::uint64_t Merge(std::uint64_t hash, std::uint64_t accumulator) {
    return (hash ^ Round(0, accumulator)) * kPrime1 + kPrime4;
}

}  // namespace

std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    std::uint64_t hash = seed + kPrime5;
    if (bytes.size() >= 32) {
        std::uint64_t a = seed + kPrime1 + kPrime2;
        std::uint64_t b = seed + kPrime2;
        std::uint64_t c = seed;
        std::uint64_t d = seed - kPrime1;
        for (; end - at >= 32; at += 32) {
            a = Round(a, Load<std::uint64_t>(at));
            b = Round(b, Load<std::uint64_t>(at + 8));
            c = Round(c, Load<std::uint64_t>(at + 16));
            d = Round(d, Load<std::uint64_t>(at + 24));
        }
        hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
        for (const std::uint64_t accumulator : {a, b, c, d}) hash = Merge(hash, accumulator);
    }
    hash += bytes.size();
    for (; end - at >= 8; at += 8) {
        hash = std::rotl(hash ^ Round(0, Load<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
    }
    if (end - at >= 4) {
        hash = std::rotl(hash ^ (Load<std::uint32_t>(at) * kPrime1), 23) * kPrime2 + kPrime3;
        at += 4;
    }
    for (; at != end; ++at) {
        hash = std::rotl(hash ^ (static_cast<unsigned char>(*at) * kPrime5), 11) * kPrime1;
    }
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return hash ^ (hash >> 32);
}

std::uint32_t Murmur2(std::string_view bytes) {
    constexpr std::uint32_t kSeed = 0x9747b28c;
    constexpr std::uint32_t kM = 0x5bd1e995;
    std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
    const std::size_t whole = bytes.size() & ~std::size_t{3};
    for (std::size_t i = 0; i < whole; i += 4) {
        std::uint32_t k = Load<std::uint32_t>(bytes.data() + i) * kM;
        k = (k ^ (k >> 24)) * kM;
        hash = (hash * kM) ^ k;
    }
    // Java masks each signed byte with 0xff before it shifts; so bytes above 127 count as unsigned here too.
    std::uint32_t rest = 0;
    for (std::size_t i = bytes.size(); i > whole; --i) {
        rest = (rest << 8) | static_cast<unsigned char>(bytes[i - 1]);
    }
    if (whole != bytes.size()) hash = (hash ^ rest) * kM;
    hash = (hash ^ (hash >> 13)) * kM;
    return hash ^ (hash >> 15);
}

int KafkaPartition(std::string_view key, int partitions) {
    return static_cast<int>((Murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions));
}

}  // namespace shouwang
