// The console's files from one directory: right types, ETag, pre-compressed twins (x.js.gz), and
// index.html for every path that is a page of the console. Files are read at the request and
// remembered until they change. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "services/gateway/http/router.h"

namespace shouwang::gateway::http {

class StaticFiles {
public:
    // directory empty or missing: every page answers 404 with a hint that no console is installed.
    explicit StaticFiles(std::string directory);
    ~StaticFiles();
    void AddRoutes(Router& router);  // "/" and "/{rest...}"
    Response Answer(const Request& request) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::string_view ContentTypeOf(std::string_view path);
// Whether the ETag list of an If-None-Match header names this one.
bool MatchesETag(std::string_view if_none_match, std::string_view etag);

}  // namespace shouwang::gateway::http
