#include <openssl/rand.h>
#include <pthread.h>

#include <atomic>
#include <cstring>

#include "common/crypto/evp.h"

namespace shouwang::crypto {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kIndexSize = 16;

// A forked child must not go on with its parent's nonces.
std::atomic<std::uint64_t> fork_generation{0};
void CountFork() { fork_generation.fetch_add(1); }

// 8 random bytes of this thread, then a counter: two values never share a nonce under one key unless two threads ever draw
// the same 64 bits, however many values are sealed (deploy/decisions/0010).
void NextNonce(char out[kNonceSize]) {
    static const int registered = ::pthread_atfork(nullptr, nullptr, CountFork);
    thread_local unsigned char prefix[kNonceSize - sizeof(std::uint32_t)];
    thread_local std::uint32_t counter = 0;
    thread_local std::uint64_t generation = 0;
    evp::Insist(registered == 0, "fork handler");
    const std::uint64_t now = fork_generation.load(std::memory_order_relaxed) + 1;
    if (counter == 0 || generation != now) {
        evp::Insist(RAND_bytes(prefix, sizeof prefix) == 1, "random");
        counter = 0;
        generation = now;
    }
    ++counter;
    std::memcpy(out, prefix, sizeof prefix);
    std::memcpy(out + sizeof prefix, &counter, sizeof counter);
}

Status Broken() {
    return MakeStatus(Code::kDataLoss, "SEAL_BROKEN",
                      "a sealed value was changed, or belongs to another field");
}

// The parts of a sealed value; all point into it.
struct Parts {
    std::string_view header, id, nonce, body, tag;
};

bool Split(std::string_view sealed, Parts* out) {
    if (sealed.size() < 2 || sealed[0] != kVersion) return false;
    const std::size_t id_size = static_cast<unsigned char>(sealed[1]);
    const std::size_t header = 2 + id_size;
    if (sealed.size() < header + kNonceSize + kTagSize) return false;
    out->header = sealed.substr(0, header);
    out->id = sealed.substr(2, id_size);
    out->nonce = sealed.substr(header, kNonceSize);
    out->body = sealed.substr(header + kNonceSize,
                              sealed.size() - header - kNonceSize - kTagSize);
    out->tag = sealed.substr(sealed.size() - kTagSize);
    return true;
}

void Sm4Apply(EVP_CIPHER_CTX* cipher, std::string_view nonce, std::string_view in,
              unsigned char* out) {
    // The last four bytes count blocks.
    unsigned char iv[16] = {};
    std::memcpy(iv, nonce.data(), kNonceSize);
    int size = 0;
    evp::Insist(EVP_EncryptInit_ex2(cipher, nullptr, nullptr, iv, nullptr) == 1 &&
                    EVP_EncryptUpdate(cipher, out, &size, evp::Data(in),
                                      static_cast<int>(in.size())) == 1,
                "SM4");
}

// Over header, nonce, the context with its length, and the ciphertext: no two inputs read alike.
void Sm3Tag(evp::Mac& mac, const Parts& parts, std::string_view context, unsigned char out[32]) {
    const auto size = static_cast<std::uint32_t>(context.size());
    char length[sizeof size];
    std::memcpy(length, &size, sizeof size);
    mac.Begin();
    mac.Update(parts.header);
    mac.Update(parts.nonce);
    mac.Update({length, sizeof length});
    mac.Update(context);
    mac.Update(parts.body);
    mac.Finish(out);
}

void GcmSeal(EVP_CIPHER_CTX* cipher, const Parts& parts, std::string_view context,
             std::string_view plain, unsigned char* body, unsigned char* tag) {
    int size = 0;
    evp::Insist(
        EVP_EncryptInit_ex2(cipher, nullptr, nullptr, evp::Data(parts.nonce), nullptr) == 1 &&
            EVP_EncryptUpdate(cipher, nullptr, &size, evp::Data(parts.header),
                              static_cast<int>(parts.header.size())) == 1 &&
            EVP_EncryptUpdate(cipher, nullptr, &size, evp::Data(context),
                              static_cast<int>(context.size())) == 1 &&
            EVP_EncryptUpdate(cipher, body, &size, evp::Data(plain),
                              static_cast<int>(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(cipher, body + size, &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1,
        "AES-GCM");
}

bool GcmOpen(EVP_CIPHER_CTX* cipher, const Parts& parts, std::string_view context,
             std::string* plain) {
    int size = 0;
    std::string tag(parts.tag);
    evp::Insist(
        EVP_DecryptInit_ex2(cipher, nullptr, nullptr, evp::Data(parts.nonce), nullptr) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
            EVP_DecryptUpdate(cipher, nullptr, &size, evp::Data(parts.header),
                              static_cast<int>(parts.header.size())) == 1 &&
            EVP_DecryptUpdate(cipher, nullptr, &size, evp::Data(context),
                              static_cast<int>(context.size())) == 1 &&
            EVP_DecryptUpdate(cipher, evp::Data(*plain), &size, evp::Data(parts.body),
                              static_cast<int>(parts.body.size())) == 1,
        "AES-GCM");
    unsigned char rest[16];
    return EVP_DecryptFinal_ex(cipher, rest, &size) == 1;
}

}  // namespace

Sealer::Sealer(KeyRing keys) : keys_(std::move(keys)) {}

std::string Sealer::Seal(std::string_view plain, std::string_view context) const {
    const KeyRing::Key& key = keys_.newest();
    const std::size_t header = 2 + key.id.size();
    std::string out(header + kNonceSize + plain.size() + kTagSize, '\0');
    out[0] = kVersion;
    out[1] = static_cast<char>(key.id.size());
    std::memcpy(out.data() + 2, key.id.data(), key.id.size());
    NextNonce(out.data() + header);
    Parts parts;
    Split(out, &parts);
    unsigned char* const body = evp::Data(out) + header + kNonceSize;
    unsigned char* const tag = body + plain.size();
    evp::Keyed& keyed = evp::ForThisThread(key);
    if (key.suite == Suite::kInternational) {
        GcmSeal(keyed.cipher->encrypt.get(), parts, context, plain, body, tag);
        return out;
    }
    Sm4Apply(keyed.cipher->encrypt.get(), parts.nonce, plain, body);
    unsigned char mac[32];
    Sm3Tag(*keyed.mac, parts, context, mac);
    std::memcpy(tag, mac, kTagSize);
    return out;
}

Result<std::string> Sealer::Open(std::string_view sealed, std::string_view context) const {
    Parts parts;
    if (!Split(sealed, &parts)) return Broken();
    const KeyRing::Key* const key = keys_.Find(parts.id);
    if (key == nullptr) {
        return MakeStatus(Code::kDataLoss, "SEAL_KEY_UNKNOWN",
                          "the key that sealed this value is not in the key ring");
    }
    evp::Keyed& keyed = evp::ForThisThread(*key);
    std::string plain(parts.body.size(), '\0');
    if (key->suite == Suite::kInternational) {
        if (!GcmOpen(keyed.cipher->decrypt.get(), parts, context, &plain)) return Broken();
        return plain;
    }
    unsigned char mac[32];
    Sm3Tag(*keyed.mac, parts, context, mac);
    if (!ConstantTimeEqual({reinterpret_cast<const char*>(mac), kTagSize}, parts.tag)) {
        return Broken();
    }
    // Counter mode: both directions are the same.
    Sm4Apply(keyed.cipher->encrypt.get(), parts.nonce, parts.body, evp::Data(plain));
    return plain;
}

BlindIndex::BlindIndex(KeyRing keys) : keys_(std::move(keys)) {}

std::string BlindIndex::Of(std::string_view normalised) const {
    std::string out = evp::ForThisThread(keys_.newest()).index->Of(normalised);
    out.resize(kIndexSize);
    return out;
}

}  // namespace shouwang::crypto
