#include "services/monitoring/store/rule_store.h"

namespace shouwang::monitoring::store {

Status ActivateRuleSet(pg::Connection& connection, const v1::RuleSet& rule_set, TimePoint now) {
    pg::Params params;
    params.Add(rule_set.id()).AddBytes(rule_set.SerializeAsString()).Add(now);
    return connection.Exec(
        "INSERT INTO rule_set (rule_set_id, content, activated_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (rule_set_id) DO UPDATE SET activated_at = EXCLUDED.activated_at", params).status();
}

Result<v1::RuleSet> GetRuleSet(pg::Connection& connection, const std::string& id) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT content FROM rule_set WHERE $1 = '' OR rule_set_id = $1 ORDER BY activated_at DESC LIMIT 1", pg::P(id)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "RULE_SET_NOT_FOUND", "no rule set has this id");
    v1::RuleSet set;
    const std::string_view bytes = rows.Bytes(0, 0);
    set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    return set;
}

}  // namespace shouwang::monitoring::store
