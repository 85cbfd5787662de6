// Records in their tables. All in the caller's transaction.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/page.h"
#include "common/pg/pg.h"
#include "common/record/kind.h"
#include "shouwang/type/v1/step.pb.h"

namespace shouwang::record {

// Migrations of the tables step, parameter_value and calendar_day (versions 3 and 4); a service puts them after the outbox's.
std::span<const pg::Migration> Migrations();

// parents: all keys but the record's own. Sets name and etag.
Status Insert(pg::Connection& connection, const Kind& kind, std::span<const std::int64_t> parents, google::protobuf::Message& record);
// Reads and locks. NOT_FOUND "<KIND>_NOT_FOUND" where there is none, or none inside `region_prefix` (kinds that store region_code).
Status Lock(pg::Connection& connection, const Kind& kind, std::string_view name, std::string_view region_prefix, google::protobuf::Message& record);
Status Read(pg::Connection& connection, const Kind& kind, std::string_view name, std::string_view region_prefix, google::protobuf::Message& record);
// Writes every stored field; version + 1; sets etag.
Status Save(pg::Connection& connection, const Kind& kind, google::protobuf::Message& record);
// Records that a condition over the table's columns selects: where = "household_id = $1 AND state <> 5".
template <typename M>
Result<std::vector<M>> Select(pg::Connection& connection, const Kind& kind, std::string_view where, const pg::Params& params);
Status SelectEach(pg::Connection& connection, const Kind& kind, std::string_view where, const pg::Params& params,
                  const std::function<google::protobuf::Message*()>& next);

// One page of a list. The request's fields name the filter: a field that is a stored column (or its plural: states → state) must be equal
// to it (repeated: be among); a resource name `household` filters the key household_id; only_overdue; page_size, page_token; region_prefix
// is replaced by `region`, already narrowed. Newest first. The response has one repeated field of the kind's message, and next_page_token.
// Aborts on a request field that is none of these (a programmer error). Computed fields are left to the caller.
Status List(pg::Connection& connection, const Kind& kind, const google::protobuf::Message& request, std::string_view region,
            const model::PageTokens& tokens, TimePoint now, google::protobuf::Message& response);

Status AddStep(pg::Connection& connection, std::string_view subject, const type::v1::Step& step);
Result<std::vector<type::v1::Step>> Steps(pg::Connection& connection, std::string_view subject);

template <typename M>
Result<std::vector<M>> Select(pg::Connection& connection, const Kind& kind, std::string_view where, const pg::Params& params) {
    std::vector<std::unique_ptr<M>> found;
    SW_RETURN_IF_ERROR(SelectEach(connection, kind, where, params, [&] { return found.emplace_back(std::make_unique<M>()).get(); }));
    std::vector<M> records;
    for (auto& record : found) records.push_back(std::move(*record));
    return records;
}

}  // namespace shouwang::record
