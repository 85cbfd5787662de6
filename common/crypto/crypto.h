// Sealed fields, blind indexes, signatures, passwords, random. OpenSSL underneath; suites by configuration.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace shouwang::crypto {

enum class Suite { kInternational, kShangMi };  // AES-256-GCM + HMAC-SHA256, or SM4-CTR + HMAC-SM3 (encrypt-then-MAC)

// Keys of one purpose, by id; the newest seals, every one opens. Loaded from a file of lines "<id> <hex key of 32 bytes> <suite>"
// (suite: aes256gcm or sm4), mode 0600. First line = newest.
class KeyRing {
public:
    static Result<KeyRing> Load(const std::string& path);
    static std::string Generate(Suite suite);  // one line for a new file

    struct Key {
        std::string id;  // 1 to 16 of a-z 0-9
        std::string secret;
        Suite suite = Suite::kInternational;
        std::uint64_t serial = 0;  // unique in the process; ready contexts are found by it
    };
    const Key& newest() const { return keys_.front(); }
    const Key* Find(std::string_view id) const;

private:
    std::vector<Key> keys_;
};

// Seals short personal fields. Sealed form: version byte, id length, key id, nonce, ciphertext, tag. `context` (field name) is
// authenticated, so that a sealed phone cannot be passed off as a bank number. Thread-safe.
class Sealer {
public:
    explicit Sealer(KeyRing keys);
    std::string Seal(std::string_view plain, std::string_view context) const;
    Result<std::string> Open(std::string_view sealed, std::string_view context) const;  // DATA_LOSS "SEAL_BROKEN", "SEAL_KEY_UNKNOWN"

private:
    KeyRing keys_;
};

// Keyed hash for equality look-up of normalised identity numbers: first 16 bytes of HMAC-SHA256 or HMAC-SM3. Thread-safe.
class BlindIndex {
public:
    explicit BlindIndex(KeyRing keys);
    std::string Of(std::string_view normalised) const;  // 16 bytes

private:
    KeyRing keys_;
};

// Ed25519.
class Signer {
public:
    static Result<std::unique_ptr<Signer>> Load(const std::string& pem_path);
    static Result<std::unique_ptr<Signer>> Generate();
    virtual ~Signer() = default;
    virtual std::string Sign(std::string_view message) const = 0;
    virtual std::string private_pem() const = 0;
    virtual std::string public_pem() const = 0;
    virtual std::string key_id() const = 0;  // first 16 hex of SHA-256 over the DER public key
};
class Verifier {
public:
    static Result<std::unique_ptr<Verifier>> FromPem(std::string_view public_pem);
    static Result<std::unique_ptr<Verifier>> Load(const std::string& pem_path);
    virtual ~Verifier() = default;
    virtual bool Verify(std::string_view message, std::string_view signature) const = 0;
    virtual std::string key_id() const = 0;
};

std::string Sha256(std::string_view data);  // 32 bytes
std::string Sm3(std::string_view data);
std::string HmacSha256(std::string_view key, std::string_view data);
std::string HmacSm3(std::string_view key, std::string_view data);

// Incremental SHA-256.
class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    void Update(std::string_view data);
    std::string Finish();  // once

private:
    void* context_;
};

// SHA-256 Merkle tree as RFC 6962 (leaf prefix 0x00, node prefix 0x01), incremental: memory O(log n).
class MerkleTree {
public:
    void Add(std::string_view leaf);
    std::string Root() const;  // 32 bytes; SHA-256("") where empty

private:
    std::vector<std::pair<int, std::string>> stack_;  // height, hash
};

std::string RandomBytes(std::size_t n);
std::string RandomPassword(std::size_t length = 20);  // unambiguous letters and digits

// argon2id, PHC string.
std::string HashPassword(std::string_view password);
bool VerifyPassword(std::string_view phc, std::string_view password);
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace shouwang::crypto
