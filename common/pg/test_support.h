// Shared by the tests of common/pg.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/pg/pg.h"
#include "common/testing/servers.h"

namespace shouwang::pg {

inline std::unique_ptr<Connection> OpenOrDie(const std::string& conninfo) {
    auto opened = Connection::Open(conninfo, DeadlineIn(std::chrono::seconds(10)));
    EXPECT_TRUE(opened.ok()) << opened.status().message;
    return opened.ok() ? *std::move(opened) : nullptr;
}

inline std::string Meta(const Status& status, std::string_view key) {
    for (const auto& [k, v] : status.metadata) {
        if (k == key) return v;
    }
    return "";
}

inline std::int64_t Backend(Connection& c) {
    const auto rows = c.Exec("SELECT pg_backend_pid()");
    return rows.ok() ? rows->Int(0, 0) : 0;
}

inline std::int64_t Count(Connection& c, const std::string& table) {
    const auto rows = c.Exec("SELECT count(*) FROM " + table);
    EXPECT_TRUE(rows.ok()) << rows.status().message;
    return rows.ok() ? rows->Int(0, 0) : -1;
}

#define SW_OK(expr)                                                           \
    do {                                                                      \
        const ::shouwang::Status sw_status = (expr);                          \
        ASSERT_TRUE(sw_status.ok())                                           \
            << #expr << ": " << sw_status.reason << " " << sw_status.message; \
    } while (false)

}  // namespace shouwang::pg
