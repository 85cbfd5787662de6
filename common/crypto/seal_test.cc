#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/test_keys.h"

namespace shouwang::crypto {
namespace {

constexpr std::size_t kOverhead = 12 + 16;
const std::string kHex = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";

class SealTest : public ::testing::TestWithParam<const char*> {
protected:
    std::string Line(const std::string& id, const std::string& hex = kHex) const {
        return id + " " + hex + " " + GetParam() + "\n";
    }
    KeyFiles files_;
};

TEST_P(SealTest, OpensWhatItSealed) {
    const Sealer sealer(files_.Ring(Line("k1")));
    for (const std::string& plain :
         {std::string(), std::string("1"), std::string("13800000000"), std::string("守望"),
          std::string("\0\xff\r\n", 4), std::string(100'000, 'x')}) {
        const std::string sealed = sealer.Seal(plain, "person.phone");
        EXPECT_EQ(sealed.size(), 4 + plain.size() + kOverhead);
        EXPECT_EQ(sealed.substr(0, 4), "\x01\x02k1");
        const auto opened = sealer.Open(sealed, "person.phone");
        ASSERT_TRUE(opened.ok());
        EXPECT_EQ(*opened, plain);
    }
}

TEST_P(SealTest, TheSameValueNeverSealsAlike) {
    const Sealer sealer(files_.Ring(Line("k1")));
    std::set<std::string> nonces;
    for (int i = 0; i < 10'000; ++i) nonces.insert(sealer.Seal("13800000000", "c").substr(4, 12));
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                const std::string nonce = sealer.Seal("13800000000", "c").substr(4, 12);
                const std::lock_guard lock(mutex);
                nonces.insert(nonce);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(nonces.size(), 14'000U);
}

// Parent and child go on with the same memory: their nonces must part.
TEST_P(SealTest, AForkedChildTakesNoncesOfItsOwn) {
    const Sealer sealer(files_.Ring(Line("k1")));
    sealer.Seal("x", "c");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string nonce = sealer.Seal("x", "c").substr(4, 12);
        ::_exit(::write(ends[1], nonce.data(), 12) == 12 ? 0 : 1);
    }
    const std::string mine = sealer.Seal("x", "c").substr(4, 12);
    std::string theirs(12, '\0');
    EXPECT_EQ(::read(ends[0], theirs.data(), 12), 12);
    int state = 0;
    ::waitpid(child, &state, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_NE(mine.substr(0, 8), theirs.substr(0, 8));
}

TEST_P(SealTest, EveryChangedBitIsFound) {
    const Sealer sealer(files_.Ring(Line("k1")));
    const std::string sealed = sealer.Seal("13800000000", "person.phone");
    for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
        std::string changed = sealed;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
        const auto opened = sealer.Open(changed, "person.phone");
        ASSERT_FALSE(opened.ok()) << i;
        EXPECT_EQ(opened.status().code, Code::kDataLoss);
        // Bytes 1 to 3 name the key: what they then name is either unknown or out of bounds.
        const bool names_key = i / 8 >= 1 && i / 8 <= 3;
        if (!names_key || opened.status().reason != "SEAL_KEY_UNKNOWN") {
            EXPECT_EQ(opened.status().reason, "SEAL_BROKEN") << i;
        }
    }
}

TEST_P(SealTest, ShortAndForeignValuesAreRefused) {
    const Sealer sealer(files_.Ring(Line("k1")));
    const std::string sealed = sealer.Seal("13800000000", "c");
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_FALSE(sealer.Open(sealed.substr(0, size), "c").ok()) << size;
    }
    EXPECT_FALSE(sealer.Open(sealed + "x", "c").ok());
    EXPECT_FALSE(sealer.Open("13800000000", "c").ok());
    EXPECT_FALSE(sealer.Open("\x01\xff", "c").ok());
}

TEST_P(SealTest, AValueBelongsToItsField) {
    const Sealer sealer(files_.Ring(Line("k1")));
    const std::string sealed = sealer.Seal("6222000000000000", "person.bank");
    EXPECT_EQ(sealer.Open(sealed, "person.phone").status().reason, "SEAL_BROKEN");
    EXPECT_EQ(sealer.Open(sealed, "person.bank2").status().reason, "SEAL_BROKEN");
    EXPECT_EQ(sealer.Open(sealed, "").status().reason, "SEAL_BROKEN");
}

TEST_P(SealTest, KeysRotate) {
    const std::string second = std::string(64, '7');
    const Sealer before(files_.Ring(Line("k1")));
    const Sealer during(files_.Ring(Line("k2", second) + Line("k1")));
    const Sealer after(files_.Ring(Line("k2", second)));
    const std::string old = before.Seal("v", "c");
    EXPECT_EQ(*during.Open(old, "c"), "v");
    EXPECT_EQ(*after.Open(during.Seal("v", "c"), "c"), "v");
    EXPECT_EQ(after.Open(old, "c").status().reason, "SEAL_KEY_UNKNOWN");
    // The right id with the wrong key.
    EXPECT_EQ(Sealer(files_.Ring(Line("k1", second))).Open(old, "c").status().reason, "SEAL_BROKEN");
}

TEST_P(SealTest, WorksWithMoreKeysThanAThreadKeepsReady) {
    std::vector<Sealer> sealers;
    for (int i = 0; i < 40; ++i) sealers.emplace_back(files_.Ring(KeyRing::Generate(Suite::kShangMi)));
    for (int round = 0; round < 2; ++round) {
        for (const Sealer& sealer : sealers) {
            EXPECT_EQ(*sealer.Open(sealer.Seal("v", "c"), "c"), "v");
        }
    }
}

TEST_P(SealTest, ThreadsShareASealer) {
    const Sealer sealer(files_.Ring(Line("k1")));
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                const std::string plain = std::to_string(t * 1000 + i);
                const auto opened = sealer.Open(sealer.Seal(plain, "c"), "c");
                if (!opened.ok() || *opened != plain) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_P(SealTest, TheBlindIndexIsAKeyedHash) {
    const BlindIndex index(files_.Ring(Line("k1")));
    const BlindIndex same(files_.Ring(Line("k9")));
    const BlindIndex other(files_.Ring(Line("k1", std::string(64, '7'))));
    const std::string number = "11010519491231002X";
    const bool shangmi = std::string(GetParam()) == "sm4";
    const std::string secret = *HexDecode(kHex);
    EXPECT_EQ(index.Of(number),
              (shangmi ? HmacSm3(secret, number) : HmacSha256(secret, number)).substr(0, 16));
    EXPECT_EQ(index.Of(number), index.Of(number));
    EXPECT_EQ(index.Of(number), same.Of(number));
    EXPECT_NE(index.Of(number), other.Of(number));
    EXPECT_NE(index.Of(number), index.Of("110105194912310020"));
}

INSTANTIATE_TEST_SUITE_P(Suites, SealTest, ::testing::Values("aes256gcm", "sm4"));

TEST(SealSuitesTest, BothOpenFromOneRing) {
    KeyFiles files;
    const std::string aes = "a1 " + kHex + " aes256gcm\n", sm4 = "s1 " + kHex + " sm4\n";
    const std::string old = Sealer(files.Ring(aes)).Seal("v", "c");
    EXPECT_EQ(*Sealer(files.Ring(sm4 + aes)).Open(old, "c"), "v");
}

}  // namespace
}  // namespace shouwang::crypto
