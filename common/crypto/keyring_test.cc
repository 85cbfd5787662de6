#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/test_keys.h"

namespace shouwang::crypto {
namespace {

const std::string kHex(64, 'a');

TEST(KeyRingTest, TheFirstLineIsTheNewest) {
    KeyFiles files;
    const KeyRing ring = files.Ring("# rotated in March\n\nnew1 " + kHex + " sm4\r\n  old " +
                                    std::string(64, 'b') + "\taes256gcm");
    EXPECT_EQ(ring.newest().id, "new1");
    EXPECT_EQ(ring.newest().suite, Suite::kShangMi);
    ASSERT_NE(ring.Find("old"), nullptr);
    EXPECT_EQ(ring.Find("old")->suite, Suite::kInternational);
    EXPECT_EQ(ring.Find("old")->secret, std::string(32, '\xbb'));
    EXPECT_EQ(ring.Find("none"), nullptr);
}

TEST(KeyRingTest, GeneratedLinesLoad) {
    KeyFiles files;
    for (const Suite suite : {Suite::kInternational, Suite::kShangMi}) {
        const std::string line = KeyRing::Generate(suite);
        EXPECT_EQ(files.Ring(line).newest().suite, suite);
        EXPECT_NE(line, KeyRing::Generate(suite));
    }
}

TEST(KeyRingTest, RefusesWhatIsMalformedAndNamesTheLineAlone) {
    KeyFiles files;
    const std::string good = "k1 " + kHex + " sm4\n";
    const struct {
        std::string text;
        int line;
    } cases[] = {
        {good + "k2 " + kHex + "\n", 2},       {good + "k2 " + kHex + " des\n", 2},
        {"k1 " + kHex + "aa sm4\n", 1},        {"k1 " + kHex.substr(2) + " sm4\n", 1},
        {"k1 " + std::string(64, 'g') + " sm4\n", 1}, {"K1 " + kHex + " sm4\n", 1},
        {"k_1 " + kHex + " sm4\n", 1},         {std::string(17, 'k') + " " + kHex + " sm4\n", 1},
        {good + good, 2},                      {"k1 " + kHex + " sm4 more\n", 1},
    };
    for (const auto& c : cases) {
        const auto ring = KeyRing::Load(files.Write(c.text));
        EXPECT_EQ(ring.status().reason, "KEY_FILE_MALFORMED") << c.text;
        EXPECT_NE(ring.status().message.find(":" + std::to_string(c.line) + ":"), std::string::npos)
            << ring.status().message;
        EXPECT_EQ(ring.status().message.find("aaaa"), std::string::npos);
    }
    EXPECT_EQ(KeyRing::Load(files.Write("# nothing\n")).status().reason, "KEY_FILE_MALFORMED");
}

TEST(KeyRingTest, RefusesFilesThatOthersMayRead) {
    KeyFiles files;
    const std::string line = "k1 " + kHex + " sm4\n";
    for (const mode_t mode : {0644, 0604, 0660, 0666, 0606}) {
        EXPECT_EQ(KeyRing::Load(files.Write(line, mode)).status().reason, "KEY_FILE_MODE") << mode;
    }
    EXPECT_TRUE(KeyRing::Load(files.Write(line, 0400)).ok());
    EXPECT_EQ(KeyRing::Load(files.path() + "/none").status().reason, "KEY_FILE_UNREADABLE");
    EXPECT_EQ(KeyRing::Load(files.path()).status().reason, "KEY_FILE_UNREADABLE");
}

}  // namespace
}  // namespace shouwang::crypto
