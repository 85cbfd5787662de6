// The head of an HTTP request: first line the target, then "name: value" lines.
#include <algorithm>

#include "common/trace/trace.h"
#include "services/gateway/http/headers.h"
#include "services/gateway/http/router.h"
#include "services/gateway/http/static_files.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 10000;

namespace shouwang::gateway::http {
namespace {

using fuzz::Require;

const Router& Routes() {
    static const Router& router = *[] {
        auto* made = new Router;
        for (const char* pattern : {"/feeds/{dataset}/{batch}", "/feeds/batches/{department}/{id}/errors.csv", "/healthz", "/{rest...}"}) {
            Route route;
            route.method = "GET";
            route.pattern = pattern;
            route.metric = "fuzz";
            route.policy.set_access(options::v1::ACCESS_PUBLIC);
            route.handler = [](Request&, BodyReader&, Reply&) {};
            made->Add(std::move(route));
        }
        return made;
    }();
    return router;
}

void Target(std::string_view target, Request& request) {
    const Status status = ParseTarget(target, request);
    if (!status.ok()) {
        Require(status.reason == "TARGET_BROKEN" && status.code == Code::kInvalidArgument, "only the declared error");
        return;
    }
    Require(request.path.starts_with("/") && request.path.find('\0') == std::string::npos, "a path begins with / and holds no NUL");
    Require(("/" + request.path + "/").find("/../") == std::string::npos && ("/" + request.path + "/").find("/./") == std::string::npos,
            "a path leads nowhere up");
    const Router::Match match = Routes().Find("GET", request.path);
    Require(match.route != nullptr, "the last route takes every path");
    for (const auto& [name, value] : match.params)
        Require(request.path.find(value) != std::string::npos, "a parameter is a part of the path");
    (void)ContentTypeOf(request.path);
}

void Fields(std::string_view head, Request& request) {
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find('\n'));
        head.remove_prefix(std::min(line.size() + 1, head.size()));
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos) request.headers[std::string(line.substr(0, colon))] = line.substr(colon + 2);
    }
    const Credential credential = CredentialOf(request);
    Require(!credential.from_cookie || !credential.token.empty(), "an empty cookie is none");
    const bool checked = CheckSameOrigin(request, credential.from_cookie).ok();
    if (request.method != "GET" && credential.from_cookie && checked)
        Require(!request.Header("sec-fetch-site").empty() || !request.Header("origin").empty(), "a cookie alone changes nothing");
    const auto trace = trace::Context::Parse(request.Header("traceparent"));
    if (!trace.trace_id.empty())
        Require(trace.trace_id.size() == 32 && trace.span_id.size() == 16 && trace::Context::Parse(trace.ToString()).trace_id == trace.trace_id,
                "a trace context is well-formed or none");
    (void)MatchesETag(request.Header("if-none-match"), "\"abc\"");
}

}  // namespace
}  // namespace shouwang::gateway::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::http;
    const std::string_view head(reinterpret_cast<const char*>(data), size);
    const std::string_view target = head.substr(0, head.find('\n'));
    Request request;
    request.method = size % 2 == 0 ? "GET" : "POST";
    Target(target, request);
    Fields(head.substr(std::min(target.size() + 1, head.size())), request);
    return 0;
}
