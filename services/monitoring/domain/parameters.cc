#include "services/monitoring/domain/parameters.h"

#include <string_view>
#include <utility>

#include "services/monitoring/domain/embedded_text.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kLeadParameters;
extern const std::string_view kCaseParameters;
extern const std::string_view kSupportParameters;
extern const std::string_view kLedgerParameters;
extern const std::string_view kRuleParameters;

Result<type::v1::ParameterDefinitions> DefaultParameters() {
    type::v1::ParameterDefinitions all;
    for (const auto& [what, text] : {std::pair{"lead parameters", kLeadParameters}, {"case parameters", kCaseParameters},
                                     {"support parameters", kSupportParameters}, {"ledger parameters", kLedgerParameters},
                                     {"rule parameters", kRuleParameters}}) {
        type::v1::ParameterDefinitions some;
        SW_RETURN_IF_ERROR(ParseText(text, what, "PARAMETER_INVALID", some));
        all.MergeFrom(some);
    }
    return all;
}

}  // namespace shouwang::monitoring::domain
