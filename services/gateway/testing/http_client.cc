#include "services/gateway/testing/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace shouwang::gateway::testing {
namespace {

constexpr int kPatienceSeconds = 20;

std::string Lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

HttpClient::HttpClient(int port) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{kPatienceSeconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) Close();
}

HttpClient::~HttpClient() { Close(); }

void HttpClient::Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
}

bool HttpClient::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool HttpClient::Fill() {
    char piece[16384];
    const ssize_t n = recv(fd_, piece, sizeof(piece), 0);
    if (n <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(n));
    return true;
}

std::optional<std::string> HttpClient::Line() {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!Fill()) return std::nullopt;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

std::optional<std::string> HttpClient::Bytes(std::size_t n) {
    while (buffer_.size() < n) {
        if (!Fill()) return std::nullopt;
    }
    std::string bytes = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return bytes;
}

Answer HttpClient::ReadHead() {
    Answer answer;
    std::optional<std::string> line = Line();
    if (!line || line->size() < 12) return answer;
    answer.status = std::atoi(line->c_str() + 9);
    while ((line = Line()) && !line->empty()) {
        const std::size_t colon = line->find(':');
        const std::string name = Lower(line->substr(0, colon));
        std::string& value = answer.headers[name];
        if (!value.empty()) value += '\n';
        value += line->substr(std::min(line->size(), colon + 2));
    }
    return answer;
}

Answer HttpClient::ReadAnswer(bool head_request) {
    Answer answer = ReadHead();
    if (answer.status == 0 || head_request || answer.status == 304 || answer.status == 204)
        return answer;
    if (answer.Header("transfer-encoding") == "chunked") {
        while (true) {
            const std::optional<std::string> chunk = ReadChunk();
            if (!chunk) return Answer{};
            if (chunk->empty()) return answer;
            answer.body += *chunk;
        }
    }
    const std::optional<std::string> body =
        Bytes(static_cast<std::size_t>(std::atoll(answer.Header("content-length").c_str())));
    if (!body) return Answer{};
    answer.body = *body;
    return answer;
}

std::optional<std::string> HttpClient::ReadChunk() {
    const std::optional<std::string> size = Line();
    if (!size) return std::nullopt;
    const std::size_t n = std::strtoul(size->c_str(), nullptr, 16);
    std::optional<std::string> chunk = Bytes(n);
    if (!chunk || !Line()) return std::nullopt;
    return chunk;
}

bool HttpClient::AtEnd() { return buffer_.empty() && !Fill(); }

Answer HttpClient::Ask(const std::string& method, const std::string& target,
                       const HeaderList& headers, std::string_view body) {
    std::string request = method + " " + target + " HTTP/1.1\r\n";
    bool host = false;
    for (const auto& [name, value] : headers) {
        request += name + ": " + value + "\r\n";
        host = host || Lower(name) == "host";
    }
    if (!host) request += "Host: shouwang.test\r\n";
    if (!body.empty() || method == "POST")
        request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n";
    request += body;
    if (!Send(request))
        return ReadAnswer(method == "HEAD");  // refused early: the answer may be there all the same
    return ReadAnswer(method == "HEAD");
}

HeaderList Json(const std::string& token) {
    HeaderList headers = {{"Content-Type", "application/json"}};
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return headers;
}

}  // namespace shouwang::gateway::testing
