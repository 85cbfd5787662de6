// OpenSSL's objects with owners, and keyed contexts that live as long as their thread: setting a key up costs more than using
// it on a short field. Private to common/crypto.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/crypto/crypto.h"

namespace shouwang::crypto::evp {

template <auto kFree>
struct Free {
    template <typename T>
    void operator()(T* object) const {
        kFree(object);
    }
};
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using DigestCtx = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using MacCtx = std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// Ends the process where `good` is false: OpenSSL refuses these calls only when memory is out or the library is broken, and a
// field must never be stored unsealed because of it.
void Insist(bool good, const char* what);

enum class Hash { kSha256, kSm3 };
const EVP_MD* Digest(Hash hash);

// HMAC with its key set. Not thread-safe.
class Mac {
public:
    Mac(Hash hash, std::string_view key);
    void Begin();
    void Update(std::string_view data);
    void Finish(unsigned char out[32]);
    std::string Of(std::string_view data);  // 32 bytes

private:
    MacCtx context_;
};

// A cipher with its key set in both directions. Not thread-safe.
struct Cipher {
    CipherCtx encrypt, decrypt;
    Cipher(const char* name, std::string_view key);
};

// What a thread needs to work with one key.
struct Keyed {
    std::unique_ptr<Cipher> cipher;  // AES-256-GCM or SM4-CTR
    std::unique_ptr<Mac> mac;        // for SM4: HMAC-SM3 over header, nonce, context and ciphertext
    std::unique_ptr<Mac> index;      // blind index
};
// Built at first use. Valid until this thread asks for another key.
Keyed& ForThisThread(const KeyRing::Key& key);

const unsigned char* Data(std::string_view bytes);
unsigned char* Data(std::string& bytes);

}  // namespace shouwang::crypto::evp
