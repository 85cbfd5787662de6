#include "common/base/identity_number.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/base/bytes.h"

namespace shouwang {
namespace {

constexpr std::array<int, 17> kIdentityWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6,
                                                  3, 7, 9,  10, 5, 8, 4, 2};
constexpr std::string_view kIdentityCheck = "10X98765432";
// The standard's own example was born in 1880; earlier years are typing errors.
constexpr int kFirstBirthYear = 1800;
constexpr int kLastBirthYear = 2199;

constexpr std::string_view kUsccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr std::array<int, 17> kUsccWeights = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                              29, 25, 13, 8,  24, 10, 30, 28};

bool AllDigits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int Number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

bool EatPrefix(std::string_view* text, std::string_view prefix) {
    if (!text->starts_with(prefix)) return false;
    text->remove_prefix(prefix.size());
    return true;
}

bool EatSuffix(std::string_view* text, std::string_view suffix) {
    if (!text->ends_with(suffix)) return false;
    text->remove_suffix(suffix.size());
    return true;
}

// Blanks as spreadsheets leave them: ASCII, no-break, ideographic, byte order mark.
std::string_view TrimBlanks(std::string_view text) {
    constexpr std::array<std::string_view, 8> kBlanks = {
        " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\ufeff", "\u200b"};
    for (bool again = true; again;) {
        again = false;
        for (const auto blank : kBlanks) {
            again |= EatPrefix(&text, blank);
            again |= EatSuffix(&text, blank);
        }
    }
    return text;
}

// Upper-case ASCII; the full-width forms of X become X.
std::string Normalise(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (EatPrefix(&text, "Ｘ") || EatPrefix(&text, "ｘ")) {
            out.push_back('X');
            continue;
        }
        const char c = text.front();
        out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        text.remove_prefix(1);
    }
    return out;
}

Status Wrong(std::string reason, std::string message) {
    return MakeStatus(Code::kInvalidArgument, std::move(reason), std::move(message));
}

// Behind the first 18 characters of a disability certificate: type, grade, and where it was issued again either two digits or
// "B" and a digit.
bool CertificateTailIsRight(std::string_view tail) {
    if (tail[0] < '1' || tail[0] > '7' || tail[1] < '1' || tail[1] > '4') return false;
    if (tail.size() == 2) return true;
    return (tail[2] == 'B' || AllDigits(tail.substr(2, 1))) && AllDigits(tail.substr(3, 1));
}

}  // namespace

char IdentityCheckCharacter(std::string_view first17) {
    int sum = 0;
    for (std::size_t i = 0; i < kIdentityWeights.size(); ++i) {
        sum += (first17[i] - '0') * kIdentityWeights[i];
    }
    return kIdentityCheck[static_cast<std::size_t>(sum % 11)];
}

Result<IdentityNumber> IdentityNumber::Parse(std::string_view text) {
    std::string number = Normalise(TrimBlanks(text));
    const std::size_t length = AllDigits(number) ? number.size() : Utf8Length(number);
    if (length != 15 && length != 18 && length != 20 && length != 22) {
        return Wrong("IDENTITY_LENGTH", "an identity number has 18 characters");
    }
    // A character of several bytes is never right; number.size() > length finds it wherever it stands.
    const std::string_view head = std::string_view(number).substr(0, length == 15 ? 15 : 17);
    if (number.size() != length || !AllDigits(head)) {
        return Wrong("IDENTITY_CHARACTER", "an identity number has digits and at its end perhaps X");
    }
    if (length == 15) {
        // Numbers before 1999: no century, no check character. 996 to 999 marked people born before 1900.
        const bool centenarian = number.compare(12, 3, "996") >= 0;
        number.insert(6, centenarian ? "18" : "19");
        number.push_back(IdentityCheckCharacter(number));
    }
    if (number[17] != 'X' && !AllDigits(std::string_view(number).substr(17, 1))) {
        return Wrong("IDENTITY_CHARACTER", "an identity number ends with a digit or X");
    }
    const std::string_view digits = number;
    const int year = Number(digits.substr(6, 4));
    const std::chrono::year_month_day birth{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(Number(digits.substr(10, 2)))),
        std::chrono::day(static_cast<unsigned>(Number(digits.substr(12, 2))))};
    if (year < kFirstBirthYear || year > kLastBirthYear || !birth.ok()) {
        return Wrong("IDENTITY_DATE", "digits 7 to 14 are not a day of birth");
    }
    if (number[17] != IdentityCheckCharacter(digits.substr(0, 17))) {
        return Wrong("IDENTITY_CHECKSUM", "the check character does not fit the digits");
    }
    if (length > 18 && !CertificateTailIsRight(digits.substr(18))) {
        return Wrong("IDENTITY_CERTIFICATE",
                     "a disability certificate goes on with its type 1-7 and its grade 1-4");
    }
    number.resize(18);
    IdentityNumber out;
    out.birth = Date{static_cast<std::int32_t>(
        std::chrono::sys_days(birth).time_since_epoch().count())};
    out.male = (number[16] - '0') % 2 == 1;
    out.region6 = number.substr(0, 6);
    out.number = std::move(number);
    return out;
}

UsccCheck CheckUscc(std::string_view text) {
    if (text.size() != 18 || !AllDigits(text.substr(2, 6))) return UsccCheck::kMalformed;
    int sum = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t value = kUsccAlphabet.find(text[i]);
        if (value == std::string_view::npos) return UsccCheck::kMalformed;
        if (i < 17) sum += static_cast<int>(value) * kUsccWeights[i];
    }
    const char check = kUsccAlphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
    return text[17] == check ? UsccCheck::kValid : UsccCheck::kChecksum;
}

}  // namespace shouwang
