// W3C trace context: made at the door, carried by gRPC metadata (`traceparent`) and event envelopes, written into every log line.
#pragma once

#include <string>
#include <string_view>

namespace shouwang::trace {

struct Context {
    std::string trace_id;  // 32 hex; empty = none
    std::string span_id;   // 16 hex
    bool sampled = true;

    static Context New();
    static Context Parse(std::string_view traceparent);  // empty context where malformed
    Context Child() const;                               // same trace, new span
    std::string ToString() const;                        // traceparent, or ""
};

// The context of what this thread works on now.
const Context& Current();
class Scope {
public:
    explicit Scope(Context context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

private:
    Context previous_;
};

}  // namespace shouwang::trace
