#include "services/monitoring/rpc/give.h"
#include "services/monitoring/rpc/methods.h"
#include "shouwang/monitoring/v1/setting.pb.h"

namespace shouwang::monitoring::rpc_edge {

void AddSettingMethods(rpc::Methods& m, const UseCases& uc) {
    using rpc::CallContext;
    const std::string p = "shouwang.monitoring.v1.";
    auto& settings = uc.settings;
    m.Unary<type::v1::ListParameterDefinitionsRequest, type::v1::ListParameterDefinitionsResponse>(p + "ParameterService.ListParameterDefinitions", [&settings](CallContext&, const auto&, auto& a) {
        *a.mutable_parameters() = settings.definitions().parameters();
        return Status::Ok();
    });
    m.Unary<type::v1::ListParametersRequest, type::v1::ListParametersResponse>(p + "ParameterService.ListParameters", [&settings](CallContext& c, const auto& q, auto& a) { return settings.ListParameters(q, c.deadline, a); });
    m.Unary<type::v1::SetParameterRequest, type::v1::ParameterValue>(p + "ParameterService.SetParameter", [&settings](CallContext& c, const auto& q, auto& a) { return Give(settings.SetParameter(q, c.principal, c.deadline), a); });
    m.Unary<type::v1::ListCalendarDaysRequest, type::v1::ListCalendarDaysResponse>(p + "CalendarService.ListCalendarDays", [&settings](CallContext& c, const auto& q, auto& a) { return settings.ListCalendarDays(q, c.deadline, a); });
    m.Unary<type::v1::SetCalendarDaysRequest, type::v1::SetCalendarDaysResponse>(p + "CalendarService.SetCalendarDays", [&settings](CallContext& c, const auto& q, auto& a) { return Give(settings.SetCalendarDays(q, c.principal, c.deadline), a); });
}

}  // namespace shouwang::monitoring::rpc_edge
