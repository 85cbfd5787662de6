// For tests: the semantics once more, slow and obvious. Works on plain lists of rows and days,
// shares no code with the domain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/monitoring/domain/household_facts.h"

namespace shouwang::monitoring::domain::reference {

// A row as sent, owning its key.
struct Row {
    std::uint32_t dataset = 0;
    std::string key;
    std::uint32_t revision = 0;
    bool retract = false;
    Date date;
    std::uint64_t content_hash = 0;
    std::int64_t batch = 0;
    std::uint32_t sequence = 0;
    std::vector<std::pair<FactIndex, std::int64_t>> values;

    IncomingRow Incoming() const {
        return {dataset, key, revision, retract, date, content_hash, batch, sequence, values};
    }
};

// The winners of all keys.
std::vector<Row> Winners(const std::vector<Row>& sent);

struct Value {
    Known known = Known::kUnknown;
    std::int64_t value = 0;
    std::optional<Date> as_of;
};

// One fact that rows feed. region and coverage as in HouseholdInput.
Value FactValue(const Fact& fact, const std::vector<Row>& winners, Date today,
                const std::string& region, const std::vector<Coverage>& coverage);

}  // namespace shouwang::monitoring::domain::reference
