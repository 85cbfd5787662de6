#include "services/gateway/docs/pages.h"

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"
#include "services/gateway/http/static_files.h"

namespace shouwang::gateway::docs {

Pages::Pages(const calls::MethodTable& table)
    : html_(ReferenceHtml(table)), openapi_(OpenApiJson(table)) {}

void Pages::AddRoutes(http::Router& router) const {
    const auto add = [&router](const char* pattern, const std::string& content, const char* type) {
        http::Route route;
        route.method = "GET";
        route.pattern = pattern;
        route.max_body = 0;
        route.policy.set_access(options::v1::ACCESS_PUBLIC);
        route.metric = "docs";
        const std::string etag = '"' + HexEncode(crypto::Sha256(content)).substr(0, 24) + '"';
        route.handler = [&content, type, etag](http::Request& request, http::BodyReader&,
                                               http::Reply& reply) {
            http::Response response;
            response.headers = {
                {"Content-Type", type}, {"Cache-Control", "no-cache"}, {"ETag", etag}};
            if (http::MatchesETag(request.Header("if-none-match"), etag)) {
                response.status = 304;
            } else {
                response.body = content;
            }
            reply.Send(std::move(response));
        };
        router.Add(std::move(route));
    };
    add("/docs", html_, "text/html; charset=utf-8");
    add("/docs/openapi.json", openapi_, "application/json");
}

}  // namespace shouwang::gateway::docs
