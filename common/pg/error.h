// From PostgreSQL's errors to Status: the one table. Private to common/pg.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

struct pg_conn;
struct pg_result;

namespace shouwang::pg {

struct Classified {
    Code code;
    const char* reason;
    bool link_lost;  // the connection cannot be used any more
};
Classified Classify(std::string_view sqlstate);
// Of a failed result. An error without SQLSTATE comes from libpq itself and means the link.
Status StatusOf(const pg_result* result);
// What libpq says about a connection that is lost or never came to be.
Status LinkStatus(pg_conn* connection);
// "" where the status is not from the server.
std::string_view SqlState(const Status& status);

}  // namespace shouwang::pg
