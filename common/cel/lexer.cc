#include "common/cel/lexer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "common/base/bytes.h"

namespace shouwang::cel {
namespace {

constexpr std::size_t kMaxSource = std::size_t{16} * 1024;
// Longest first, so that ">=" is not read as ">".
constexpr std::array<std::string_view, 24> kSymbols = {
    "&&", "||", "<=", ">=", "==", "!=", "<", ">", "!", "+", "-", "*",
    "/",  "%",  "(",  ")",  "[",  "]",  ",", ".", "?", ":", "{", "}"};

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source) {}

    Result<std::vector<Token>> Run() {
        std::vector<Token> tokens;
        for (SkipBlank(); at_ < source_.size(); SkipBlank()) {
            Token token;
            token.place = place_;
            SW_RETURN_IF_ERROR(Next(token));
            tokens.push_back(std::move(token));
        }
        Token end;
        end.place = place_;
        tokens.push_back(end);
        return tokens;
    }

private:
    char Peek() const { return at_ < source_.size() ? source_[at_] : '\0'; }

    void Advance() {
        const char c = source_[at_++];
        if (c == '\n') {
            ++place_.line;
            place_.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) !=
                   0x80) {  // not inside a UTF-8 character
            ++place_.column;
        }
    }

    void SkipBlank() {
        while (at_ < source_.size()) {
            if (std::strchr(" \t\r\n", source_[at_]) != nullptr && source_[at_] != '\0') {
                Advance();
            } else if (source_.substr(at_, 2) == "//") {
                while (at_ < source_.size() && source_[at_] != '\n') Advance();
            } else {
                return;
            }
        }
    }

    Status Next(Token& token) {
        const char c = Peek();
        if (IsNameStart(c)) {
            token.kind = TokenKind::kName;
            for (; IsNamePart(Peek()); Advance()) token.text += Peek();
            return Status::Ok();
        }
        if (IsDigit(c)) return Number(token);
        if (c == '"' || c == '\'') return Text(token);
        for (std::string_view symbol : kSymbols) {
            if (source_.substr(at_, symbol.size()) != symbol) continue;
            token.kind = TokenKind::kSymbol;
            token.text = symbol;
            for (std::size_t i = 0; i < symbol.size(); ++i) Advance();
            return Status::Ok();
        }
        return ErrorAt("CEL_SYNTAX", token.place, "character that starts nothing");
    }

    Status Number(Token& token) {
        token.kind = TokenKind::kInt;
        int base = 10;
        if (Peek() == '0' && at_ + 1 < source_.size() &&
            (source_[at_ + 1] == 'x' || source_[at_ + 1] == 'X')) {
            base = 16;
            Advance();
            Advance();
        }
        const std::size_t start = at_;
        while (IsNamePart(Peek())) Advance();
        const std::string_view digits = source_.substr(start, at_ - start);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), token.value, base);
        if (error == std::errc::result_out_of_range)
            return ErrorAt("CEL_SYNTAX", token.place, "integer too large");
        if (error != std::errc() || end != digits.data() + digits.size()) {
            return ErrorAt("CEL_SYNTAX", token.place, "malformed integer");
        }
        if (Peek() == '.' && at_ + 1 < source_.size() && IsDigit(source_[at_ + 1])) {
            return ErrorAt("CEL_UNSUPPORTED", token.place,
                           "only integers; money is in fen, shares are in basis points");
        }
        return Status::Ok();
    }

    Status Text(Token& token) {
        token.kind = TokenKind::kString;
        const char quote = Peek();
        for (Advance(); Peek() != quote; Advance()) {
            if (at_ >= source_.size() || Peek() == '\n')
                return ErrorAt("CEL_SYNTAX", token.place, "string without end");
            if (Peek() == '\\') return ErrorAt("CEL_UNSUPPORTED", place_, "escape in a string");
            token.text += Peek();
        }
        Advance();
        return Status::Ok();
    }

    std::string_view source_;
    std::size_t at_ = 0;
    Place place_;
};

}  // namespace

Status ErrorAt(std::string reason, Place place, const std::string& what) {
    return MakeStatus(
        Code::kInvalidArgument, std::move(reason),
        what + " at " + std::to_string(place.line) + ":" + std::to_string(place.column));
}

Result<std::vector<Token>> Tokenize(std::string_view source) {
    if (source.size() > kMaxSource)
        return ErrorAt("CEL_UNSUPPORTED", Place{}, "expression longer than 16 KiB");
    if (!IsValidUtf8(source)) return ErrorAt("CEL_SYNTAX", Place{}, "expression is not UTF-8");
    return Lexer(source).Run();
}

}  // namespace shouwang::cel
