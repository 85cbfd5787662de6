#include "tests/province/file_reader.h"

#include <iconv.h>
#include <zlib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace shouwang::province {

using nlohmann::json;

std::string ReadWhole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::string Gunzip(const std::string& bytes) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("zlib refuses");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out, part(1 << 18, '\0');
    int state = Z_OK;
    while (state == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = static_cast<uInt>(part.size());
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(part.data(), part.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (state != Z_STREAM_END) throw std::runtime_error("broken gzip");
    return out;
}

std::string ToUtf8(const std::string& bytes, const std::string& charset) {
    if (charset == "UTF-8") return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
    const iconv_t converter = iconv_open("UTF-8", charset.c_str());
    if (converter == reinterpret_cast<iconv_t>(-1))
        throw std::runtime_error("unknown charset " + charset);
    std::string out(bytes.size() * 2 + 16, '\0');
    char* from = const_cast<char*>(bytes.data());
    char* to = out.data();
    std::size_t from_left = bytes.size(), to_left = out.size();
    const std::size_t failed = iconv(converter, &from, &from_left, &to, &to_left);
    iconv_close(converter);
    if (failed == static_cast<std::size_t>(-1)) throw std::runtime_error("broken " + charset);
    out.resize(out.size() - to_left);
    return out;
}

std::vector<std::vector<std::string>> ParseCsv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string cell;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"')
                cell += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                cell += text[++i];
            else
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            row.push_back(std::exchange(cell, {}));
        } else if (c == '\n') {
            if (cell.ends_with('\r')) cell.pop_back();
            row.push_back(std::exchange(cell, {}));
            rows.push_back(std::exchange(row, {}));
        } else {
            cell += c;
        }
    }
    if (quoted || !cell.empty() || !row.empty())
        throw std::runtime_error("a CSV file ends inside a row");
    return rows;
}

std::vector<ManifestEntry> ReadManifest(const std::string& folder) {
    std::vector<ManifestEntry> entries;
    const json manifest = json::parse(ReadWhole(folder + "/manifest.json"));
    for (const json& file : manifest.at("files")) {
        const json& e = file.at("expected");
        entries.push_back({file.at("path"), file.at("dataset"), file.at("department"),
                           file.at("batch"), file.at("period"), file.at("region"),
                           file.at("deliver_on"), file.at("format"), file.at("charset"),
                           file.at("complete"), file.at("gzip"), file.at("rows"), e.at("applied"),
                           e.at("rejected"), e.at("duplicate"), e.at("unmatched")});
    }
    return entries;
}

long long PlannedFigure(const std::string& folder, const std::string& name) {
    return json::parse(ReadWhole(folder + "/manifest.json"))
        .at("figures")
        .at(name)
        .get<long long>();
}

void ForEachRow(const std::string& folder, const ManifestEntry& entry,
                const std::function<void(const Cells&)>& use) {
    std::string bytes = ReadWhole(folder + "/" + entry.path);
    if (entry.gzip) bytes = Gunzip(bytes);
    const std::string text = ToUtf8(bytes, entry.charset);
    if (entry.format == "ndjson") {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            Cells cells;
            const json object = json::parse(line);
            for (const auto& [key, value] : object.items())
                cells.emplace_back(key,
                                   value.is_string() ? value.get<std::string>() : value.dump());
            use(cells);
        }
        return;
    }
    const auto rows = ParseCsv(text);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].size() != rows[0].size())
            throw std::runtime_error(entry.path + ": a row has another number of cells");
        Cells cells;
        for (std::size_t k = 0; k < rows[i].size(); ++k) cells.emplace_back(rows[0][k], rows[i][k]);
        use(cells);
    }
}

std::string Get(const Cells& cells, const std::string& column) {
    for (const auto& [name, text] : cells) {
        if (name == column) return text;
    }
    return {};
}

}  // namespace shouwang::province
