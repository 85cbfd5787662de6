// Small conversions used everywhere. All total: nullopt where the input is malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shouwang {

std::string HexEncode(std::string_view bytes);
std::optional<std::string> HexDecode(std::string_view hex);
std::string Base64UrlEncode(std::string_view bytes);  // without padding
std::optional<std::string> Base64UrlDecode(std::string_view text);
std::string Base64Encode(std::string_view bytes);     // standard alphabet, padded
std::optional<std::string> Base64Decode(std::string_view text);
std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed = 0);  // stable across machines and releases (XXH64); not for secrets
std::uint32_t Murmur2(std::string_view bytes);                         // as Kafka's Java client hashes keys
int KafkaPartition(std::string_view key, int partitions);                // where Java's default partitioner puts it; partitions >= 1
bool IsValidUtf8(std::string_view text);
std::size_t Utf8Length(std::string_view text);                         // code points
std::string Uuid4();                                                   // random, from the operating system

}  // namespace shouwang
