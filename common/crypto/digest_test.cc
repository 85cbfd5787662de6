#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"

namespace shouwang::crypto {
namespace {

TEST(DigestTest, PublishedVectors) {
    EXPECT_EQ(HexEncode(Sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(HexEncode(Sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    // GB/T 32905-2016, examples 1 and 2.
    EXPECT_EQ(HexEncode(Sm3("abc")),
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    std::string sixteen;
    for (int i = 0; i < 16; ++i) sixteen += "abcd";
    EXPECT_EQ(HexEncode(Sm3(sixteen)),
              "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

// GB/T 32907-2016, example 1: the block cipher underneath the sealed fields is the one of the standard.
TEST(Sm4Test, PublishedVector) {
    const std::string key = *HexDecode("0123456789abcdeffedcba9876543210");
    unsigned char out[32];
    int size = 0;
    EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
    const auto* const data = reinterpret_cast<const unsigned char*>(key.data());
    ASSERT_EQ(EVP_EncryptInit_ex(context, EVP_sm4_ecb(), nullptr, data, nullptr), 1);
    ASSERT_EQ(EVP_EncryptUpdate(context, out, &size, data, 16), 1);
    EVP_CIPHER_CTX_free(context);
    EXPECT_EQ(HexEncode({reinterpret_cast<const char*>(out), 16}),
              "681edf34d206965e86b3e94f536e4246");
}

TEST(HmacTest, Rfc4231) {
    EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                   "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    // An empty key is a key.
    EXPECT_EQ(HexEncode(HmacSha256("", "")),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacTest, WycheproofSm3) {
    std::ifstream file("tests/vectors/hmac_sm3_test.json");
    ASSERT_TRUE(file.is_open());
    const auto suite = nlohmann::json::parse(file);
    int count = 0;
    for (const auto& group : suite["testGroups"]) {
        const std::size_t tag_size = group["tagSize"].get<std::size_t>() / 8;
        for (const auto& test : group["tests"]) {
            const auto bytes = [&](const char* name) { return *HexDecode(test[name].get<std::string>()); };
            const std::string tag = HmacSm3(bytes("key"), bytes("msg")).substr(0, tag_size);
            EXPECT_EQ(ConstantTimeEqual(tag, bytes("tag")), test["result"] == "valid") << test["tcId"];
            ++count;
        }
    }
    EXPECT_EQ(count, suite["numberOfTests"]);
}

TEST(Sha256StreamTest, PiecesMakeTheWhole) {
    const std::string text(1000, 'x');
    Sha256Stream stream;
    stream.Update(text.substr(0, 1));
    stream.Update("");
    stream.Update(text.substr(1, 640));
    Sha256Stream moved(std::move(stream));
    moved.Update(text.substr(641));
    EXPECT_EQ(moved.Finish(), Sha256(text));
}

TEST(ConstantTimeEqualTest, Compares) {
    EXPECT_TRUE(ConstantTimeEqual("", ""));
    EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
    EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
    EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
    EXPECT_FALSE(ConstantTimeEqual("", "a"));
}

TEST(RandomBytesTest, Differ) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(seen.insert(RandomBytes(16)).second);
    }
    EXPECT_EQ(RandomBytes(0), "");
    EXPECT_EQ(RandomBytes(1000).size(), 1000U);
}

}  // namespace
}  // namespace shouwang::crypto
