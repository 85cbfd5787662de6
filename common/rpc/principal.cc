#include "common/rpc/principal.h"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace shouwang::rpc {
namespace {

// A signature check costs about 100 µs, a look-up about one: the same caller comes many times
// within the life of its principal.
constexpr std::size_t kCached = 4096;

Status Refused(const char* reason, const char* message) {
    return MakeStatus(Code::kUnauthenticated, reason, message);
}

}  // namespace

struct PrincipalVerifier::Impl {
    std::unique_ptr<crypto::Verifier> verifier;
    const Clock& clock;
    std::mutex mutex;
    using Entry = std::pair<std::string, type::v1::Principal>;
    std::list<Entry> recent;  // newest first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_hash;

    Impl(std::unique_ptr<crypto::Verifier> v, const Clock& c) : verifier(std::move(v)), clock(c) {}

    bool Find(const std::string& hash, type::v1::Principal& out) {
        std::lock_guard lock(mutex);
        const auto found = by_hash.find(hash);
        if (found == by_hash.end()) return false;
        recent.splice(recent.begin(), recent, found->second);
        out = found->second->second;
        return true;
    }

    void Keep(const std::string& hash, const type::v1::Principal& principal) {
        std::lock_guard lock(mutex);
        if (by_hash.count(hash) != 0) return;
        recent.emplace_front(hash, principal);
        by_hash[hash] = recent.begin();
        if (recent.size() > kCached) {
            by_hash.erase(recent.back().first);
            recent.pop_back();
        }
    }

    Result<type::v1::Principal> Open(std::string_view bytes) const {
        type::v1::SignedPrincipal token;
        if (!token.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
            token.key_id() != verifier->key_id() ||
            !verifier->Verify(token.principal(), token.signature())) {
            return Refused("PRINCIPAL_INVALID", "the principal is not signed by the door");
        }
        type::v1::Principal principal;
        if (!principal.ParseFromString(token.principal()) || principal.subject().empty()) {
            return Refused("PRINCIPAL_INVALID", "the principal cannot be read");
        }
        return principal;
    }
};

PrincipalVerifier::PrincipalVerifier(std::unique_ptr<crypto::Verifier> verifier, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(verifier), clock)) {}
PrincipalVerifier::~PrincipalVerifier() = default;

Result<type::v1::Principal> PrincipalVerifier::Verify(
    std::string_view signed_principal_bytes) const {
    if (signed_principal_bytes.empty())
        return Refused("PRINCIPAL_MISSING", "the call names no caller");
    const std::string hash = crypto::Sha256(signed_principal_bytes);
    type::v1::Principal principal;
    if (!impl_->Find(hash, principal)) {
        SW_ASSIGN_OR_RETURN(principal, impl_->Open(signed_principal_bytes));
        impl_->Keep(hash, principal);
    }
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(impl_->clock.Now().time_since_epoch())
            .count();
    if (principal.expires_at() <= now)
        return Refused("PRINCIPAL_EXPIRED", "the principal has expired");
    return principal;
}

std::string SignPrincipal(const crypto::Signer& signer, const type::v1::Principal& principal) {
    type::v1::SignedPrincipal token;
    token.set_principal(principal.SerializeAsString());
    token.set_signature(signer.Sign(token.principal()));
    token.set_key_id(signer.key_id());
    return token.SerializeAsString();
}

}  // namespace shouwang::rpc
