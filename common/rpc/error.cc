#include "common/rpc/error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace shouwang::rpc {
namespace {

constexpr char kDomain[] = "shouwang";
// Details travel as a trailer; above about 6 KB the peer turns any error into RESOURCE_EXHAUSTED.
constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kMostMessage = 512;

std::string Cut(const std::string& text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80)
        --bytes;  // not inside a character
    return text.substr(0, bytes) + "…";
}

google::rpc::Status Details(const Status& status, std::size_t violations, bool metadata) {
    google::rpc::Status out;
    out.set_code(static_cast<int>(status.code));
    out.set_message(Cut(status.message, kMostMessage));
    google::rpc::ErrorInfo info;
    info.set_reason(Cut(status.reason, 64));
    info.set_domain(kDomain);
    if (metadata) {
        for (const auto& [key, value] : status.metadata) (*info.mutable_metadata())[key] = value;
    }
    out.add_details()->PackFrom(info);
    if (violations > 0) {
        google::rpc::BadRequest bad;
        for (std::size_t i = 0; i < violations; ++i) {
            auto* violation = bad.add_field_violations();
            violation->set_field(Cut(status.violations[i].field, 200));
            violation->set_description(Cut(status.violations[i].description, 200));
        }
        out.add_details()->PackFrom(bad);
    }
    if (status.retry_after_ms > 0) {
        google::rpc::RetryInfo retry;
        retry.mutable_retry_delay()->set_seconds(status.retry_after_ms / 1000);
        retry.mutable_retry_delay()->set_nanos(status.retry_after_ms % 1000 * 1'000'000);
        out.add_details()->PackFrom(retry);
    }
    return out;
}

void ReadDetail(const google::protobuf::Any& detail, Status& out) {
    if (google::rpc::ErrorInfo info;
        detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) {
        out.reason = info.reason();
        for (const auto& [key, value] : info.metadata()) out.metadata.emplace_back(key, value);
    } else if (google::rpc::BadRequest bad;
               detail.Is<google::rpc::BadRequest>() && detail.UnpackTo(&bad)) {
        for (const auto& v : bad.field_violations())
            out.violations.push_back({v.field(), v.description()});
    } else if (google::rpc::RetryInfo retry;
               detail.Is<google::rpc::RetryInfo>() && detail.UnpackTo(&retry)) {
        out.retry_after_ms = static_cast<int>(retry.retry_delay().seconds() * 1000 +
                                              retry.retry_delay().nanos() / 1'000'000);
    }
}

// What the transport itself reports carries no reason of ours.
const char* TransportReason(Code code) {
    switch (code) {
        case Code::kCancelled:
            return "CANCELLED";
        case Code::kDeadlineExceeded:
            return "DEADLINE";
        case Code::kUnavailable:
            return "UNREACHABLE";
        case Code::kUnimplemented:
            return "METHOD_UNKNOWN";
        case Code::kResourceExhausted:
            return "OVERLOADED";
        default:
            return "TRANSPORT";
    }
}

}  // namespace

grpc::Status ToGrpc(const Status& status) {
    if (status.ok()) return grpc::Status::OK;
    // What helps least goes first: metadata, then violations from the end.
    google::rpc::Status details = Details(status, status.violations.size(), true);
    bool metadata = true;
    std::size_t violations = status.violations.size();
    while (details.ByteSizeLong() > kMostBytes && (metadata || violations > 0)) {
        if (metadata) {
            metadata = false;
        } else {
            violations = violations / 2;
        }
        details = Details(status, violations, metadata);
    }
    return {static_cast<grpc::StatusCode>(status.code), details.message(),
            details.SerializeAsString()};
}

Status FromGrpc(const grpc::Status& status) {
    if (status.ok()) return Status::Ok();
    const int number = status.error_code();
    const Code code = number >= 0 && number <= 16 ? static_cast<Code>(number) : Code::kUnknown;
    Status out = MakeStatus(code, "", status.error_message());
    google::rpc::Status details;
    if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
        for (const auto& detail : details.details()) ReadDetail(detail, out);
    }
    if (out.reason.empty()) out.reason = TransportReason(code);
    return out;
}

}  // namespace shouwang::rpc
