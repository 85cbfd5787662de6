// Rules over the columns of a province: the same verdicts, drafts and grades as RuleBook::Screen for
// every household, in a fraction of a second; and what another rule book would change.
//
//   auto columns = …ProvinceColumns kept by the service…
//   auto book = ColumnBook::Compile(rule_book);
//   auto screen = ScreenColumns(book, columns);          // or RunChunks on several threads
//   for (row : screen->Hits()) book->Drafts(...)         // explained with the household's rows
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/cel/columns.h"
#include "services/monitoring/domain/province_columns.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

// A rule book with its programs for columns.
class ColumnBook {
public:
    // INVALID_ARGUMENT with metadata "rule" where a condition cannot be run over columns.
    static Result<std::shared_ptr<const ColumnBook>> Compile(std::shared_ptr<const RuleBook> book);

    const RuleBook& book() const { return *book_; }
    const cel::ColumnProgram& program(std::size_t rule) const { return *programs_[rule]; }
    std::size_t size() const { return programs_.size(); }

private:
    std::shared_ptr<const RuleBook> book_;
    std::vector<std::shared_ptr<const cel::ColumnProgram>> programs_;  // as book().rules()
};

using Bitmap = std::vector<std::uint64_t>;  // a bit a row of the columns

inline bool BitOf(const Bitmap& bits, std::uint32_t row) {
    return (bits[row / 64] >> (row % 64) & 1) != 0;
}

// The verdicts of a book over columns. A rule that is not in force for a household (day, region) is
// false for it, as for RuleBook::Screen. Book and columns must outlive it; the columns must not
// change meanwhile.
class ColumnScreen {
public:
    // FAILED_PRECONDITION "COLUMNS_MISSING" where the columns lack a fact that the book reads.
    static Result<ColumnScreen> Prepare(std::shared_ptr<const ColumnBook> book,
                                        const ProvinceColumns& columns);

    std::size_t chunks() const { return columns_->chunks(); }
    // Evaluates chunks [from, to). Several threads may run disjoint ranges, each with its own
    // workspace; the verdicts may be read when all are done.
    void RunChunks(std::size_t from, std::size_t to, cel::ColumnWorkspace& workspace);

    const ColumnBook& book() const { return *book_; }
    const ProvinceColumns& columns() const { return *columns_; }
    // By position in book().book().rules().
    const Bitmap& True(std::size_t rule) const { return true_[rule]; }
    const Bitmap& Known(std::size_t rule) const { return known_[rule]; }
    cel::Tri Verdict(std::size_t rule, std::uint32_t row) const;
    // The most severe grade among a household's drafts, GRADE_UNSPECIFIED without any: red with a
    // red rule or two yellow ones, else yellow, else green.
    v1::Grade GradeOf(std::uint32_t row) const;
    const Bitmap& Red() const { return red_; }
    const Bitmap& Yellow() const { return yellow_; }
    const Bitmap& Green() const { return green_; }
    // Rows with a true rule, ascending.
    std::vector<std::uint32_t> Hits() const;
    std::vector<const CompiledRule*> TrueRules(std::uint32_t row) const;
    // Parameters of a row's region, as RuleBook::ParametersFor.
    const std::vector<cel::FactCell>& ParametersOf(std::uint32_t row) const;
    // What decides a verdict, from the columns (no sources): the operands of an explanation.
    cel::Tri Explain(std::size_t rule, std::uint32_t row, std::vector<cel::Read>& reads) const;

private:
    ColumnScreen(std::shared_ptr<const ColumnBook> book, const ProvinceColumns& columns)
        : book_(std::move(book)), columns_(&columns) {}
    Status ResolveRegions();
    void RunChunk(std::size_t chunk, cel::ColumnWorkspace& workspace,
                  std::vector<std::uint16_t>& groups);
    void KeepInForce(std::size_t rule, const ChunkBlock& block, std::size_t word);
    void Grade(const ChunkBlock& block, std::size_t word);

    std::shared_ptr<const ColumnBook> book_;
    const ProvinceColumns* columns_;
    std::vector<Bitmap> true_, known_;
    Bitmap red_, yellow_, green_;
    // Regions of equal parameters are a group.
    std::vector<std::uint16_t> group_of_region_;
    std::vector<std::vector<cel::FactCell>> parameters_;  // by group
    std::vector<std::vector<cel::FactCell>> cells_;       // by parameter, by group
    enum class Force : std::uint8_t { kNowhere, kSomewhere, kEverywhere };
    std::vector<Force> force_;                  // by rule
    std::vector<std::vector<bool>> in_force_;   // by rule, by region; only where kSomewhere
};

// Prepares and runs all chunks on this thread.
Result<ColumnScreen> ScreenColumns(std::shared_ptr<const ColumnBook> book,
                                   const ProvinceColumns& columns);

// ---- what if ------------------------------------------------------------------------------------

// How often which verdict became which: [before][after] by cel::Tri.
using VerdictMatrix = std::array<std::array<std::int64_t, 3>, 3>;
// [before][after]: none, green, yellow, red (v1::Grade).
using GradeMatrix = std::array<std::array<std::int64_t, 4>, 4>;

struct RegionChange {
    std::int64_t became_true = 0, ceased_true = 0;
};

struct RuleDifference {
    std::string_view rule;                // its id
    const CompiledRule* before = nullptr;  // the first of that id; null where the book has none
    const CompiledRule* after = nullptr;
    VerdictMatrix households{};
    Bitmap became_true, ceased_true;
    std::vector<RegionChange> by_region;  // as Difference::regions
};

struct Difference {
    std::vector<RuleDifference> rules;  // by id
    GradeMatrix grades{};
    Bitmap grade_changed;
    std::vector<std::string> regions;               // prefixes of the asked level
    std::vector<std::uint32_t> region_of;           // by ProvinceColumns::RegionAt
    std::vector<GradeMatrix> grades_by_region;      // as regions
};

// Two books over the same columns (INVALID_ARGUMENT "COLUMNS_DIFFER" else). Versions of one rule
// with the same id count as one rule. region_level as RegionAtLevel: 3 = counties.
Result<Difference> Differ(const ColumnScreen& before, const ColumnScreen& after, int region_level);

}  // namespace shouwang::monitoring::domain
