#include "services/gateway/http/status_routes.h"

#include "common/metrics/metrics.h"

namespace shouwang::gateway::http {
namespace {

Route Get(std::string pattern, std::string metric, Handler handler) {
    Route route;
    route.method = "GET";
    route.pattern = std::move(pattern);
    route.max_body = 0;
    route.policy.set_access(options::v1::ACCESS_PUBLIC);
    route.metric = std::move(metric);
    route.handler = std::move(handler);
    return route;
}

}  // namespace

void AddStatusRoutes(Router& router, std::function<bool()> ready) {
    router.Add(
        Get("/healthz", "healthz", [ready = std::move(ready)](Request&, BodyReader&, Reply& reply) {
            const bool serving = ready();
            reply.Send({serving ? 200 : 503,
                        {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                        serving ? R"({"status":"serving"})" : R"({"status":"not_ready"})"});
        }));
    router.Add(Get("/metrics", "metrics", [](Request&, BodyReader&, Reply& reply) {
        reply.Send({200,
                    {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                     {"Cache-Control", "no-store"}},
                    metrics::Render()});
    }));
}

}  // namespace shouwang::gateway::http
