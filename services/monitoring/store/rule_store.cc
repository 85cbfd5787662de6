#include "services/monitoring/store/rule_store.h"

namespace shouwang::monitoring::store {
namespace {

// Advisory lock of the rule set in force; one number in this database.
constexpr std::int64_t kRuleLock = 0x5257'0001;

}  // namespace

Status KeepRuleSet(pg::Connection& connection, const v1::RuleSet& rule_set, TimePoint now) {
    pg::Params params;
    params.Add(rule_set.id()).AddBytes(rule_set.SerializeAsString()).Add(now);
    return connection.Exec("INSERT INTO rule_set (rule_set_id, content, kept_at) VALUES ($1, $2, $3) ON CONFLICT (rule_set_id) DO NOTHING", params).status();
}

Result<v1::RuleSet> GetRuleSet(pg::Connection& connection, const std::string& id) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT content FROM rule_set WHERE rule_set_id = CASE WHEN $1 = '' THEN (SELECT rule_set FROM rule_in_force) ELSE $1 END", pg::P(id)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "RULE_SET_NOT_FOUND", "no rule set has this id");
    v1::RuleSet set;
    const std::string_view bytes = rows.Bytes(0, 0);
    if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return MakeStatus(Code::kDataLoss, "RULE_SET_BROKEN", "the stored rule set does not parse");
    return set;
}

Result<std::string> RuleSetInForce(pg::Connection& connection) {
    SW_RETURN_IF_ERROR(connection.Exec("SELECT pg_advisory_xact_lock_shared($1)", pg::P(kRuleLock)).status());
    // A statement of its own: its snapshot is taken after the lock.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec("SELECT rule_set FROM rule_in_force"));
    return rows.size() == 0 ? std::string() : std::string(rows.Text(0, 0));
}

Status PutInForce(pg::Connection& connection, const std::string& id) {
    SW_RETURN_IF_ERROR(connection.Exec("SELECT pg_advisory_xact_lock($1)", pg::P(kRuleLock)).status());
    return connection.Exec("INSERT INTO rule_in_force (rule_set) VALUES ($1) ON CONFLICT (one) DO UPDATE SET rule_set = excluded.rule_set", pg::P(id)).status();
}

}  // namespace shouwang::monitoring::store
