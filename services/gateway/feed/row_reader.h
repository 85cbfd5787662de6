// One record of a file → the next row of a batch. CSV and NDJSON differ only here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/model/dataset.h"
#include "services/gateway/feed/batch_ingest.h"

namespace shouwang::gateway::feed {

// Problems of a row as a whole: nothing of what came is shown, it may hold personal data.
void RefuseRow(IncomingRow& row, std::string code, std::string want);

// The columns of a CSV file.
class CsvColumns {
public:
    // INVALID_ARGUMENT, naming the column: UNKNOWN_COLUMN (with the nearest known ones),
    // MISSING_COLUMN, DUPLICATE_COLUMN, UNIT.
    static Result<CsvColumns> Read(const model::Dataset& dataset,
                                   const std::vector<std::string_view>& header);
    std::size_t size() const { return columns_.size(); }
    // Row errors: COLUMNS (other number of cells), and what the cells hold.
    void Fill(const std::vector<std::string_view>& cells, IncomingRow& row) const;

private:
    std::vector<model::ColumnMatch> columns_;
};

// The cells of a record that RecordReader found sound, unquoted in place.
void SplitCells(char* begin, std::size_t size, std::vector<std::string_view>& cells);

// Rows as JSON objects, members named as columns are. Row errors: JSON, UTF8, UNKNOWN_FIELD,
// DUPLICATE_FIELD, UNIT, FORMAT.
class JsonRows {
public:
    explicit JsonRows(const model::Dataset& dataset);
    ~JsonRows();
    void Fill(std::string_view record, IncomingRow& row);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What an error repeats of a column's or member's name: 60 bytes at most, no character cut.
std::string Shorten(std::string_view name);

// Up to three known column names that look most like `name`, for an error message.
std::string NearestColumns(const model::Dataset& dataset, std::string_view name);

// "_revision" and "_retract" cells.
void SetRevision(std::string_view text, IncomingRow& row);
void SetRetract(std::string_view text, IncomingRow& row);

}  // namespace shouwang::gateway::feed
