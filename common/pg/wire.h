// PostgreSQL's binary formats: type numbers (pg_type.oid, fixed by PostgreSQL), byte order, epochs.
// Private to common/pg.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "common/base/date.h"

namespace shouwang::pg::wire {

enum Oid : std::uint32_t {
    kUnknownYet = 0,  // the server infers it from the statement
    kBool = 16,
    kBytea = 17,
    kChar = 18,
    kName = 19,
    kInt8 = 20,
    kInt2 = 21,
    kInt4 = 23,
    kText = 25,
    kOid = 26,
    kJson = 114,
    kFloat4 = 700,
    kFloat8 = 701,
    kByteaArray = 1001,
    kInt2Array = 1005,
    kInt4Array = 1007,
    kTextArray = 1009,
    kVarcharArray = 1015,
    kInt8Array = 1016,
    kBpchar = 1042,
    kVarchar = 1043,
    kDate = 1082,
    kDateArray = 1182,
    kTimestamptz = 1184,
    kJsonb = 3802,
};

static_assert(std::endian::native == std::endian::little);

template <typename T>
T Swap(T v) {
    static_assert(std::is_integral_v<T>);
    using U = std::make_unsigned_t<T>;
    if constexpr (sizeof(T) == 1) return v;
    if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<U>(v)));
    if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<U>(v)));
    if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<U>(v)));
}

template <typename T>
void Append(std::string& out, T v) {
    const T swapped = Swap(v);
    out.append(reinterpret_cast<const char*>(&swapped), sizeof swapped);
}

template <typename T>
T Load(const char* at) {
    T v;
    std::memcpy(&v, at, sizeof v);
    return Swap(v);
}

// Dates and times count from 2000-01-01; PostgreSQL's infinities are the ends of the integer range.
inline constexpr std::int32_t kEpochDays = 10957;
inline constexpr std::int64_t kEpochMicros = std::int64_t{kEpochDays} * 86'400'000'000;

inline std::int32_t FromDate(Date d) {
    if (d.days == std::numeric_limits<std::int32_t>::max()) return d.days;
    if (d.days < std::numeric_limits<std::int32_t>::min() + kEpochDays) {
        return std::numeric_limits<std::int32_t>::min();
    }
    return d.days - kEpochDays;
}
inline Date ToDate(std::int32_t v) {
    if (v == std::numeric_limits<std::int32_t>::min()) return {v};
    if (v > std::numeric_limits<std::int32_t>::max() - kEpochDays) {
        return {std::numeric_limits<std::int32_t>::max()};
    }
    return {v + kEpochDays};
}
inline std::int64_t FromTime(TimePoint t) {
    if (t == TimePoint::max()) return std::numeric_limits<std::int64_t>::max();
    if (t == TimePoint::min()) return std::numeric_limits<std::int64_t>::min();
    return std::chrono::floor<std::chrono::microseconds>(t).time_since_epoch().count() -
           kEpochMicros;
}
inline TimePoint ToTime(std::int64_t v) {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    // The clock counts nanoseconds: what it cannot hold (years before 1678 and after 2261)
    // saturates.
    constexpr std::int64_t kMax = duration_cast<microseconds>(TimePoint::duration::max()).count();
    constexpr std::int64_t kMin = duration_cast<microseconds>(TimePoint::duration::min()).count();
    if (v > kMax - kEpochMicros) return TimePoint::max();
    if (v < kMin) return TimePoint::min();
    return TimePoint(microseconds(v + kEpochMicros));
}

}  // namespace shouwang::pg::wire
