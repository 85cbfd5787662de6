// The code on a household's door (一户一码): 26 characters of an opaque random id, the issue number as 4 bytes, and an HMAC-SM3 tag over both.
// No personal data; guessing one is guessing 128 bits, making one needs the key. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shouwang::monitoring::domain {

struct CodeParts {
    std::string opaque_id;  // 26 characters
    std::uint32_t issue = 0;
};

// Crockford's base 32: digits and capitals without I, L, O, U. 16 bytes give 26 characters.
std::string Base32(std::string_view bytes);
// "7ZK4…26…-0000001-9QX3…16…": 51 characters, the alphabet of a QR code's alphanumeric mode.
std::string EncodeHouseholdCode(const CodeParts& parts, std::string_view key);
// Forgives blanks, missing or additional hyphens, small letters, and O, I, L for 0, 1, 1. nullopt: not made with this key.
std::optional<CodeParts> ParseHouseholdCode(std::string_view text, std::string_view key);
// The forgiving form of anything people type from paper: capitals without blanks and hyphens.
std::string TypedCode(std::string_view text);

}  // namespace shouwang::monitoring::domain
