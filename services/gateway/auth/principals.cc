#include "services/gateway/auth/principals.h"

namespace shouwang::gateway::auth {
namespace {

constexpr std::int64_t kValidSeconds = 60;
constexpr std::int64_t kRenewSeconds = 30;
constexpr std::size_t kMostCached = 20'000;

std::int64_t Seconds(const Clock& clock) {
    return std::chrono::duration_cast<std::chrono::seconds>(clock.Now().time_since_epoch()).count();
}

}  // namespace

std::string Principals::Make(type::v1::Principal& principal, std::int64_t now) const {
    principal.set_issued_at(now);
    principal.set_expires_at(now + kValidSeconds);
    type::v1::SignedPrincipal out;
    out.set_principal(principal.SerializeAsString());
    out.set_signature(signer_.Sign(out.principal()));
    out.set_key_id(signer_.key_id());
    return out.SerializeAsString();
}

std::string Principals::Signed(type::v1::Principal principal) {
    const std::int64_t now = Seconds(clock_);
    {
        std::lock_guard lock(mutex_);
        auto found = cache_.find(principal.session());
        if (found != cache_.end() && now >= found->second.made_at &&
            now - found->second.made_at < kRenewSeconds)
            return found->second.bytes;
    }
    std::string bytes = Make(principal, now);
    std::lock_guard lock(mutex_);
    if (cache_.size() >= kMostCached) cache_.clear();
    cache_[principal.session()] = {bytes, now};
    return bytes;
}

std::string Principals::Own() {
    type::v1::Principal principal;
    principal.set_subject("services/gateway");
    principal.add_roles(options::v1::ROLE_SERVICE);
    principal.set_session("services/gateway");
    principal.set_display_name("gateway");
    return Signed(std::move(principal));
}

void Principals::Forget(const std::string& session) {
    std::lock_guard lock(mutex_);
    cache_.erase(session);
}

}  // namespace shouwang::gateway::auth
