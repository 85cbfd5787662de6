#include <gtest/gtest.h>

#include <set>
#include <string>

#include "common/crypto/crypto.h"

namespace shouwang::crypto {
namespace {

TEST(PasswordTest, VerifiesItsOwnAndNothingElse) {
    const std::string phc = HashPassword("correct horse 守望");
    EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << phc;
    EXPECT_TRUE(VerifyPassword(phc, "correct horse 守望"));
    for (const char* wrong : {"", "correct horse", "Correct horse 守望", "correct horse 守望 "}) {
        EXPECT_FALSE(VerifyPassword(phc, wrong)) << wrong;
    }
    EXPECT_NE(HashPassword("x"), HashPassword("x")) << "salts differ";
}

TEST(PasswordTest, TheReferenceImplementationAgrees) {
    // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
    EXPECT_TRUE(VerifyPassword(
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "password"));
}

TEST(PasswordTest, MalformedHashesVerifyNothing) {
    for (const char* phc : {"", "x", "$argon2id$", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA",
                            "$2b$12$abcdefghijklmnopqrstuv", "password"}) {
        EXPECT_FALSE(VerifyPassword(phc, "password")) << phc;
    }
}

TEST(RandomPasswordTest, IsReadableAndDiffers) {
    std::set<std::string> seen;
    std::set<char> letters;
    for (int i = 0; i < 500; ++i) {
        const std::string password = RandomPassword();
        EXPECT_EQ(password.size(), 20U);
        EXPECT_EQ(password.find_first_of("0O1lIio"), std::string::npos) << password;
        EXPECT_TRUE(seen.insert(password).second);
        letters.insert(password.begin(), password.end());
    }
    EXPECT_EQ(letters.size(), 55U);
    EXPECT_EQ(RandomPassword(8).size(), 8U);
}

}  // namespace
}  // namespace shouwang::crypto
