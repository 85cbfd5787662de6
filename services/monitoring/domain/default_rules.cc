#include <string_view>

#include "services/monitoring/domain/embedded_text.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kDefaultRules;  // rules/default.textproto

Result<v1::RuleSet> DefaultRuleSet() {
    v1::RuleSet rule_set;
    SW_RETURN_IF_ERROR(ParseText(kDefaultRules, "default rules", "RULE_INVALID", rule_set));
    rule_set.set_id(RuleBook::IdOf(rule_set));
    return rule_set;
}

}  // namespace shouwang::monitoring::domain
