// The three categories of monitored objects (脱贫不稳定户, 边缘易致贫户, 突发严重困难户): their invariants, and what the figures suggest. Pure.
// A suggestion is advice; a person decides.
#pragma once

#include <optional>

#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/case.pb.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::domain {

// INVALID_ARGUMENT "CASE_CATEGORY" on `category`: M1 only lifted households, M2 only ordinary ones, M3 either, with a dated event.
Status CheckCategory(const v1::Case& c, v1::CaseCategory category);
// The day of the event that M3 needs: of the visit, else of the emergency.
std::optional<Date> EventOf(const v1::Case& c);

struct CategoryInput {
    v1::HouseholdType type = v1::HOUSEHOLD_TYPE_UNSPECIFIED;
    const HouseholdFacts* facts = nullptr;
    std::optional<std::int64_t> line_fen;  // income monitoring line of region and day; nullopt = unknown
    std::optional<Date> event_on;
    std::int64_t drop_bp = 0;  // an income drop of at least this counts as sudden
};

// Income below the line → M1 or M2 by type. At or above it: M3 where a dated event stands and either income less compliant out-of-pocket
// spending is below the line, or income has dropped suddenly; else none. Unknown as soon as an operand that matters is.
v1::CategoryView SuggestCategory(const CategoryInput& input);

// INVALID_ARGUMENT "CASE_CATEGORY_REASON" on category_reason: who decides against the figures says why. Unknown figures speak against nothing.
Status CheckAgainst(const v1::CategoryView& view, v1::CaseCategory category, std::string_view reason);

// line.income_fen of a rule set: the longest region prefix, then the latest day that has come. nullopt = unknown there.
std::optional<std::int64_t> IncomeLine(const v1::RuleSet& rules, std::string_view region_code, Date day);

}  // namespace shouwang::monitoring::domain
