// Sentence templates: text with {members.<fact>}, {household.<fact>}, {village.<fact>},
// {param.<name>}, {line.<name>} and {member}. Values carry their unit. A member is never named: who
// it is stands in the operands, behind the masking gate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/cel/cel.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::monitoring::domain {

enum class Language : std::uint8_t { kZh, kEn };

struct SentencePart {
    enum class Kind : std::uint8_t { kText, kMember, kFact, kParameter };
    Kind kind = Kind::kText;
    std::string text;   // kText
    int variable = -1;  // kFact
    int index = 0;      // field or parameter
};
using Sentence = std::vector<SentencePart>;

// reads: what the condition reads (cel::Program::reads). RULE_TEMPLATE where the text is malformed
// or names anything else.
Result<Sentence> ParseSentence(std::string_view text, const cel::Environment& environment,
                               const std::vector<std::pair<int, int>>& reads);

// "12,345.60元" / "12,345.60 CNY", "3个月" / "3 months", "-35%"; "未知" / "unknown" without a
// value.
std::string FormatValue(std::optional<std::int64_t> value, options::v1::Unit unit, bool boolean,
                        Language language);
std::string MemberText(Language language, bool at_start);

}  // namespace shouwang::monitoring::domain
