// Parameters and calendars as operators set them.
#pragma once

#include "common/record/commands.h"

namespace shouwang::monitoring::usecase {

class Settings {
public:
    explicit Settings(const record::Commands& commands) : commands_(commands) {}

    // Puts the shipped defaults and working days into their tables.
    Status Ship(Deadline deadline) const;
    Status ListParameters(const type::v1::ListParametersRequest& request, Deadline deadline, type::v1::ListParametersResponse& response) const;
    // PERMISSION_DENIED "PARAMETER_OUTSIDE_REGION" where the value's region is wider than the caller's own.
    Result<type::v1::ParameterValue> SetParameter(const type::v1::SetParameterRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Status ListCalendarDays(const type::v1::ListCalendarDaysRequest& request, Deadline deadline, type::v1::ListCalendarDaysResponse& response) const;
    Result<type::v1::SetCalendarDaysResponse> SetCalendarDays(const type::v1::SetCalendarDaysRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    const type::v1::ParameterDefinitions& definitions() const { return commands_.parameters().definitions(); }

private:
    const record::Commands& commands_;
};

}  // namespace shouwang::monitoring::usecase
