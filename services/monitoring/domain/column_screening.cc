#include "services/monitoring/domain/column_screening.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <set>

#include "common/base/region_code.h"
#include "services/monitoring/domain/rule_check.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr std::size_t kChunkWords = ProvinceColumns::kChunkRows / 64;

bool InForceOn(const CompiledRule& rule, Date day) {
    return rule.valid_from <= day && day <= rule.valid_to;
}

// Which of the prefixes contain the region: regions that agree in this have the same parameters.
std::vector<bool> PrefixesOf(std::string_view region, const std::set<std::string>& prefixes) {
    std::vector<bool> matching;
    matching.reserve(prefixes.size());
    for (const std::string& prefix : prefixes) matching.push_back(RegionContains(prefix, region));
    return matching;
}

}  // namespace

Result<std::shared_ptr<const ColumnBook>> ColumnBook::Compile(
    std::shared_ptr<const RuleBook> book) {
    auto compiled = std::make_shared<ColumnBook>();
    for (const CompiledRule& rule : book->rules()) {
        auto program = cel::ColumnProgram::Compile(rule.program);
        if (!program.ok()) return InRule(rule.rule, program.status());
        compiled->programs_.push_back(std::move(program).value());
    }
    compiled->book_ = std::move(book);
    return std::shared_ptr<const ColumnBook>(std::move(compiled));
}

Result<ColumnScreen> ColumnScreen::Prepare(std::shared_ptr<const ColumnBook> book,
                                           const ProvinceColumns& columns) {
    if (!columns.Covers(book->book()))
        return MakeStatus(Code::kFailedPrecondition, "COLUMNS_MISSING",
                          "the columns lack a fact that the rules read; build them for this book");
    ColumnScreen screen(std::move(book), columns);
    SW_RETURN_IF_ERROR(screen.ResolveRegions());
    const std::size_t rules = screen.book_->size(), words = columns.bitmap_words();
    screen.true_.assign(rules, Bitmap(words));
    screen.known_.assign(rules, Bitmap(words));
    for (Bitmap* bits : {&screen.red_, &screen.yellow_, &screen.green_}) bits->assign(words, 0);
    return screen;
}

Status ColumnScreen::ResolveRegions() {
    const RuleBook& book = book_->book();
    std::set<std::string> prefixes;
    for (const v1::Parameter& parameter : book.rule_set().parameters())
        prefixes.insert(parameter.region_prefix());
    std::map<std::vector<bool>, std::uint16_t> groups;
    for (const std::string& region : columns_->regions()) {
        const auto [it, fresh] = groups.try_emplace(PrefixesOf(region, prefixes),
                                                    static_cast<std::uint16_t>(groups.size()));
        if (groups.size() > std::numeric_limits<std::uint16_t>::max())
            return MakeStatus(Code::kInvalidArgument, "RULE_PARAMETER",
                              "more than 65,535 regions with parameters of their own");
        if (fresh) parameters_.push_back(book.ParametersFor(region, columns_->day()));
        group_of_region_.push_back(it->second);
    }
    const std::size_t count = parameters_.empty() ? 0 : parameters_.front().size();
    for (std::size_t p = 0; p < count; ++p) {
        std::vector<cel::FactCell>& cells = cells_.emplace_back();
        for (const std::vector<cel::FactCell>& group : parameters_) cells.push_back(group[p]);
    }
    for (const CompiledRule& rule : book.rules()) {
        std::vector<bool>& regions = in_force_.emplace_back();
        if (!InForceOn(rule, columns_->day())) {
            force_.push_back(Force::kNowhere);
        } else if (rule.rule.region_prefix().empty()) {
            force_.push_back(Force::kEverywhere);
        } else {
            force_.push_back(Force::kSomewhere);
            for (const std::string& region : columns_->regions())
                regions.push_back(RegionContains(rule.rule.region_prefix(), region));
        }
    }
    return Status::Ok();
}

void ColumnScreen::RunChunks(std::size_t from, std::size_t to, cel::ColumnWorkspace& workspace) {
    std::vector<std::uint16_t> groups;
    for (std::size_t chunk = from; chunk < to; ++chunk) RunChunk(chunk, workspace, groups);
}

void ColumnScreen::RunChunk(std::size_t chunk, cel::ColumnWorkspace& workspace,
                            std::vector<std::uint16_t>& groups) {
    const ChunkBlock regions(*columns_, chunk, cells_, nullptr, 0);
    groups.clear();
    for (const std::uint32_t region : regions.regions()) groups.push_back(group_of_region_[region]);
    const bool uniform = std::all_of(groups.begin(), groups.end(),
                                     [&](std::uint16_t group) { return group == groups.front(); });
    const ChunkBlock block(*columns_, chunk, cells_, uniform ? nullptr : groups.data(),
                           groups.front());
    const std::size_t word = chunk * kChunkWords;
    const auto live = block.live();
    for (std::size_t rule = 0; rule < book_->size(); ++rule) {
        std::uint64_t *t = true_[rule].data() + word, *k = known_[rule].data() + word;
        if (force_[rule] == Force::kNowhere) {
            std::fill_n(t, kChunkWords, 0);
            std::copy_n(live.begin(), kChunkWords, k);
            continue;
        }
        book_->program(rule).Run(block, workspace, t, k);
        for (std::size_t w = 0; w < kChunkWords; ++w) {
            t[w] &= live[w];
            k[w] &= live[w];
        }
        if (force_[rule] == Force::kSomewhere) KeepInForce(rule, block, word);
    }
    Grade(block, word);
}

// Where the rule is not in force it is false.
void ColumnScreen::KeepInForce(std::size_t rule, const ChunkBlock& block, std::size_t word) {
    const auto regions = block.regions();
    const auto live = block.live();
    for (std::size_t r = 0; r < regions.size(); ++r) {
        if (in_force_[rule][regions[r]]) continue;
        const std::uint64_t bit = live[r / 64] & std::uint64_t{1} << (r % 64);
        true_[rule][word + r / 64] &= ~bit;
        known_[rule][word + r / 64] |= bit;
    }
}

// The rule of RuleBook::Screen: red, or two yellow ones.
void ColumnScreen::Grade(const ChunkBlock& block, std::size_t word) {
    const auto live = block.live();
    for (std::size_t w = word; w < word + kChunkWords; ++w) {
        std::uint64_t red = 0, yellow = 0, two_yellow = 0, green = 0;
        for (std::size_t rule = 0; rule < book_->size(); ++rule) {
            const std::uint64_t t = true_[rule][w];
            switch (book_->book().rules()[rule].rule.grade()) {
                case v1::GRADE_RED:
                    red |= t;
                    break;
                case v1::GRADE_YELLOW:
                    two_yellow |= yellow & t;
                    yellow |= t;
                    break;
                default:
                    green |= t;
                    break;
            }
        }
        red_[w] = (red | two_yellow) & live[w - word];
        yellow_[w] = yellow & ~red_[w];
        green_[w] = green & ~yellow & ~red_[w];
    }
}

cel::Tri ColumnScreen::Verdict(std::size_t rule, std::uint32_t row) const {
    if (!BitOf(known_[rule], row)) return cel::Tri::kUnknown;
    return BitOf(true_[rule], row) ? cel::Tri::kTrue : cel::Tri::kFalse;
}

v1::Grade ColumnScreen::GradeOf(std::uint32_t row) const {
    return BitOf(red_, row)      ? v1::GRADE_RED
           : BitOf(yellow_, row) ? v1::GRADE_YELLOW
           : BitOf(green_, row)  ? v1::GRADE_GREEN
                                 : v1::GRADE_UNSPECIFIED;
}

std::vector<std::uint32_t> ColumnScreen::Hits() const {
    std::vector<std::uint32_t> rows;
    for (std::size_t w = 0; w < red_.size(); ++w) {
        for (std::uint64_t left = red_[w] | yellow_[w] | green_[w]; left != 0; left &= left - 1)
            rows.push_back(static_cast<std::uint32_t>(
                w * 64 + static_cast<std::size_t>(std::countr_zero(left))));
    }
    return rows;
}

std::vector<const CompiledRule*> ColumnScreen::TrueRules(std::uint32_t row) const {
    std::vector<const CompiledRule*> rules;
    for (std::size_t rule = 0; rule < book_->size(); ++rule) {
        if (BitOf(true_[rule], row)) rules.push_back(&book_->book().rules()[rule]);
    }
    return rules;
}

const std::vector<cel::FactCell>& ColumnScreen::ParametersOf(std::uint32_t row) const {
    return parameters_[group_of_region_[columns_->RegionAt(row)]];
}

cel::Tri ColumnScreen::Explain(std::size_t rule, std::uint32_t row,
                               std::vector<cel::Read>& reads) const {
    const RowFacts facts(*columns_, row, ParametersOf(row));
    return book_->book().rules()[rule].program->Explain(facts, reads);
}

Result<ColumnScreen> ScreenColumns(std::shared_ptr<const ColumnBook> book,
                                   const ProvinceColumns& columns) {
    SW_ASSIGN_OR_RETURN(ColumnScreen screen, ColumnScreen::Prepare(std::move(book), columns));
    cel::ColumnWorkspace workspace;
    screen.RunChunks(0, screen.chunks(), workspace);
    return screen;
}

}  // namespace shouwang::monitoring::domain
