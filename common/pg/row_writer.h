// Message → table row: the counterpart of row_mapper.h. Column name = field name; the SQL's shape is written out, its lists are not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "common/pg/pg.h"

namespace shouwang::pg {

// Adds the field's value: bool, int4, int8, enum as int4, text, google.protobuf.Timestamp as timestamptz, a string with constraint
// FORMAT_DATE as date and with FORMAT_TIMESTAMP as timestamptz, other messages as bytea, repeated scalars, enums, strings and messages as
// arrays. NULL: an `optional` field or a message that is absent, an empty date or time. A date or time that does not parse is
// INVALID_ARGUMENT naming the field. Identity, phone and bank numbers abort: they are sealed, never a plain column.
Status AddField(const google::protobuf::Message& message, const std::string& field, Params& params);
// All of `fields`, in order.
Status AddFields(const google::protobuf::Message& message, const std::vector<std::string>& fields, Params& params);

// "$3, $4, $5" and "a = $3, b = $4": for `columns` whose values begin at parameter `first`.
std::string Placeholders(std::size_t columns, int first);
std::string Assignments(const std::vector<std::string>& columns, int first);

}  // namespace shouwang::pg
