#include "services/gateway/http/headers.h"

#include <array>

namespace shouwang::gateway::http {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// style-src allows inline styles: component libraries and charts set them, and a style runs nothing
// (record 0060).
constexpr std::array<Pair, 7> kHeaders = {{
    {"Content-Security-Policy",
     "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
     "data:; font-src 'self' data:; "
     "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
     "'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"},
}};

Status Refused() {
    return MakeStatus(Code::kPermissionDenied, "CSRF_REFUSED",
                      "the request does not come from a page of this server");
}

std::string_view CookieValue(std::string_view cookies, std::string_view name) {
    while (!cookies.empty()) {
        const std::size_t end = cookies.find(';');
        std::string_view pair = cookies.substr(0, end);
        cookies = end == std::string_view::npos ? std::string_view() : cookies.substr(end + 1);
        while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
    }
    return {};
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::string Cookie(std::string_view value, std::int64_t seconds, bool secure) {
    std::string cookie(kSessionCookie);
    cookie += '=';
    cookie += value;
    cookie += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds);
    if (secure) cookie += "; Secure";
    return cookie;
}

}  // namespace

std::span<const Pair> SecurityHeaders() { return kHeaders; }

Credential CredentialOf(const Request& request) {
    const std::string_view authorization = request.Header("authorization");
    if (authorization.size() > 7 && EqualsIgnoreCase(authorization.substr(0, 7), "bearer ")) {
        return {std::string(authorization.substr(7)), false};
    }
    const std::string_view cookie = CookieValue(request.Header("cookie"), kSessionCookie);
    return {std::string(cookie), !cookie.empty()};
}

Status CheckSameOrigin(const Request& request, bool from_cookie) {
    if (request.method == "GET" || request.method == "HEAD") return Status::Ok();
    const std::string_view site = request.Header("sec-fetch-site");
    if (!site.empty()) return site == "same-origin" ? Status::Ok() : Refused();
    const std::string_view origin = request.Header("origin");
    if (!origin.empty()) {
        const std::size_t scheme = origin.find("://");
        if (scheme == std::string_view::npos) return Refused();
        return EqualsIgnoreCase(origin.substr(scheme + 3), request.Header("host")) ? Status::Ok()
                                                                                   : Refused();
    }
    return from_cookie ? Refused() : Status::Ok();
}

std::string SetSessionCookie(std::string_view token, std::int64_t seconds, bool secure) {
    return Cookie(token, seconds, secure);
}
std::string ClearSessionCookie(bool secure) { return Cookie("", 0, secure); }

}  // namespace shouwang::gateway::http
