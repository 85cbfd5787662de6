// The same province in PostgreSQL, and the rules as generated SQL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/column_screening.h"

namespace shouwang::bench {

// Of one rule over all households; equal sums of numbers in both engines are equal verdicts for
// every practical purpose.
struct RuleSums {
    std::int64_t is_true = 0, unknown = 0;           // households
    std::int64_t true_numbers = 0, unknown_numbers = 0;  // sums of their numbers
    bool operator==(const RuleSums&) const = default;
};

// Tables bench_household and bench_member with the columns' facts, indexed by household, analysed.
Status LoadTables(pg::Connection& connection, const monitoring::domain::ProvinceColumns& columns);

// SELECT over all households with all rules of the book, parameters as given. `outer` is what is
// taken of the verdicts r0, r1 …, for each of them, "$" standing for its name.
Result<std::string> RulesQuery(const monitoring::domain::RuleBook& book,
                               const std::vector<cel::FactCell>& parameters,
                               const std::string& outer);
Result<std::vector<RuleSums>> SumsOfSql(pg::Connection& connection,
                                        const monitoring::domain::RuleBook& book,
                                        const std::vector<cel::FactCell>& parameters);
std::vector<RuleSums> SumsOf(const monitoring::domain::ColumnScreen& screen);

}  // namespace shouwang::bench
