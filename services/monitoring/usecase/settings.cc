#include "services/monitoring/usecase/settings.h"

#include "common/base/region_code.h"
#include "services/monitoring/domain/parameters.h"

namespace shouwang::monitoring::usecase {
namespace {

Status OutsideRegion() { return MakeStatus(Code::kPermissionDenied, "PARAMETER_OUTSIDE_REGION", "the region is not inside the caller's own"); }

}  // namespace

Status Settings::Ship(Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const type::v1::SetCalendarDaysRequest days, domain::ShippedCalendarDays());
    return pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
        SW_RETURN_IF_ERROR(commands_.parameters().Ship(connection, commands_.clock().Now()));
        return record::ShipCalendarDays(connection, days);
    });
}

Status Settings::ListParameters(const type::v1::ListParametersRequest& q, Deadline deadline, type::v1::ListParametersResponse& response) const {
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    return commands_.parameters().List(*lease, q, response);
}

Result<type::v1::ParameterValue> Settings::SetParameter(const type::v1::SetParameterRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    if (!RegionContains(by.region_prefix(), q.region_prefix())) return OutsideRegion();
    type::v1::ParameterValue answer;
    SW_RETURN_IF_ERROR(commands_.Transact("set_parameter", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(answer, commands_.parameters().Set(work.connection, q, by.subject(), work.now));
        return Status::Ok();
    }));
    return answer;
}

Status Settings::ListCalendarDays(const type::v1::ListCalendarDaysRequest& q, Deadline deadline, type::v1::ListCalendarDaysResponse& response) const {
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    return record::ListCalendarDays(*lease, q, response);
}

Result<type::v1::SetCalendarDaysResponse> Settings::SetCalendarDays(const type::v1::SetCalendarDaysRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    for (const type::v1::CalendarDay& day : q.days()) {
        if (!RegionContains(by.region_prefix(), day.region_prefix())) return OutsideRegion();
    }
    type::v1::SetCalendarDaysResponse answer;
    SW_RETURN_IF_ERROR(commands_.Transact("set_calendar_days", by, q, deadline, answer,
                                          [&](record::Work& work) { return record::SetCalendarDays(work.connection, q); }));
    return answer;
}

}  // namespace shouwang::monitoring::usecase
