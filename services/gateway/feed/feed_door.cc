#include "services/gateway/feed/feed_door.h"

#include <charconv>

#include <google/protobuf/util/json_util.h>

#include "common/trace/trace.h"
#include "services/gateway/feed/errors_csv.h"
#include "services/gateway/feed/push.h"
#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/upload.h"

namespace shouwang::gateway::feed {
namespace {

constexpr std::uint64_t kMaxBody = 8ULL << 30;
constexpr std::chrono::hours kLongest{1};

options::v1::MethodPolicy Policy(std::initializer_list<options::v1::Role> roles) {
    options::v1::MethodPolicy policy;
    policy.set_access(options::v1::ACCESS_ROLES);
    policy.set_region(options::v1::REGION_SCOPE_NONE);
    for (const options::v1::Role role : roles) policy.add_roles(role);
    return policy;
}

UploadHints Hints(const http::Request& request) {
    UploadHints hints;
    hints.format = request.Query("format");
    hints.charset = request.Query("charset");
    const std::string_view type = request.Header("content-type");
    if (hints.format.empty() && type.find("ndjson") != type.npos) hints.format = "ndjson";
    if (hints.format.empty() && type.starts_with("text/csv")) hints.format = "csv";
    const std::size_t charset = type.find("charset=");
    if (hints.charset.empty() && charset != type.npos) {
        const std::string_view value = type.substr(charset + 8);
        hints.charset = value.substr(0, value.find(';'));
    }
    return hints;
}

}  // namespace

Result<v1::OpenPush> OpenFromRequest(const http::Request& request) {
    v1::OpenPush open;
    const auto param = [&](const char* name) {
        const auto it = request.params.find(name);
        return it == request.params.end() ? std::string() : it->second;
    };
    open.set_dataset(param("dataset"));
    open.set_batch(param("batch"));
    open.set_period(std::string(request.Query("period")));
    open.set_region_prefix(std::string(request.Query("region")));
    const std::string_view complete = request.Query("complete"),
                           rows = request.Query("declared_rows");
    if (!complete.empty() && complete != "true" && complete != "false")
        return InvalidField("complete", "true or false", "COMPLETE");
    open.set_complete(complete == "true");
    if (!rows.empty()) {
        std::int64_t declared = -1;
        const auto [end, error] = std::from_chars(rows.data(), rows.data() + rows.size(), declared);
        if (error != std::errc() || end != rows.data() + rows.size())
            return InvalidField("declared_rows", "a whole number", "DECLARED_ROWS");
        open.set_declared_rows(declared);
    }
    return open;
}

Status FeedDoor::Start(Deadline deadline) {
    v1::ReceiptKey key;
    key.set_key_id(parts_.signer.key_id());
    key.set_public_key_pem(parts_.signer.public_pem());
    return parts_.store.KeepKey(key, parts_.clock.Now(), deadline);
}

void FeedDoor::AddMethods(rpc::Methods& methods) {
    AddReceiptMethods(methods, parts_.store, parts_.catalogue);
    methods.Bidi("shouwang.gateway.v1.FeedDoorService.Push",
                 [this](rpc::CallContext& call, const std::function<bool(std::string*)>& read,
                        const std::function<bool(std::string_view)>& write) {
                     std::string bytes;
                     const auto next = [&](v1::PushRequest& request) {
                         return read(&bytes) && request.ParseFromString(bytes);
                     };
                     const auto answer = [&](const v1::PushResponse& response) {
                         return write(response.SerializeAsString());
                     };
                     return RunPush(parts_, call.principal, call.deadline, next, answer);
                 });
}

void FeedDoor::AddRoutes(http::Router& router) {
    http::Route upload;
    upload.method = "POST";
    upload.pattern = "/feeds/{dataset}/{batch}";
    upload.kind = http::RouteKind::kLong;
    upload.max_body = kMaxBody;
    upload.policy = Policy({options::v1::ROLE_DEPARTMENT});
    upload.metric = "feed_upload";
    upload.handler = [this](http::Request& request, http::BodyReader& body, http::Reply& reply) {
        Upload(request, body, reply);
    };
    router.Add(std::move(upload));

    http::Route errors;
    errors.method = "GET";
    errors.pattern = "/feeds/batches/{department}/{id}/errors.csv";
    errors.kind = http::RouteKind::kLong;
    errors.policy = Policy({options::v1::ROLE_DEPARTMENT, options::v1::ROLE_PROVINCE_OPERATOR,
                            options::v1::ROLE_AUDITOR, options::v1::ROLE_SYSTEM_ADMIN});
    errors.metric = "feed_errors";
    errors.handler = [this](http::Request& request, http::BodyReader&, http::Reply& reply) {
        Errors(request, reply);
    };
    router.Add(std::move(errors));
}

void FeedDoor::Upload(http::Request& request, http::BodyReader& body, http::Reply& reply) const {
    const trace::Scope scope(trace::Context::Parse(request.traceparent));
    const Result<v1::OpenPush> open = OpenFromRequest(request);
    if (!open.ok()) return reply.SendError(open.status());
    const Result<v1::Receipt> receipt =
        RunUpload(parts_, request.principal, *open, Hints(request), body, DeadlineIn(kLongest));
    if (!receipt.ok()) return reply.SendError(receipt.status());
    google::protobuf::util::JsonPrintOptions print;
    print.always_print_primitive_fields = true;
    http::Response response;
    response.headers = {{"Content-Type", "application/json"}};
    if (!google::protobuf::util::MessageToJsonString(*receipt, &response.body, print).ok()) {
        return reply.SendError(MakeStatus(Code::kInternal, "RECEIPT_UNPRINTABLE",
                                          "the receipt cannot be shown as JSON; ask GetReceipt"));
    }
    reply.Send(std::move(response));
}

void FeedDoor::Errors(http::Request& request, http::Reply& reply) const {
    const std::string batch =
        "batches/" + request.params["department"] + "/" + request.params["id"];
    if (const Status status = CheckMayRead(request.principal, batch); !status.ok())
        return reply.SendError(status);
    if (!IsBatchId(request.params["id"]))
        return reply.SendError(MakeStatus(Code::kNotFound, "BATCH_NOT_FOUND", "no such batch"));
    SendErrorsCsv(parts_.directory, batch, request.Query("lang").starts_with("zh"), reply);
}

}  // namespace shouwang::gateway::feed
