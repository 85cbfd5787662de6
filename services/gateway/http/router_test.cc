#include "services/gateway/http/router.h"

#include <gtest/gtest.h>

namespace shouwang::gateway::http {
namespace {

Route Make(const std::string& method, const std::string& pattern) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.policy.set_access(options::v1::ACCESS_PUBLIC);
    route.metric = pattern;
    route.handler = [](Request&, BodyReader&, Reply&) {};
    return route;
}

TEST(Router, FindsTheMostLiteralRoute) {
    Router router;
    for (const char* pattern : {"/", "/{rest...}", "/docs", "/feeds/{dataset}/{batch}",
                                "/feeds/batches/{department}/{id}/errors.csv"})
        router.Add(Make("GET", pattern));
    router.Add(Make("POST", "/feeds/{dataset}/{batch}"));
    router.Add(Make("POST", "/a.B/C"));
    const struct {
        const char *method, *path, *pattern;
        bool other_method;
    } cases[] = {
        {"GET", "/", "/", false},
        {"HEAD", "/docs", "/docs", false},
        {"GET", "/docs/", "/{rest...}", false},
        {"GET", "/feeds/x/y", "/feeds/{dataset}/{batch}", false},
        {"POST", "/feeds/x/y", "/feeds/{dataset}/{batch}", false},
        {"GET", "/feeds/batches/medical/b1/errors.csv",
         "/feeds/batches/{department}/{id}/errors.csv", false},
        {"POST", "/feeds/x/", "", true},  // a name is never empty; the console's GET has the path
        {"POST", "/a.B/C", "/a.B/C", false},
        {"GET", "/a.B/C", "", true},
        {"PUT", "/docs", "", true},
        {"DELETE", "/nowhere", "", true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string(c.method) + " " + c.path);
        const Router::Match match = router.Find(c.method, c.path);
        EXPECT_EQ(match.route == nullptr ? "" : match.route->pattern, c.pattern);
        EXPECT_EQ(match.other_method, match.route == nullptr && c.other_method);
    }
    const Router::Match match = router.Find("POST", "/feeds/medical_settlement/2021-06.a_b");
    EXPECT_EQ(match.params.at("dataset"), "medical_settlement");
    EXPECT_EQ(match.params.at("batch"), "2021-06.a_b");
    EXPECT_EQ(router.Find("GET", "/x/y/z").params.at("rest"), "x/y/z");
}

TEST(Router, RefusesRoutesThatDeclareTooLittle) {
    for (int missing = 0; missing < 3; ++missing) {
        Route route = Make("GET", "/x");
        if (missing == 0) route.policy.clear_access();
        if (missing == 1) route.handler = nullptr;
        if (missing == 2) route.metric.clear();
        EXPECT_DEATH(Router().Add(route), "");
    }
}

TEST(ParseTarget, DecodesPathAndQuery) {
    Request request;
    ASSERT_TRUE(
        ParseTarget("/feeds/a%2Fb%20c?period=2021-06&region=36&x=%E8%B5%A3+1&flag&x=2", request)
            .ok());
    EXPECT_EQ(request.path, "/feeds/a/b c");
    EXPECT_EQ(request.Query("period"), "2021-06");
    EXPECT_EQ(request.Query("flag"), "");
    EXPECT_EQ(request.Query("x"), "2");
    ASSERT_TRUE(ParseTarget("/?a=%E8%B5%A3+1", request).ok());
    EXPECT_EQ(request.Query("a"), "赣 1");
}

TEST(ParseTarget, RefusesWhatCouldBeMisread) {
    for (const char* target : {"", "x", "http://a/b", "/%", "/%2", "/%zz", "/%00", "/a/../b",
                               "/a/%2e%2e/b", "/./a", "/?a=%g1", "*"}) {
        Request request;
        EXPECT_EQ(ParseTarget(target, request).reason, "TARGET_BROKEN") << target;
    }
}

}  // namespace
}  // namespace shouwang::gateway::http
