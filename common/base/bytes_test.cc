#include "common/base/bytes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace shouwang {
namespace {

std::string AllBytes() {
    std::string out;
    for (int i = 0; i < 256; ++i) out.push_back(static_cast<char>(i));
    return out;
}

TEST(HexTest, RoundTripAndRefusal) {
    EXPECT_EQ(HexEncode(std::string_view("\x00\x0f\xff", 3)), "000fff");
    EXPECT_EQ(HexDecode(HexEncode(AllBytes())), AllBytes());
    EXPECT_EQ(HexDecode("00FfaB"), std::string("\x00\xff\xab", 3));
    EXPECT_EQ(HexDecode(""), "");
    for (const char* bad : {"0", "0g", "0x", " 00", "00\n0"}) EXPECT_EQ(HexDecode(bad), std::nullopt);
}

TEST(Base64Test, VectorsOfRfc4648) {
    const struct {
        const char* plain;
        const char* text;
    } cases[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& c : cases) {
        EXPECT_EQ(Base64Encode(c.plain), c.text);
        EXPECT_EQ(Base64Decode(c.text), c.plain);
        std::string bare = c.text;
        std::erase(bare, '=');
        EXPECT_EQ(Base64UrlEncode(c.plain), bare);
        EXPECT_EQ(Base64UrlDecode(bare), c.plain);
    }
    EXPECT_EQ(Base64Encode("\xfb\xff"), "+/8=");
    EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
    EXPECT_EQ(Base64Decode(Base64Encode(AllBytes())), AllBytes());
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(AllBytes())), AllBytes());
}

TEST(Base64Test, OneValueHasOneSpelling) {
    // Missing or surplus padding, the other alphabet, left-over bits, blanks, padding inside.
    for (const char* bad : {"Zg", "Zg=", "Zg===", "====", "=", "Zh==", "-_8=", "Zm 9", "Zg==Zg=="}) {
        EXPECT_EQ(Base64Decode(bad), std::nullopt) << bad;
    }
    for (const char* bad : {"Zg==", "Z", "Zh", "+/8", "Zm9v\n"}) {
        EXPECT_EQ(Base64UrlDecode(bad), std::nullopt) << bad;
    }
}

TEST(Utf8Test, AcceptsWhatIsWellFormed) {
    for (const char* good : {"", "ascii only, longer than eight", "é", "守望", "𠮷野家", "\x7f",
                             "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "12345678é"}) {
        EXPECT_TRUE(IsValidUtf8(good)) << good;
    }
    EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
}

TEST(Utf8Test, RefusesWhatIsNot) {
    const struct {
        const char* text;
        const char* why;
    } cases[] = {
        {"\x80", "continuation alone"},        {"\xc3", "cut short"},
        {"\xe5\xae", "cut short"},             {"\xf0\x9f\x98", "cut short"},
        {"\xc0\xaf", "overlong, two bytes"},   {"\xc1\xbf", "overlong, two bytes"},
        {"\xe0\x9f\xbf", "overlong, three"},   {"\xf0\x8f\xbf\xbf", "overlong, four"},
        {"\xed\xa0\x80", "surrogate"},         {"\xf4\x90\x80\x80", "beyond U+10FFFF"},
        {"\xf5\x80\x80\x80", "lead byte"},     {"\xff", "lead byte"},
        {"12345678\xff", "behind a word"},     {"1234567\xe5\xae", "across a word"},
        {"\xe5\xae\x41", "ASCII inside"},      {"\xca\xd8\xcd\xfb", "GB18030"},
    };
    for (const auto& c : cases) EXPECT_FALSE(IsValidUtf8(c.text)) << c.why;
}

TEST(Utf8Test, CountsCodePoints) {
    EXPECT_EQ(Utf8Length(""), 0U);
    EXPECT_EQ(Utf8Length("abc"), 3U);
    EXPECT_EQ(Utf8Length("守望a𠮷"), 4U);
}

TEST(Uuid4Test, IsRandomAndOfVersionFour) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = Uuid4();
        ASSERT_EQ(id.size(), 36U);
        for (const std::size_t dash : {8, 13, 18, 23}) EXPECT_EQ(id[dash], '-');
        EXPECT_EQ(id[14], '4');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

}  // namespace
}  // namespace shouwang
