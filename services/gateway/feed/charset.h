// Which charset a file is written in, and its records as UTF-8.
//
// GB18030 is converted record by record: no byte of a multi-byte character is a comma, quote, CR or
// LF, so that records and cells are found before converting, and one broken record spoils no other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace shouwang::gateway::feed {

enum class Charset { kUnknown, kUtf8, kGb18030 };

// "utf-8", "gb18030" and its subsets "gbk", "gb2312"; empty = kUnknown. INVALID_ARGUMENT "CHARSET"
// for others.
Result<Charset> ParseCharset(std::string_view name);

// Judges by the lines of a file's beginning (complete lines only count) that are not plain ASCII;
// kUnknown where there is none.
Charset GuessCharset(std::string_view beginning);

class Gb18030 {
public:
    Gb18030();
    ~Gb18030();
    // False where `in` is not valid GB18030.
    bool ToUtf8(std::string_view in, std::string& out);

private:
    void* handle_;
};

bool IsAscii(std::string_view text);

}  // namespace shouwang::gateway::feed
