#include "services/gateway/http/router.h"

#include <cstdlib>

#include "common/log/log.h"
#include "services/gateway/http/errors.h"

namespace shouwang::gateway::http {
namespace {

std::vector<std::string> Split(std::string_view path) {
    std::vector<std::string> parts;
    std::size_t begin = 1;
    while (begin <= path.size()) {
        std::size_t end = path.find('/', begin);
        if (end == std::string_view::npos) end = path.size();
        parts.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

bool IsName(std::string_view part) {
    return part.size() > 2 && part.front() == '{' && part.back() == '}';
}
bool IsRest(std::string_view part) { return part.ends_with("...}"); }

// How well the pattern fits, higher is better; -1 = not at all. Literal 2, name 1 a part.
int Fit(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
        std::map<std::string, std::string, std::less<>>& params) {
    int score = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::string& part = pattern[i];
        if (IsRest(part)) {
            std::string rest;
            for (std::size_t j = i; j < path.size(); ++j) {
                if (j > i) rest += '/';
                rest += path[j];
            }
            params[part.substr(1, part.size() - 5)] = rest;
            return score;
        }
        if (i >= path.size()) return -1;
        if (IsName(part)) {
            if (path[i].empty()) return -1;
            params[part.substr(1, part.size() - 2)] = path[i];
            score += 1;
        } else if (part == path[i]) {
            score += 2;
        } else {
            return -1;
        }
    }
    return path.size() == pattern.size() ? score + 1 : -1;
}

bool Serves(const Route& route, std::string_view method) {
    return route.method == method || (method == "HEAD" && route.method == "GET");
}

int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool Unescape(std::string_view in, bool plus_is_blank, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < in.size(); ++i) {
        char c = in[i];
        if (c == '%') {
            if (i + 2 >= in.size()) return false;
            int high = HexDigit(in[i + 1]), low = HexDigit(in[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        } else if (c == '\0') {
            return false;
        }
        out += c;
    }
    return true;
}

Status Broken() {
    return MakeStatus(Code::kInvalidArgument, "TARGET_BROKEN", "the request target is malformed");
}

}  // namespace

std::string_view Request::Header(std::string_view lower_name) const {
    auto found = headers.find(lower_name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Request::Query(std::string_view name) const {
    auto found = query.find(name);
    return found == query.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::string> BodyReader::All() {
    std::string all;
    while (true) {
        SW_ASSIGN_OR_RETURN(std::string_view piece, Next());
        if (piece.empty()) return all;
        all += piece;
    }
}

void Reply::SendError(const Status& status) {
    Response response;
    response.status = HttpStatus(status.code);
    response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
    if (status.retry_after_ms > 0)
        response.headers.emplace_back("Retry-After", RetryAfterSeconds(status));
    if (status.code == Code::kUnauthenticated)
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (status.reason == "BODY_TOO_LARGE") response.status = 413;
    if (status.reason == "MEDIA_TYPE") response.status = 415;
    response.body = ErrorJson(status);
    Send(std::move(response));
}

void Router::Add(Route route) {
    if (!route.handler || route.metric.empty() ||
        route.policy.access() == options::v1::ACCESS_UNSPECIFIED || route.pattern.empty() ||
        route.pattern.front() != '/') {
        log::Error("route declared without access, handler, metric or pattern",
                   {{"pattern", route.pattern}});
        std::abort();
    }
    std::vector<std::string> parts = Split(route.pattern);
    bool literal = true;
    for (const std::string& part : parts) literal = literal && !IsName(part);
    if (literal) {
        std::string pattern = route.pattern;
        literal_[pattern].push_back({std::move(route), std::move(parts)});
    } else {
        entries_.push_back({std::move(route), std::move(parts)});
    }
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
    Match best;
    if (auto found = literal_.find(path); found != literal_.end()) {
        for (const Entry& entry : found->second) {
            if (Serves(entry.route, method)) {
                best.route = &entry.route;
                return best;
            }
        }
        best.other_method = true;
        return best;
    }
    const std::vector<std::string> parts = Split(path);
    int best_score = -1;
    for (const Entry& entry : entries_) {
        std::map<std::string, std::string, std::less<>> params;
        const int score = Fit(entry.parts, parts, params);
        if (score < 0 || score < best_score) continue;
        if (!Serves(entry.route, method)) {
            best.other_method = best.route == nullptr;
            continue;
        }
        best_score = score;
        best.route = &entry.route;
        best.params = std::move(params);
        best.other_method = false;
    }
    return best;
}

Status ParseTarget(std::string_view target, Request& request) {
    if (target.empty() || target.front() != '/') return Broken();
    target = target.substr(0, target.find('#'));
    const std::size_t mark = target.find('?');
    if (!Unescape(target.substr(0, mark), false, request.path)) return Broken();
    for (const std::string& part : Split(request.path)) {
        if (part == "." || part == "..") return Broken();
    }
    request.query.clear();
    std::string_view rest =
        mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        std::string name, value;
        if (!Unescape(pair.substr(0, equals), true, name)) return Broken();
        if (equals != std::string_view::npos && !Unescape(pair.substr(equals + 1), true, value))
            return Broken();
        request.query[name] = value;
    }
    return Status::Ok();
}

}  // namespace shouwang::gateway::http
