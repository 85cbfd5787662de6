// Screening by columns equals RuleBook::Screen for every household: verdicts, grades and whole
// drafts; kept up to date household by household; and what another rule book would change.
#include "services/monitoring/domain/column_screening.h"

#include <deque>
#include <random>

#include <gtest/gtest.h>

#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

const char* const kRows[] = {
    "medical_settlement %d visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT self_paid_fen: 700000",
    "medical_settlement %d visit_id: 'b' settled_on: '2021-05-03' kind: KIND_OUTPATIENT self_paid_fen: 60000",
    "medical_insurance %d as_of: '2021-05-31' insured: false",
    "medical_insurance %d as_of: '2020-04-01' insured: false",  // stale
    "serious_illness %d case_id: '1' diagnosed_on: '2021-02-01' listed_big_illness: true severe_mental_illness: false",
    "school_status %d as_of: '2021-05-31' stage: STAGE_JUNIOR dropped_out: true absent_days: 20",
    "school_status %d as_of: '2021-05-31' stage: STAGE_JUNIOR dropped_out: false absent_days: 8",
    "petition_call %d call_no: '1' called_on: '2021-06-10' hardship: true",
    "subsidy_payment %d month: '2021-03' subsidy_code: 'x' paid_fen: 0 stopped: true",
    "household_income - month: '2021-05' net_fen: 1000000",
    "household_income - month: '2021-05' net_fen: 9000000",
    "house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_C only_home: true",
    "death %d died_on: '2021-06-01' dead: true",
};

// A province of random households, with the book's verdicts by the interpreter as the reference.
class Province {
public:
    explicit Province(unsigned seed) : random_(seed) {}

    int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    // A new one, or one in the place of an old one.
    void Draw(std::size_t at) {
        static const std::string kRegions[] = {"360681102203", "360681102204", "140105001002",
                                               "360102003004", "510104001001"};
        auto h = std::make_unique<TestHousehold>(Pick(6));
        h->input.household_id = static_cast<std::int64_t>(1000 + at);
        regions_[at] = kRegions[Pick(5)];
        h->input.region_code = regions_[at];
        h->input.lifted = Pick(2) == 0;
        h->input.relocated = Pick(4) == 0;
        for (int n = Pick(5); n > 0 && !h->input.members.empty(); --n) {
            std::string row = kRows[Pick(static_cast<int>(std::size(kRows)))];
            const std::size_t who = row.find("%d");
            if (who != std::string::npos)
                row.replace(who, 2, std::to_string(Pick(static_cast<int>(h->input.members.size()))));
            h->Add(row);
        }
        if (Pick(3) == 0) h->Cover("death", "2020-06-01", "2021-06-30", "36");
        households[at] = std::move(h);
    }

    void Resize(std::size_t count) {
        households.resize(count);
        regions_.resize(count);
    }

    std::vector<std::unique_ptr<TestHousehold>> households;

private:
    std::mt19937 random_;
    std::deque<std::string> regions_;
};

void Put(ProvinceColumns& columns, const TestHousehold& h) {
    const std::vector<cel::FactCell> none;
    columns.Update(h.input.household_id, h.input.region_code,
                   HouseholdFacts(h.input, h.today, h.coverage, none));
}

std::string Text(const std::vector<LeadDraft>& drafts) {
    std::string text;
    for (const LeadDraft& d : drafts) {
        text += v1::RiskType_Name(d.risk_type) + " " + v1::Grade_Name(d.grade) + "\n";
        for (const v1::Explanation& e : d.explanations) text += e.ShortDebugString() + "\n";
    }
    return text;
}

// Every household of the columns against RuleBook::Screen.
void ExpectSame(const Province& province, const ProvinceColumns& columns,
                const std::shared_ptr<const RuleBook>& book, int* hits) {
    const auto column_book = ColumnBook::Compile(book);
    ASSERT_TRUE(column_book.ok()) << column_book.status().message;
    const auto screen = ScreenColumns(*column_book, columns);
    ASSERT_TRUE(screen.ok()) << screen.status().message;
    const std::vector<std::uint32_t> rows = screen->Hits();
    for (const auto& h : province.households) {
        if (h == nullptr) continue;
        const auto row = columns.RowOf(h->input.household_id);
        ASSERT_TRUE(row.has_value());
        const auto parameters = book->ParametersFor(h->input.region_code, h->today);
        ASSERT_EQ(screen->ParametersOf(*row).size(), parameters.size());
        const HouseholdFacts facts(h->input, h->today, h->coverage, parameters);
        const Screening wanted = book->Screen(facts, true);
        ASSERT_EQ(Text(book->Drafts(facts, screen->TrueRules(*row))), Text(wanted.drafts));
        v1::Grade grade = v1::GRADE_UNSPECIFIED;
        for (const LeadDraft& d : wanted.drafts) grade = std::max(grade, d.grade);
        ASSERT_EQ(screen->GradeOf(*row), grade);
        ASSERT_EQ(std::binary_search(rows.begin(), rows.end(), *row), !wanted.drafts.empty());
        std::size_t blind = 0;
        for (std::size_t rule = 0; rule < book->rules().size(); ++rule) {
            std::vector<cel::Read> from_columns, from_rows;
            const cel::Tri verdict = screen->Verdict(rule, *row);
            blind += verdict == cel::Tri::kUnknown ? 1 : 0;
            if (verdict == cel::Tri::kFalse) continue;
            (void)screen->Explain(rule, *row, from_columns);
            (void)book->rules()[rule].program->Explain(facts, from_rows);
            ASSERT_EQ(from_columns.size(), from_rows.size());
            for (std::size_t i = 0; i < from_rows.size(); ++i) {
                ASSERT_EQ(from_columns[i].Key(), from_rows[i].Key());
                ASSERT_EQ(from_columns[i].cell.known, from_rows[i].cell.known);
                if (from_rows[i].cell.known) {
                    ASSERT_EQ(from_columns[i].cell.value, from_rows[i].cell.value);
                }
            }
        }
        ASSERT_EQ(blind, wanted.blind.size());
        *hits += static_cast<int>(wanted.drafts.size());
    }
}

// The default rules, and beside them rules of one region, of another year, and with parameters of
// their own.
v1::RuleSet MixedSet() {
    v1::RuleSet set = DefaultRuleSet().value();
    const auto copy = [&](const char* from, const char* id) {
        v1::Rule rule;
        for (const v1::Rule& r : set.rules()) {
            if (r.id() == from) rule = r;
        }
        rule.set_id(id);
        *set.add_rules() = rule;
        return set.mutable_rules(set.rules_size() - 1);
    };
    copy("petition-hardship", "petition-of-shanxi")->set_region_prefix("14");
    copy("petition-hardship", "petition-of-a-county")->set_region_prefix("360681");
    copy("petition-hardship", "petition-of-next-year")->set_valid_from("2022-01-01");
    v1::Parameter line = set.parameters(0);
    for (const v1::Parameter& p : set.parameters()) {
        if (p.name() == "line.income_fen" && p.region_prefix().empty()) line = p;
    }
    line.set_region_prefix("360681102204");
    line.set_value(3000000);
    *set.add_parameters() = line;
    return set;
}

TEST(ColumnScreening, EqualsTheRuleBook) {
    const auto book = RuleBook::Compile(MixedSet()).value();
    Province province(1);
    constexpr std::size_t kHouseholds = 2500;  // more than two chunks
    province.Resize(kHouseholds);
    ProvinceColumns columns(FactsReadBy(*book), Day("2021-06-20"));
    for (std::size_t i = 0; i < kHouseholds; ++i) {
        province.Draw(i);
        Put(columns, *province.households[i]);
    }
    int hits = 0;
    ExpectSame(province, columns, book, &hits);
    EXPECT_GT(hits, 1000);
    EXPECT_EQ(columns.households(), kHouseholds);
    EXPECT_EQ(columns.chunks(), 3u);
}

TEST(ColumnScreening, StaysEqualWhenHouseholdsChangeComeAndGo) {
    const auto book = RuleBook::Compile(MixedSet()).value();
    Province province(2);
    province.Resize(1400);
    ProvinceColumns columns(FactsReadBy(*book), Day("2021-06-20"));
    for (std::size_t i = 0; i < 1200; ++i) {
        province.Draw(i);
        Put(columns, *province.households[i]);
    }
    for (int step = 0; step < 3000; ++step) {
        const auto at = static_cast<std::size_t>(province.Pick(1400));
        if (province.Pick(5) == 0 && province.households[at] != nullptr) {
            columns.Remove(province.households[at]->input.household_id);
            EXPECT_FALSE(columns.RowOf(province.households[at]->input.household_id).has_value());
            province.households[at].reset();
            continue;
        }
        province.Draw(at);
        Put(columns, *province.households[at]);
    }
    std::size_t living = 0, members = 0;
    for (const auto& h : province.households) {
        living += h != nullptr ? 1 : 0;
        members += h != nullptr ? h->input.members.size() : 0;
    }
    EXPECT_EQ(columns.households(), living);
    EXPECT_EQ(columns.members(), members);
    int hits = 0;
    ExpectSame(province, columns, book, &hits);
    EXPECT_GT(hits, 500);
}

TEST(ColumnScreening, ChunksInAnyOrderAndPartsGiveTheSame) {
    const auto book = RuleBook::Compile(MixedSet()).value();
    Province province(3);
    province.Resize(2100);
    ProvinceColumns columns(FactsReadBy(*book), Day("2021-06-20"));
    for (std::size_t i = 0; i < 2100; ++i) {
        province.Draw(i);
        Put(columns, *province.households[i]);
    }
    const auto column_book = ColumnBook::Compile(book).value();
    const auto whole = ScreenColumns(column_book, columns).value();
    auto parts = ColumnScreen::Prepare(column_book, columns).value();
    cel::ColumnWorkspace workspace;
    parts.RunChunks(2, 3, workspace);
    parts.RunChunks(0, 2, workspace);
    for (std::size_t rule = 0; rule < column_book->size(); ++rule) {
        EXPECT_EQ(parts.True(rule), whole.True(rule));
        EXPECT_EQ(parts.Known(rule), whole.Known(rule));
    }
    EXPECT_EQ(parts.Red(), whole.Red());
}

TEST(ColumnScreening, RefusesColumnsWithoutTheFacts) {
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    ProvinceColumns columns({{kHouseholdVariable, 0}}, Day("2021-06-20"));
    EXPECT_FALSE(columns.Covers(*book));
    const auto screen = ScreenColumns(ColumnBook::Compile(book).value(), columns);
    ASSERT_FALSE(screen.ok());
    EXPECT_EQ(screen.status().reason, "COLUMNS_MISSING");
}

// Counted again, household by household.
TEST(Difference, CountsWhatChanges) {
    const auto before_book = RuleBook::Compile(MixedSet()).value();
    v1::RuleSet changed = MixedSet();
    for (v1::Parameter& p : *changed.mutable_parameters()) {
        if (p.name() == "line.income_fen" && p.region_prefix().empty()) p.set_value(100000);
        if (p.name() == "param.medical_inpatient_lifted_fen") p.set_value(700001);
    }
    for (int i = 0; i < changed.rules_size(); ++i) {
        if (changed.rules(i).id() == "petition-of-shanxi") changed.mutable_rules()->DeleteSubrange(i--, 1);
    }
    changed.mutable_rules(0)->set_valid_to("2021-06-01");  // ended
    const auto after_book = RuleBook::Compile(changed).value();

    Province province(4);
    province.Resize(1500);
    ProvinceColumns columns(FactsReadBy(*before_book), Day("2021-06-20"));
    for (std::size_t i = 0; i < 1500; ++i) {
        province.Draw(i);
        Put(columns, *province.households[i]);
    }
    const auto before = ScreenColumns(ColumnBook::Compile(before_book).value(), columns).value();
    const auto after = ScreenColumns(ColumnBook::Compile(after_book).value(), columns).value();
    const Difference difference = Differ(before, after, 3).value();

    const auto at = [](const ColumnScreen& screen, std::string_view id) {
        const auto& rules = screen.book().book().rules();
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (rules[i].rule.id() == id) return static_cast<int>(i);
        }
        return -1;
    };
    std::int64_t changes = 0;
    ASSERT_EQ(difference.rules.size(), before_book->rules().size());
    for (const RuleDifference& rule : difference.rules) {
        const int a = at(before, rule.rule), b = at(after, rule.rule);
        EXPECT_EQ(rule.before == nullptr, a < 0);
        EXPECT_EQ(rule.after == nullptr, b < 0);
        VerdictMatrix wanted{};
        std::vector<RegionChange> by_region(difference.regions.size());
        for (std::uint32_t row = 0; row < columns.rows(); ++row) {
            const auto was = a < 0 ? cel::Tri::kFalse : before.Verdict(static_cast<std::size_t>(a), row);
            const auto is = b < 0 ? cel::Tri::kFalse : after.Verdict(static_cast<std::size_t>(b), row);
            ++wanted[static_cast<std::size_t>(was)][static_cast<std::size_t>(is)];
            RegionChange& region = by_region[difference.region_of[columns.RegionAt(row)]];
            const bool became = is == cel::Tri::kTrue && was != cel::Tri::kTrue;
            const bool ceased = was == cel::Tri::kTrue && is != cel::Tri::kTrue;
            EXPECT_EQ(BitOf(rule.became_true, row), became);
            EXPECT_EQ(BitOf(rule.ceased_true, row), ceased);
            region.became_true += became ? 1 : 0;
            region.ceased_true += ceased ? 1 : 0;
            changes += became || ceased ? 1 : 0;
        }
        EXPECT_EQ(rule.households, wanted) << rule.rule;
        for (std::size_t r = 0; r < by_region.size(); ++r) {
            EXPECT_EQ(rule.by_region[r].became_true, by_region[r].became_true);
            EXPECT_EQ(rule.by_region[r].ceased_true, by_region[r].ceased_true);
        }
    }
    EXPECT_GT(changes, 50);
    GradeMatrix grades{};
    for (std::uint32_t row = 0; row < columns.rows(); ++row) {
        const auto was = before.GradeOf(row), is = after.GradeOf(row);
        ++grades[static_cast<std::size_t>(was)][static_cast<std::size_t>(is)];
        EXPECT_EQ(BitOf(difference.grade_changed, row), was != is);
    }
    EXPECT_EQ(difference.grades, grades);
    GradeMatrix sum{};
    for (const GradeMatrix& region : difference.grades_by_region) {
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = 0; j < 4; ++j) sum[i][j] += region[i][j];
        }
    }
    EXPECT_EQ(sum, grades);
    EXPECT_EQ(difference.regions.size(), 4u);  // 360681, 140105, 360102, 510104

    ProvinceColumns other(FactsReadBy(*before_book), Day("2021-06-20"));
    const auto elsewhere = ScreenColumns(ColumnBook::Compile(before_book).value(), other).value();
    EXPECT_EQ(Differ(before, elsewhere, 3).status().reason, "COLUMNS_DIFFER");
}

TEST(FactColumn, WidensAndForgets) {
    FactColumn column(false);
    column.Resize(200);
    EXPECT_EQ(column.View().width, cel::Width::kNone);
    column.Set(3, {});
    EXPECT_EQ(column.View().width, cel::Width::kNone);
    struct Case {
        std::size_t row;
        std::int64_t value;
        cel::Width width;
    };
    for (const Case& c : {Case{3, 7, cel::Width::k8}, {130, -129, cel::Width::k16}, {131, 40000, cel::Width::k32},
                          {199, INT64_MIN, cel::Width::k64}, {0, 1, cel::Width::k64}}) {
        column.Set(c.row, {c.value, true});
        EXPECT_EQ(column.View().width, c.width);
    }
    column.Set(130, {});
    column.Splice(131, 1, 3);  // three unknown ones in the place of 40000
    EXPECT_EQ(column.rows(), 202u);
    EXPECT_EQ(column.Get(3).value, 7);
    EXPECT_FALSE(column.Get(130).known);
    for (std::size_t row : {131u, 132u, 133u}) EXPECT_FALSE(column.Get(row).known);
    EXPECT_EQ(column.Get(201).value, INT64_MIN);
    EXPECT_TRUE(column.Get(201).known);

    FactColumn flags(true);
    flags.Resize(70);
    flags.Set(69, {1, true});
    EXPECT_EQ(flags.View().width, cel::Width::kBit);
    flags.Set(69, {});
    EXPECT_EQ(static_cast<const std::uint64_t*>(flags.View().values)[1], 0u);  // an unknown bit is 0
}

}  // namespace
}  // namespace shouwang::monitoring::domain
