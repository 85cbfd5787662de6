#include "common/pg/error.h"

#include <libpq-fe.h>

namespace shouwang::pg {

Classified Classify(std::string_view sqlstate) {
    const std::string_view group = sqlstate.substr(0, 2);
    if (sqlstate == "40001" || sqlstate == "40P01") return {Code::kAborted, "PG_RETRY", false};
    if (sqlstate == "23505") return {Code::kAlreadyExists, "PG_ALREADY_EXISTS", false};
    if (sqlstate == "23503" || sqlstate == "23514" || sqlstate == "23P01") {
        return {Code::kFailedPrecondition, "PG_CONSTRAINT", false};
    }
    if (sqlstate == "57014") return {Code::kDeadlineExceeded, "PG_DEADLINE", false};
    // 57P01-05: the server ends; 25006: after a failover this one only reads; 25P03: the session
    // was ended.
    if (group == "08" || sqlstate.starts_with("57P0") || sqlstate == "25006" ||
        sqlstate == "25P03" || sqlstate == "53300") {
        return {Code::kUnavailable, "PG_UNAVAILABLE", true};
    }
    // Disk or memory ran out: the connection lives.
    if (group == "53") return {Code::kUnavailable, "PG_UNAVAILABLE", false};
    return {Code::kInternal, "PG_ERROR", false};
}

namespace {

std::string Trimmed(const char* text) {
    std::string out = text != nullptr ? text : "";
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

}  // namespace

Status StatusOf(const pg_result* result) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == nullptr) {
        return MakeStatus(Code::kUnavailable, "PG_UNAVAILABLE",
                          Trimmed(PQresultErrorMessage(result)));
    }
    const Classified c = Classify(sqlstate);
    // The primary message only: DETAIL repeats row values, which may be personal data.
    Status status =
        MakeStatus(c.code, c.reason, Trimmed(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    status.metadata.emplace_back("sqlstate", sqlstate);
    if (const char* name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME); name != nullptr) {
        status.metadata.emplace_back("constraint", name);
    }
    return status;
}

Status LinkStatus(pg_conn* connection) {
    return MakeStatus(
        Code::kUnavailable, "PG_UNAVAILABLE",
        connection != nullptr ? Trimmed(PQerrorMessage(connection)) : "out of memory");
}

std::string_view SqlState(const Status& status) {
    for (const auto& [key, value] : status.metadata) {
        if (key == "sqlstate") return value;
    }
    return {};
}

}  // namespace shouwang::pg
