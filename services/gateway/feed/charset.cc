#include "services/gateway/feed/charset.h"

#include <iconv.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/bytes.h"

namespace shouwang::gateway::feed {

bool IsAscii(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        if ((word & 0x8080808080808080ULL) != 0) return false;
    }
    for (; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
    }
    return true;
}

Result<Charset> ParseCharset(std::string_view name) {
    std::string lower;
    for (char c : name) {
        if (c != '-' && c != '_' && c != '"' && c != ' ')
            lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    if (lower.empty()) return Charset::kUnknown;
    if (lower == "utf8" || lower == "usascii") return Charset::kUtf8;
    if (lower == "gb18030" || lower == "gbk" || lower == "gb2312") return Charset::kGb18030;
    return InvalidField("charset", "utf-8 or gb18030", "CHARSET");
}

Charset GuessCharset(std::string_view beginning) {
    Gb18030 gb18030;
    std::string converted;
    int utf8 = 0, gb = 0;
    while (!beginning.empty()) {
        const std::size_t end = std::min(beginning.find('\n'), beginning.size());
        const std::string_view line = beginning.substr(0, end);
        beginning.remove_prefix(std::min(end + 1, beginning.size()));
        if (IsAscii(line)) continue;
        // Chinese text in GB18030 is hardly ever valid UTF-8; the other way round it often is.
        if (IsValidUtf8(line)) {
            ++utf8;
        } else if (gb18030.ToUtf8(line, converted)) {
            ++gb;
        }
    }
    if (utf8 == 0 && gb == 0) return Charset::kUnknown;
    return utf8 >= gb ? Charset::kUtf8 : Charset::kGb18030;
}

Gb18030::Gb18030() : handle_(iconv_open("UTF-8", "GB18030")) {
    if (handle_ == reinterpret_cast<iconv_t>(-1)) {
        std::fputs("iconv knows no GB18030\n", stderr);
        std::abort();
    }
}

Gb18030::~Gb18030() { iconv_close(handle_); }

bool Gb18030::ToUtf8(std::string_view in, std::string& out) {
    out.resize(in.size() *
               2);  // two bytes become at most three, four become at most four, one stays one
    char* from = const_cast<char*>(in.data());
    char* to = out.data();
    std::size_t left = in.size(), room = out.size();
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    const bool good = iconv(handle_, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
    out.resize(out.size() - room);
    return good && left == 0;
}

}  // namespace shouwang::gateway::feed
