// What both row checks and request checks know about one value. Internal to common/model.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/date.h"
#include "shouwang/options/v1/options.pb.h"

namespace re2 {
class RE2;
}

namespace shouwang::model::internal {

struct Finding {
    const char* code;  // as RowProblem::code
    std::string want;
};

// UTF-8, control characters, length.
std::optional<Finding> CheckPlain(std::string_view text, std::size_t max_length);

// The day a date, month (its last day) or year (31 December) stands for; nullopt where it is none.
std::optional<Date> ReadDay(options::v1::Format format, std::string_view text);
// True where the period has not begun on `today`.
bool IsFuture(options::v1::Format format, Date day, Date today);

// "13812345678", "079188886666" from "+86 138-1234-5678", "0791-88886666"; nullopt where it is no
// Chinese number.
std::optional<std::string> NormalPhone(std::string_view text);

std::string WantFormat(const options::v1::Constraint& constraint);
std::string WantRange(const options::v1::Constraint& constraint);

// Every format that needs no knowledge of the world, for text that may not be changed. Pattern
// included.
std::optional<Finding> CheckFormat(const options::v1::Constraint& constraint,
                                   const re2::RE2* pattern, std::string_view text);

bool MatchesPattern(const re2::RE2& pattern, std::string_view text);
std::string_view Trim(std::string_view text);  // blanks, tabs, line ends, U+3000, BOM
// Valid UTF-8 of at most `limit` code points: broken bytes become U+FFFD, what was cut ends in "…".
std::string Shorten(std::string_view text, std::size_t limit);

}  // namespace shouwang::model::internal
