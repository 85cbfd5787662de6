#include "common/base/identity_number.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace shouwang {
namespace {

std::vector<std::string> Lines(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.is_open()) << path;
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) out.push_back(line);
    }
    return out;
}

// Reason of the refusal, "" where the number is accepted.
std::string Verdict(std::string_view text) { return IdentityNumber::Parse(text).status().reason; }

TEST(IdentityNumberTest, VectorsOfGb11643) {
    int valid = 0, invalid = 0;
    const auto lines = Lines("tests/vectors/gb11643.csv");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t comma = lines[i].find(',');
        const std::string number = lines[i].substr(0, comma);
        const bool expect = lines[i].find(",valid,") == comma;
        // The region prefix is not judged here, see the table's "unknown region 99".
        const bool region_alone = lines[i].ends_with("unknown region 99");
        EXPECT_EQ(IdentityNumber::Parse(number).ok(), expect || region_alone) << lines[i];
        ++(expect ? valid : invalid);
    }
    EXPECT_EQ(valid, 10);
    EXPECT_EQ(invalid, 7);
}

TEST(IdentityNumberTest, TheParts) {
    const struct {
        const char* text;
        const char* number;
        const char* birth;
        bool male;
        const char* region;
    } cases[] = {
        {"11010519491231002X", "11010519491231002X", "1949-12-31", false, "110105"},
        {"440524188001010014", "440524188001010014", "1880-01-01", true, "440524"},
        {"990426199112010074", "990426199112010074", "1991-12-01", true, "990426"},
        // 15 digits: 19th century only for the sequence numbers 996 to 999.
        {"110105491231002", "11010519491231002X", "1949-12-31", false, "110105"},
        {"440524800101996", nullptr, "1880-01-01", false, "440524"},
        {"440524800101995", nullptr, "1980-01-01", true, "440524"},
        // As departments write it.
        {" 11010519491231002x\r\n", "11010519491231002X", "1949-12-31", false, "110105"},
        {"\u300011010519491231002Ｘ\u00a0", "11010519491231002X", "1949-12-31", false, "110105"},
        {"11010519491231002ｘ", "11010519491231002X", "1949-12-31", false, "110105"},
        {"\ufeff11010519491231002X", "11010519491231002X", "1949-12-31", false, "110105"},
        // Disability certificates.
        {"11010519491231002X11", "11010519491231002X", "1949-12-31", false, "110105"},
        {"11010519491231002X74", "11010519491231002X", "1949-12-31", false, "110105"},
        {"11010519491231002Ｘ4301", "11010519491231002X", "1949-12-31", false, "110105"},
        {"11010519491231002X43b1", "11010519491231002X", "1949-12-31", false, "110105"},
    };
    for (const auto& c : cases) {
        const auto parsed = IdentityNumber::Parse(c.text);
        ASSERT_TRUE(parsed.ok()) << c.text << " " << parsed.status().reason;
        if (c.number != nullptr) {
            EXPECT_EQ(parsed->number, c.number) << c.text;
        }
        EXPECT_EQ(parsed->number.size(), 18U) << c.text;
        EXPECT_EQ(parsed->birth.ToString(), c.birth) << c.text;
        EXPECT_EQ(parsed->male, c.male) << c.text;
        EXPECT_EQ(parsed->region6, c.region) << c.text;
        EXPECT_EQ(IdentityNumber::Parse(parsed->number)->number, parsed->number);
    }
}

TEST(IdentityNumberTest, Refusals) {
    const struct {
        const char* text;
        const char* reason;
    } cases[] = {
        {"", "IDENTITY_LENGTH"},
        {"   ", "IDENTITY_LENGTH"},
        {"1101051949123100", "IDENTITY_LENGTH"},
        {"11010519491231002", "IDENTITY_LENGTH"},
        {"11010519491231002X1", "IDENTITY_LENGTH"},
        {"11010519491231002X113", "IDENTITY_LENGTH"},
        {"11010519491231002X11311", "IDENTITY_LENGTH"},
        {"T60426199101010078", "IDENTITY_CHARACTER"},
        {"1101051949123100 2X", "IDENTITY_LENGTH"},
        {"110105194 1231002X", "IDENTITY_CHARACTER"},
        {"1101051949123100XX", "IDENTITY_CHARACTER"},
        {"11010519491231002Y", "IDENTITY_CHARACTER"},
        {"１10105194912310021", "IDENTITY_CHARACTER"},
        {"11010519491231002１", "IDENTITY_CHARACTER"},
        {"11010549123100X", "IDENTITY_CHARACTER"},
        {"12345\xff\xfe" "78901234567", "IDENTITY_CHARACTER"},
        {"360426199113010079", "IDENTITY_DATE"},
        {"110105199102290028", "IDENTITY_DATE"},
        {"111111111111111111", "IDENTITY_DATE"},
        {"110105491331002", "IDENTITY_DATE"},
        {"110105194912310021", "IDENTITY_CHECKSUM"},
        {"11010519491231002X01", "IDENTITY_CERTIFICATE"},
        {"11010519491231002X81", "IDENTITY_CERTIFICATE"},
        {"11010519491231002X15", "IDENTITY_CERTIFICATE"},
        {"11010519491231002X10", "IDENTITY_CERTIFICATE"},
        {"11010519491231002X11C1", "IDENTITY_CERTIFICATE"},
        {"11010519491231002X111B", "IDENTITY_CERTIFICATE"},
        {"11010519491231002111", "IDENTITY_CHECKSUM"},
    };
    for (const auto& c : cases) EXPECT_EQ(Verdict(c.text), c.reason) << c.text;
}

// GB 11643 promises it: every single wrong digit and every swap of two unlike neighbours is found.
TEST(IdentityNumberTest, FindsEverySlipOfOneDigit) {
    const std::string good = "11010519491231002X";
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (char c = '0'; c <= '9'; ++c) {
            std::string wrong = good;
            wrong[i] = c;
            if (wrong != good) {
                EXPECT_NE(Verdict(wrong), "") << wrong;
            }
        }
        std::string swapped = good;
        if (i + 1 < good.size()) std::swap(swapped[i], swapped[i + 1]);
        if (swapped != good) {
            EXPECT_NE(Verdict(swapped), "") << swapped;
        }
    }
}

TEST(IdentityNumberTest, MessagesHoldNoDigits) {
    const std::string message = IdentityNumber::Parse("110105194912310021").status().message;
    EXPECT_EQ(message.find("110105"), std::string::npos);
}

TEST(UsccTest, Vectors) {
    int count = 0;
    for (const auto& code : Lines("tests/vectors/uscc_valid.txt")) {
        EXPECT_EQ(CheckUscc(code), UsccCheck::kValid) << code;
        ++count;
    }
    EXPECT_EQ(count, 100);
    for (const auto& code : Lines("tests/vectors/uscc_invalid.txt")) {
        EXPECT_NE(CheckUscc(code), UsccCheck::kValid) << code;
    }
}

TEST(UsccTest, TellsAWrongChecksumFromNoCodeAtAll) {
    const struct {
        const char* text;
        UsccCheck expected;
    } cases[] = {
        {"91350100M000100Y43", UsccCheck::kValid},
        {"91350200MA2YJ1XR9G", UsccCheck::kValid},
        {"913502000728319549", UsccCheck::kValid},
        {"123502001549897397", UsccCheck::kValid},
        // Really registered, and yet its check character is wrong.
        {"91350203M0001QAY9B", UsccCheck::kChecksum},
        {"", UsccCheck::kMalformed},
        {"91350100M000100Y4", UsccCheck::kMalformed},
        {"91350100M000100Y433", UsccCheck::kMalformed},
        {"91350100I000100Y43", UsccCheck::kMalformed},
        {"91350100m000100y43", UsccCheck::kMalformed},
        {"9135A100M000100Y43", UsccCheck::kMalformed},
        {"91350100M000100Y4I", UsccCheck::kMalformed},
    };
    for (const auto& c : cases) EXPECT_EQ(CheckUscc(c.text), c.expected) << c.text;
}

}  // namespace
}  // namespace shouwang
