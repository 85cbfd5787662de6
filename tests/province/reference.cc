#include "tests/province/reference.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>

namespace shouwang::province {
namespace {

// The reference tables hold no quoted cells; a row that has another number of cells than the header
// is an error.
class Table {
public:
    static Result<Table> Open(const std::string& path) {
        std::ifstream in(path);
        if (!in) return MakeStatus(Code::kNotFound, "REFERENCE_MISSING", "cannot read " + path);
        Table table;
        std::string line;
        if (!std::getline(in, line))
            return MakeStatus(Code::kDataLoss, "REFERENCE_EMPTY", path + " is empty");
        const auto header = Split(line);
        for (std::size_t i = 0; i < header.size(); ++i) table.columns_[header[i]] = i;
        while (std::getline(in, line)) {
            auto cells = Split(line);
            if (cells.size() != header.size()) {
                return MakeStatus(Code::kDataLoss, "REFERENCE_BROKEN",
                                  path + ": a row has another number of cells: " + line);
            }
            table.rows_.push_back(std::move(cells));
        }
        return table;
    }
    const std::vector<std::vector<std::string>>& rows() const { return rows_; }
    bool Has(const std::string& name) const { return columns_.contains(name); }
    const std::string& Text(const std::vector<std::string>& row, const std::string& name) const {
        return row[columns_.at(name)];
    }
    double Number(const std::vector<std::string>& row, const std::string& name) const {
        const std::string& text = Text(row, name);
        double value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }

private:
    static std::vector<std::string> Split(std::string line) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
        std::vector<std::string> cells;
        std::size_t from = 0;
        for (std::size_t comma; (comma = line.find(',', from)) != std::string::npos;
             from = comma + 1) {
            cells.push_back(line.substr(from, comma - from));
        }
        cells.push_back(line.substr(from));
        return cells;
    }
    std::map<std::string, std::size_t> columns_;
    std::vector<std::vector<std::string>> rows_;
};

const char* const kAgeColumns[kAgeBands] = {"AGES_0",     "AGES_1-4",   "AGES_5-9",   "AGES_10-14",
                                            "AGES_15-19", "AGES_20-24", "AGES_25-29", "AGES_30-34",
                                            "AGES_35-39", "AGES_40-44", "AGES_45-49", "AGES_50-54",
                                            "AGES_55-59", "AGES_60-64", "AGES_65-69", "AGES_70-74",
                                            "AGES_75-79", "AGES_80-84", "AGES_85P"};
const char* const kEducation[7] = {"EDUC_NULL", "EDUC_PRES", "EDUC_PRIM", "EDUC_JRHI",
                                   "EDUC_SRHI", "EDUC_COLL", "EDUC_UNIP"};

County ReadCounty(const Table& census, const std::vector<std::string>& row) {
    County county;
    county.code = census.Text(row, "code");
    county.name = census.Text(row, "name");
    county.population = census.Number(row, "POPU");
    county.urban_share = census.Number(row, "POPU_URB");
    county.men_per_100_women = census.Number(row, "POPU_WM");
    double sum = 0;
    for (int i = 0; i < kAgeBands; ++i)
        sum += county.age_share[i] = census.Number(row, kAgeColumns[i]);
    for (double& share : county.age_share) share /= sum;
    for (int i = 0; i < 7; ++i) {
        county.education[0][i] = census.Number(row, std::string(kEducation[i]) + "_W");
        county.education[1][i] = census.Number(row, std::string(kEducation[i]) + "_M");
    }
    county.employed_share = census.Number(row, "EMPL_OCCU");
    county.farming_share = census.Number(row, "EMPL_INDU_AGHU");
    county.manufacturing_share = census.Number(row, "EMPL_INDU_MANU");
    county.building_share = census.Number(row, "EMPL_INDU_CONS");
    county.mean_household = census.Number(row, "HHLD_S");
    county.single_households = census.Number(row, "HHLD_1P");
    county.three_generations = census.Number(row, "HHLD_3G") + census.Number(row, "HHLD_4GP");
    return county;
}

// Villagers' committees (tenth digit 2 or 3) of real townships: digits 7 to 9 of 400 and over are
// farms and zones, and residents' committees are town.
bool IsRuralVillage(const std::string& code) {
    return code.size() == 12 && code[6] < '4' && (code[9] == '2' || code[9] == '3');
}

// First code that "360111[2004];360113" names.
std::string FirstSuccessor(const std::string& text) {
    return text.substr(0, std::min<std::size_t>(6, text.size()));
}

// Which prefixes a county's people got over the years: its own code, and the retired codes that
// ended in it. A retired code that was split belongs to one successor only, so that no two counties
// ever give out the same number.
void ReadPrefixes(const Table& history, Reference& reference) {
    struct Past {
        std::string code, successor;
        int from, to;
        bool owned = false;
    };
    std::vector<Past> past;
    std::map<std::string, int> in_force_since;
    for (const auto& row : history.rows()) {
        if (history.Text(row, "level") != "3") continue;
        const std::string& code = history.Text(row, "code");
        const std::string& status = history.Text(row, "status");
        const int from = static_cast<int>(history.Number(row, "start_year"));
        if (!code.starts_with(reference.province_code)) {
            if (status == "in_use") reference.foreign_prefixes.push_back(code);
            continue;
        }
        if (status == "in_use") in_force_since[code] = from;
        if (status == "retired") {
            past.push_back({code, FirstSuccessor(history.Text(row, "successor_codes")), from,
                            static_cast<int>(history.Number(row, "end_year"))});
        }
    }
    std::sort(reference.foreign_prefixes.begin(), reference.foreign_prefixes.end());
    for (County& county : reference.counties) {
        int since = in_force_since.contains(county.code) ? in_force_since[county.code] : 1981;
        county.prefixes.push_back({county.code, since, 9999});
        for (std::string wanted = county.code; since > 1981;) {
            // The one that ended when this one began; districts that were merged in later are
            // somebody else's past.
            auto found = std::find_if(past.begin(), past.end(), [&](const Past& p) {
                return !p.owned && p.successor == wanted && p.to == since;
            });
            if (found == past.end()) break;
            found->owned = true;
            county.prefixes.insert(county.prefixes.begin(), {found->code, found->from, found->to});
            wanted = found->code;
            since = found->from;
        }
    }
}

}  // namespace

int BandOfAge(int age) {
    if (age <= 0) return 0;
    if (age < 5) return 1;
    return std::min(age / 5 + 1, kAgeBands - 1);
}
int FirstAgeOfBand(int band) { return band == 0 ? 0 : band == 1 ? 1 : (band - 1) * 5; }
int YearsInBand(int band) { return band == 0 ? 1 : band == 1 ? 4 : band == kAgeBands - 1 ? 10 : 5; }

Result<Reference> Reference::Load(const std::string& divisions_dir, const std::string& census_dir,
                                  const std::string& province) {
    Reference reference;
    reference.province_code = province;
    SW_ASSIGN_OR_RETURN(Table census, Table::Open(census_dir + "/census2020_county.csv"));
    SW_ASSIGN_OR_RETURN(Table divisions, Table::Open(divisions_dir + "/divisions.csv"));
    SW_ASSIGN_OR_RETURN(Table villages,
                        Table::Open(divisions_dir + "/villages_" + province + ".csv"));
    SW_ASSIGN_OR_RETURN(Table history, Table::Open(divisions_dir + "/divisions_history.csv"));
    for (const auto& row : divisions.rows()) {
        if (divisions.Text(row, "code") == province + "0000")
            reference.province_name = divisions.Text(row, "name");
    }
    for (const auto& row : census.rows()) {
        if (census.Text(row, "code").starts_with(province))
            reference.counties.push_back(ReadCounty(census, row));
    }
    std::sort(reference.counties.begin(), reference.counties.end(),
              [](const County& a, const County& b) { return a.code < b.code; });
    std::map<std::string, County*> by_code;
    for (County& county : reference.counties) by_code[county.code] = &county;
    for (const auto& row : villages.rows()) {
        const std::string& code = villages.Text(row, "code");
        const auto county = by_code.find(code.substr(0, 6));
        if (county != by_code.end() && IsRuralVillage(code))
            county->second->villages.push_back({code, villages.Text(row, "name")});
    }
    for (const County& county : reference.counties) {
        if (county.villages.empty())
            return MakeStatus(Code::kDataLoss, "REFERENCE_BROKEN", county.code + " has no village");
    }
    if (reference.counties.empty())
        return MakeStatus(Code::kNotFound, "REFERENCE_MISSING",
                          "no county of province " + province);
    ReadPrefixes(history, reference);
    return reference;
}

std::vector<long long> LargestRemainder(long long total, const std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<long long> parts(weights.size(), 0);
    if (sum <= 0) return parts;
    std::vector<std::pair<double, std::size_t>> remainders;
    long long given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double exact = static_cast<double>(total) * weights[i] / sum;
        parts[i] = static_cast<long long>(exact);
        given += parts[i];
        remainders.emplace_back(exact - static_cast<double>(parts[i]), i);
    }
    std::stable_sort(remainders.begin(), remainders.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; given < total; i = (i + 1) % remainders.size()) {
        ++parts[remainders[i].second];
        ++given;
    }
    return parts;
}

}  // namespace shouwang::province
