// Errors are values: a code (as in gRPC), a stable reason (UPPER_SNAKE, listed in the service's README), a message for people,
// and the fields that are wrong. Born where they happen, mapped to the wire in one place (common/rpc/error.h).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shouwang {

// Numbers equal grpc::StatusCode.
enum class Code {
    kOk = 0,
    kCancelled = 1,
    kUnknown = 2,
    kInvalidArgument = 3,
    kDeadlineExceeded = 4,
    kNotFound = 5,
    kAlreadyExists = 6,
    kPermissionDenied = 7,
    kResourceExhausted = 8,
    kFailedPrecondition = 9,
    kAborted = 10,
    kOutOfRange = 11,
    kUnimplemented = 12,
    kInternal = 13,
    kUnavailable = 14,
    kDataLoss = 15,
    kUnauthenticated = 16,
};

struct FieldViolation {
    std::string field;        // path in the request: "visit.visitors"
    std::string description;  // what would be right
};

struct [[nodiscard]] Status {
    Code code = Code::kOk;
    std::string reason;   // "LEAD_WRONG_STATE"; empty only for kOk
    std::string message;  // one sentence; never personal data
    std::vector<std::pair<std::string, std::string>> metadata;
    std::vector<FieldViolation> violations;
    int retry_after_ms = 0;  // > 0: RetryInfo

    bool ok() const { return code == Code::kOk; }
    static Status Ok() { return {}; }
};

inline Status MakeStatus(Code code, std::string reason, std::string message) {
    return Status{code, std::move(reason), std::move(message), {}, {}, 0};
}
// kInvalidArgument that names one field.
inline Status InvalidField(std::string field, std::string description, std::string reason = "INVALID_FIELD") {
    Status s = MakeStatus(Code::kInvalidArgument, std::move(reason), field + ": " + description);
    s.violations.push_back({std::move(field), std::move(description)});
    return s;
}

// A value or a Status that is not ok.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {}

    bool ok() const { return state_.index() == 0; }
    const Status& status() const {
        static const Status kOk{};
        return ok() ? kOk : std::get<1>(state_);
    }
    // Only where ok().
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Status> state_;
};

}  // namespace shouwang

// Early return of an error. Names come from __COUNTER__, so that the macros nest (a lambda inside an argument).
#define SW_RETURN_IF_ERROR(expr) SW_RETURN_IF_ERROR_AS(SW_CONCAT(sw_status_, __COUNTER__), expr)
#define SW_RETURN_IF_ERROR_AS(name, expr)                            \
    do {                                                             \
        if (::shouwang::Status name = (expr); !name.ok()) return name; \
    } while (false)

#define SW_CONCAT_INNER(a, b) a##b
#define SW_CONCAT(a, b) SW_CONCAT_INNER(a, b)
// SW_ASSIGN_OR_RETURN(auto lease, pool.Acquire(deadline));
#define SW_ASSIGN_OR_RETURN(decl, expr) SW_ASSIGN_OR_RETURN_AS(SW_CONCAT(sw_result_, __COUNTER__), decl, expr)
#define SW_ASSIGN_OR_RETURN_AS(name, decl, expr) \
    auto name = (expr);                          \
    if (!name.ok()) return name.status();        \
    decl = std::move(name).value()
