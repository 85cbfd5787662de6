// Dated parameters and working calendars of a service: shipped defaults, values that operators set, and look-up by (name, region, day).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/flow/limit.h"
#include "common/pg/pg.h"
#include "shouwang/type/v1/parameter.pb.h"

namespace shouwang::record {

// The definitions; immutable after start, thread-safe. Values are read in the caller's transaction.
class Parameters {
public:
    // INVALID_ARGUMENT "PARAMETER_INVALID" where a definition contradicts itself (twice the same name, a default out of range, min > max).
    static Result<Parameters> Make(type::v1::ParameterDefinitions definitions);

    // Puts shipped defaults that are not in the table yet into it (set_by "default"). Idempotent; call it at start.
    Status Ship(pg::Connection& connection, TimePoint now) const;
    const type::v1::ParameterDefinitions& definitions() const { return definitions_; }
    const type::v1::ParameterDefinition* Find(std::string_view name) const;

    // In force for the region on that day; nullopt = unknown there. Aborts on a name without definition (a programmer error).
    Result<std::optional<std::int64_t>> Value(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const;
    // The same for what must be known: FAILED_PRECONDITION "PARAMETER_UNKNOWN" (metadata name, region, day) where it is not.
    Result<std::int64_t> Need(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const;
    Result<flow::Limit> NeedLimit(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const;

    Status List(pg::Connection& connection, const type::v1::ListParametersRequest& request, type::v1::ListParametersResponse& response) const;
    // INVALID_ARGUMENT on name, value (range), unit or valid_from. Adds a row; nothing is ever overwritten.
    Result<type::v1::ParameterValue> Set(pg::Connection& connection, const type::v1::SetParameterRequest& request, std::string_view by, TimePoint now) const;

private:
    Result<std::optional<flow::Limit>> InForce(pg::Connection& connection, std::string_view name, std::string_view region_code, Date day) const;
    type::v1::ParameterDefinitions definitions_;
    std::map<std::string, int, std::less<>> index_;
};

// What is in force on one day for some names: one query, then look-ups in memory. For transactions that ask for many regions.
class Snapshot {
public:
    static Result<Snapshot> Load(pg::Connection& connection, std::span<const std::string> names, Date day);
    // As Parameters::Value.
    std::optional<std::int64_t> Value(std::string_view name, std::string_view region_code) const;

private:
    struct Held {
        std::string name, region_prefix;
        std::optional<std::int64_t> value;
    };
    std::vector<Held> held_;  // longest prefix first
};

// Special days of the region and of those above it, from `from` for two years; the nearer region's word counts.
Result<flow::WorkCalendar> LoadCalendar(pg::Connection& connection, std::string_view region_code, Date from);
Status ListCalendarDays(pg::Connection& connection, const type::v1::ListCalendarDaysRequest& request, type::v1::ListCalendarDaysResponse& response);
// Puts shipped days into the table. Idempotent; a day that somebody has set by another notice stays.
Status ShipCalendarDays(pg::Connection& connection, const type::v1::SetCalendarDaysRequest& shipped);
// INVALID_ARGUMENT on "days[2].day" …; all or nothing.
Status SetCalendarDays(pg::Connection& connection, const type::v1::SetCalendarDaysRequest& request);

}  // namespace shouwang::record
