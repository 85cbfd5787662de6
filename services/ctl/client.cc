#include "services/ctl/client.h"

#include <curl/curl.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include <google/protobuf/util/json_util.h>

namespace shouwang::ctl {
namespace {

using Json = nlohmann::json;

struct Handle {
    Handle() : curl(curl_easy_init()) {}
    ~Handle() {
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
    }
    void Header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
    CURL* curl;
    curl_slist* headers = nullptr;
};

std::size_t Append(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

Code CodeOf(const std::string& name) {
    static const std::pair<const char*, Code> kNames[] = {
        {"canceled", Code::kCancelled},           {"invalid_argument", Code::kInvalidArgument}, {"deadline_exceeded", Code::kDeadlineExceeded},
        {"not_found", Code::kNotFound},           {"already_exists", Code::kAlreadyExists},     {"permission_denied", Code::kPermissionDenied},
        {"resource_exhausted", Code::kResourceExhausted}, {"failed_precondition", Code::kFailedPrecondition}, {"aborted", Code::kAborted},
        {"out_of_range", Code::kOutOfRange},      {"unimplemented", Code::kUnimplemented},      {"internal", Code::kInternal},
        {"unavailable", Code::kUnavailable},      {"data_loss", Code::kDataLoss},               {"unauthenticated", Code::kUnauthenticated}};
    for (const auto& [text, code] : kNames) {
        if (name == text) return code;
    }
    return Code::kUnknown;
}

// A Connect error object.
Status ErrorOf(const std::string& body, long http) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return MakeStatus(Code::kUnknown, "HTTP_" + std::to_string(http), body.empty() ? "HTTP " + std::to_string(http) : body.substr(0, 300));
    Status status = MakeStatus(CodeOf(json.value("code", "")), "HTTP_" + std::to_string(http), json.value("message", ""));
    for (const Json& detail : json.value("details", Json::array())) {
        const Json debug = detail.value("debug", Json::object());
        if (debug.contains("reason")) status.reason = debug.value("reason", status.reason);
        for (const Json& v : debug.value("fieldViolations", Json::array())) {
            status.violations.push_back({v.value("field", ""), v.value("description", "")});
        }
    }
    return status;
}

// `answered`: the body is taken as it is where the status is 200.
Result<std::string> Perform(Handle& h, const std::string& url, const std::string& token) {
    if (!token.empty()) h.Header("authorization: Bearer " + token);
    std::string body;
    curl_easy_setopt(h.curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(h.curl, CURLOPT_HTTPHEADER, h.headers);
    curl_easy_setopt(h.curl, CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(h.curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(h.curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h.curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    const CURLcode code = curl_easy_perform(h.curl);
    if (code != CURLE_OK) return MakeStatus(Code::kUnavailable, "GATEWAY_UNREACHABLE", std::string(curl_easy_strerror(code)) + " (" + url + ")");
    long http = 0;
    curl_easy_getinfo(h.curl, CURLINFO_RESPONSE_CODE, &http);
    if (http != 200) return ErrorOf(body, http);
    return body;
}

std::string ToJson(const google::protobuf::Message& message) {
    std::string json;
    (void)google::protobuf::util::MessageToJsonString(message, &json);
    return json;
}

Status FromJson(const std::string& json, google::protobuf::Message* message) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;  // a newer server may say more
    message->Clear();
    const auto parsed = google::protobuf::util::JsonStringToMessage(json, message, options);
    return parsed.ok() ? Status::Ok() : MakeStatus(Code::kDataLoss, "ANSWER_MALFORMED", std::string(parsed.message()));
}

// Takes Connect envelopes (flag byte, big-endian length) out of a growing buffer.
struct EnvelopeReader {
    google::protobuf::Message* scratch;
    const std::function<bool(const google::protobuf::Message&)>& on_message;
    std::string buffer;
    Status status;
    bool ended = false;

    bool Take() {
        while (buffer.size() >= 5) {
            std::uint32_t size = 0;
            for (int i = 1; i <= 4; ++i) size = size << 8 | static_cast<unsigned char>(buffer[i]);
            if (buffer.size() < 5 + std::size_t{size}) return true;
            const std::string body = buffer.substr(5, size);
            const bool last = (buffer[0] & 2) != 0;
            buffer.erase(0, 5 + std::size_t{size});
            if (last) {
                ended = true;
                const Json json = Json::parse(body, nullptr, false);
                if (json.is_object() && json.contains("error")) status = ErrorOf(json["error"].dump(), 200);
                return true;
            }
            status = FromJson(body, scratch);
            if (!status.ok() || !on_message(*scratch)) return false;
        }
        return true;
    }
    static std::size_t Write(char* data, std::size_t size, std::size_t count, void* to) {
        auto* reader = static_cast<EnvelopeReader*>(to);
        reader->buffer.append(data, size * count);
        return reader->Take() ? size * count : 0;
    }
};

}  // namespace

Client::Client(std::string server, std::string token) : server_(std::move(server)), token_(std::move(token)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)initialised;
    while (!server_.empty() && server_.back() == '/') server_.pop_back();
}

Status Client::Call(const std::string& path, const google::protobuf::Message& request, google::protobuf::Message* response) const {
    Handle h;
    h.Header("content-type: application/json");
    const std::string body = ToJson(request);
    curl_easy_setopt(h.curl, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(h.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    SW_ASSIGN_OR_RETURN(const std::string answer, Perform(h, server_ + path, token_));
    return FromJson(answer, response);
}

Status Client::Stream(const std::string& path, const google::protobuf::Message& request, google::protobuf::Message* scratch,
                      const std::function<bool(const google::protobuf::Message&)>& on_message) const {
    Handle h;
    h.Header("content-type: application/connect+json");
    if (!token_.empty()) h.Header("authorization: Bearer " + token_);
    const std::string json = ToJson(request);
    std::string body(1, '\0');
    for (int shift = 24; shift >= 0; shift -= 8) body += static_cast<char>(json.size() >> shift & 0xff);
    body += json;
    EnvelopeReader reader{scratch, on_message, {}, {}, false};
    const std::string url = server_ + path;
    curl_easy_setopt(h.curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(h.curl, CURLOPT_HTTPHEADER, h.headers);
    curl_easy_setopt(h.curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(h.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(h.curl, CURLOPT_WRITEFUNCTION, EnvelopeReader::Write);
    curl_easy_setopt(h.curl, CURLOPT_WRITEDATA, &reader);
    curl_easy_setopt(h.curl, CURLOPT_NOSIGNAL, 1L);
    const CURLcode code = curl_easy_perform(h.curl);
    if (!reader.status.ok()) return reader.status;
    if (code == CURLE_WRITE_ERROR) return Status::Ok();  // on_message had enough
    if (code != CURLE_OK) return MakeStatus(Code::kUnavailable, "GATEWAY_UNREACHABLE", curl_easy_strerror(code));
    long http = 0;
    curl_easy_getinfo(h.curl, CURLINFO_RESPONSE_CODE, &http);
    if (http != 200) return ErrorOf(reader.buffer, http);
    return reader.ended ? Status::Ok() : MakeStatus(Code::kUnavailable, "STREAM_CUT", "the stream ended before its end message");
}

Result<std::string> Client::Upload(const std::string& path, const std::string& file, const std::string& content_type,
                                   const std::function<void(std::int64_t, std::int64_t)>& progress) const {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"), std::fclose);
    if (in == nullptr) return MakeStatus(Code::kNotFound, "FILE_UNREADABLE", file + ": " + std::strerror(errno));
    Handle h;
    h.Header("content-type: " + content_type);
    h.Header("expect:");
    curl_easy_setopt(h.curl, CURLOPT_POST, 1L);
    curl_easy_setopt(h.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(std::filesystem::file_size(file)));
    curl_easy_setopt(h.curl, CURLOPT_READDATA, in.get());
    curl_easy_setopt(h.curl, CURLOPT_READFUNCTION, +[](char* to, std::size_t size, std::size_t count, void* from) {
        return std::fread(to, 1, size * count, static_cast<std::FILE*>(from));
    });
    curl_easy_setopt(h.curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h.curl, CURLOPT_XFERINFODATA, &progress);
    curl_easy_setopt(h.curl, CURLOPT_XFERINFOFUNCTION, +[](void* to, curl_off_t, curl_off_t, curl_off_t all, curl_off_t sent) {
        const auto& report = *static_cast<const std::function<void(std::int64_t, std::int64_t)>*>(to);
        if (report && all > 0) report(sent, all);
        return 0;
    });
    return Perform(h, server_ + path, token_);
}

Result<std::string> Client::Get(const std::string& path) const {
    Handle h;
    return Perform(h, server_ + path, token_);
}

std::string UrlEscape(const std::string& text) {
    const std::unique_ptr<char, void (*)(void*)> escaped(curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free);
    return escaped.get();
}

}  // namespace shouwang::ctl
