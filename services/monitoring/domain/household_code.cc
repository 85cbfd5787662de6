#include "services/monitoring/domain/household_code.h"

#include <array>

#include "common/crypto/crypto.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kPurpose = "shouwang household code";
constexpr std::size_t kId = 26, kIssue = 7, kTag = 16, kTagBytes = 10;

std::string BigEndian(std::uint32_t n) {
    return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::string Tag(const CodeParts& parts, std::string_view key) {
    const std::string message = std::string(kPurpose) + '\0' + parts.opaque_id + BigEndian(parts.issue);
    return Base32(crypto::HmacSm3(key, message).substr(0, kTagBytes));
}

// The issue number from its 7 characters; nullopt where they are not the 4 bytes' own.
std::optional<std::uint32_t> IssueOf(std::string_view text) {
    std::uint64_t bits = 0;
    for (const char c : text) {
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 5 | value;
    }
    const auto issue = static_cast<std::uint32_t>(bits >> 3);  // 35 bits hold 32
    return Base32(BigEndian(issue)) == text ? std::optional(issue) : std::nullopt;
}

}  // namespace

std::string Base32(std::string_view bytes) {
    std::string out;
    std::uint32_t buffer = 0;
    int held = 0;
    for (const char c : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 5; held -= 5) out += kAlphabet[buffer >> (held - 5) & 31u];
    }
    if (held > 0) out += kAlphabet[buffer << (5 - held) & 31u];
    return out;
}

std::string TypedCode(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        out += c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    }
    return out;
}

std::string EncodeHouseholdCode(const CodeParts& parts, std::string_view key) {
    return parts.opaque_id + "-" + Base32(BigEndian(parts.issue)) + "-" + Tag(parts, key);
}

std::optional<CodeParts> ParseHouseholdCode(std::string_view text, std::string_view key) {
    const std::string typed = TypedCode(text);
    if (typed.size() != kId + kIssue + kTag) return std::nullopt;
    const auto issue = IssueOf(std::string_view(typed).substr(kId, kIssue));
    if (!issue) return std::nullopt;
    CodeParts parts{typed.substr(0, kId), *issue};
    if (!crypto::ConstantTimeEqual(Tag(parts, key), std::string_view(typed).substr(kId + kIssue))) return std::nullopt;
    return parts;
}

}  // namespace shouwang::monitoring::domain
