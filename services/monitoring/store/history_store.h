// What was known when: the rows behind the facts of a household, with the time they came.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/date.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/household_facts.h"

namespace shouwang::monitoring::store {

struct HistoryRow {
    std::int64_t subject_id = 0;
    std::uint32_t dataset = 0;
    std::int64_t batch = 0;
    std::uint32_t sequence = 0;
    Date date;
    std::uint32_t revision = 0;
    bool retract = false;
    std::uint64_t content_hash = 0;
    std::string content;
};

// Persons who are, or ever were, members of the households, with what never changes about them. By household, then by blind index, as
// screening orders members.
struct KnownMember {
    std::int64_t household_id = 0, person_id = 0;
    std::string blind;
    Date birth;
};
Result<std::vector<KnownMember>> EverMembers(pg::Connection& connection, const std::vector<std::int64_t>& households);

// Rows of the subjects (persons; villages by the number of their code) dated up to `valid_on` and recorded up to `known_at`.
Result<std::vector<HistoryRow>> RowsKnownAt(pg::Connection& connection, const std::vector<std::int64_t>& subjects, Date valid_on, TimePoint known_at);
// Declarations of completeness whose batch was applied up to `known_at`.
Result<std::vector<domain::Coverage>> CoverageKnownAt(pg::Connection& connection, TimePoint known_at);

}  // namespace shouwang::monitoring::store
