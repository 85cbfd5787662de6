#include "common/model/value_check.h"

#include <re2/re2.h>

#include "common/base/bytes.h"
#include "common/base/identity_number.h"
#include "common/base/region_code.h"

namespace shouwang::model::internal {
namespace {

bool AllDigits(std::string_view text) {
    for (char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return !text.empty();
}

bool HasControl(std::string_view text) {
    for (char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if ((u < 0x20 && c != '\t' && c != '\n' && c != '\r') || u == 0x7f) return true;
    }
    return false;
}

bool IsAscii(std::string_view text) {
    for (char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

// Length of the UTF-8 sequence that starts here, 0 where broken.
std::size_t SequenceLength(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t n = lead < 0x80   ? 1
                          : lead < 0xc2 ? 0
                          : lead < 0xe0 ? 2
                          : lead < 0xf0 ? 3
                          : lead < 0xf5 ? 4
                                        : 0;
    return n != 0 && text.size() >= n && IsValidUtf8(text.substr(0, n)) ? n : 0;
}

}  // namespace

std::optional<Finding> CheckPlain(std::string_view text, std::size_t max_length) {
    if (!IsAscii(text) && !IsValidUtf8(text)) return Finding{"UTF8", "UTF-8 text"};
    if (HasControl(text)) return Finding{"FORMAT", "no control characters"};
    // Bytes bound code points, so most texts need no counting.
    if (text.size() > max_length && Utf8Length(text) > max_length) {
        return Finding{"LENGTH", "at most " + std::to_string(max_length) + " characters"};
    }
    return std::nullopt;
}

std::optional<Date> ReadDay(options::v1::Format format, std::string_view text) {
    switch (format) {
        case options::v1::FORMAT_DATE:
            return Date::Parse(text);
        case options::v1::FORMAT_MONTH: {
            const auto month = Month::Parse(text);
            if (!month) return std::nullopt;
            return month->last_day();
        }
        case options::v1::FORMAT_YEAR: {
            if (text.size() != 4 || !AllDigits(text)) return std::nullopt;
            const int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 +
                             (text[3] - '0');
            if (year < 1900 || year > 2199) return std::nullopt;
            return Date::FromCivil(year, 12, 31);
        }
        default:
            return std::nullopt;
    }
}

bool IsFuture(options::v1::Format format, Date day, Date today) {
    switch (format) {
        case options::v1::FORMAT_MONTH:
            return Month::Of(day) > Month::Of(today);
        case options::v1::FORMAT_YEAR:
            return day.year() > today.year();
        default:
            return day > today;
    }
}

std::optional<std::string> NormalPhone(std::string_view text) {
    text = Trim(text);
    if (text.substr(0, 3) == "+86") text.remove_prefix(3);
    std::string digits;
    digits.reserve(text.size());
    for (char c : text) {
        if (c >= '0' && c <= '9') {
            digits.push_back(c);
        } else if (c != ' ' && c != '-') {
            return std::nullopt;
        }
    }
    const bool mobile = digits.size() == 11 && digits[0] == '1' && digits[1] >= '3';
    // Area code of 3 or 4 digits and a number of 7 or 8.
    const bool land =
        digits.size() >= 10 && digits.size() <= 12 && digits[0] == '0' && digits[1] != '0';
    if (!mobile && !land) return std::nullopt;
    return digits;
}

std::string WantFormat(const options::v1::Constraint& constraint) {
    switch (constraint.format()) {
        case options::v1::FORMAT_DATE:
            return "YYYY-MM-DD";
        case options::v1::FORMAT_MONTH:
            return "YYYY-MM";
        case options::v1::FORMAT_YEAR:
            return "YYYY";
        case options::v1::FORMAT_REGION12:
            return constraint.region_any_level() ? "division code of 2, 4, 6, 9 or 12 digits"
                                                 : "12-digit division code of a village";
        case options::v1::FORMAT_IDENTITY:
            return "identity number of 18 characters (or 15, or a certificate of 20 or 22)";
        case options::v1::FORMAT_USCC:
            return "unified social credit code of 18 characters";
        case options::v1::FORMAT_PHONE:
            return "11-digit mobile number, or land line with area code";
        case options::v1::FORMAT_TIMESTAMP:
            return "RFC 3339 time";
        default:
            return constraint.pattern().empty() ? "text" : "pattern " + constraint.pattern();
    }
}

std::string WantRange(const options::v1::Constraint& constraint) {
    const std::string unit = constraint.unit() == options::v1::UNIT_FEN ? " fen" : "";
    if (!constraint.has_max()) return "at least " + std::to_string(constraint.min()) + unit;
    if (!constraint.has_min()) return "at most " + std::to_string(constraint.max()) + unit;
    return std::to_string(constraint.min()) + " to " + std::to_string(constraint.max()) + unit;
}

std::optional<Finding> CheckFormat(const options::v1::Constraint& constraint,
                                   const re2::RE2* pattern, std::string_view text) {
    bool good = true;
    const char* code = "FORMAT";
    switch (constraint.format()) {
        case options::v1::FORMAT_DATE:
        case options::v1::FORMAT_MONTH:
        case options::v1::FORMAT_YEAR:
            good = ReadDay(constraint.format(), text).has_value();
            break;
        case options::v1::FORMAT_REGION12: {
            const int level = RegionLevel(text);
            good = constraint.region_any_level() ? level >= 1 : level == 5;
            break;
        }
        case options::v1::FORMAT_IDENTITY:
            if (const auto parsed = IdentityNumber::Parse(text); !parsed.ok()) {
                return Finding{"FORMAT", WantFormat(constraint)};
            }
            break;
        case options::v1::FORMAT_USCC:
            good = CheckUscc(text) !=
                   UsccCheck::kMalformed;  // a wrong checksum is a warning, never a rejection
            break;
        case options::v1::FORMAT_PHONE:
            good = NormalPhone(text).has_value();
            code = "PHONE";
            break;
        case options::v1::FORMAT_TIMESTAMP:
            good = ParseRfc3339(text).has_value();
            break;
        default:
            break;
    }
    if (!good) return Finding{code, WantFormat(constraint)};
    if (pattern != nullptr && !MatchesPattern(*pattern, text))
        return Finding{"PATTERN", "pattern " + constraint.pattern()};
    return std::nullopt;
}

bool MatchesPattern(const re2::RE2& pattern, std::string_view text) {
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

std::string_view Trim(std::string_view text) {
    constexpr std::string_view kWide = "\xe3\x80\x80", kBom = "\xef\xbb\xbf";
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    for (;;) {
        if (!text.empty() && blank(text.front())) {
            text.remove_prefix(1);
        } else if (text.substr(0, 3) == kWide || text.substr(0, 3) == kBom) {
            text.remove_prefix(3);
        } else {
            break;
        }
    }
    for (;;) {
        if (!text.empty() && blank(text.back())) {
            text.remove_suffix(1);
        } else if (text.size() >= 3 && text.substr(text.size() - 3) == kWide) {
            text.remove_suffix(3);
        } else {
            break;
        }
    }
    return text;
}

std::string Shorten(std::string_view text, std::size_t limit) {
    std::string out;
    std::size_t points = 0, last = 0;
    while (!text.empty()) {
        if (points == limit) {
            out.resize(last);
            out += "…";
            break;
        }
        last = out.size();
        const std::size_t n = SequenceLength(text);
        if (n == 0 || (n == 1 && static_cast<unsigned char>(text[0]) < 0x20)) {
            out += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            out += text.substr(0, n);
            text.remove_prefix(n);
        }
        ++points;
    }
    return out;
}

}  // namespace shouwang::model::internal
