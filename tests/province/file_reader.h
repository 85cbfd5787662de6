// Reads department files back, as a receiver would: gzip, byte order mark, GB18030, quoted cells,
// NDJSON. Used by tests only.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace shouwang::province {

std::string ReadWhole(const std::string& path);
std::string Gunzip(const std::string& bytes);
std::string ToUtf8(const std::string& bytes, const std::string& charset);
// Rows of a CSV text, the header first; quotes and line breaks inside cells as RFC 4180 has them.
std::vector<std::vector<std::string>> ParseCsv(const std::string& text);

struct ManifestEntry {
    std::string path, dataset, department, batch, period, region, deliver_on, format, charset;
    bool complete = false, gzip = false;
    long long rows = 0, applied = 0, rejected = 0, duplicate = 0, unmatched = 0;
};
std::vector<ManifestEntry> ReadManifest(const std::string& folder);
// A figure of the manifest: what the generator planned.
long long PlannedFigure(const std::string& folder, const std::string& name);

// One row as (column, text) pairs; JSON numbers and booleans as their text.
using Cells = std::vector<std::pair<std::string, std::string>>;
void ForEachRow(const std::string& folder, const ManifestEntry& entry,
                const std::function<void(const Cells&)>& use);
// The text of a column, empty where it is absent.
std::string Get(const Cells& cells, const std::string& column);

}  // namespace shouwang::province
