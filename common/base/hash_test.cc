#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "common/base/bytes.h"

namespace shouwang {
namespace {

std::string Bytes(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out.push_back(static_cast<char>(i));
    return out;
}

std::string Repeat(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

// From the reference implementation (xxHash 0.8.1); lengths on both sides of every step of the algorithm.
TEST(Hash64Test, AgreesWithXxh64) {
    const struct {
        std::string bytes;
        std::uint64_t seed, expected;
    } cases[] = {
        {"", 0, 0xef46db3751d8e999},
        {"a", 0, 0xd24ec4f1a98c6e5b},
        {"abc", 0, 0x44bc2cf5ad770999},
        {"", 1, 0xd5afba1336a3be4b},
        {"0123456789abcdef0123456789abcde", 0, 0x1fdfc63febacfde7},
        {"0123456789abcdef0123456789abcdef", 0, 0x642a94958e71e6c5},
        {Repeat("守望", 20), 42, 0x7e8f2bc7aa06348a},
        {Bytes(0, 100), 2654435761, 0x8832442a88284f11},
    };
    for (const auto& c : cases) EXPECT_EQ(Hash64(c.bytes, c.seed), c.expected) << c.bytes.size();
}

// From Kafka's own test (org.apache.kafka.common.utils.UtilsTest.testMurmur2): signed 32-bit numbers.
TEST(Murmur2Test, AgreesWithKafka) {
    const struct {
        const char* key;
        std::int32_t expected;
    } cases[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(static_cast<std::int32_t>(Murmur2(c.key)), c.expected) << c.key;
    }
}

// Written out from the Java source with Java's types: bytes are signed, and masked before they are shifted.
std::int32_t JavaMurmur2(const std::string& data) {
    const auto byte = [&](std::size_t i) { return std::int32_t{static_cast<std::int8_t>(data[i])}; };
    const auto shl = [](std::int32_t v, int n) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(v) << n);
    };
    const auto ushr = [](std::int32_t v, int n) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(v) >> n);
    };
    const auto mul = [](std::int32_t a, std::int32_t b) {
        return static_cast<std::int32_t>(static_cast<std::int64_t>(a) * b);
    };
    const std::int32_t m = 0x5bd1e995;
    const auto length = static_cast<std::int32_t>(data.size());
    std::int32_t h = static_cast<std::int32_t>(0x9747b28c) ^ length;
    for (std::int32_t i = 0; i < length / 4; ++i) {
        const auto at = static_cast<std::size_t>(i) * 4;
        std::int32_t k = (byte(at) & 0xff) + shl(byte(at + 1) & 0xff, 8) +
                         shl(byte(at + 2) & 0xff, 16) + shl(byte(at + 3) & 0xff, 24);
        k = mul(k, m);
        k ^= ushr(k, 24);
        k = mul(k, m);
        h = mul(h, m);
        h ^= k;
    }
    const auto tail = static_cast<std::size_t>(length & ~3);
    switch (length % 4) {
        case 3: h ^= shl(byte(tail + 2) & 0xff, 16); [[fallthrough]];
        case 2: h ^= shl(byte(tail + 1) & 0xff, 8); [[fallthrough]];
        case 1: h ^= byte(tail) & 0xff; h = mul(h, m);
    }
    h ^= ushr(h, 13);
    h = mul(h, m);
    h ^= ushr(h, 15);
    return h;
}

TEST(Murmur2Test, CountsBytesAbove127AsJavaDoes) {
    for (int length = 0; length < 70; ++length) {
        const std::string key = Bytes(200 - length, 200);
        EXPECT_EQ(static_cast<std::int32_t>(Murmur2(key)), JavaMurmur2(key)) << length;
    }
    EXPECT_EQ(static_cast<std::int32_t>(Murmur2("守望")), JavaMurmur2("守望"));
}

TEST(KafkaPartitionTest, ClearsTheSignAsKafkaDoes) {
    // toPositive(-973932308) = 1173551340, toPositive(479470107) = 479470107.
    EXPECT_EQ(KafkaPartition("21", 12), 1173551340 % 12);
    EXPECT_EQ(KafkaPartition("abc", 12), 479470107 % 12);
    EXPECT_EQ(KafkaPartition("21", 1), 0);
}

}  // namespace
}  // namespace shouwang
