#include "services/gateway/http/static_files.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"
#include "services/gateway/http/errors.h"

namespace shouwang::gateway::http {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kLargest = 32 << 20;

using Pair = std::pair<std::string_view, std::string_view>;
constexpr std::array<Pair, 17> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".geojson", "application/geo+json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
}};

bool AcceptsGzip(const Request& request) {
    const std::string_view accepted = request.Header("accept-encoding");
    const std::size_t at = accepted.find("gzip");
    return at != std::string_view::npos && !accepted.substr(at).starts_with("gzip;q=0");
}

struct File {
    fs::file_time_type changed;
    std::uintmax_t size = 0;
    std::string content, etag;
};

}  // namespace

std::string_view ContentTypeOf(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    if (dot != std::string_view::npos) {
        for (const auto& [ending, type] : kTypes) {
            if (path.substr(dot) == ending) return type;
        }
    }
    return "application/octet-stream";
}

bool MatchesETag(std::string_view if_none_match, std::string_view etag) {
    return if_none_match == "*" ||
           (!if_none_match.empty() && if_none_match.find(etag) != std::string_view::npos);
}

struct StaticFiles::Impl {
    fs::path root;
    mutable std::mutex mutex;
    mutable std::map<std::string, std::shared_ptr<const File>> files;

    std::shared_ptr<const File> Load(const std::string& relative) const {
        std::error_code error;
        const fs::path path = fs::weakly_canonical(root / relative, error);
        // A link that leads out of the directory is as foreign as "..".
        if (error || !path.string().starts_with(root.string() + "/")) return nullptr;
        if (!fs::is_regular_file(path, error)) return nullptr;
        const auto changed = fs::last_write_time(path, error);
        const auto size = fs::file_size(path, error);
        if (error || size > kLargest) return nullptr;
        {
            std::lock_guard lock(mutex);
            auto found = files.find(relative);
            if (found != files.end() && found->second->changed == changed &&
                found->second->size == size)
                return found->second;
        }
        std::ifstream in(path, std::ios::binary);
        std::stringstream content;
        content << in.rdbuf();
        auto file = std::make_shared<File>();
        file->changed = changed;
        file->size = size;
        file->content = content.str();
        file->etag = '"' + HexEncode(crypto::Sha256(file->content)).substr(0, 24) + '"';
        std::lock_guard lock(mutex);
        files[relative] = file;
        return file;
    }
};

StaticFiles::StaticFiles(std::string directory) : impl_(std::make_unique<Impl>()) {
    std::error_code error;
    if (!directory.empty()) impl_->root = fs::weakly_canonical(directory, error);
}

StaticFiles::~StaticFiles() = default;

void StaticFiles::AddRoutes(Router& router) {
    for (const char* pattern : {"/", "/{rest...}"}) {
        Route route;
        route.method = "GET";
        route.pattern = pattern;
        route.max_body = 0;
        route.policy.set_access(options::v1::ACCESS_PUBLIC);
        route.metric = "console";
        route.handler = [this](Request& request, BodyReader&, Reply& reply) {
            reply.Send(Answer(request));
        };
        router.Add(std::move(route));
    }
}

Response StaticFiles::Answer(const Request& request) const {
    std::string relative = request.path.substr(1);
    const std::size_t name = relative.rfind('/') == std::string::npos ? 0 : relative.rfind('/') + 1;
    const bool page =
        relative.find('.', name) == std::string::npos;  // no file ending: a page of the console
    std::shared_ptr<const File> file = relative.empty() ? nullptr : impl_->Load(relative);
    if (file == nullptr && page) {
        relative = "index.html";
        file = impl_->Load(relative);
    }
    Response response;
    if (file == nullptr) {
        response.status = 404;
        response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
        response.body =
            ErrorJson(MakeStatus(Code::kNotFound, "FILE_UNKNOWN",
                                 page ? "no console is installed here; /docs describes the API"
                                      : "there is no such file"));
        return response;
    }
    std::string etag = file->etag;
    response.headers = {{"Content-Type", std::string(ContentTypeOf(relative))},
                        {"Vary", "Accept-Encoding"}};
    // What the build named by its content never changes.
    response.headers.emplace_back("Cache-Control", relative.starts_with("assets/")
                                                       ? "public, max-age=31536000, immutable"
                                                       : "no-cache");
    if (AcceptsGzip(request)) {
        if (auto packed = impl_->Load(relative + ".gz")) {
            file = packed;
            etag.insert(etag.size() - 1, "-gz");
            response.headers.emplace_back("Content-Encoding", "gzip");
        }
    }
    response.headers.emplace_back("ETag", etag);
    if (MatchesETag(request.Header("if-none-match"), etag)) {
        response.status = 304;
        return response;
    }
    response.body = file->content;
    return response;
}

}  // namespace shouwang::gateway::http
