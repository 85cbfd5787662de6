// A program as a PostgreSQL expression: three-valued by NULL, overflow and division by zero NULL,
// units as the integers they are. For comparing the engines with a database (the differential test,
// the bench); no service runs rules this way.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cel/cel.h"

namespace shouwang::cel::sql {

// A column of one of the two tables, or of the rows' table for a variable that is no list.
struct Column {
    std::string name;
    bool boolean = false;  // else bigint
};

struct Tables {
    std::string rows;      // one row a household; aliased h
    std::string elements;  // one row a member; aliased e0, e1 …
    std::string key;       // column of both; primary key of `rows`
    std::string position;  // order of the elements of a row
    std::function<Column(int variable, int field_index)> field;
    // A bigint expression; may name columns of h.
    std::function<std::string(int parameter)> parameter;
};

// To be run once in the database: functions that Condition uses, in the schema cel.
std::string_view Functions();

// A boolean expression over h, grouped by its key, and e0. Fails with INVALID_ARGUMENT
// "CEL_UNSUPPORTED" where the program reads two list variables.
Result<std::string> Condition(const Program& program, const Tables& tables);

// SELECT key, conditions… for all rows, one grouped pass over both tables.
std::string Select(const Tables& tables, std::span<const std::string> conditions);

}  // namespace shouwang::cel::sql
