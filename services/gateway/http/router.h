// The HTTP port behind the server: routes, and what a handler sees of one request.
//
// A handler is an ordinary blocking function: it reads, answers, returns. kQuick handlers run on a
// small worker pool and get a body that is already complete (slow senders hold no thread); kLong
// handlers (uploads, streams, downloads) have a thread of their own and pull the body piece by
// piece, so that a body of any size needs flat memory. Nothing of a Request, BodyReader or Reply
// may be kept after the handler has returned. kCostly is kQuick on two threads with a long queue:
// what burns the processor (password hashes) waits there without taking threads from anybody else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::gateway::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;  // "POST"
    std::string path;    // decoded, without the query
    std::map<std::string, std::string, std::less<>>
        params;  // {name} parts of the route's pattern, decoded
    std::map<std::string, std::string, std::less<>>
        query;  // decoded; the last one of a repeated name
    std::map<std::string, std::string, std::less<>> headers;  // names in lower case
    std::string peer;                                         // caller's address without port
    std::optional<std::uint64_t> content_length;              // absent for chunked bodies
    std::string traceparent;                                  // made at the door, or the caller's

    // Routes with an access other than ACCESS_PUBLIC: who calls (session and role are checked
    // before the handler runs), and the serialized SignedPrincipal that goes along to other
    // services (rpc::CallOptions::signed_principal).
    type::v1::Principal principal;
    std::string signed_principal;

    std::string_view Header(std::string_view lower_name) const;  // "" where absent
    std::string_view Query(std::string_view name) const;         // "" where absent
};

// Pulls the request body. Not thread-safe.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    // The next piece (1 byte to 64 KiB, valid until the next call); an empty one is the end.
    // Blocks. Errors: CANCELLED "CLIENT_GONE", DEADLINE_EXCEEDED "BODY_STALLED" (nothing for 60 s),
    // RESOURCE_EXHAUSTED "BODY_TOO_LARGE" (route's limit), INVALID_ARGUMENT "BODY_BROKEN" (chunk
    // framing).
    virtual Result<std::string_view> Next() = 0;
    // The rest in one piece.
    Result<std::string> All();
};

struct Response {
    int status = 200;
    Headers
        headers;  // Content-Type here; the server adds length and security headers (http/headers.h)
    std::string body;
};

// Answers: Send once, or Begin, Write …, End. A handler that returns without an answer gives 500.
// Not thread-safe, except gone().
class Reply {
public:
    virtual ~Reply() = default;
    virtual void Send(Response response) = 0;
    // Chunked answer; the head goes out at once. false: the caller has gone.
    virtual bool Begin(int status, Headers headers) = 0;
    virtual bool Write(std::string_view bytes) = 0;  // blocks while the caller reads slowly; false
                                                     // once it has gone
    virtual void End() = 0;
    virtual bool gone()
        const = 0;  // the caller has closed the connection, or the server is stopping
    // The error as JSON ({"code","message","details"}, Connect's form) with its HTTP status,
    // Retry-After where due.
    void SendError(const Status& status);
};

using Handler = std::function<void(Request&, BodyReader&, Reply&)>;

enum class RouteKind { kQuick, kLong, kCostly };

struct Route {
    std::string method;   // "GET" serves HEAD too
    std::string pattern;  // "/feeds/{dataset}/{batch}"; a last "{rest...}" takes everything
    RouteKind kind = RouteKind::kQuick;
    std::uint64_t max_body = 1 << 20;  // bytes as they come over the wire; more → 413
    options::v1::MethodPolicy
        policy;  // access and roles; ACCESS_PUBLIC: the handler looks after itself
    Handler handler;
    std::string metric;  // closed-set label of the route: "feed_upload"
};

// Filled at start, then only read.
class Router {
public:
    // Aborts on a route without access, handler or metric (a programmer error).
    void Add(Route route);

    struct Match {
        const Route* route = nullptr;  // nullptr: nothing has this path …
        bool other_method = false;     // … or something has it, with another method
        std::map<std::string, std::string, std::less<>> params;
    };
    // Literal parts win over {name}, {name} over {rest...}.
    Match Find(std::string_view method, std::string_view path) const;

private:
    struct Entry {
        Route route;
        std::vector<std::string> parts;
    };
    std::map<std::string, std::vector<Entry>, std::less<>>
        literal_;                 // patterns without names, by path
    std::vector<Entry> entries_;  // the others
};

// Splits "/a%20b?x=1" into the decoded path and query. INVALID_ARGUMENT "TARGET_BROKEN" for bad
// escapes, NUL, "." or ".." parts.
Status ParseTarget(std::string_view target, Request& request);

}  // namespace shouwang::gateway::http
