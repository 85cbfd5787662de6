// Makes the signed principal that travels with every forwarded call: Ed25519, valid 60 seconds,
// made again after 30. Thread-safe.
//
// Its times are real time, also where the platform's business clock is shifted: every process must
// agree on them.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/crypto/crypto.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::gateway::auth {

class Principals {
public:
    Principals(const crypto::Signer& signer, const Clock& real_time)
        : signer_(signer), clock_(real_time) {}

    // Serialized SignedPrincipal; cached by session. The principal's own times are replaced.
    std::string Signed(type::v1::Principal principal);
    // The gateway itself: "services/gateway", ROLE_SERVICE, every region. For methods only a
    // Shouwang service may call.
    std::string Own();
    // Forgets a session.
    void Forget(const std::string& session);

private:
    std::string Make(type::v1::Principal& principal, std::int64_t now) const;

    struct Entry {
        std::string bytes;
        std::int64_t made_at;
    };
    const crypto::Signer& signer_;
    const Clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> cache_;  // by session id
};

}  // namespace shouwang::gateway::auth
