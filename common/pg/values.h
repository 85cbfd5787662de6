// Values on their way to PostgreSQL and back, all binary: parameters, rows of a result, rows of a COPY.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/date.h"

struct pg_result;

namespace shouwang::pg {

class Connection;

// One statement's parameters, binary. Types: bool, int16/32/64, double, text, bytea, date, timestamptz, and arrays of int16, int32, int64, text, bytea, date.
class Params {
public:
    Params& Add(bool v);
    Params& Add(std::int16_t v);
    Params& Add(std::int32_t v);
    Params& Add(std::int64_t v);
    Params& Add(double v);
    Params& Add(std::string_view text);
    Params& Add(const char* text) { return Add(std::string_view(text)); }
    Params& Add(Date v);
    Params& Add(TimePoint v);
    Params& AddBytes(std::string_view bytes);
    Params& AddNull();
    Params& AddArray(std::span<const std::int16_t> v);
    Params& AddArray(std::span<const std::int32_t> v);
    Params& AddArray(std::span<const std::int64_t> v);
    Params& AddArray(std::span<const std::string> text);
    Params& AddBytesArray(std::span<const std::string> bytes);
    Params& AddArray(std::span<const Date> v);
    template <typename T>
    Params& AddOptional(const std::optional<T>& v) { return v ? Add(*v) : AddNull(); }

private:
    friend class Connection;
    struct Value {
        std::uint32_t oid;
        bool null;
        std::string bytes;
    };
    std::vector<Value> values_;
    Params& Push(std::uint32_t oid, std::string bytes);
};

// Makes Params from values: pg::P(household_id, "text", date).
template <typename... T>
Params P(const T&... v) {
    Params p;
    (p.Add(v), ...);
    return p;
}

// A finished result, binary format. Column by index; asking for the wrong type is a programmer error (aborts). NULL reads as
// zero or empty: ask IsNull where it matters.
class Rows {
public:
    Rows() = default;
    explicit Rows(pg_result* result);
    int size() const;
    std::int64_t affected() const;  // rows changed by INSERT/UPDATE/DELETE/COPY
    bool IsNull(int row, int col) const;
    bool Bool(int row, int col) const;
    std::int64_t Int(int row, int col) const;  // int2, int4, int8
    double Double(int row, int col) const;
    std::string_view Text(int row, int col) const;   // text, varchar, name; lives as long as this
    std::string_view Bytes(int row, int col) const;  // bytea
    Date DateOf(int row, int col) const;
    TimePoint Time(int row, int col) const;
    std::vector<std::int64_t> IntArray(int row, int col) const;     // int2[], int4[], int8[]
    std::vector<std::string> StringArray(int row, int col) const;   // text[], bytea[]
    std::uint32_t TypeOf(int col) const;                            // pg_type.oid

private:
    struct Free { void operator()(pg_result*) const; };
    std::shared_ptr<pg_result> result_;
};

// Rows of one COPY … FROM STDIN (FORMAT binary), buffered; column order is the caller's.
class CopyBuffer {
public:
    CopyBuffer();
    CopyBuffer& Row(std::int16_t columns);
    CopyBuffer& Bool(bool v);
    CopyBuffer& Int16(std::int16_t v);
    CopyBuffer& Int32(std::int32_t v);
    CopyBuffer& Int64(std::int64_t v);
    CopyBuffer& Double(double v);
    CopyBuffer& Text(std::string_view v);
    CopyBuffer& Bytes(std::string_view v);
    CopyBuffer& DateOf(Date v);
    CopyBuffer& Time(TimePoint v);
    CopyBuffer& Null();
    CopyBuffer& Reserve(std::size_t bytes);
    std::int64_t rows() const { return rows_; }
    std::size_t bytes() const { return data_.size(); }
    void Clear();  // keeps the memory

private:
    friend class Connection;
    std::string data_;
    std::int64_t rows_ = 0;
};

}  // namespace shouwang::pg
