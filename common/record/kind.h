// What a kind of record declares about itself: a message, its table, its life. Everything that is the same for every kind (storing,
// listing, steps, commands, limits, escalation) follows from it.
//
// The table: key columns (bigint; the last one an identity), `version bigint NOT NULL DEFAULT 1`, and one column a stored field. The message
// may have these fields, which are filled by name: name, state, region_code, state_since, due_at, escalations, escalated_to (stored);
// etag, overdue, next_commands, steps (computed when shown).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "common/base/status.h"
#include "common/flow/state_table.h"

namespace shouwang::record {

using Keys = std::vector<std::int64_t>;

class Kind {
public:
    // pattern: "households/{household_id}/cases/{case_id}". columns: stored fields of `message`, not the keys. reason: "CASE".
    // table without a life: states = nullptr. Aborts where a column is no field.
    Kind(const google::protobuf::Descriptor* message, std::string_view table, std::string_view pattern, std::vector<std::string> columns,
         const flow::StateTable* states, std::string_view reason);

    // INVALID_ARGUMENT on `field` where the name does not follow the pattern.
    Result<Keys> ParseName(std::string_view name, std::string_view field = "name") const;
    std::string NameOf(std::span<const std::int64_t> keys) const;

    const google::protobuf::Descriptor* message() const { return message_; }
    const std::string& table() const { return table_; }
    const std::vector<std::string>& columns() const { return columns_; }
    const std::vector<std::string>& keys() const { return keys_; }  // key columns, the record's own id last
    const flow::StateTable* states() const { return states_; }
    const std::string& reason() const { return reason_; }
    bool Stores(std::string_view field) const;

private:
    const google::protobuf::Descriptor* message_;
    std::string table_;
    std::vector<std::string> literals_;  // "households/", "/cases/"
    std::vector<std::string> keys_;
    std::vector<std::string> columns_;
    const flow::StateTable* states_;
    std::string reason_;
};

// Fields by name, for the ones listed above; nothing happens, or 0 and "" are answered, where the message has no such field.
int StateOf(const google::protobuf::Message& m);
void SetState(google::protobuf::Message& m, int state);
std::string TextOf(const google::protobuf::Message& m, const char* field);
void SetText(google::protobuf::Message& m, const char* field, const std::string& value);
std::int64_t NumberOf(const google::protobuf::Message& m, const char* field);

}  // namespace shouwang::record
