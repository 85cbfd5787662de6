// Table row ↔ message: column name = field name. SQL stays explicit; the mapper writes lists of columns and reads results.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "common/pg/pg.h"

namespace shouwang::model {

// Fills the fields of `out` from row `row`: columns[i] names the field of result column i. Types: bool, int2/4/8, text, bytea (bytes or a
// serialized sub-message), date (→ YYYY-MM-DD string), timestamptz (→ google.protobuf.Timestamp), enums from int. NULL leaves the field
// absent. Columns without a field abort (a programmer error).
void ReadRow(const pg::Rows& rows, int row, const std::vector<std::string>& columns, google::protobuf::Message& out);
// Comma-separated columns, for "SELECT " + ColumnList(columns).
std::string ColumnList(const std::vector<std::string>& columns, const std::string& alias = "");

}  // namespace shouwang::model
