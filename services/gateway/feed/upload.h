// A whole file as one batch: Open, rows and Close in one call.
#pragma once

#include <optional>
#include <string>

#include "services/gateway/feed/batch_ingest.h"
#include "services/gateway/http/router.h"

namespace shouwang::gateway::feed {

struct UploadHints {
    std::string format;   // "csv", "ndjson", or empty: an NDJSON file begins with {
    std::string charset;  // or empty: a byte order mark or the lines of the beginning decide
};

// Reads CSV (first record = columns) or NDJSON, plain or gzipped, in UTF-8 or GB18030. Batch errors
// (nothing more is taken, what is durable stays and metadata `last_durable_sequence` names it):
// CHARSET, FORMAT, HEADER, UNKNOWN_COLUMN, MISSING_COLUMN, DUPLICATE_COLUMN, UNIT, GZIP_BROKEN,
// GZIP_TRUNCATED, DECOMPRESSED_TOO_LARGE, and those of BatchIngest. Row errors: LINE_TOO_LONG,
// UTF8, QUOTE, COLUMNS, JSON, UNKNOWN_FIELD, DUPLICATE_FIELD, and those of common/model. Blank
// lines, and lines of nothing but separators as spreadsheets leave them, are no rows. An empty file
// is a batch of no rows.
Result<v1::Receipt> RunUpload(const DoorParts& parts, const type::v1::Principal& principal,
                              const v1::OpenPush& open, const UploadHints& hints,
                              http::BodyReader& body, Deadline deadline);

}  // namespace shouwang::gateway::feed
