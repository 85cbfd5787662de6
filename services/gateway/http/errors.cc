#include "services/gateway/http/errors.h"

#include <algorithm>
#include <array>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/rpc/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace shouwang::gateway::http {
namespace {

struct Row {
    std::string_view name;
    int status;
};
// By gRPC code number; the HTTP statuses are those of the Connect protocol.
constexpr std::array<Row, 17> kCodes = {{
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
}};

const Row& RowOf(Code code) {
    const auto index = static_cast<std::size_t>(code);
    return kCodes[index < kCodes.size() ? index : 2];
}

std::string Unpadded(std::string base64) {
    while (!base64.empty() && base64.back() == '=') base64.pop_back();
    return base64;
}

}  // namespace

int HttpStatus(Code code) { return RowOf(code).status; }
std::string_view ConnectCode(Code code) { return RowOf(code).name; }

std::string RetryAfterSeconds(const Status& status) {
    return std::to_string(std::max(1, (status.retry_after_ms + 999) / 1000));
}

std::string ErrorJson(const Status& status) {
    nlohmann::ordered_json json;
    json["code"] = ConnectCode(status.code);
    json["message"] = status.message;
    google::rpc::Status wire;
    if (wire.ParseFromString(rpc::ToGrpc(status).error_details())) {
        for (const google::protobuf::Any& any : wire.details()) {
            nlohmann::ordered_json detail;
            detail["type"] = any.type_url().substr(any.type_url().rfind('/') + 1);
            detail["value"] = Unpadded(Base64Encode(any.value()));
            std::string debug;
            if (google::protobuf::util::MessageToJsonString(any, &debug).ok()) {
                detail["debug"] = nlohmann::ordered_json::parse(debug, nullptr, false);
                detail["debug"].erase("@type");
            }
            json["details"].push_back(std::move(detail));
        }
    }
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace shouwang::gateway::http
