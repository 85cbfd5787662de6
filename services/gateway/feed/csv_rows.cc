#include <algorithm>
#include <charconv>
#include <set>

#include "common/base/bytes.h"
#include "services/gateway/feed/row_reader.h"

namespace shouwang::gateway::feed {
namespace {

std::string_view Trim(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

Status ColumnError(std::string reason, std::string column, std::string message) {
    Status status = InvalidField(column, message, std::move(reason));
    status.metadata = {{"column", std::move(column)}};
    return status;
}

std::u32string CodePoints(std::string_view utf8) {
    std::u32string out;
    for (unsigned char c : utf8) {
        if ((c & 0xC0) != 0x80) out.push_back(0);
        if (!out.empty()) out.back() = (out.back() << 8) | c;  // unique is enough for comparing
    }
    return out;
}

std::size_t EditDistance(const std::u32string& a, const std::u32string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

// The name a person would write for a field: money carries its unit.
std::vector<std::string> NamesOf(const model::DatasetField& field) {
    const bool money = field.constraint.unit() == options::v1::UNIT_FEN;
    return {field.field->name(), field.label.zh() + (money ? "(元)" : "")};
}

std::string ColumnKey(const model::ColumnMatch& match) {
    return match.revision ? "_revision" : match.retract ? "_retract" : match.field->field->name();
}

}  // namespace

std::string Shorten(std::string_view name) {
    std::size_t n = std::min<std::size_t>(name.size(), 60);
    while (n > 0 && n < name.size() && (static_cast<unsigned char>(name[n]) & 0xC0) == 0x80) --n;
    return std::string(name.substr(0, n));
}

void RefuseRow(IncomingRow& row, std::string code, std::string want) {
    row.unreadable = true;
    row.problems.push_back({"", std::move(code), "", std::move(want)});
}

std::string NearestColumns(const model::Dataset& dataset, std::string_view name) {
    const std::u32string wanted = CodePoints(Shorten(name));
    std::set<std::pair<std::size_t, std::string>> ranked;
    for (const model::DatasetField& field : dataset.fields) {
        for (const std::string& candidate : NamesOf(field))
            ranked.emplace(EditDistance(wanted, CodePoints(candidate)), candidate);
    }
    std::string out;
    int left = 3;
    for (const auto& [distance, candidate] : ranked) {
        if (left-- == 0) break;
        out += (out.empty() ? "" : ", ") + candidate;
    }
    return out;
}

void SetRevision(std::string_view text, IncomingRow& row) {
    text = Trim(text);
    if (text.empty()) return;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row.revision);
    if (error == std::errc() && end == text.data() + text.size()) return;
    row.revision = 0;
    row.problems.push_back({"_revision", "FORMAT", Shorten(text), "a whole number from 0"});
}

void SetRetract(std::string_view text, IncomingRow& row) {
    static const std::set<std::string, std::less<>> kYes{"1", "true", "TRUE", "True",
                                                         "Y", "y",    "是"},
        kNo{"", "0", "false", "FALSE", "False", "N", "n", "否"};
    text = Trim(text);
    row.retract = kYes.contains(text);
    if (!row.retract && !kNo.contains(text))
        row.problems.push_back({"_retract", "FORMAT", Shorten(text), "true or false"});
}

Result<CsvColumns> CsvColumns::Read(const model::Dataset& dataset,
                                    const std::vector<std::string_view>& header) {
    CsvColumns out;
    std::set<std::string> seen;
    std::vector<model::RowProblem> problems;
    for (const std::string_view raw : header) {
        const std::string_view cell = Trim(raw);
        const std::string shown = Shorten(cell);
        if (!IsValidUtf8(cell))
            return ColumnError("UTF8", "column " + std::to_string(out.columns_.size() + 1),
                               "a header in UTF-8 or GB18030");
        const model::ColumnMatch match = model::MatchColumn(dataset, cell, problems);
        if (!problems.empty())
            return ColumnError(problems[0].code, shown, "want " + problems[0].want);
        if (match.field == nullptr && !match.revision && !match.retract) {
            return ColumnError("UNKNOWN_COLUMN", shown,
                               "no such column; nearest: " + NearestColumns(dataset, cell));
        }
        if (!seen.insert(ColumnKey(match)).second)
            return ColumnError("DUPLICATE_COLUMN", shown, "this column is there twice");
        out.columns_.push_back(match);
    }
    for (const model::DatasetField& field : dataset.fields) {
        if (field.constraint.required() && !seen.contains(field.field->name())) {
            return ColumnError("MISSING_COLUMN", field.field->name(),
                               "required: " + NamesOf(field)[0] + " or " + NamesOf(field)[1]);
        }
    }
    return out;
}

void CsvColumns::Fill(const std::vector<std::string_view>& cells, IncomingRow& row) const {
    if (cells.size() != columns_.size()) {
        return RefuseRow(
            row, "COLUMNS",
            std::to_string(columns_.size()) + " cells, not " + std::to_string(cells.size()));
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const model::ColumnMatch& column = columns_[i];
        if (column.revision) {
            SetRevision(cells[i], row);
        } else if (column.retract) {
            SetRetract(cells[i], row);
        } else {
            model::SetFromText(*column.field, cells[i], column.yuan, *row.message, row.problems);
        }
    }
}

void SplitCells(char* begin, std::size_t size, std::vector<std::string_view>& cells) {
    cells.clear();
    char* const end = begin + size;
    for (char* at = begin;; ++at) {
        if (at == end || *at != '"') {
            char* const stop = std::find(at, end, ',');
            cells.emplace_back(at, static_cast<std::size_t>(stop - at));
            at = stop;
        } else {
            char* const cell = ++at;
            char* to = cell;
            for (; at != end && (*at != '"' || (at + 1 != end && at[1] == '"')); ++at) {
                if (*at == '"') ++at;
                *to++ = *at;
            }
            cells.emplace_back(cell, static_cast<std::size_t>(to - cell));
            if (at != end) ++at;
        }
        if (at == end) return;
    }
}

}  // namespace shouwang::gateway::feed
