// Tokens of an expression, each with its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace shouwang::cel {

// 1-based; columns count characters, not bytes.
struct Place {
    int line = 1;
    int column = 1;
};

// INVALID_ARGUMENT with "… at <line>:<column>".
Status ErrorAt(std::string reason, Place place, const std::string& what);

enum class TokenKind : std::uint8_t { kEnd, kInt, kString, kName, kSymbol };

struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::string text;         // name, symbol, or the string's value
    std::uint64_t value = 0;  // kInt: the magnitude
    Place place;
};

// The last token is kEnd.
Result<std::vector<Token>> Tokenize(std::string_view source);

}  // namespace shouwang::cel
