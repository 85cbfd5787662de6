// Table row ↔ message: column name = field name. SQL stays explicit; the mapper writes lists of columns and reads results.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "common/pg/pg.h"

namespace shouwang::pg {

// Reads rows of one list of columns into messages of one type: columns[i] names the field of result column i. Types: bool,
// int2/4/8, float4/8, text, bytea (bytes or a serialized sub-message), date (→ YYYY-MM-DD string), timestamptz
// (→ google.protobuf.Timestamp, or its RFC 3339 text), enums from int, arrays of ints, texts and byteas into repeated fields.
// NULL leaves the field absent. A column without a field, or of a type that does not fit, aborts (a programmer error).
// Bytes that are not the sub-message leave the field absent and are logged as an error. Immutable, so thread-safe.
class RowReader {
public:
    RowReader(const google::protobuf::Descriptor& type, const std::vector<std::string>& columns);
    // `first`: index of the result column that holds columns[0].
    void Read(const Rows& rows, int row, google::protobuf::Message& out, int first = 0) const;

private:
    std::vector<const google::protobuf::FieldDescriptor*> fields_;
};

// The same for one row; where many rows are read, keep a RowReader.
void ReadRow(const Rows& rows, int row, const std::vector<std::string>& columns, google::protobuf::Message& out);
// Comma-separated columns, for "SELECT " + ColumnList(columns).
std::string ColumnList(const std::vector<std::string>& columns, const std::string& alias = "");

}  // namespace shouwang::pg
