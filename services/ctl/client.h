// A client of the gateway: Connect calls as JSON, uploads, streams; over HTTP with libcurl.
#pragma once

#include <functional>
#include <string>

#include <google/protobuf/message.h>

#include "common/base/status.h"

namespace shouwang::ctl {

class Client {
public:
    // server: "http://127.0.0.1:8080"; token may be empty.
    Client(std::string server, std::string token);
    void SetToken(std::string token) { token_ = std::move(token); }
    const std::string& server() const { return server_; }

    // path: "/shouwang.gateway.v1.AuthService/SignIn". Errors carry the server's reason and violations.
    Status Call(const std::string& path, const google::protobuf::Message& request, google::protobuf::Message* response) const;
    // Server stream; `on_message` answers false to stop. Ends at the end of the stream.
    Status Stream(const std::string& path, const google::protobuf::Message& request, google::protobuf::Message* scratch,
                  const std::function<bool(const google::protobuf::Message&)>& on_message) const;
    // POST of a file; `progress` gets bytes sent and in all.
    Result<std::string> Upload(const std::string& path, const std::string& file, const std::string& content_type,
                               const std::function<void(std::int64_t, std::int64_t)>& progress) const;
    Result<std::string> Get(const std::string& path) const;

private:
    std::string server_, token_;
};

std::string UrlEscape(const std::string& text);

}  // namespace shouwang::ctl
