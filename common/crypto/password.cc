#include <argon2.h>

#include <array>

#include "common/crypto/evp.h"

namespace shouwang::crypto {
namespace {

// OWASP's argon2id minimum: 19 MiB, 2 passes, 1 lane; about 30 ms of one core.
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kMemoryKib = 19 * 1024;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;

// Without 0 O o 1 l I i.
constexpr std::string_view kReadable = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz";

}  // namespace

std::string RandomPassword(std::size_t length) {
    // Bytes past the last whole multiple are thrown away, so that every character is equally likely.
    constexpr std::size_t kLimit = 256 / kReadable.size() * kReadable.size();
    std::string out;
    while (out.size() < length) {
        for (const char c : RandomBytes(length)) {
            const auto value = static_cast<unsigned char>(c);
            if (value < kLimit && out.size() < length) out += kReadable[value % kReadable.size()];
        }
    }
    return out;
}

std::string HashPassword(std::string_view password) {
    const std::string salt = RandomBytes(kSaltSize);
    std::array<char, 256> out{};
    const int result = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(),
                                             password.size(), salt.data(), salt.size(), kHashSize,
                                             out.data(), out.size());
    evp::Insist(result == ARGON2_OK, argon2_error_message(result));
    return out.data();
}

bool VerifyPassword(std::string_view phc, std::string_view password) {
    return argon2id_verify(std::string(phc).c_str(), password.data(), password.size()) ==
           ARGON2_OK;
}

}  // namespace shouwang::crypto
