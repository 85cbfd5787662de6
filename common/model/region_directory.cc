#include "common/model/region_directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/base/region_code.h"

namespace shouwang::model {
namespace {

constexpr std::size_t kPrefixes = 1'000'000;

// Unique over levels: the length counts too ("36" is not "000036"). 0 where it is no division code.
std::uint64_t KeyOf(std::string_view code) {
    std::uint64_t number = 0;
    for (char c : code) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return RegionLevel(code) >= 1 ? number * 16 + code.size() : 0;
}

std::size_t SlotOf(std::uint64_t key, std::size_t slots) {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 20) & (slots - 1);
}

// Levels 1 to 3 are written as six digits in the code book.
std::string AtLevel(std::string_view code, int level) {
    static constexpr std::size_t kDigits[] = {0, 2, 4, 6, 9, 12};
    return std::string(code.substr(0, kDigits[level]));
}

Status Broken(const std::string& path, std::size_t line, const std::string& what) {
    return MakeStatus(Code::kFailedPrecondition, "REGIONS_BROKEN", path + ":" + std::to_string(line) + ": " + what);
}

struct CodeLine {
    std::string code;
    int level;
};

// These files hold no quotes; what follows the third comma is not needed.
Result<std::vector<CodeLine>> ReadCodes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return MakeStatus(Code::kFailedPrecondition, "REGIONS_MISSING", "cannot read " + path);
    std::vector<CodeLine> out;
    std::string line;
    std::size_t number = 0;
    while (std::getline(in, line)) {
        if (++number == 1 || line.empty()) continue;
        const std::size_t a = line.find(','), b = a == line.npos ? a : line.find(',', a + 1);
        if (b == line.npos || b + 1 >= line.size()) return Broken(path, number, "fewer than three columns");
        const int level = line[b + 1] - '0';
        const std::string_view code = std::string_view(line).substr(0, a);
        const std::size_t want = level == 5 ? 12 : level == 4 ? 9 : 6;
        if (level < 1 || level > 5 || code.size() != want || code.find_first_not_of("0123456789") != code.npos) {
            return Broken(path, number, "not a division code of its level");
        }
        out.push_back({std::string(code), level});
    }
    return out;
}

std::vector<std::string> VillageFiles(const std::string& dir) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("villages_") && name.ends_with(".csv")) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

RegionDirectory::RegionDirectory(std::span<const std::string> codes, std::span<const std::string> prefixes) {
    Build(codes);
    for (const std::string& prefix : prefixes) AddPrefix(prefix);
}

Result<std::shared_ptr<const RegionDirectory>> RegionDirectory::Load(const std::string& dir) {
    std::vector<std::string> files = VillageFiles(dir);
    if (files.empty()) return MakeStatus(Code::kFailedPrecondition, "REGIONS_MISSING", "no villages_*.csv in " + dir);
    files.push_back(dir + "/divisions.csv");
    std::shared_ptr<RegionDirectory> out(new RegionDirectory());
    std::vector<std::string> codes;
    for (const std::string& file : files) {
        SW_ASSIGN_OR_RETURN(const std::vector<CodeLine> lines, ReadCodes(file));
        for (const CodeLine& line : lines) {
            codes.push_back(AtLevel(line.code, line.level));
            if (line.level <= 3) out->AddPrefix(line.code);
        }
    }
    out->Build(codes);
    SW_ASSIGN_OR_RETURN(const std::vector<CodeLine> history, ReadCodes(dir + "/divisions_history.csv"));
    for (const CodeLine& line : history) out->AddPrefix(line.code);
    return std::shared_ptr<const RegionDirectory>(std::move(out));
}

void RegionDirectory::Build(std::span<const std::string> codes) {
    std::size_t slots = 16;
    while (slots < codes.size() * 2) slots *= 2;
    slots_.assign(slots, 0);
    for (const std::string& code : codes) {
        const std::uint64_t key = KeyOf(code);
        if (key == 0 || Knows(code)) continue;
        std::size_t at = SlotOf(key, slots);
        while (slots_[at] != 0) at = (at + 1) & (slots - 1);
        slots_[at] = key;
        ++size_;
    }
}

void RegionDirectory::AddPrefix(std::string_view prefix6) {
    if (prefixes_.empty()) prefixes_.resize(kPrefixes);
    std::size_t number = 0;
    for (char c : prefix6) number = number * 10 + static_cast<std::size_t>(c - '0');
    if (prefix6.size() == 6 && number < kPrefixes) prefixes_[number] = true;
}

bool RegionDirectory::Knows(std::string_view code) const {
    const std::uint64_t key = KeyOf(code);
    if (key == 0 || slots_.empty()) return false;
    for (std::size_t at = SlotOf(key, slots_.size()); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
        if (slots_[at] == key) return true;
    }
    return false;
}

bool RegionDirectory::KnowsPrefix(std::string_view prefix6) const {
    if (prefix6.size() != 6 || prefixes_.empty()) return false;
    std::size_t number = 0;
    for (char c : prefix6) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return prefixes_[number];
}

}  // namespace shouwang::model
