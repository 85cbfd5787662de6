#include "services/monitoring/usecase/regions.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/base/region_code.h"
#include "common/crypto/crypto.h"
#include "services/monitoring/store/region_store.h"

namespace shouwang::monitoring::usecase {
namespace {

// The code book of 2023 came into force on its cut-off day; what stood before is in the history file. Demo and tests look back to
// 2020, so the tree is dated from the census on.
constexpr const char* kTreeFrom = "2020-01-01";

std::vector<std::string> SplitLine(const std::string& line) {
    std::vector<std::string> cells;
    std::stringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    if (!line.empty() && line.back() == ',') cells.emplace_back();
    return cells;
}

// code,name,level,parent_code
Status ReadTree(const std::string& text, std::vector<v1::Region>& regions) {
    std::stringstream in(text);
    std::string line;
    std::getline(in, line);
    for (int number = 2; std::getline(in, line); ++number) {
        const auto cells = SplitLine(line);
        if (cells.size() < 4 || RegionLevel(TrimRegion(cells[0])) < 1) {
            return MakeStatus(Code::kInvalidArgument, "REFERENCE_MALFORMED", "line " + std::to_string(number) + ": code,name,level,parent_code expected");
        }
        v1::Region r;
        r.set_code(TrimRegion(cells[0]));
        r.set_name(cells[1]);
        r.set_level(RegionLevel(r.code()));
        r.set_parent(cells[3].empty() ? "" : TrimRegion(cells[3]));
        r.set_valid_from(kTreeFrom);
        // Digits 7 to 9 in 400-599: farms and development zones kept for statistics.
        if (r.level() == 4) r.set_statistical(r.code()[6] == '4' || r.code()[6] == '5');
        regions.push_back(std::move(r));
    }
    return Status::Ok();
}

// code,name,level,province,prefecture,status,start_year,end_year,successor_codes: only what is no longer in force; the tree has the rest.
Status ReadHistory(const std::string& text, std::vector<v1::Region>& regions) {
    std::stringstream in(text);
    std::string line;
    std::getline(in, line);
    for (int number = 2; std::getline(in, line); ++number) {
        const auto cells = SplitLine(line);
        if (cells.size() < 8) return MakeStatus(Code::kInvalidArgument, "REFERENCE_MALFORMED", "line " + std::to_string(number));
        if (cells[7].empty()) continue;
        v1::Region r;
        r.set_code(TrimRegion(cells[0]));
        r.set_name(cells[1]);
        r.set_level(RegionLevel(r.code()));
        if (r.level() < 1) continue;
        r.set_parent(std::string(RegionAtLevel(r.code(), r.level() - 1)));
        r.set_valid_from(cells[6] + "-01-01");
        r.set_valid_to(cells[7] + "-01-01");
        if (cells.size() > 8) {
            std::stringstream successors(cells[8]);
            for (std::string s; successors >> s;) r.add_successors(TrimRegion(s));
        }
        regions.push_back(std::move(r));
    }
    return Status::Ok();
}

}  // namespace

Status Regions::LoadReference(const std::string& directory, Deadline deadline) {
    std::set<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = entry.path().filename();
        if (name.ends_with(".csv") && (name.starts_with("divisions") || name.starts_with("villages"))) files.insert(entry.path());
    }
    if (files.empty()) return MakeStatus(Code::kFailedPrecondition, "REFERENCE_MISSING", "no divisions*.csv or villages*.csv in " + directory);
    for (const auto& path : files) {
        std::ifstream in(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        std::vector<v1::Region> regions;
        const std::string name = path.filename();
        SW_RETURN_IF_ERROR(name.starts_with("divisions_history") ? ReadHistory(text, regions) : ReadTree(text, regions));
        SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
            SW_ASSIGN_OR_RETURN(const bool loaded, store::AlreadyLoaded(connection, name, crypto::Sha256(text)));
            return loaded ? Status::Ok() : store::PutRegions(connection, regions);
        }));
    }
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(names_, store::RegionNames(*lease));
    return Status::Ok();
}

std::string Regions::DisplayName(std::string_view code) const {
    std::string out;
    const int level = RegionLevel(code);
    for (int l = std::min(level, 3); l <= level && l > 0; ++l) {
        const auto it = names_.find(std::string(RegionAtLevel(code, l)));
        if (it != names_.end()) out += (out.empty() ? "" : " · ") + it->second;
    }
    return out;
}

Date Regions::DayOf(const std::string& on) const { return Date::Parse(on).value_or(clock_.Today()); }

Result<v1::Region> Regions::Get(const v1::GetRegionRequest& q, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return store::GetRegion(*lease, TrimRegion(q.code()), DayOf(q.on()));
}

Result<v1::ListRegionsResponse> Regions::List(const v1::ListRegionsRequest& q, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string after, tokens_.Read(q));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto regions, store::ListRegions(*lease, TrimRegion(q.parent()), DayOf(q.on()), after, size + 1));
    v1::ListRegionsResponse response;
    for (v1::Region& r : regions) {
        if (response.regions_size() == size) {
            response.set_next_page_token(tokens_.Make(response.regions().rbegin()->code(), q));
            break;
        }
        *response.add_regions() = std::move(r);
    }
    return response;
}

}  // namespace shouwang::monitoring::usecase
