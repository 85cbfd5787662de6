#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/test_keys.h"

namespace shouwang::crypto {
namespace {

std::unique_ptr<Signer> NewSigner() {
    auto signer = Signer::Generate();
    EXPECT_TRUE(signer.ok());
    return *std::move(signer);
}

// The key of RFC 8032, 7.1, test 3, wrapped as PKCS#8.
std::string Rfc8032Pem() {
    const std::string der = *HexDecode("302e020100300506032b657004220420"
                                       "c5aa8df43f9f837bedb7442f31dcb7b1"
                                       "66d38535076f094b85ce3a2e0b4458f7");
    return "-----BEGIN PRIVATE KEY-----\n" + Base64Encode(der) + "\n-----END PRIVATE KEY-----\n";
}

TEST(SignatureTest, VectorOfRfc8032) {
    KeyFiles files;
    const auto signer = Signer::Load(files.Write(Rfc8032Pem()));
    ASSERT_TRUE(signer.ok()) << signer.status().message;
    EXPECT_EQ(HexEncode((*signer)->Sign("\xaf\x82")),
              "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
              "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(SignatureTest, VerifiesItsOwnAndNothingElse) {
    const auto signer = NewSigner(), other = NewSigner();
    const auto verifier = Verifier::FromPem(signer->public_pem());
    ASSERT_TRUE(verifier.ok());
    const std::string signature = signer->Sign("receipt");
    EXPECT_TRUE((*verifier)->Verify("receipt", signature));
    EXPECT_TRUE((*verifier)->Verify("", signer->Sign("")));
    EXPECT_FALSE((*verifier)->Verify("receipt ", signature));
    EXPECT_FALSE((*verifier)->Verify("receipt", other->Sign("receipt")));
    EXPECT_FALSE((*verifier)->Verify("receipt", ""));
    EXPECT_FALSE((*verifier)->Verify("receipt", signature.substr(1)));
    for (std::size_t i = 0; i < signature.size(); ++i) {
        std::string changed = signature;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE((*verifier)->Verify("receipt", changed)) << i;
    }
}

TEST(SignatureTest, KeysSurviveTheirFiles) {
    KeyFiles files;
    const auto signer = NewSigner();
    const auto again = Signer::Load(files.Write(signer->private_pem()));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ((*again)->Sign("m"), signer->Sign("m"));
    const auto verifier = Verifier::Load(files.Write(signer->public_pem(), 0644));
    ASSERT_TRUE(verifier.ok());
    EXPECT_TRUE((*verifier)->Verify("m", signer->Sign("m")));
    EXPECT_EQ((*verifier)->key_id(), signer->key_id());
    EXPECT_EQ(signer->key_id().size(), 16U);
    EXPECT_NE(signer->key_id(), NewSigner()->key_id());
}

TEST(SignatureTest, RefusesWhatIsNoKey) {
    KeyFiles files;
    const auto signer = NewSigner();
    const std::string public_pem = signer->public_pem();
    EXPECT_EQ(Signer::Load(files.Write(public_pem)).status().reason, "KEY_FILE_MALFORMED");
    EXPECT_EQ(Signer::Load(files.Write("")).status().reason, "KEY_FILE_MALFORMED");
    EXPECT_EQ(Signer::Load(files.Write(signer->private_pem(), 0644)).status().reason, "KEY_FILE_MODE");
    EXPECT_EQ(Signer::Load(files.path() + "/none").status().reason, "KEY_FILE_UNREADABLE");
    EXPECT_EQ(Verifier::FromPem("x").status().reason, "KEY_FILE_MALFORMED");
    EXPECT_EQ(Verifier::FromPem(signer->private_pem()).status().reason, "KEY_FILE_MALFORMED");
    EXPECT_EQ(Verifier::Load(files.path() + "/none").status().reason, "KEY_FILE_UNREADABLE");
    // X25519: a key, and of the wrong kind.
    const std::string x25519 = "-----BEGIN PUBLIC KEY-----\n" +
                               Base64Encode(*HexDecode("302a300506032b656e032100" + std::string(64, '9'))) +
                               "\n-----END PUBLIC KEY-----\n";
    EXPECT_EQ(Verifier::FromPem(x25519).status().reason, "KEY_FILE_MALFORMED");
}

}  // namespace
}  // namespace shouwang::crypto
