// Writes one row the way its department writes: CSV with its headers and units, NDJSON, or
// length-delimited messages.
#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/message.h>

#include "tests/province/datasets.h"

namespace shouwang::province {

// The first line of a CSV file, in UTF-8 without mark; empty for NDJSON.
std::string HeaderOf(const DatasetInfo& info);
// Adds one row, line end included, in UTF-8. `identity` stands for the message's own identity
// number where not empty.
void AppendText(const DatasetInfo& info, const google::protobuf::Message& row,
                const std::string& identity, std::uint32_t revision, bool retract,
                std::string& out);
// Adds varint length and bytes.
void AppendBinary(const DatasetInfo& info, const google::protobuf::Message& row,
                  const std::string& identity, std::string& out);
// From UTF-8 to the file's bytes (GB18030 where the department still uses it).
std::string Encode(Charset charset, std::string text);

}  // namespace shouwang::province
