// One rule, three ways to run it: interpreter, columns and generated SQL agree on more than a
// million pairs of rule and household, unknown included. Random rules over random facts with extreme
// values, and the default rules over households made of rows, stale ones among them.
#include <array>
#include <random>

#include <gtest/gtest.h>

#include "common/base/clock.h"
#include "common/cel/sql/sql_program.h"
#include "common/cel/test_rules.h"
#include "common/pg/pg.h"
#include "common/testing/servers.h"
#include "services/monitoring/domain/column_screening.h"
#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatch = 12;  // rules a query

std::int64_t pairs = 0;
std::array<std::int64_t, 3> verdicts{};

cel::sql::Column ColumnOf(int variable, int field) {
    static const char* const kPrefixes[] = {"h_", "m_", "v_"};
    const auto* message = cel::TestEnvironment().variables()[static_cast<std::size_t>(variable)].message;
    return {kPrefixes[variable] + std::to_string(field),
            message->field(field)->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL};
}

// Tables of the facts in some columns; parameters are columns of the household.
class Database {
public:
    explicit Database(const ProvinceColumns& columns, std::size_t parameters)
        : columns_(columns),
          connection_(pg::Connection::Open(database_.conninfo(), DeadlineIn(30s)).value()) {
        std::string household = "household_id bigint PRIMARY KEY", member = "household_id bigint, position int";
        for (const auto& [variable, field] : columns.reads()) {
            const cel::sql::Column column = ColumnOf(variable, field);
            (variable == kMembersVariable ? member : household) += ", " + column.name + (column.boolean ? " boolean" : " bigint");
        }
        for (std::size_t p = 0; p < parameters; ++p) household += ", p_" + std::to_string(p) + " bigint";
        Script(std::string(cel::sql::Functions()) + "CREATE TABLE household (" + household + "); CREATE TABLE member (" +
               member + ", PRIMARY KEY (household_id, position)); SET jit = off;");
        tables_ = {"household", "member", "household_id", "position", ColumnOf,
                   [](int parameter) { return "h.p_" + std::to_string(parameter); }};
    }

    // parameters: of a row.
    template <typename Parameters>
    void Load(Parameters parameters) {
        pg::CopyBuffer households, members;
        for (std::uint32_t row = 0; row < columns_.rows(); ++row) {
            const std::vector<cel::FactCell>& of_row = parameters(row);
            std::int16_t width = 1;
            for (const auto& read : columns_.reads()) width = static_cast<std::int16_t>(width + (read.first != kMembersVariable));
            households.Row(static_cast<std::int16_t>(width + static_cast<std::int16_t>(of_row.size())));
            households.Int64(columns_.HouseholdAt(row));
            Cells(households, row, 0, false);
            for (const cel::FactCell cell : of_row) cell.known ? households.Int64(cell.value) : households.Null();
            for (int m = 0; m < columns_.Size(row); ++m) {
                members.Row(static_cast<std::int16_t>(2 + static_cast<std::int16_t>(columns_.reads().size()) - (width - 1)));
                members.Int64(columns_.HouseholdAt(row)).Int32(m);
                Cells(members, row, m, true);
            }
        }
        EXPECT_TRUE(connection_->Copy("COPY household FROM STDIN (FORMAT binary)", households).ok());
        EXPECT_TRUE(connection_->Copy("COPY member FROM STDIN (FORMAT binary)", members).ok());
        Script("ANALYZE household; ANALYZE member");
    }

    // Verdicts [rule][row], rows by ascending household number.
    std::vector<std::vector<cel::Tri>> Run(const std::vector<const cel::Program*>& programs) {
        std::vector<std::string> conditions;
        for (const cel::Program* program : programs) {
            const auto condition = cel::sql::Condition(*program, tables_);
            EXPECT_TRUE(condition.ok()) << program->source();
            conditions.push_back(condition.ok() ? *condition : "NULL");
        }
        const auto rows = connection_->Exec(cel::sql::Select(tables_, conditions) + " ORDER BY 1");
        EXPECT_TRUE(rows.ok()) << rows.status().message << "\n" << conditions.front();
        std::vector<std::vector<cel::Tri>> verdicts(programs.size());
        if (!rows.ok()) return verdicts;
        for (int r = 0; r < rows->size(); ++r) {
            for (std::size_t p = 0; p < programs.size(); ++p) {
                const int column = static_cast<int>(p) + 1;
                verdicts[p].push_back(rows->IsNull(r, column) ? cel::Tri::kUnknown
                                      : rows->Bool(r, column) ? cel::Tri::kTrue
                                                              : cel::Tri::kFalse);
            }
        }
        return verdicts;
    }

private:
    void Script(const std::string& sql) {
        const Status status = connection_->ExecScript(sql);
        EXPECT_TRUE(status.ok()) << status.message;
    }
    void Cells(pg::CopyBuffer& buffer, std::uint32_t row, int element, bool members) {
        for (const auto& [variable, field] : columns_.reads()) {
            if ((variable == kMembersVariable) != members) continue;
            const cel::FactCell cell = columns_.Field(row, variable, element, field);
            if (!cell.known)
                buffer.Null();
            else if (ColumnOf(variable, field).boolean)
                buffer.Bool(cell.value != 0);
            else
                buffer.Int64(cell.value);
        }
    }

    testing::TestDatabase database_;
    const ProvinceColumns& columns_;
    std::unique_ptr<pg::Connection> connection_;
    cel::sql::Tables tables_;
};

void Count(cel::Tri verdict) {
    ++pairs;
    ++verdicts[static_cast<std::size_t>(verdict)];
}

// What the generator speaks of (test_rules.h).
std::vector<FactRead> GeneratorReads() {
    std::vector<FactRead> reads;
    const auto add = [&](const char* variable, std::initializer_list<const char*> fields) {
        const int index = cel::VariableIndex(variable);
        for (const char* field : fields) reads.emplace_back(index, cel::FieldIndex(index, field));
    };
    add("household", {"lifted", "relocated", "only_home", "net_income_fen", "project_loss_fen", "disaster_loss_fen", "house_grade"});
    add("members", {"employed", "can_work", "main_earner", "wage_12m_fen", "pension_12m_fen", "largest_claim_fen"});
    return reads;
}

TEST(Engines, AgreeOnRandomRules) {
    constexpr std::size_t kHouseholds = 2000, kPrograms = 456;
    std::mt19937 random(20210813);
    // Eight regions with parameters of their own, one of them unknown.
    std::vector<std::vector<cel::FactCell>> cells(cel::TestEnvironment().parameters().size());
    for (auto& cell : cells) cell.resize(8);
    std::vector<cel::TestWorld> worlds;
    std::vector<std::uint16_t> groups;
    ProvinceColumns columns(GeneratorReads(), Day("2021-06-20"));
    for (std::size_t i = 0; i < kHouseholds; ++i) {
        cel::TestWorld world = cel::RandomWorld(random);
        const auto group = static_cast<std::uint16_t>(random() % 8);
        if (i < 8) cells[0][i] = i == 0 ? cel::FactCell{} : world.Param(0);
        world.cells.erase({-1, 0, 0});
        worlds.push_back(std::move(world));
        groups.push_back(group);
        columns.Update(static_cast<std::int64_t>(i), "360681102203", worlds.back());
    }
    std::vector<std::vector<cel::FactCell>> by_group(8, std::vector<cel::FactCell>(cells.size()));
    for (std::size_t g = 0; g < 8; ++g) by_group[g][0] = cells[0][g];
    for (std::size_t i = 0; i < kHouseholds; ++i) {
        if (const cel::FactCell line = cells[0][groups[i]]; line.known) worlds[i].SetParam(0, line.value);
    }
    Database database(columns, cells.size());
    database.Load([&](std::uint32_t row) -> const std::vector<cel::FactCell>& { return by_group[groups[row]]; });

    cel::ColumnWorkspace workspace;
    for (std::size_t done = 0; done < kPrograms; done += kBatch) {
        std::vector<std::shared_ptr<const cel::Program>> programs;
        std::vector<const cel::Program*> plain;
        for (std::size_t p = 0; p < kBatch; ++p) {
            const std::string source = cel::Source(*cel::Generator(random()).Bool(2 + static_cast<int>(p % 3)));
            programs.push_back(cel::Program::Compile(cel::TestEnvironment(), source).value());
            plain.push_back(programs.back().get());
        }
        const auto from_sql = database.Run(plain);
        for (std::size_t p = 0; p < kBatch; ++p) {
            ASSERT_EQ(from_sql[p].size(), kHouseholds) << plain[p]->source();
            const auto program = cel::ColumnProgram::Compile(programs[p]).value();
            for (std::size_t chunk = 0; chunk < columns.chunks(); ++chunk) {
                const std::size_t first = chunk * ProvinceColumns::kChunkRows;
                const ChunkBlock block(columns, chunk, cells, groups.data() + first, 0);
                std::vector<std::uint64_t> t(cel::WordsFor(block.rows())), k(t.size());
                program->Run(block, workspace, t.data(), k.data());
                for (std::size_t r = 0; r < block.rows(); ++r) {
                    const bool known = (k[r / 64] >> (r % 64) & 1) != 0, is_true = (t[r / 64] >> (r % 64) & 1) != 0;
                    const cel::Tri from_columns = !known ? cel::Tri::kUnknown : is_true ? cel::Tri::kTrue : cel::Tri::kFalse;
                    const cel::Tri wanted = plain[p]->Evaluate(worlds[first + r]);
                    ASSERT_EQ(from_columns, wanted) << plain[p]->source() << "\nhousehold " << first + r;
                    ASSERT_EQ(from_sql[p][first + r], wanted) << "SQL: " << plain[p]->source() << "\nhousehold " << first + r;
                    Count(wanted);
                }
            }
        }
    }
}

// Rows of every kind that the rules read, some too old to count.
void AddRandomRows(TestHousehold& h, std::mt19937& random) {
    static const char* const kRows[] = {
        "medical_settlement %d visit_id: 'a' settled_on: '2021-06-01' kind: KIND_INPATIENT self_paid_fen: %n",
        "medical_settlement %d visit_id: 'b' settled_on: '2021-05-03' kind: KIND_OUTPATIENT self_paid_fen: %n",
        "medical_insurance %d as_of: '2021-05-31' insured: false",
        "medical_insurance %d as_of: '2021-05-31' insured: true",
        "medical_insurance %d as_of: '2020-04-01' insured: false",
        "serious_illness %d case_id: '1' diagnosed_on: '2021-02-01' listed_big_illness: true severe_mental_illness: false",
        "school_status %d as_of: '2021-05-31' stage: STAGE_JUNIOR dropped_out: true absent_days: 20",
        "school_status %d as_of: '2020-01-31' stage: STAGE_JUNIOR dropped_out: true absent_days: 20",
        "school_status %d as_of: '2021-05-31' stage: STAGE_PRIMARY dropped_out: false absent_days: 8",
        "school_fees %d month: '2020-10' fees_fen: %n aid_fen: 199999",
        "petition_call %d call_no: '1' called_on: '2021-06-10' hardship: true",
        "subsidy_payment %d month: '2021-03' subsidy_code: 'x' paid_fen: 0 stopped: true",
        "household_income - month: '2021-05' net_fen: %n",
        "household_income - month: '2019-05' net_fen: %n",
        "house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_C only_home: true",
        "house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_A only_home: false",
        "monitored_household - as_of: '2021-06-01' category: CATEGORY_EDGE members: 2 risk_eliminated: false",
        "death %d died_on: '2021-06-01' dead: true",
    };
    static const char* const kNumbers[] = {"0", "499999", "500000", "700000", "1200000", "9000000", "9223372036854775807"};
    for (unsigned n = random() % 9; n > 0; --n) {
        std::string row = kRows[random() % std::size(kRows)];
        if (const std::size_t at = row.find("%n"); at != std::string::npos) row.replace(at, 2, kNumbers[random() % std::size(kNumbers)]);
        if (const std::size_t at = row.find("%d"); at != std::string::npos) {
            if (h.input.members.empty()) continue;
            row.replace(at, 2, random() % 3 == 0 ? "*" : std::to_string(random() % h.input.members.size()));
        }
        h.Add(row);
    }
}

TEST(Engines, AgreeOnTheDefaultRules) {
    constexpr std::size_t kHouseholds = 3000;
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    std::mt19937 random(20210901);
    ProvinceColumns columns(FactsReadBy(*book), Day("2021-06-20"));
    std::vector<std::unique_ptr<TestHousehold>> households;
    static const char* const kRegions[] = {"360681102203", "140105001002", "510104001001"};
    for (std::size_t i = 0; i < kHouseholds; ++i) {
        auto h = std::make_unique<TestHousehold>(static_cast<int>(random() % 5));
        h->input.household_id = static_cast<std::int64_t>(i);
        h->input.region_code = kRegions[random() % 3];
        h->input.lifted = random() % 2 == 0;
        h->input.relocated = random() % 2 == 0;
        AddRandomRows(*h, random);
        if (random() % 3 == 0) h->Cover("medical_settlement", "2020-01-01", "2021-06-30", "36");
        const std::vector<cel::FactCell> none;
        columns.Update(h->input.household_id, h->input.region_code, HouseholdFacts(h->input, h->today, h->coverage, none));
        households.push_back(std::move(h));
    }
    const auto screen = ScreenColumns(ColumnBook::Compile(book).value(), columns).value();
    Database database(columns, screen.ParametersOf(0).size());
    database.Load([&](std::uint32_t row) -> const std::vector<cel::FactCell>& { return screen.ParametersOf(row); });
    std::vector<const cel::Program*> programs;
    for (const CompiledRule& rule : book->rules()) programs.push_back(rule.program.get());
    const auto from_sql = database.Run(programs);
    for (std::size_t i = 0; i < kHouseholds; ++i) {
        const TestHousehold& h = *households[i];
        const auto parameters = book->ParametersFor(h.input.region_code, h.today);
        const HouseholdFacts facts(h.input, h.today, h.coverage, parameters);
        for (std::size_t rule = 0; rule < programs.size(); ++rule) {
            const cel::Tri wanted = programs[rule]->Evaluate(facts);
            ASSERT_EQ(screen.Verdict(rule, static_cast<std::uint32_t>(i)), wanted) << book->rules()[rule].rule.id();
            ASSERT_EQ(from_sql[rule][i], wanted) << "SQL: " << book->rules()[rule].rule.id();
            Count(wanted);
        }
    }
}

// Runs last: the two tests above together.
TEST(EnginesTotal, MoreThanAMillionPairsOfEveryVerdict) {
    EXPECT_GE(pairs, 1'000'000);
    for (const std::int64_t count : verdicts) EXPECT_GT(count, 50'000);
}

}  // namespace
}  // namespace shouwang::monitoring::domain
