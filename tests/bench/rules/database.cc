#include "tests/bench/rules/database.h"

#include "common/cel/sql/sql_program.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::bench {
namespace {

namespace domain = monitoring::domain;

constexpr std::size_t kCopyBytes = 8 << 20;

const google::protobuf::FieldDescriptor& FieldOf(int variable, int field) {
    const auto* message = variable == domain::kMembersVariable
                              ? monitoring::v1::PersonFacts::descriptor()
                          : variable == domain::kVillageVariable
                              ? monitoring::v1::VillageFacts::descriptor()
                              : monitoring::v1::HouseholdFacts::descriptor();
    return *message->field(field);
}

cel::sql::Column ColumnOf(int variable, int field) {
    const auto& descriptor = FieldOf(variable, field);
    const std::string prefix = variable == domain::kVillageVariable ? "village_" : "f_";
    return {prefix + descriptor.name(),
            descriptor.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL};
}

// The facts of one of the two tables, in the order of reads().
std::vector<domain::FactRead> FactsOf(const domain::ProvinceColumns& columns, bool members) {
    std::vector<domain::FactRead> facts;
    for (const domain::FactRead& read : columns.reads()) {
        if ((read.first == domain::kMembersVariable) == members) facts.push_back(read);
    }
    return facts;
}

std::string Declared(const std::vector<domain::FactRead>& facts) {
    std::string text;
    for (const auto& [variable, field] : facts) {
        const cel::sql::Column column = ColumnOf(variable, field);
        text += ", " + column.name + (column.boolean ? " boolean" : " bigint");
    }
    return text;
}

void AddCell(pg::CopyBuffer& buffer, const domain::FactRead& fact, cel::FactCell cell) {
    if (!cell.known)
        buffer.Null();
    else if (ColumnOf(fact.first, fact.second).boolean)
        buffer.Bool(cell.value != 0);
    else
        buffer.Int64(cell.value);
}

Status Flush(pg::Connection& connection, const std::string& table, pg::CopyBuffer& buffer) {
    SW_RETURN_IF_ERROR(connection.Copy("COPY " + table + " FROM STDIN (FORMAT binary)", buffer));
    buffer.Clear();
    return Status::Ok();
}

}  // namespace

Status LoadTables(pg::Connection& connection, const domain::ProvinceColumns& columns) {
    const auto household = FactsOf(columns, false), member = FactsOf(columns, true);
    SW_RETURN_IF_ERROR(connection.ExecScript(
        std::string(cel::sql::Functions()) +
        "CREATE UNLOGGED TABLE bench_household (household_id bigint" + Declared(household) +
        "); CREATE UNLOGGED TABLE bench_member (household_id bigint, position int" +
        Declared(member) + ");"));
    pg::CopyBuffer households, members;
    for (std::uint32_t row = 0; row < columns.rows(); ++row) {
        households.Row(static_cast<std::int16_t>(1 + household.size()));
        households.Int64(columns.HouseholdAt(row));
        for (const auto& fact : household)
            AddCell(households, fact, columns.Field(row, fact.first, 0, fact.second));
        for (int m = 0; m < columns.Size(row); ++m) {
            members.Row(static_cast<std::int16_t>(2 + member.size()));
            members.Int64(columns.HouseholdAt(row)).Int32(m);
            for (const auto& fact : member)
                AddCell(members, fact, columns.Field(row, fact.first, m, fact.second));
        }
        if (households.bytes() > kCopyBytes)
            SW_RETURN_IF_ERROR(Flush(connection, "bench_household", households));
        if (members.bytes() > kCopyBytes)
            SW_RETURN_IF_ERROR(Flush(connection, "bench_member", members));
    }
    SW_RETURN_IF_ERROR(Flush(connection, "bench_household", households));
    SW_RETURN_IF_ERROR(Flush(connection, "bench_member", members));
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "ALTER TABLE bench_household ADD PRIMARY KEY (household_id);"
        "ALTER TABLE bench_member ADD PRIMARY KEY (household_id, position);"));
    for (const char* sql : {"VACUUM ANALYZE bench_household", "VACUUM ANALYZE bench_member"}) {
        if (auto done = connection.Exec(sql); !done.ok()) return done.status();
    }
    return Status::Ok();
}

Result<std::string> RulesQuery(const domain::RuleBook& book,
                               const std::vector<cel::FactCell>& parameters,
                               const std::string& outer) {
    cel::sql::Tables tables;
    tables.rows = "bench_household";
    tables.elements = "bench_member";
    tables.key = "household_id";
    tables.position = "position";
    tables.field = ColumnOf;
    tables.parameter = [&](int parameter) {
        const cel::FactCell cell = parameters[static_cast<std::size_t>(parameter)];
        return cell.known ? "'" + std::to_string(cell.value) + "'::bigint" : "NULL::bigint";
    };
    std::vector<std::string> conditions;
    std::string taken;
    for (std::size_t i = 0; i < book.rules().size(); ++i) {
        SW_ASSIGN_OR_RETURN(std::string condition,
                            cel::sql::Condition(*book.rules()[i].program, tables));
        const std::string name = "r" + std::to_string(i);
        conditions.push_back(condition + " AS " + name);
        std::string part = outer;
        for (std::size_t at = 0; (at = part.find('$', at)) != std::string::npos; at += name.size())
            part.replace(at, 1, name);
        taken += (i > 0 ? ", " : "") + part;
    }
    return "SELECT " + taken + " FROM (" + cel::sql::Select(tables, conditions) + ") verdicts";
}

Result<std::vector<RuleSums>> SumsOfSql(pg::Connection& connection, const domain::RuleBook& book,
                                        const std::vector<cel::FactCell>& parameters) {
    SW_ASSIGN_OR_RETURN(
        const std::string query,
        RulesQuery(book, parameters,
                   "count(*) FILTER (WHERE $), count(*) FILTER (WHERE $ IS NULL), "
                   "coalesce(sum(household_id) FILTER (WHERE $), 0)::bigint, "
                   "coalesce(sum(household_id) FILTER (WHERE $ IS NULL), 0)::bigint"));
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(query));
    std::vector<RuleSums> sums;
    for (std::size_t i = 0; i < book.rules().size(); ++i) {
        const int column = static_cast<int>(i) * 4;
        sums.push_back({rows.Int(0, column), rows.Int(0, column + 1), rows.Int(0, column + 2),
                        rows.Int(0, column + 3)});
    }
    return sums;
}

std::vector<RuleSums> SumsOf(const domain::ColumnScreen& screen) {
    std::vector<RuleSums> sums(screen.book().size());
    for (std::size_t rule = 0; rule < sums.size(); ++rule) {
        for (std::uint32_t row = 0; row < screen.columns().rows(); ++row) {
            const std::int64_t number = screen.columns().HouseholdAt(row);
            const cel::Tri verdict = screen.Verdict(rule, row);
            if (verdict == cel::Tri::kTrue) {
                ++sums[rule].is_true;
                sums[rule].true_numbers += number;
            } else if (verdict == cel::Tri::kUnknown) {
                ++sums[rule].unknown;
                sums[rule].unknown_numbers += number;
            }
        }
    }
    return sums;
}

}  // namespace shouwang::bench
