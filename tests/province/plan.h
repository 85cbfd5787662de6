// Who there is, before anybody is drawn: how many households of which kind and size in which
// village, which of them stand in the national ledger, and what was done for Guixi. All totals of
// the province are exact here (largest remainder); what follows draws each household on its own and
// in any order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/date.h"
#include "common/base/status.h"
#include "tests/province/reference.h"

namespace shouwang::province {

struct Options {
    std::uint64_t seed = 2021;
    double scale = 0.01;
    Month from{612}, to{617};  // 2021-01 … 2021-06
    int threads = 0;           // 0 = as many as the machine has
    bool rows = false;         // binary rows instead of department files
    std::string out;
    std::string divisions_dir, census_dir;
    std::string province = "36";
};

// The article's figures for the whole province (J006–J025, J026), which a scale multiplies.
struct Figures {
    long long lifted_persons = 2'810'000;
    long long lifted_households = 838'806;  // 3.35 persons each; the article gives persons only
    long long watched_households = 40'000;  // ordinary households near the line, not in the ledger
    long long monitored_households = 27'000, monitored_persons = 91'000;
    long long new_households = 1'288, new_persons = 4'813;
    long long eliminated_households = 22'200, eliminated_persons = 76'000;
    // Guixi (360681)
    long long guixi_villages = 188;  // not scaled
    long long guixi_households = 5'640, guixi_measures = 1'524, guixi_posts = 350,
              guixi_renovations = 42;
    long long guixi_rewards_fen = 640'500'000;
    long long guixi_reward_count = 1'000;
};
// Rounded products that keep sums: the three parts of the ledger add up to the rounded whole.
Figures Scaled(const Figures& full, double scale);
inline constexpr const char* kGuixi = "360681";

enum class Ledger : std::uint8_t {
    kNone,
    kOpen,
    kEliminated,
    kNew
};  // open and eliminated: identified before the year 2021

// MonitoredHousehold.Category
enum class LedgerCategory : std::uint8_t { kNone = 0, kUnstable = 1, kEdge = 2, kSudden = 3 };

struct HouseholdSlot {
    std::uint32_t in_county = 0;  // position in the county: names the household's numbers
    std::uint16_t county = 0;
    std::uint16_t village = 0;  // position in County::villages
    std::uint8_t size = 0;
    bool lifted = true;
    Ledger ledger = Ledger::kNone;
    LedgerCategory category = LedgerCategory::kNone;
    std::uint16_t order = 0;  // kNew: position among the new ones, spreads them over the months
};

enum class MeasureKind : std::uint8_t { kPost, kRenovation, kReward, kOther };

struct PlannedMeasure {
    std::uint32_t household = 0;  // position in Plan::households
    MeasureKind kind = MeasureKind::kOther;
    std::int64_t amount_fen = 0;
};

struct Plan {
    Figures figures;
    std::vector<HouseholdSlot> households;  // by county, then village
    std::vector<std::uint32_t>
        county_first;  // first household of each county; one more entry at the end
    std::vector<std::vector<std::uint16_t>>
        villages_used;  // by county: positions in County::villages, ascending
    std::vector<PlannedMeasure> guixi_measures;  // by household
    std::array<double, kAgeBands> age_weight{};  // see CalibrateAges (household.h)
};

Result<Plan> MakePlan(const Reference& reference, const Options& options);

}  // namespace shouwang::province
