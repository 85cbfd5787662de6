// What every answer carries, and who may use a cookie: the browser's side of the door.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::http {

// Sent with every answer: CSP without inline script, nosniff, no framing, no referrer, own origin
// only.
std::span<const std::pair<std::string_view, std::string_view>> SecurityHeaders();

inline constexpr std::string_view kSessionCookie = "shouwang_session";

struct Credential {
    std::string token;
    bool from_cookie = false;
};
// `authorization: Bearer …`, else the session cookie, else empty.
Credential CredentialOf(const Request& request);

// PERMISSION_DENIED "CSRF_REFUSED": a request that changes something and rests on the cookie must
// show that it comes from our own page (Sec-Fetch-Site: same-origin, or an Origin that is our
// Host). One that a browser marks as coming from elsewhere is refused even without a cookie, so
// that no other page can sign a visitor in.
Status CheckSameOrigin(const Request& request, bool from_cookie);

std::string SetSessionCookie(std::string_view token, std::int64_t seconds, bool secure);
std::string ClearSessionCookie(bool secure);

}  // namespace shouwang::gateway::http
