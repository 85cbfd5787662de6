#include "tests/province/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "tests/province/identity.h"
#include "tests/province/random.h"

namespace shouwang::province {
namespace {

constexpr int kMaxSize = 8;
enum Purpose : std::uint64_t { kSizes = 0x51, kVillages = 0x52, kMeasures = 0x53 };

// The 24 counties of Jiangxi that were on the national list: poverty was about twice as frequent
// there.
const std::set<std::string_view> kPoorCounties = {
    "360321", "360424", "360703", "360704", "360724", "360726", "360730", "360731",
    "360732", "360733", "360734", "360735", "360781", "360821", "360827", "360828",
    "360830", "360881", "361025", "361030", "361104", "361125", "361127", "361128"};
constexpr double kPoorCountyWeight = 2.0;

long long Round(double value) { return static_cast<long long>(std::floor(value + 0.5)); }

// Sizes of lifted households: a fixed shape for two to eight, tilted until the mean is what the
// county's census size asks for.
std::array<double, kMaxSize + 1> SizeShares(const County& county, double mean) {
    static const double kShape[kMaxSize + 1] = {0, 0, 0.22, 0.22, 0.24, 0.16, 0.10, 0.04, 0.02};
    const double single = std::min(0.2, county.single_households * 0.5);
    std::array<double, kMaxSize + 1> shares{};
    double low = 0.3, high = 3.0;
    for (int step = 0; step < 50; ++step) {
        const double tilt = (low + high) / 2;
        double sum = 0, weighted = 0, power = 1;
        for (int size = 2; size <= kMaxSize; ++size, power *= tilt) {
            shares[static_cast<std::size_t>(size)] = kShape[size] * power;
            sum += shares[static_cast<std::size_t>(size)];
        }
        for (int size = 2; size <= kMaxSize; ++size) {
            double& share = shares[static_cast<std::size_t>(size)];
            share *= (1 - single) / sum;
            weighted += share * size;
        }
        (weighted + single < mean ? low : high) = tilt;
    }
    shares[1] = single;
    return shares;
}

int DrawSize(Random& random, const std::array<double, kMaxSize + 1>& shares) {
    double u = random.Unit();
    for (int size = 1; size < kMaxSize; ++size) {
        u -= shares[static_cast<std::size_t>(size)];
        if (u < 0) return size;
    }
    return kMaxSize;
}

// Makes the sizes of the households add up to `target` by single steps spread over all of them.
// Returns what could not be placed.
long long AdjustSizes(std::vector<HouseholdSlot>& all, const std::vector<std::uint32_t>& which,
                      long long target) {
    long long sum = 0;
    for (const std::uint32_t i : which) sum += all[i].size;
    if (which.empty()) return target;
    // A stride near the golden section visits all positions before it repeats.
    std::uint64_t stride =
        static_cast<std::uint64_t>(static_cast<double>(which.size()) * 0.618) | 1u;
    while (std::gcd(stride, which.size()) != 1) stride += 2;
    long long moved = 1;
    for (std::uint64_t i = 0; sum != target; ++i) {
        if (i % which.size() == 0 && std::exchange(moved, 0) == 0 && i > which.size()) break;
        HouseholdSlot& slot = all[which[(i * stride) % which.size()]];
        // Single people stay single, families stay families, as long as that is possible.
        if (sum < target && slot.size < kMaxSize && (slot.size > 1 || i >= which.size()))
            ++slot.size, ++sum, ++moved;
        else if (sum > target && slot.size > (i >= which.size() ? 1 : 2))
            --slot.size, --sum, ++moved;
    }
    return target - sum;
}

class Planner {
public:
    Planner(const Reference& reference, const Options& options)
        : reference_(reference), options_(options) {
        plan_.figures = Scaled(Figures{}, options.scale);
    }

    Result<Plan> Make() {
        CountHouseholds();
        for (std::size_t c = 0; c < reference_.counties.size(); ++c) {
            if (lifted_[c] + ordinary_[c] > kMaxHouseholdsPerCounty) {
                return MakeStatus(Code::kOutOfRange, "SCALE",
                                  "more households in " + reference_.counties[c].code +
                                      " than identity numbers can be arranged for");
            }
        }
        PlaceHouseholds();
        ChooseLedger();
        FixSizes();
        PlanGuixi();
        return std::move(plan_);
    }

private:
    void CountHouseholds() {
        std::vector<double> weights;
        std::size_t guixi = reference_.counties.size();
        for (std::size_t c = 0; c < reference_.counties.size(); ++c) {
            const County& county = reference_.counties[c];
            double weight = county.rural_population() *
                            (kPoorCounties.contains(county.code) ? kPoorCountyWeight : 1.0) /
                            county.mean_household;
            if (county.code == kGuixi) guixi = c, weight = 0;
            weights.push_back(weight);
        }
        const bool has_guixi = guixi < reference_.counties.size();
        lifted_ = LargestRemainder(
            plan_.figures.lifted_households - (has_guixi ? plan_.figures.guixi_households : 0),
            weights);
        if (has_guixi) lifted_[guixi] = plan_.figures.guixi_households;
        std::vector<double> by_lifted(lifted_.begin(), lifted_.end());
        // The ledger's ordinary households (see ChooseLedger) and those watched beside it.
        const Figures& f = plan_.figures;
        const long long old = f.monitored_households - f.new_households;
        ordinary_ =
            LargestRemainder(f.watched_households + old / 2 + f.new_households * 6 / 10, by_lifted);
    }

    void PlaceHouseholds() {
        plan_.county_first.push_back(0);
        for (std::size_t c = 0; c < reference_.counties.size(); ++c) {
            const County& county = reference_.counties[c];
            Random random(options_.seed, kVillages, c);
            const auto used = UsedVillages(county, lifted_[c], random);
            std::vector<double> weights(used.size());
            for (double& weight : weights) weight = random.LogNormal(1, 0.5);
            // Every used village gets one lifted household first, so that "covered" means what it
            // says.
            const long long spread =
                std::min<long long>(lifted_[c], static_cast<long long>(used.size()));
            auto lifted = LargestRemainder(lifted_[c] - spread, weights);
            const auto ordinary = LargestRemainder(ordinary_[c], weights);
            for (long long i = 0; i < spread; ++i) ++lifted[static_cast<std::size_t>(i)];
            std::uint32_t in_county = 0;
            for (std::size_t v = 0; v < used.size(); ++v) {
                for (long long i = 0; i < lifted[v] + ordinary[v]; ++i) {
                    plan_.households.push_back(
                        {in_county++, static_cast<std::uint16_t>(c), used[v], 0, i < lifted[v]});
                }
            }
            plan_.county_first.push_back(static_cast<std::uint32_t>(plan_.households.size()));
            plan_.villages_used.push_back(used);
        }
    }

    // At full scale all villages; below, as many as there are about twelve households for. Guixi:
    // 188, or one for each household.
    std::vector<std::uint16_t> UsedVillages(const County& county, long long lifted,
                                            Random& random) const {
        const auto all = static_cast<long long>(county.villages.size());
        long long wanted = std::min(all, std::max<long long>(1, (lifted + 11) / 12));
        if (county.code == kGuixi)
            wanted = std::min({all, plan_.figures.guixi_villages, std::max<long long>(1, lifted)});
        std::vector<std::uint16_t> used;
        const double step = static_cast<double>(all) / static_cast<double>(wanted);
        const double offset = random.Unit() * 0.999;
        for (long long i = 0; i < wanted; ++i)
            used.push_back(static_cast<std::uint16_t>((static_cast<double>(i) + offset) * step));
        return used;
    }

    // Before 2021: half 脱贫不稳定户, half 边缘易致贫户. New ones: four in ten, four in ten, and
    // two 突发严重困难户 (a category since May 2021), of whom every second is an ordinary
    // household.
    void ChooseLedger() {
        const Figures& f = plan_.figures;
        const long long old = f.monitored_households - f.new_households, old_edge = old / 2;
        const long long eliminated_edge = f.eliminated_households / 2;
        const long long sudden = f.new_households * 2 / 10, new_edge = f.new_households * 4 / 10;
        const long long new_unstable = f.new_households - sudden - new_edge;
        Choose(false, Ledger::kEliminated, LedgerCategory::kEdge, eliminated_edge);
        Choose(true, Ledger::kEliminated, LedgerCategory::kUnstable,
               f.eliminated_households - eliminated_edge);
        Choose(false, Ledger::kOpen, LedgerCategory::kEdge, old_edge - eliminated_edge);
        Choose(true, Ledger::kOpen, LedgerCategory::kUnstable,
               old - old_edge - (f.eliminated_households - eliminated_edge));
        Choose(false, Ledger::kNew, LedgerCategory::kEdge, new_edge);
        Choose(true, Ledger::kNew, LedgerCategory::kUnstable, new_unstable);
        Choose(false, Ledger::kNew, LedgerCategory::kSudden, sudden / 2);
        Choose(true, Ledger::kNew, LedgerCategory::kSudden, sudden - sudden / 2);
    }

    // Takes `count` free households of the kind, evenly over the whole province and so in
    // proportion to each county's number.
    void Choose(bool lifted, Ledger ledger, LedgerCategory category, long long count) {
        std::vector<std::uint32_t> free;
        for (std::uint32_t i = 0; i < plan_.households.size(); ++i) {
            const HouseholdSlot& slot = plan_.households[i];
            if (slot.lifted == lifted && slot.ledger == Ledger::kNone) free.push_back(i);
        }
        const double step =
            count > 0 ? static_cast<double>(free.size()) / static_cast<double>(count) : 0;
        for (long long i = 0; i < count && !free.empty(); ++i) {
            HouseholdSlot& slot = plan_.households[free[static_cast<std::size_t>(
                (static_cast<double>(i) + 0.5) * step)]];
            slot.ledger = ledger;
            slot.category = category;
            slot.order = static_cast<std::uint16_t>(
                Mix(static_cast<std::uint64_t>(i) * 8 + static_cast<std::uint64_t>(category)));
        }
    }

    void FixSizes() {
        const Figures& f = plan_.figures;
        double weighted = 0;
        for (std::size_t c = 0; c < reference_.counties.size(); ++c)
            weighted += static_cast<double>(lifted_[c]) * reference_.counties[c].mean_household;
        const double lift = static_cast<double>(f.lifted_persons) / weighted;
        std::vector<double> persons;
        for (std::size_t c = 0; c < reference_.counties.size(); ++c) {
            const double mean = reference_.counties[c].mean_household * lift;
            persons.push_back(mean * static_cast<double>(lifted_[c]));
            const auto shares = SizeShares(reference_.counties[c], mean);
            Random random(options_.seed, kSizes, c);
            for (std::uint32_t i = plan_.county_first[c]; i < plan_.county_first[c + 1]; ++i) {
                plan_.households[i].size = static_cast<std::uint8_t>(DrawSize(random, shares));
            }
        }
        std::vector<std::uint32_t> open, eliminated, fresh;
        for (std::uint32_t i = 0; i < plan_.households.size(); ++i) {
            const Ledger ledger = plan_.households[i].ledger;
            if (ledger == Ledger::kOpen) open.push_back(i);
            if (ledger == Ledger::kEliminated) eliminated.push_back(i);
            if (ledger == Ledger::kNew) fresh.push_back(i);
        }
        AdjustSizes(plan_.households, fresh, f.new_persons);
        AdjustSizes(plan_.households, eliminated, f.eliminated_persons);
        AdjustSizes(plan_.households, open,
                    f.monitored_persons - f.new_persons - f.eliminated_persons);
        const auto targets = LargestRemainder(f.lifted_persons, persons);
        long long carried = 0;  // what a tiny county cannot place goes to the next one
        for (std::size_t c = 0; c < reference_.counties.size(); ++c)
            carried = FixCounty(c, targets[c] + carried);
        for (std::size_t c = reference_.counties.size(); c-- > 0 && carried != 0;)
            carried = FixCounty(c, LiftedPersons(c) + carried);
    }

    long long LiftedPersons(std::size_t county) const {
        long long sum = 0;
        for (std::uint32_t i = plan_.county_first[county]; i < plan_.county_first[county + 1];
             ++i) {
            if (plan_.households[i].lifted) sum += plan_.households[i].size;
        }
        return sum;
    }
    long long FixCounty(std::size_t county, long long target) {
        std::vector<std::uint32_t> free;
        for (std::uint32_t i = plan_.county_first[county]; i < plan_.county_first[county + 1];
             ++i) {
            const HouseholdSlot& slot = plan_.households[i];
            if (!slot.lifted) continue;
            if (slot.ledger == Ledger::kNone)
                free.push_back(i);
            else
                target -= slot.size;
        }
        return AdjustSizes(plan_.households, free, target);
    }

    // Guixi's ledger of measures: one for each monitored household first, then posts, renovations
    // and rewards over the others.
    void PlanGuixi() {
        const Figures& f = plan_.figures;
        std::vector<std::uint32_t> monitored, others;
        for (std::uint32_t i = 0; i < plan_.households.size(); ++i) {
            const HouseholdSlot& slot = plan_.households[i];
            if (reference_.counties[slot.county].code != kGuixi) continue;
            if (slot.ledger != Ledger::kNone)
                monitored.push_back(i);
            else if (slot.lifted && slot.size > 1)
                others.push_back(i);
        }
        if (others.empty()) return;
        Random random(options_.seed, kMeasures);
        for (std::size_t i = others.size(); i > 1; --i)
            std::swap(others[i - 1], others[random.Below(static_cast<std::uint32_t>(i))]);
        std::size_t next = 0;
        auto give = [&](MeasureKind kind, long long count, std::int64_t amount) {
            for (long long i = 0; i < count; ++i)
                plan_.guixi_measures.push_back({others[next++ % others.size()], kind, amount});
        };
        give(MeasureKind::kPost, f.guixi_posts, 70'000);
        give(MeasureKind::kRenovation, f.guixi_renovations, 2'000'000);
        std::vector<double> weights(static_cast<std::size_t>(f.guixi_reward_count));
        for (double& weight : weights) weight = random.LogNormal(1, 0.4);
        // Whole yuan, exact total.
        for (const long long yuan : LargestRemainder(f.guixi_rewards_fen / 100, weights))
            give(MeasureKind::kReward, 1, yuan * 100);
        const long long rest =
            f.guixi_measures - static_cast<long long>(plan_.guixi_measures.size());
        for (long long i = 0; i < rest; ++i) {
            const auto& from = monitored.empty() ? others : monitored;
            plan_.guixi_measures.push_back(
                {from[static_cast<std::size_t>(i) % from.size()], MeasureKind::kOther, 0});
        }
        std::stable_sort(plan_.guixi_measures.begin(), plan_.guixi_measures.end(),
                         [](const PlannedMeasure& a, const PlannedMeasure& b) {
                             return a.household < b.household;
                         });
    }

    const Reference& reference_;
    const Options& options_;
    Plan plan_;
    std::vector<long long> lifted_, ordinary_;
};

}  // namespace

Figures Scaled(const Figures& full, double scale) {
    auto times = [scale](long long value) { return Round(static_cast<double>(value) * scale); };
    auto at_least_one = [&](long long value) { return std::max<long long>(1, times(value)); };
    Figures f = full;
    f.lifted_persons = times(full.lifted_persons);
    f.lifted_households = times(full.lifted_households);
    f.watched_households = times(full.watched_households);
    f.monitored_households = times(full.monitored_households);
    f.monitored_persons = times(full.monitored_persons);
    const auto rest_households = static_cast<double>(
        full.monitored_households - full.new_households - full.eliminated_households);
    const auto rest_persons =
        static_cast<double>(full.monitored_persons - full.new_persons - full.eliminated_persons);
    const auto households = LargestRemainder(
        f.monitored_households, {static_cast<double>(full.new_households),
                                 static_cast<double>(full.eliminated_households), rest_households});
    const auto persons = LargestRemainder(
        f.monitored_persons, {static_cast<double>(full.new_persons),
                              static_cast<double>(full.eliminated_persons), rest_persons});
    f.new_households = households[0];
    f.eliminated_households = households[1];
    f.new_persons = persons[0];
    f.eliminated_persons = persons[1];
    f.guixi_households = at_least_one(full.guixi_households);
    f.guixi_posts = at_least_one(full.guixi_posts);
    f.guixi_renovations = at_least_one(full.guixi_renovations);
    f.guixi_reward_count = at_least_one(full.guixi_reward_count);
    f.guixi_rewards_fen = times(full.guixi_rewards_fen / 100) * 100;
    f.guixi_measures = std::max(times(full.guixi_measures),
                                f.guixi_posts + f.guixi_renovations + f.guixi_reward_count);
    return f;
}

Result<Plan> MakePlan(const Reference& reference, const Options& options) {
    return Planner(reference, options).Make();
}

}  // namespace shouwang::province
