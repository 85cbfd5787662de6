#include "services/monitoring/domain/household_code.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>

namespace shouwang::monitoring::domain {
namespace {

constexpr std::string_view kKey = "a key of the tests";

TEST(HouseholdCode, Base32) {
    EXPECT_EQ(Base32(""), "");
    EXPECT_EQ(Base32(std::string("\0", 1)), "00");
    EXPECT_EQ(Base32("\xFF"), "ZW");
    EXPECT_EQ(Base32("hello"), "D1JPRV3F");
    EXPECT_EQ(Base32(std::string(16, '\xAB')).size(), 26u);
}

TEST(HouseholdCode, ThereAndBackAsPeopleTypeIt) {
    const CodeParts parts{"0123456789ABCDEFGHJKMNPQRS", 7};
    const std::string code = EncodeHouseholdCode(parts, kKey);
    EXPECT_EQ(code.size(), 51u);
    std::string small = code, spaced = " " + code + " ", bare = code, lookalike = code;
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::erase(bare, '-');
    for (char& c : lookalike) c = c == '0' ? 'o' : c == '1' ? 'I' : c;
    for (const std::string& typed : {code, small, spaced, bare, lookalike}) {
        const auto read = ParseHouseholdCode(typed, kKey);
        ASSERT_TRUE(read.has_value()) << typed;
        EXPECT_EQ(read->opaque_id, parts.opaque_id);
        EXPECT_EQ(read->issue, 7u);
    }
    EXPECT_EQ(ParseHouseholdCode(EncodeHouseholdCode({parts.opaque_id, 0xFFFFFFFFu}, kKey), kKey)->issue, 0xFFFFFFFFu);
}

// One character changed, anywhere: refused. So is a code of another key, and anything that is none.
TEST(HouseholdCode, NothingElseIsOne) {
    const std::string code = EncodeHouseholdCode({"0123456789ABCDEFGHJKMNPQRS", 7}, kKey);
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '-') continue;
        std::string forged = code;
        forged[i] = code[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(ParseHouseholdCode(forged, kKey).has_value()) << i;
    }
    EXPECT_FALSE(ParseHouseholdCode(code, "another key").has_value());
    for (const char* none : {"", "-", "U", "一户一码", "0123456789ABCDEFGHJKMNPQRS", "0123456789ABCDEFGHJKMNPQRS-0000007-0000000000000000"}) {
        EXPECT_FALSE(ParseHouseholdCode(none, kKey).has_value()) << none;
    }
    EXPECT_FALSE(ParseHouseholdCode(code + "0", kKey).has_value());
    EXPECT_FALSE(ParseHouseholdCode(std::string(100000, 'A'), kKey).has_value());
}

TEST(HouseholdCode, RandomTextIsNone) {
    std::mt19937 random(5);
    for (int run = 0; run < 20000; ++run) {
        std::string text(random() % 60, ' ');
        for (char& c : text) c = static_cast<char>(random() % 256);
        EXPECT_FALSE(ParseHouseholdCode(text, kKey).has_value());
    }
}

}  // namespace
}  // namespace shouwang::monitoring::domain
