// Numbers and dates as they are written: what is taken has one normal form.
#include "common/base/bytes.h"
#include "common/base/date.h"
#include "common/base/identity_number.h"
#include "common/base/region_code.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 20000;

namespace shouwang {
namespace {

using fuzz::Require;

void Identity(std::string_view text) {
    const auto parsed = IdentityNumber::Parse(text);
    if (!parsed.ok()) {
        Require(parsed.status().reason.starts_with("IDENTITY_"), "only the declared errors");
        Require(text.size() < 12 || parsed.status().message.find(text) == std::string::npos, "an error repeats no identity number");
        return;
    }
    Require(parsed->number.size() == 18 && parsed->region6 == parsed->number.substr(0, 6), "18 characters, the first six the region");
    Require(IdentityCheckCharacter(std::string_view(parsed->number).substr(0, 17)) == parsed->number[17], "the check character is right");
    const auto again = IdentityNumber::Parse(parsed->number);
    Require(again.ok() && again->number == parsed->number && again->birth == parsed->birth && again->male == parsed->male,
            "the normal form is taken as itself");
}

void Dates(std::string_view text) {
    if (const auto date = Date::Parse(text)) Require(date->ToString() == text, "a date is written one way");
    if (const auto month = Month::Parse(text)) Require(month->ToString() == text, "a month is written one way");
    const auto time = ParseRfc3339(text);
    // An offset may carry a moment out of the years that are read.
    if (time && text >= "1901" && text < "2199")
        Require(ParseRfc3339(ToRfc3339(*time)) == std::chrono::floor<std::chrono::milliseconds>(*time), "a moment comes back to the millisecond");
}

void Bytes(std::string_view text) {
    if (const auto bytes = HexDecode(text)) Require(HexDecode(HexEncode(*bytes)) == bytes, "hex comes back the same");
    if (const auto bytes = Base64Decode(text)) Require(Base64Encode(*bytes) == text, "base64 is written one way");
    if (const auto bytes = Base64UrlDecode(text)) Require(Base64UrlEncode(*bytes) == text, "base64url is written one way");
    if (IsValidUtf8(text)) Require(Utf8Length(text) <= text.size(), "no more characters than bytes");
}

}  // namespace
}  // namespace shouwang

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    shouwang::Identity(text);
    (void)shouwang::CheckUscc(text);
    shouwang::Dates(text);
    shouwang::Bytes(text);
    return 0;
}
