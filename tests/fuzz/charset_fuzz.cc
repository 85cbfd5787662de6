// Charsets: what is converted is UTF-8, and converting line by line is converting the whole.
#include "common/base/bytes.h"
#include "services/gateway/feed/charset.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 20000;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::feed;
    using shouwang::fuzz::Require;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)ParseCharset(text);
    (void)GuessCharset(text);
    Gb18030 gb18030;
    std::string whole, line, joined;
    if (IsAscii(text)) {
        Require(gb18030.ToUtf8(text, whole) && whole == text, "ASCII stays what it is");
        Require(GuessCharset(text) == Charset::kUnknown, "ASCII proves no charset");
    }
    if (!gb18030.ToUtf8(text, whole)) return 0;
    Require(shouwang::IsValidUtf8(whole), "what is converted is UTF-8");
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find_first_of("\n,\"", begin), text.size());
        Require(gb18030.ToUtf8(text.substr(begin, end - begin), line), "no byte of a character is a comma, quote or line feed");
        joined += line;
        if (end < text.size()) joined += text[end];
        begin = end + 1;
    }
    Require(joined == whole, "cells are converted as the whole is");
    return 0;
}
