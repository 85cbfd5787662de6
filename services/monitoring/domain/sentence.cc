#include "services/monitoring/domain/sentence.h"

#include <algorithm>

namespace shouwang::monitoring::domain {
namespace {

Status TemplateError(const std::string& what) {
    return MakeStatus(Code::kInvalidArgument, "RULE_TEMPLATE", what);
}

// 1234567 → "1,234,567".
std::string Grouped(std::uint64_t magnitude) {
    std::string digits = std::to_string(magnitude);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

// Hundredths with as many decimals as they need: fen always two or none, percent none to two.
std::string Hundredths(std::int64_t value, bool money) {
    const bool negative = value < 0;
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    std::string text = (negative ? "-" : "") + Grouped(magnitude / 100);
    const std::uint64_t rest = magnitude % 100;
    if (rest == 0) return text;
    text += '.';
    text += static_cast<char>('0' + rest / 10);
    if (money || rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
    return text;
}

std::string Whole(std::int64_t value) {
    const bool negative = value < 0;
    return (negative ? "-" : "") + Grouped(negative ? 0 - static_cast<std::uint64_t>(value)
                                                    : static_cast<std::uint64_t>(value));
}

struct UnitWords {
    const char* zh;
    const char* one;
    const char* many;
};

UnitWords WordsOf(options::v1::Unit unit) {
    switch (unit) {
        case options::v1::UNIT_DAYS:
            return {"天", " day", " days"};
        case options::v1::UNIT_MONTHS:
            return {"个月", " month", " months"};
        case options::v1::UNIT_YEARS:
            return {"岁", " year", " years"};
        case options::v1::UNIT_PERSONS:
            return {"人", " person", " persons"};
        case options::v1::UNIT_CENTIARE:
            return {"平方米", " m²", " m²"};
        case options::v1::UNIT_TIMES:
            return {"次", " time", " times"};
        default:
            return {"", "", ""};
    }
}

Result<SentencePart> ReadPlaceholder(std::string_view name, const cel::Environment& environment,
                                     const std::vector<std::pair<int, int>>& reads) {
    SentencePart part;
    const auto is_read = [&](int variable, int index) {
        return std::find(reads.begin(), reads.end(), std::pair(variable, index)) != reads.end();
    };
    if (name == "member") {
        part.kind = SentencePart::Kind::kMember;
        const auto& all = environment.variables();
        const bool reads_members = std::any_of(reads.begin(), reads.end(), [&](const auto& r) {
            return r.first >= 0 && all[r.first].list;
        });
        if (!reads_members) return TemplateError("{member}, but the condition reads no member");
        return part;
    }
    for (std::size_t i = 0; i < environment.parameters().size(); ++i) {
        if (environment.parameters()[i].name != name) continue;
        part.kind = SentencePart::Kind::kParameter;
        part.index = static_cast<int>(i);
        if (!is_read(-1, part.index))
            return TemplateError("{" + std::string(name) + "}, which the condition does not read");
        return part;
    }
    const std::size_t dot = name.find('.');
    for (std::size_t v = 0; dot != std::string_view::npos && v < environment.variables().size();
         ++v) {
        const cel::Variable& variable = environment.variables()[v];
        if (variable.message == nullptr || variable.name != name.substr(0, dot)) continue;
        const auto* field = variable.message->FindFieldByName(std::string(name.substr(dot + 1)));
        if (field == nullptr) break;
        part.kind = SentencePart::Kind::kFact;
        part.variable = static_cast<int>(v);
        part.index = field->index();
        if (!is_read(part.variable, part.index))
            return TemplateError("{" + std::string(name) + "}, which the condition does not read");
        return part;
    }
    return TemplateError("{" + std::string(name) + "} is unknown");
}

}  // namespace

Result<Sentence> ParseSentence(std::string_view text, const cel::Environment& environment,
                               const std::vector<std::pair<int, int>>& reads) {
    Sentence sentence;
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        if (brace != 0) {
            SentencePart part;
            part.text = text.substr(0, brace);
            sentence.push_back(std::move(part));
            text.remove_prefix(std::min(brace, text.size()));
            continue;
        }
        const std::size_t end = text.find('}');
        if (text.front() == '}' || end == std::string_view::npos)
            return TemplateError("unbalanced brace");
        SW_ASSIGN_OR_RETURN(SentencePart part,
                            ReadPlaceholder(text.substr(1, end - 1), environment, reads));
        sentence.push_back(std::move(part));
        text.remove_prefix(end + 1);
    }
    if (sentence.empty()) return TemplateError("empty sentence");
    return sentence;
}

std::string FormatValue(std::optional<std::int64_t> value, options::v1::Unit unit, bool boolean,
                        Language language) {
    const bool zh = language == Language::kZh;
    if (!value) return zh ? "未知" : "unknown";
    if (boolean) return *value != 0 ? (zh ? "是" : "yes") : (zh ? "否" : "no");
    if (unit == options::v1::UNIT_FEN) return Hundredths(*value, true) + (zh ? "元" : " CNY");
    if (unit == options::v1::UNIT_BASIS_POINTS) return Hundredths(*value, false) + "%";
    const UnitWords words = WordsOf(unit);
    return Whole(*value) + (zh ? words.zh : *value == 1 || *value == -1 ? words.one : words.many);
}

std::string MemberText(Language language, bool at_start) {
    if (language == Language::kZh) return "该户1名成员";
    return at_start ? "One member" : "one member";
}

}  // namespace shouwang::monitoring::domain
