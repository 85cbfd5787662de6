#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <utility>

#include "common/crypto/evp.h"

namespace shouwang::crypto {
namespace {

std::string Hashed(evp::Hash hash, std::string_view data) {
    thread_local const evp::DigestCtx context(EVP_MD_CTX_new());
    std::string out(32, '\0');
    evp::Insist(EVP_DigestInit_ex2(context.get(), evp::Digest(hash), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), evp::Data(out), nullptr) == 1,
                "digest");
    return out;
}

}  // namespace

std::string Sha256(std::string_view data) { return Hashed(evp::Hash::kSha256, data); }
std::string Sm3(std::string_view data) { return Hashed(evp::Hash::kSm3, data); }

std::string HmacSha256(std::string_view key, std::string_view data) {
    return evp::Mac(evp::Hash::kSha256, key).Of(data);
}
std::string HmacSm3(std::string_view key, std::string_view data) {
    return evp::Mac(evp::Hash::kSm3, key).Of(data);
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    evp::Insist(EVP_DigestInit_ex2(context, evp::Digest(evp::Hash::kSha256), nullptr) == 1,
                "digest");
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
Sha256Stream::Sha256Stream(Sha256Stream&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

void Sha256Stream::Update(std::string_view data) {
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    evp::Insist(EVP_DigestUpdate(context, data.data(), data.size()) == 1, "digest");
}

std::string Sha256Stream::Finish() {
    std::string out(32, '\0');
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    evp::Insist(EVP_DigestFinal_ex(context, evp::Data(out), nullptr) == 1, "digest");
    return out;
}

std::string RandomBytes(std::size_t n) {
    std::string out(n, '\0');
    evp::Insist(RAND_bytes(evp::Data(out), static_cast<int>(n)) == 1, "random");
    return out;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace shouwang::crypto
