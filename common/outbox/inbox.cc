#include <array>
#include <unordered_set>

#include "common/outbox/outbox.h"

namespace shouwang::outbox {

extern const std::string_view kOutboxSql;
extern const std::string_view kInboxSql;

std::span<const pg::Migration> Migrations() {
    static const std::array<pg::Migration, 2> kAll{{
        {1, "outbox", kOutboxSql},
        {2, "inbox", kInboxSql},
    }};
    return kAll;
}

Result<bool> FirstTime(pg::Connection& connection, std::string_view consumer,
                       std::string_view event_id) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(
            "INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            pg::P(consumer, event_id)));
    return rows.affected() == 1;
}

Result<std::vector<bool>> FirstTime(pg::Connection& connection, std::string_view consumer,
                                    const std::vector<std::string>& event_ids) {
    std::vector<bool> first(event_ids.size(), false);
    if (event_ids.empty()) return first;
    pg::Params params = pg::P(consumer);
    params.AddArray(std::span<const std::string>(event_ids));
    // In one order everywhere, so that two of these never wait for each other in a circle.
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("INSERT INTO inbox (consumer, event_id) "
                        "SELECT DISTINCT $1, id FROM unnest($2::text[]) AS id ORDER BY id "
                        "ON CONFLICT DO NOTHING RETURNING event_id",
                        params));
    std::unordered_set<std::string_view> fresh;
    fresh.reserve(static_cast<std::size_t>(rows.size()));
    for (int i = 0; i < rows.size(); ++i) fresh.insert(rows.Text(i, 0));
    // An id that comes twice in one call is new once.
    for (std::size_t i = 0; i < event_ids.size(); ++i) first[i] = fresh.erase(event_ids[i]) == 1;
    return first;
}

Result<std::optional<std::string>> StoredAnswer(pg::Connection& connection,
                                                std::string_view request_id,
                                                std::string_view request_hash) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("SELECT request_hash, answer FROM request_answer WHERE request_id = $1",
                        pg::P(request_id)));
    if (rows.size() == 0) return std::optional<std::string>();
    if (rows.Bytes(0, 0) != request_hash) {
        return MakeStatus(Code::kAlreadyExists, "REQUEST_ID_REUSED",
                          "this request_id was used by another request");
    }
    return std::optional<std::string>(rows.Bytes(0, 1));
}

Status StoreAnswer(pg::Connection& connection, std::string_view request_id,
                   std::string_view request_hash, std::string_view answer) {
    pg::Params params = pg::P(request_id);
    params.AddBytes(request_hash).AddBytes(answer);
    Status status =
        connection
            .Exec(
                "INSERT INTO request_answer (request_id, request_hash, answer) VALUES ($1, $2, $3)",
                params)
            .status();
    if (status.code == Code::kAlreadyExists) {
        // The same request runs twice at once and the other was faster: run again and find its
        // answer.
        status.code = Code::kAborted;
        status.reason = "PG_RETRY";
    }
    return status;
}

Result<std::int64_t> Purge(pg::Connection& connection, int days, std::int64_t limit) {
    std::int64_t gone = 0;
    for (const char* sql :
         {"DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox "
          "WHERE created < now() - make_interval(days => $1) LIMIT $2))",
          "DELETE FROM request_answer WHERE ctid = ANY (ARRAY(SELECT ctid FROM request_answer "
          "WHERE created < now() - make_interval(days => $1) LIMIT $2))"}) {
        SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                            connection.Exec(sql, pg::P(std::int32_t{days}, limit)));
        gone += rows.affected();
    }
    return gone;
}

}  // namespace shouwang::outbox
