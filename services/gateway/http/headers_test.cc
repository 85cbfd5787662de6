#include "services/gateway/http/headers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/gateway/http/errors.h"

namespace shouwang::gateway::http {
namespace {

TEST(Credential, BearerWinsOverCookie) {
    const struct {
        const char *authorization, *cookie, *token;
        bool from_cookie;
    } cases[] = {
        {"Bearer abc", "", "abc", false},
        {"bearer abc", "shouwang_session=def", "abc", false},
        {"", "shouwang_session=def", "def", true},
        {"", "a=1; shouwang_session=def; b=2", "def", true},
        {"", "xshouwang_session=def", "", false},
        {"Basic abc", "", "", false},
        {"Bearer ", "", "", false},
        {"", "", "", false},
    };
    for (const auto& c : cases) {
        Request request;
        if (*c.authorization) request.headers["authorization"] = c.authorization;
        if (*c.cookie) request.headers["cookie"] = c.cookie;
        const Credential credential = CredentialOf(request);
        EXPECT_EQ(credential.token, c.token) << c.authorization << c.cookie;
        EXPECT_EQ(credential.from_cookie, c.from_cookie) << c.authorization << c.cookie;
    }
}

TEST(SameOrigin, Table) {
    const struct {
        const char *method, *site, *origin;
        bool cookie, allowed;
    } cases[] = {
        {"GET", "cross-site", "http://evil", true,
         true},  // reads change nothing, SameSite=Strict keeps the cookie away
        {"POST", "same-origin", "", true, true},
        {"POST", "same-site", "", true, false},
        {"POST", "cross-site", "", true, false},
        {"POST", "cross-site", "", false, false},
        {"POST", "none", "", true, false},
        {"POST", "", "http://door.test:8080", true, true},
        {"POST", "", "http://DOOR.test:8080", true, true},
        {"POST", "", "http://door.test", true, false},
        {"POST", "", "null", true, false},
        {"POST", "", "http://evil.test", false, false},
        {"POST", "", "", true, false},
        {"POST", "", "", false, true},
        {"POST", "same-origin", "http://evil", true, true},  // a page cannot write Sec-Fetch-Site
    };
    for (const auto& c : cases) {
        Request request;
        request.method = c.method;
        request.headers["host"] = "door.test:8080";
        if (*c.site) request.headers["sec-fetch-site"] = c.site;
        if (*c.origin) request.headers["origin"] = c.origin;
        EXPECT_EQ(CheckSameOrigin(request, c.cookie).ok(), c.allowed)
            << c.method << ' ' << c.site << ' ' << c.origin << ' ' << c.cookie;
    }
}

TEST(Cookie, HasEveryProtection) {
    const std::string cookie = SetSessionCookie("abc", 60, true);
    EXPECT_EQ(cookie,
              "shouwang_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
    EXPECT_EQ(ClearSessionCookie(false),
              "shouwang_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(Errors, ConnectJson) {
    Status status = InvalidField("name", "households/{id}");
    status.retry_after_ms = 1500;
    const nlohmann::json json = nlohmann::json::parse(ErrorJson(status));
    EXPECT_EQ(json["code"], "invalid_argument");
    std::map<std::string, nlohmann::json> details;
    for (const auto& detail : json["details"]) {
        EXPECT_EQ(detail["value"].get<std::string>().find('='), std::string::npos)
            << "base64 without padding";
        details[detail["type"]] = detail["debug"];
    }
    EXPECT_EQ(details["google.rpc.ErrorInfo"]["reason"], "INVALID_FIELD");
    EXPECT_EQ(details["google.rpc.BadRequest"]["fieldViolations"][0]["field"], "name");
    EXPECT_EQ(details["google.rpc.RetryInfo"]["retryDelay"], "1.500s");
    EXPECT_EQ(RetryAfterSeconds(status), "2");
}

TEST(Errors, CodesAndStatusesOfTheProtocol) {
    const struct {
        Code code;
        const char* name;
        int status;
    } cases[] = {
        {Code::kCancelled, "canceled", 499},
        {Code::kUnknown, "unknown", 500},
        {Code::kInvalidArgument, "invalid_argument", 400},
        {Code::kDeadlineExceeded, "deadline_exceeded", 504},
        {Code::kNotFound, "not_found", 404},
        {Code::kAlreadyExists, "already_exists", 409},
        {Code::kPermissionDenied, "permission_denied", 403},
        {Code::kResourceExhausted, "resource_exhausted", 429},
        {Code::kFailedPrecondition, "failed_precondition", 400},
        {Code::kAborted, "aborted", 409},
        {Code::kOutOfRange, "out_of_range", 400},
        {Code::kUnimplemented, "unimplemented", 501},
        {Code::kInternal, "internal", 500},
        {Code::kUnavailable, "unavailable", 503},
        {Code::kDataLoss, "data_loss", 500},
        {Code::kUnauthenticated, "unauthenticated", 401},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(ConnectCode(c.code), c.name);
        EXPECT_EQ(HttpStatus(c.code), c.status) << c.name;
    }
}

}  // namespace
}  // namespace shouwang::gateway::http
