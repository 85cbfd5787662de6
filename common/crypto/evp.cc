#include "common/crypto/evp.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace shouwang::crypto::evp {
namespace {

// Keys a thread keeps ready. A process has a handful; the bound is for tests that make many.
constexpr std::size_t kKeysPerThread = 16;

// Fetched once and kept for ever: looking an algorithm up by name costs as much as hashing a short text.
EVP_MD* FetchDigest(const char* name) {
    EVP_MD* const digest = EVP_MD_fetch(nullptr, name, nullptr);
    Insist(digest != nullptr, name);
    return digest;
}

EVP_MAC* HmacAlgorithm() {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    Insist(mac != nullptr, "HMAC");
    return mac;
}

EVP_CIPHER* FetchCipher(const char* name) {
    EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
    Insist(cipher != nullptr, name);
    return cipher;
}

struct Entry {
    std::uint64_t serial;
    Keyed keyed;
};

Keyed Build(const KeyRing::Key& key) {
    Keyed out;
    if (key.suite == Suite::kInternational) {
        out.cipher = std::make_unique<Cipher>("AES-256-GCM", key.secret);
        out.index = std::make_unique<Mac>(Hash::kSha256, key.secret);
        return out;
    }
    // One 32-byte secret, three uses, three keys that tell nothing of each other.
    Mac derive(Hash::kSm3, key.secret);
    out.cipher =
        std::make_unique<Cipher>("SM4-CTR", derive.Of("shouwang seal encrypt").substr(0, 16));
    out.mac = std::make_unique<Mac>(Hash::kSm3, derive.Of("shouwang seal authenticate"));
    out.index = std::make_unique<Mac>(Hash::kSm3, key.secret);
    return out;
}

}  // namespace

void Insist(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "crypto library failed: %s\n", what);
    std::abort();
}

const EVP_MD* Digest(Hash hash) {
    static const EVP_MD* const sha256 = FetchDigest("SHA256");
    static const EVP_MD* const sm3 = FetchDigest("SM3");
    return hash == Hash::kSha256 ? sha256 : sm3;
}

Mac::Mac(Hash hash, std::string_view key) : context_(EVP_MAC_CTX_new(HmacAlgorithm())) {
    std::string digest = hash == Hash::kSha256 ? "SHA256" : "SM3";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    // OpenSSL reads a null key as "keep the one you have": an empty key must not be null.
    const unsigned char* const data = key.empty() ? Data("") : Data(key);
    Insist(context_ && EVP_MAC_init(context_.get(), data, key.size(), params) == 1, "HMAC key");
}

void Mac::Begin() { Insist(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1, "HMAC"); }

void Mac::Update(std::string_view data) {
    Insist(EVP_MAC_update(context_.get(), Data(data), data.size()) == 1, "HMAC");
}

void Mac::Finish(unsigned char out[32]) {
    std::size_t size = 0;
    Insist(EVP_MAC_final(context_.get(), out, &size, 32) == 1 && size == 32, "HMAC");
}

std::string Mac::Of(std::string_view data) {
    std::string out(32, '\0');
    Begin();
    Update(data);
    Finish(Data(out));
    return out;
}

Cipher::Cipher(const char* name, std::string_view key)
    : encrypt(EVP_CIPHER_CTX_new()), decrypt(EVP_CIPHER_CTX_new()) {
    static EVP_CIPHER* const aes = FetchCipher("AES-256-GCM");
    static EVP_CIPHER* const sm4 = FetchCipher("SM4-CTR");
    const EVP_CIPHER* const cipher = std::string_view(name) == "AES-256-GCM" ? aes : sm4;
    Insist(EVP_EncryptInit_ex2(encrypt.get(), cipher, Data(key), nullptr, nullptr) == 1, name);
    Insist(EVP_DecryptInit_ex2(decrypt.get(), cipher, Data(key), nullptr, nullptr) == 1, name);
}

Keyed& ForThisThread(const KeyRing::Key& key) {
    thread_local std::vector<Entry> entries;
    thread_local std::size_t oldest = 0;
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& e) { return e.serial == key.serial; });
    if (found != entries.end()) return found->keyed;
    if (entries.size() < kKeysPerThread) {
        return entries.emplace_back(Entry{key.serial, Build(key)}).keyed;
    }
    Entry& entry = entries[oldest++ % kKeysPerThread];
    entry = {key.serial, Build(key)};
    return entry.keyed;
}

const unsigned char* Data(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace shouwang::crypto::evp
