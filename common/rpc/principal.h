// Who calls: the signed principal that the gateway made, verified by every service itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/crypto.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::rpc {

// The gateway's public key file makes principals; a service only verifies. Caches verified tokens
// by SHA-256; the expiry is looked at every time. Thread-safe.
class PrincipalVerifier {
public:
    PrincipalVerifier(std::unique_ptr<crypto::Verifier> verifier, const Clock& clock);
    ~PrincipalVerifier();
    // UNAUTHENTICATED "PRINCIPAL_MISSING", "PRINCIPAL_INVALID", "PRINCIPAL_EXPIRED".
    Result<type::v1::Principal> Verify(std::string_view signed_principal_bytes) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Signs what PrincipalVerifier accepts: the gateway's half, and a service's for its own calls
// ("services/<name>", ROLE_SERVICE).
std::string SignPrincipal(const crypto::Signer& signer, const type::v1::Principal& principal);

// Another way to know who calls (the gateway: bearer token or cookie in the metadata). Runs on the
// server's own threads, may block. Answers UNAUTHENTICATED where there is nobody; methods that are
// ACCESS_PUBLIC are served all the same.
using Authenticator = std::function<Result<type::v1::Principal>(
    const std::multimap<std::string, std::string>& metadata)>;

}  // namespace shouwang::rpc
