// /docs: the API, event and dataset reference and the OpenAPI document, generated from the
// descriptors at start.
#pragma once

#include <string>

#include "services/gateway/calls/method_table.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::docs {

std::string ReferenceHtml(const calls::MethodTable& table);
std::string OpenApiJson(const calls::MethodTable& table);

class Pages {
public:
    explicit Pages(const calls::MethodTable& table);
    void AddRoutes(http::Router& router) const;  // /docs, /docs/openapi.json

private:
    const std::string html_, openapi_;
};

}  // namespace shouwang::gateway::docs
