#include "services/gateway/http/static_files.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "common/testing/servers.h"

namespace shouwang::gateway::http {
namespace {

class Console : public ::testing::Test {
protected:
    Console() : dir_(shouwang::testing::TempDir() + "/console" + std::to_string(++made_)) {
        std::filesystem::create_directories(dir_ + "/assets");
        Write("index.html", "<title>守望</title>");
        Write("assets/app.1f3.js", "plain");
        Write("assets/app.1f3.js.gz", "packed");
        std::ofstream(dir_ + "/../secret.txt") << "secret";
        std::filesystem::create_symlink("../secret.txt", dir_ + "/link.txt");
    }
    void Write(const std::string& name, const std::string& content) {
        std::ofstream(dir_ + "/" + name) << content;
    }
    static std::string Header(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers) {
            if (key == name) return value;
        }
        return "";
    }
    Response Get(const std::string& path,
                 const std::map<std::string, std::string, std::less<>>& headers = {}) {
        Request request;
        request.method = "GET";
        request.path = path;
        request.headers = headers;
        return files_->Answer(request);
    }

    static inline int made_ = 0;
    const std::string dir_;
    std::unique_ptr<StaticFiles> files_ = std::make_unique<StaticFiles>(dir_);
};

TEST_F(Console, ServesFilesAndPages) {
    const struct {
        const char* path;
        int status;
        const char *type, *cache;
    } cases[] = {
        {"/", 200, "text/html; charset=utf-8", "no-cache"},
        {"/index.html", 200, "text/html; charset=utf-8", "no-cache"},
        {"/households/12", 200, "text/html; charset=utf-8", "no-cache"},
        {"/assets/app.1f3.js", 200, "text/javascript; charset=utf-8",
         "public, max-age=31536000, immutable"},
        {"/assets/none.js", 404, "application/json", "no-store"},
        {"/link.txt", 404, "application/json", "no-store"},
    };
    for (const auto& c : cases) {
        const Response response = Get(c.path);
        EXPECT_EQ(response.status, c.status) << c.path;
        EXPECT_EQ(Header(response, "Content-Type"), c.type) << c.path;
        EXPECT_EQ(Header(response, "Cache-Control"), c.cache) << c.path;
        EXPECT_EQ(response.body.find("secret"), std::string::npos) << c.path;
    }
}

TEST_F(Console, PackedTwinAndETag) {
    const Response packed = Get("/assets/app.1f3.js", {{"accept-encoding", "br, gzip"}});
    EXPECT_EQ(packed.body, "packed");
    EXPECT_EQ(Header(packed, "Content-Encoding"), "gzip");
    const Response plain = Get("/assets/app.1f3.js", {{"accept-encoding", "gzip;q=0"}});
    EXPECT_EQ(plain.body, "plain");
    EXPECT_NE(Header(plain, "ETag"), Header(packed, "ETag"));
    EXPECT_EQ(Get("/assets/app.1f3.js", {{"if-none-match", Header(plain, "ETag")}}).status, 304);
    EXPECT_EQ(Get("/assets/app.1f3.js", {{"if-none-match", "\"other\""}}).status, 200);
}

TEST_F(Console, ANewBuildIsSeen) {
    EXPECT_EQ(Get("/").body, "<title>守望</title>");
    Write("index.html", "<title>守望 2</title>");
    EXPECT_EQ(Get("/").body, "<title>守望 2</title>");
}

TEST(StaticFiles, WithoutADirectoryThereIsNoConsole) {
    Request request;
    request.method = "GET";
    request.path = "/";
    EXPECT_EQ(StaticFiles("").Answer(request).status, 404);
    EXPECT_EQ(StaticFiles("/no/such/directory").Answer(request).status, 404);
}

}  // namespace
}  // namespace shouwang::gateway::http
