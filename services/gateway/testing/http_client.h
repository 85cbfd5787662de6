// A small blocking HTTP/1.1 client for tests: one connection, whole answers or a stream of pieces.
// It sends what it is told, so that tests can be rude.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shouwang::gateway::testing {

struct Answer {
    int status = 0;  // 0: the connection ended before an answer
    std::map<std::string, std::string>
        headers;  // names in lower case; repeated ones joined by '\n'
    std::string body;
    std::string Header(const std::string& name) const {
        auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
public:
    explicit HttpClient(int port);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    Answer Get(const std::string& target, const HeaderList& headers = {}) {
        return Ask("GET", target, headers, "");
    }
    Answer Post(const std::string& target, const HeaderList& headers, std::string_view body) {
        return Ask("POST", target, headers, body);
    }
    Answer Ask(const std::string& method, const std::string& target, const HeaderList& headers,
               std::string_view body);

    bool Send(std::string_view bytes);
    Answer ReadHead();
    Answer ReadAnswer(bool head_request = false);
    // The next chunk of a chunked answer; "" at its end, nullopt where the connection broke.
    std::optional<std::string> ReadChunk();
    // The other side has closed.
    bool AtEnd();
    void Close();

private:
    bool Fill();
    std::optional<std::string> Line();
    std::optional<std::string> Bytes(std::size_t n);

    int fd_ = -1;
    std::string buffer_;
};

// {"content-type": application/json} and, where given, a bearer token.
HeaderList Json(const std::string& token = "");

}  // namespace shouwang::gateway::testing
