// Params and CopyBuffer: values on their way to the server.
#include <bit>

#include "common/pg/pg.h"
#include "common/pg/wire.h"

namespace shouwang::pg {
namespace {

template <typename T>
std::string Encoded(T v) {
    std::string out;
    wire::Append(out, v);
    return out;
}

// One dimension, no NULLs; an empty array has no dimension at all.
std::string ArrayHeader(std::size_t size, std::uint32_t element, std::size_t bytes) {
    std::string out;
    out.reserve(20 + bytes);
    wire::Append<std::int32_t>(out, size == 0 ? 0 : 1);
    wire::Append<std::int32_t>(out, 0);
    wire::Append<std::uint32_t>(out, element);
    if (size > 0) {
        wire::Append<std::int32_t>(out, static_cast<std::int32_t>(size));
        wire::Append<std::int32_t>(out, 1);
    }
    return out;
}

std::string StringArray(std::span<const std::string> v, std::uint32_t element) {
    std::size_t bytes = 0;
    for (const auto& s : v) bytes += 4 + s.size();
    std::string out = ArrayHeader(v.size(), element, bytes);
    for (const auto& s : v) {
        wire::Append<std::int32_t>(out, static_cast<std::int32_t>(s.size()));
        out.append(s);
    }
    return out;
}

template <typename T, typename F>
std::string FixedArray(std::span<const T> v, std::uint32_t element, F convert) {
    using Wire = decltype(convert(v[0]));
    std::string out = ArrayHeader(v.size(), element, v.size() * (4 + sizeof(Wire)));
    for (const T& x : v) {
        wire::Append<std::int32_t>(out, sizeof(Wire));
        wire::Append(out, convert(x));
    }
    return out;
}

// Length and value of a fixed-size field in one append.
template <typename T>
void AppendField(std::string& out, T v) {
    char field[4 + sizeof(T)];
    const std::int32_t length = wire::Swap<std::int32_t>(sizeof(T));
    const T swapped = wire::Swap(v);
    std::memcpy(field, &length, 4);
    std::memcpy(field + 4, &swapped, sizeof(T));
    out.append(field, sizeof field);
}

// Signature, flags, and the length of the header's extension.
constexpr std::string_view kCopyHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};

}  // namespace

Params& Params::Push(std::uint32_t oid, std::string bytes) {
    values_.push_back({oid, false, std::move(bytes)});
    return *this;
}
Params& Params::Add(bool v) { return Push(wire::kBool, std::string(1, v ? '\1' : '\0')); }
Params& Params::Add(std::int16_t v) { return Push(wire::kInt2, Encoded(v)); }
Params& Params::Add(std::int32_t v) { return Push(wire::kInt4, Encoded(v)); }
Params& Params::Add(std::int64_t v) { return Push(wire::kInt8, Encoded(v)); }
Params& Params::Add(double v) {
    return Push(wire::kFloat8, Encoded(std::bit_cast<std::uint64_t>(v)));
}
Params& Params::Add(std::string_view text) { return Push(wire::kText, std::string(text)); }
Params& Params::Add(Date v) { return Push(wire::kDate, Encoded(wire::FromDate(v))); }
Params& Params::Add(TimePoint v) { return Push(wire::kTimestamptz, Encoded(wire::FromTime(v))); }
Params& Params::AddBytes(std::string_view bytes) { return Push(wire::kBytea, std::string(bytes)); }
Params& Params::AddNull() {
    values_.push_back({wire::kUnknownYet, true, {}});
    return *this;
}
Params& Params::AddArray(std::span<const std::int16_t> v) {
    return Push(wire::kInt2Array, FixedArray(v, wire::kInt2, [](std::int16_t x) { return x; }));
}
Params& Params::AddArray(std::span<const std::int32_t> v) {
    return Push(wire::kInt4Array, FixedArray(v, wire::kInt4, [](std::int32_t x) { return x; }));
}
Params& Params::AddArray(std::span<const std::int64_t> v) {
    return Push(wire::kInt8Array, FixedArray(v, wire::kInt8, [](std::int64_t x) { return x; }));
}
Params& Params::AddArray(std::span<const std::string> text) {
    return Push(wire::kTextArray, StringArray(text, wire::kText));
}
Params& Params::AddBytesArray(std::span<const std::string> bytes) {
    return Push(wire::kByteaArray, StringArray(bytes, wire::kBytea));
}
Params& Params::AddArray(std::span<const Date> v) {
    return Push(wire::kDateArray, FixedArray(v, wire::kDate, wire::FromDate));
}

CopyBuffer::CopyBuffer() : data_(kCopyHeader) {}
CopyBuffer& CopyBuffer::Row(std::int16_t columns) {
    wire::Append(data_, columns);
    ++rows_;
    return *this;
}
CopyBuffer& CopyBuffer::Bool(bool v) {
    AppendField<std::int8_t>(data_, v ? 1 : 0);
    return *this;
}
CopyBuffer& CopyBuffer::Int16(std::int16_t v) {
    AppendField(data_, v);
    return *this;
}
CopyBuffer& CopyBuffer::Int32(std::int32_t v) {
    AppendField(data_, v);
    return *this;
}
CopyBuffer& CopyBuffer::Int64(std::int64_t v) {
    AppendField(data_, v);
    return *this;
}
CopyBuffer& CopyBuffer::Double(double v) {
    AppendField(data_, std::bit_cast<std::uint64_t>(v));
    return *this;
}
CopyBuffer& CopyBuffer::Text(std::string_view v) { return Bytes(v); }
CopyBuffer& CopyBuffer::Bytes(std::string_view v) {
    wire::Append<std::int32_t>(data_, static_cast<std::int32_t>(v.size()));
    data_.append(v);
    return *this;
}
CopyBuffer& CopyBuffer::DateOf(Date v) {
    AppendField(data_, wire::FromDate(v));
    return *this;
}
CopyBuffer& CopyBuffer::Time(TimePoint v) {
    AppendField(data_, wire::FromTime(v));
    return *this;
}
CopyBuffer& CopyBuffer::Null() {
    wire::Append<std::int32_t>(data_, -1);
    return *this;
}
CopyBuffer& CopyBuffer::Reserve(std::size_t bytes) {
    data_.reserve(bytes);
    return *this;
}
void CopyBuffer::Clear() {
    data_.resize(kCopyHeader.size());
    rows_ = 0;
}

}  // namespace shouwang::pg
