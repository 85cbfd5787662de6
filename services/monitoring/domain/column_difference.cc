// What another rule book changes: two screens of the same columns, compared word by word.
#include <bit>
#include <map>
#include <unordered_map>

#include "common/base/region_code.h"
#include "services/monitoring/domain/column_screening.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr int kNone = 0, kGreen = 1, kYellow = 2, kRed = 3;

// The positions of a rule's versions in a book.
using Versions = std::vector<std::size_t>;

std::map<std::string_view, std::pair<Versions, Versions>> PairRules(const RuleBook& before,
                                                                    const RuleBook& after) {
    std::map<std::string_view, std::pair<Versions, Versions>> pairs;
    for (std::size_t i = 0; i < before.rules().size(); ++i)
        pairs[before.rules()[i].rule.id()].first.push_back(i);
    for (std::size_t i = 0; i < after.rules().size(); ++i)
        pairs[after.rules()[i].rule.id()].second.push_back(i);
    return pairs;
}

struct Verdicts {
    std::uint64_t is_true = 0, unknown = 0;  // of 64 rows
};

// True where some version is, else unknown where some version is.
Verdicts At(const ColumnScreen& screen, const Versions& versions, std::size_t word,
            std::uint64_t live) {
    Verdicts v;
    for (const std::size_t rule : versions) {
        v.is_true |= screen.True(rule)[word];
        v.unknown |= live & ~screen.Known(rule)[word];
    }
    v.unknown &= ~v.is_true;
    return v;
}

template <typename Visit>
void ForEachBit(std::uint64_t bits, std::size_t word, Visit visit) {
    for (; bits != 0; bits &= bits - 1)
        visit(static_cast<std::uint32_t>(word * 64 +
                                         static_cast<std::size_t>(std::countr_zero(bits))));
}

class Comparer {
public:
    Comparer(const ColumnScreen& before, const ColumnScreen& after, int region_level)
        : before_(before), after_(after), columns_(before.columns()) {
        std::unordered_map<std::string, std::uint32_t> index;
        for (const std::string& code : columns_.regions()) {
            std::string prefix(RegionAtLevel(code, region_level));
            const auto [it, fresh] = index.try_emplace(
                prefix, static_cast<std::uint32_t>(difference_.regions.size()));
            if (fresh) difference_.regions.push_back(std::move(prefix));
            difference_.region_of.push_back(it->second);
        }
        live_.assign(columns_.bitmap_words(), 0);
        for (std::size_t chunk = 0; chunk < columns_.chunks(); ++chunk) {
            const ChunkBlock block(columns_, chunk, {}, nullptr, 0);
            const auto live = block.live();
            std::copy(live.begin(), live.end(),
                      live_.begin() + static_cast<std::ptrdiff_t>(chunk * live.size()));
        }
    }

    Difference Run() {
        for (const auto& [id, versions] :
             PairRules(before_.book().book(), after_.book().book()))
            difference_.rules.push_back(CompareRule(id, versions.first, versions.second));
        CompareGrades();
        return std::move(difference_);
    }

private:
    std::uint32_t RegionOf(std::uint32_t row) const {
        return difference_.region_of[columns_.RegionAt(row)];
    }

    RuleDifference CompareRule(std::string_view id, const Versions& before, const Versions& after) {
        RuleDifference rule;
        rule.rule = id;
        if (!before.empty()) rule.before = &before_.book().book().rules()[before.front()];
        if (!after.empty()) rule.after = &after_.book().book().rules()[after.front()];
        rule.became_true.assign(live_.size(), 0);
        rule.ceased_true.assign(live_.size(), 0);
        rule.by_region.resize(difference_.regions.size());
        for (std::size_t w = 0; w < live_.size(); ++w) {
            const Verdicts a = At(before_, before, w, live_[w]), b = At(after_, after, w, live_[w]);
            const std::uint64_t was[] = {live_[w] & ~a.is_true & ~a.unknown, a.is_true, a.unknown};
            const std::uint64_t is[] = {live_[w] & ~b.is_true & ~b.unknown, b.is_true, b.unknown};
            for (std::size_t i = 0; i < 3; ++i) {
                for (std::size_t j = 0; j < 3; ++j)
                    rule.households[i][j] += std::popcount(was[i] & is[j]);
            }
            rule.became_true[w] = b.is_true & ~a.is_true;
            rule.ceased_true[w] = a.is_true & ~b.is_true;
            ForEachBit(rule.became_true[w], w,
                       [&](std::uint32_t row) { ++rule.by_region[RegionOf(row)].became_true; });
            ForEachBit(rule.ceased_true[w], w,
                       [&](std::uint32_t row) { ++rule.by_region[RegionOf(row)].ceased_true; });
        }
        return rule;
    }

    void CompareGrades() {
        difference_.grade_changed.assign(live_.size(), 0);
        difference_.grades_by_region.resize(difference_.regions.size());
        for (std::size_t w = 0; w < live_.size(); ++w) {
            const auto grades = [&](const ColumnScreen& screen) {
                std::array<std::uint64_t, 4> bits{};
                bits[kGreen] = screen.Green()[w];
                bits[kYellow] = screen.Yellow()[w];
                bits[kRed] = screen.Red()[w];
                bits[kNone] = live_[w] & ~bits[kGreen] & ~bits[kYellow] & ~bits[kRed];
                return bits;
            };
            const auto was = grades(before_), is = grades(after_);
            for (std::size_t i = 0; i < 4; ++i) {
                for (std::size_t j = 0; j < 4; ++j) {
                    const std::uint64_t both = was[i] & is[j];
                    difference_.grades[i][j] += std::popcount(both);
                    if (i != j) difference_.grade_changed[w] |= both;
                    ForEachBit(both, w, [&](std::uint32_t row) {
                        ++difference_.grades_by_region[RegionOf(row)][i][j];
                    });
                }
            }
        }
    }

    const ColumnScreen& before_;
    const ColumnScreen& after_;
    const ProvinceColumns& columns_;
    Bitmap live_;
    Difference difference_;
};

}  // namespace

Result<Difference> Differ(const ColumnScreen& before, const ColumnScreen& after,
                          int region_level) {
    if (&before.columns() != &after.columns())
        return MakeStatus(Code::kInvalidArgument, "COLUMNS_DIFFER",
                          "both rule books must have been run over the same columns");
    return Comparer(before, after, region_level).Run();
}

}  // namespace shouwang::monitoring::domain
