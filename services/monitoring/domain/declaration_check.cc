#include "services/monitoring/domain/declaration_check.h"

#include <algorithm>

#include "common/base/region_code.h"
#include "services/monitoring/domain/lead_machine.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr std::size_t kMostName = 40, kMostDifficulty = 500;

std::size_t Characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

// Digits as people type them on a phone: blanks, hyphens, a country code and full-width digits are forgiven.
std::string Digits(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view wide = text.substr(i, 3);
        if (wide.size() == 3 && wide[0] == '\xEF' && wide[1] == '\xBC' && wide[2] >= '\x90' && wide[2] <= '\x99') {
            out += static_cast<char>('0' + (static_cast<unsigned char>(wide[2]) - 0x90));
            i += 2;
        } else if (text[i] != ' ' && text[i] != '-') {
            out += text[i];
        }
    }
    for (const std::string_view country : {"+86", "0086"}) {
        if (out.starts_with(country)) out.erase(0, country.size());
    }
    return out;
}

bool IsMobile(std::string_view digits) {
    return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9' &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const char* WantIdentity(const std::string& reason) {
    if (reason == "IDENTITY_CHECKSUM") return "身份证号码末位校验不符，请核对 / the check digit of the identity number does not fit";
    if (reason == "IDENTITY_DATE") return "身份证号码中的出生日期不存在 / the date of birth in the identity number is no day";
    return "18位身份证号码 / an identity number of 18 characters";
}

}  // namespace

Result<CheckedDeclaration> CheckDeclaration(const v1::DeclareRequest& q) {
    CheckedDeclaration checked{std::string(Trimmed(q.head_name())), Digits(Trimmed(q.mobile())), std::string(Trimmed(q.difficulty())), {}};
    std::vector<FieldViolation> wrong;
    const auto want = [&](bool right, const char* field, const char* text) {
        if (!right) wrong.push_back({field, text});
    };
    if (q.code().empty()) {
        want(RegionLevel(q.region_code()) == 5, "region_code", "请选择所在的村 / choose the village");
    } else {
        want(q.region_code().empty(), "region_code", "扫码申报不需选择地区 / with a code the village follows from it");
    }
    want(q.risk_type() != v1::RISK_TYPE_UNSPECIFIED && v1::RiskType_IsValid(q.risk_type()), "risk_type", "请选择困难类型 / choose the kind of difficulty");
    want(!checked.head_name.empty() && Characters(checked.head_name) <= kMostName, "head_name", "户主姓名，不超过40个字 / the head's name, at most 40 characters");
    want(IsMobile(checked.mobile), "mobile", "11位手机号码 / a mobile number of 11 digits");
    want(!checked.difficulty.empty() && Characters(checked.difficulty) <= kMostDifficulty, "difficulty", "困难情况，1至500个字 / the difficulty in 1 to 500 characters");
    if (auto identity = IdentityNumber::Parse(q.identity_no()); identity.ok()) {
        checked.identity = std::move(identity).value();
    } else {
        want(false, "identity_no", WantIdentity(identity.status().reason));
    }
    if (wrong.empty()) return checked;
    Status status = MakeStatus(Code::kInvalidArgument, "DECLARATION_FIELDS", "请改正标出的内容 / correct the fields named");
    status.violations = std::move(wrong);
    return status;
}

}  // namespace shouwang::monitoring::domain
