// Who lives together: roles and ages.
#include <algorithm>

#include "tests/province/household.h"

namespace shouwang::province {
namespace {

constexpr int kOldest = 94;

// Draws an age inside a window with the county's census weights.
class Ages {
public:
    Ages(const County& county, const std::array<double, kAgeBands>& weights) {
        sum_[0] = 0;
        for (int age = 0; age <= kOldest; ++age) {
            const auto band = static_cast<std::size_t>(BandOfAge(age));
            sum_[age + 1] = sum_[age] + county.age_share[band] /
                                            YearsInBand(static_cast<int>(band)) * weights[band];
        }
    }
    int Draw(Random& random, int low, int high) const {
        low = std::clamp(low, 0, kOldest);
        high = std::clamp(high, low, kOldest);
        const double at = sum_[low] + random.Unit() * (sum_[high + 1] - sum_[low]);
        const auto found = std::upper_bound(sum_ + low + 1, sum_ + high + 1, at);
        return std::min(high, static_cast<int>(found - sum_) - 1);
    }

private:
    double sum_[kOldest + 2];
};

class ShapeDrawer {
public:
    ShapeDrawer(Random& random, const County& county, const Ages& ages)
        : random_(random), county_(county), ages_(ages) {}

    std::vector<MemberShape> Draw(int size) {
        if (size == 1)
            Single();
        else if (size == 2)
            Pair();
        else if (random_.Chance(ThreeGenerations(size))) {
            if (random_.Chance(0.5))
                WithParents(size);
            else
                WithGrandchildren(size);
        } else
            Family(size);
        return std::move(members_);
    }

private:
    bool Male() {
        return random_.Chance(county_.men_per_100_women / (100 + county_.men_per_100_women));
    }
    void Add(Relation relation, bool male, int age) {
        members_.push_back({relation, male, std::clamp(age, 0, kOldest)});
    }
    double ThreeGenerations(int size) const {
        return std::min(0.75, county_.three_generations * (size == 3   ? 1.2
                                                           : size == 4 ? 1.8
                                                                       : 3.0));
    }

    void Single() {
        Add(Relation::kHead, Male(),
            random_.Chance(0.3) ? ages_.Draw(random_, 25, 59) : ages_.Draw(random_, 60, kOldest));
    }

    // Head and, mostly, a spouse. Returns the age of the mother.
    int Couple(int low, int high, double married) {
        const int head = ages_.Draw(random_, low, high);
        if (!random_.Chance(married)) {
            Add(Relation::kHead, Male(), head);
            return head;
        }
        const bool male = random_.Chance(0.9);
        const int gap = std::clamp(static_cast<int>(random_.Normal() * 3 + 2), -6, 12);
        const int spouse = std::max(20, male ? head - gap : head + gap);
        Add(Relation::kHead, male, head);
        Add(Relation::kSpouse, !male, spouse);
        return male ? spouse : head;
    }
    void Child(int mother) {
        const bool male = Male();
        Add(male ? Relation::kSon : Relation::kDaughter, male,
            ages_.Draw(random_, mother - 42, std::min(mother - 20, 48)));
    }
    void Pair() {
        if (random_.Chance(0.62)) {
            if (Couple(24, 90, 1.0); members_.size() == 2) return;
        }
        const int head = Couple(38, 88, 0.0);
        if (head >= 62 && random_.Chance(0.3))
            Add(Relation::kGrandchild, Male(), ages_.Draw(random_, 0, std::min(22, head - 42)));
        else
            Child(head);
    }
    void Family(int size) {
        const int mother = Couple(22, 80, 0.93);
        while (static_cast<int>(members_.size()) < size) Child(mother);
    }
    void WithParents(int size) {
        const int mother = Couple(23, 66, 0.9);
        const int head = members_[0].age;
        const int parents =
            size - static_cast<int>(members_.size()) >= 2 && random_.Chance(0.5) ? 2 : 1;
        const bool father = random_.Chance(0.4);
        const int first = ages_.Draw(random_, head + 20, head + 40);
        Add(Relation::kParent, father, first);
        if (parents == 2) Add(Relation::kParent, !father, first + (father ? -2 : 2));
        while (static_cast<int>(members_.size()) < size) Child(mother);
    }
    void WithGrandchildren(int size) {
        const int mother = Couple(44, 86, size > 3 ? 0.8 : 0.0);
        const bool son = random_.Chance(0.75);
        const int child = ages_.Draw(random_, std::max(18, mother - 38), std::min(60, mother - 20));
        Add(son ? Relation::kSon : Relation::kDaughter, son, child);
        if (size - static_cast<int>(members_.size()) >= 2 && random_.Chance(0.6))
            Add(Relation::kOther, !son, std::max(20, child - 2));
        while (static_cast<int>(members_.size()) < size)
            Add(Relation::kGrandchild, Male(), ages_.Draw(random_, 0, std::max(1, child - 20)));
    }

    Random& random_;
    const County& county_;
    const Ages& ages_;
    std::vector<MemberShape> members_;
};

}  // namespace

std::vector<MemberShape> DrawShape(Random& random, const County& county,
                                   const std::array<double, kAgeBands>& weights, int size) {
    const Ages ages(county, weights);
    return ShapeDrawer(random, county, ages).Draw(size);
}

std::array<double, kAgeBands> CalibrateAges(const Reference& reference, const Plan& plan,
                                            std::uint64_t seed) {
    constexpr std::uint32_t kSample = 40'000;
    constexpr int kRounds = 24;
    std::array<double, kAgeBands> weights;
    weights.fill(1.0);
    const std::uint32_t step =
        std::max<std::uint32_t>(1, static_cast<std::uint32_t>(plan.households.size()) / kSample);
    for (int round = 0; round < kRounds; ++round) {
        std::array<double, kAgeBands> wanted{}, got{};
        for (std::uint32_t i = 0; i < plan.households.size(); i += step) {
            const County& county = reference.counties[plan.households[i].county];
            Random random(seed, 0xA6E, i, static_cast<std::uint64_t>(round));
            for (const MemberShape& member :
                 DrawShape(random, county, weights, plan.households[i].size)) {
                got[static_cast<std::size_t>(BandOfAge(member.age))] += 1;
                for (std::size_t b = 0; b < kAgeBands; ++b) wanted[b] += county.age_share[b];
            }
        }
        for (std::size_t b = 0; b < kAgeBands; ++b) {
            const double ratio = std::clamp(wanted[b] / std::max(got[b], 1.0), 0.5, 2.0);
            weights[b] = std::clamp(weights[b] * (1 + 0.8 * (ratio - 1)), 0.02, 50.0);
        }
    }
    return weights;
}

}  // namespace shouwang::province
