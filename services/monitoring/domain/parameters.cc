#include "services/monitoring/domain/parameters.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "services/monitoring/domain/embedded_text.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kLeadParameters;
extern const std::string_view kCaseParameters;
extern const std::string_view kRuleParameters;
extern const std::string_view kHolidays;

Result<type::v1::SetCalendarDaysRequest> ShippedCalendarDays() {
    type::v1::SetCalendarDaysRequest days;
    SW_RETURN_IF_ERROR(ParseText(kHolidays, "holidays", "PARAMETER_INVALID", days));
    return days;
}

Result<type::v1::ParameterDefinitions> DefaultParameters() {
    type::v1::ParameterDefinitions all;
    for (const auto& [what, text] : {std::pair{"lead parameters", kLeadParameters}, {"case parameters", kCaseParameters},
                                     {"rule parameters", kRuleParameters}}) {
        type::v1::ParameterDefinitions some;
        SW_RETURN_IF_ERROR(ParseText(text, what, "PARAMETER_INVALID", some));
        all.MergeFrom(some);
    }
    return all;
}

options::v1::Unit ParameterUnit(std::string_view name) {
    static const std::map<std::string, options::v1::Unit, std::less<>> kUnits = [] {
        std::map<std::string, options::v1::Unit, std::less<>> units;
        const auto definitions = DefaultParameters();
        if (!definitions.ok()) return units;
        for (const type::v1::ParameterDefinition& d : definitions->parameters()) units.emplace(d.name(), d.unit());
        return units;
    }();
    const auto found = kUnits.find(name);
    return found == kUnits.end() ? options::v1::UNIT_UNSPECIFIED : found->second;
}

}  // namespace shouwang::monitoring::domain
