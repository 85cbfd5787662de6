#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/pg/pg.h"
#include "common/pg/wire.h"

namespace shouwang::pg {
namespace {

// A wrong column or type is a mistake in the program, the same in every run: it ends the process
// with the column's name.
[[noreturn]] void WrongType(const PGresult* result, int col, const char* wanted) {
    const char* name = PQfname(result, col);
    std::fprintf(stderr, "pg::Rows: column %d (%s) has type oid %u, asked for %s\n", col,
                 name != nullptr ? name : "out of range", PQftype(result, col), wanted);
    std::abort();
}

struct Cell {
    const char* data;
    int size;  // -1 = NULL
};
Cell At(const PGresult* result, int row, int col) {
    if (row < 0 || row >= PQntuples(result) || col < 0 || col >= PQnfields(result)) {
        std::fprintf(stderr, "pg::Rows: no cell (%d, %d) in %d x %d\n", row, col, PQntuples(result),
                     PQnfields(result));
        std::abort();
    }
    if (PQgetisnull(result, row, col) != 0) return {nullptr, -1};
    return {PQgetvalue(result, row, col), PQgetlength(result, row, col)};
}

// Calls `element` with each element of a binary array; NULL elements come as size -1.
template <typename F>
void ForEachElement(Cell cell, F element) {
    if (cell.size < 12) return;
    const int dimensions = wire::Load<std::int32_t>(cell.data);
    const char* at = cell.data + 12 + 8 * dimensions;
    const char* end = cell.data + cell.size;
    while (at + 4 <= end) {
        const int size = wire::Load<std::int32_t>(at);
        at += 4;
        element(Cell{size < 0 ? nullptr : at, size});
        if (size > 0) at += size;
    }
}

}  // namespace

Rows::Rows(pg_result* result) : result_(result, Free{}) {}
void Rows::Free::operator()(pg_result* result) const { PQclear(result); }

int Rows::size() const { return PQntuples(result_.get()); }
std::int64_t Rows::affected() const {
    const std::string_view text = PQcmdTuples(result_.get());
    std::int64_t n = 0;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n;
}
std::uint32_t Rows::TypeOf(int col) const { return PQftype(result_.get(), col); }
bool Rows::IsNull(int row, int col) const { return At(result_.get(), row, col).size < 0; }

bool Rows::Bool(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    if (TypeOf(col) != wire::kBool) WrongType(result_.get(), col, "bool");
    return c.size == 1 && c.data[0] != 0;
}
std::int64_t Rows::Int(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    switch (TypeOf(col)) {
        case wire::kInt2:
            return c.size < 0 ? 0 : wire::Load<std::int16_t>(c.data);
        case wire::kInt4:
            return c.size < 0 ? 0 : wire::Load<std::int32_t>(c.data);
        case wire::kInt8:
            return c.size < 0 ? 0 : wire::Load<std::int64_t>(c.data);
        case wire::kOid:
            return c.size < 0 ? 0 : wire::Load<std::uint32_t>(c.data);
        default:
            WrongType(result_.get(), col, "int2, int4 or int8");
    }
}
double Rows::Double(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    switch (TypeOf(col)) {
        case wire::kFloat8:
            return c.size < 0 ? 0 : std::bit_cast<double>(wire::Load<std::uint64_t>(c.data));
        case wire::kFloat4:
            return c.size < 0 ? 0 : std::bit_cast<float>(wire::Load<std::uint32_t>(c.data));
        default:
            WrongType(result_.get(), col, "float4 or float8");
    }
}
std::string_view Rows::Text(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    switch (TypeOf(col)) {
        case wire::kText:
        case wire::kVarchar:
        case wire::kBpchar:
        case wire::kName:
        case wire::kChar:
        case wire::kJson:
            return c.size <= 0 ? std::string_view() : std::string_view(c.data, c.size);
        case wire::kJsonb:  // one byte of version before the text
            return c.size <= 1 ? std::string_view() : std::string_view(c.data + 1, c.size - 1);
        default:
            WrongType(result_.get(), col, "text");
    }
}
std::string_view Rows::Bytes(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    if (TypeOf(col) != wire::kBytea) WrongType(result_.get(), col, "bytea");
    return c.size <= 0 ? std::string_view() : std::string_view(c.data, c.size);
}
Date Rows::DateOf(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    if (TypeOf(col) != wire::kDate) WrongType(result_.get(), col, "date");
    return c.size < 0 ? Date{} : wire::ToDate(wire::Load<std::int32_t>(c.data));
}
TimePoint Rows::Time(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    if (TypeOf(col) != wire::kTimestamptz) WrongType(result_.get(), col, "timestamptz");
    return c.size < 0 ? TimePoint{} : wire::ToTime(wire::Load<std::int64_t>(c.data));
}

std::vector<std::int64_t> Rows::IntArray(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    const std::uint32_t type = TypeOf(col);
    if (type != wire::kInt2Array && type != wire::kInt4Array && type != wire::kInt8Array) {
        WrongType(result_.get(), col, "int2[], int4[] or int8[]");
    }
    std::vector<std::int64_t> out;
    ForEachElement(c, [&](Cell e) {
        switch (e.size) {
            case 2:
                out.push_back(wire::Load<std::int16_t>(e.data));
                break;
            case 4:
                out.push_back(wire::Load<std::int32_t>(e.data));
                break;
            case 8:
                out.push_back(wire::Load<std::int64_t>(e.data));
                break;
            default:
                out.push_back(0);
        }
    });
    return out;
}
std::vector<std::string> Rows::StringArray(int row, int col) const {
    const Cell c = At(result_.get(), row, col);
    const std::uint32_t type = TypeOf(col);
    if (type != wire::kTextArray && type != wire::kVarcharArray && type != wire::kByteaArray) {
        WrongType(result_.get(), col, "text[] or bytea[]");
    }
    std::vector<std::string> out;
    ForEachElement(c, [&](Cell e) {
        out.emplace_back(e.size > 0 ? std::string(e.data, e.size) : std::string());
    });
    return out;
}

}  // namespace shouwang::pg
