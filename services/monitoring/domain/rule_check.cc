#include "services/monitoring/domain/rule_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "common/base/bytes.h"
#include "common/base/date.h"
#include "common/base/region_code.h"

namespace shouwang::monitoring::domain {
namespace {

Status Invalid(const std::string& what, const char* reason = "RULE_INVALID") {
    return MakeStatus(Code::kInvalidArgument, reason, what);
}

bool IsName(std::string_view text, std::string_view more) {
    return !text.empty() && text.size() <= 80 && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               more.find(c) != std::string_view::npos;
    });
}

bool RegionsMeet(std::string_view a, std::string_view b) {
    return RegionContains(a, b) || RegionContains(b, a);
}

struct Validity {
    Date from, to;
};
// Only of rules that passed CheckRule.
Validity ValidityOf(const v1::Rule& rule) {
    return {*Date::Parse(rule.valid_from()),
            *Date::Parse(rule.valid_to().empty() ? kLastDay : rule.valid_to())};
}

Status CheckParameter(const v1::Parameter& parameter) {
    const std::string& name = parameter.name();
    const bool param =
        name.rfind("param.", 0) == 0 && IsName(std::string_view(name).substr(6), "_");
    const bool line = name.rfind("line.", 0) == 0 && IsName(std::string_view(name).substr(5), "_");
    if (!param && !line) return Invalid("a parameter is named param.<name> or line.<name>");
    if (RegionLevel(parameter.region_prefix()) < 0) return Invalid("region prefix");
    if (!Date::Parse(parameter.valid_from())) return Invalid("valid_from is not a date");
    if (!options::v1::Unit_IsValid(parameter.unit())) return Invalid("unit");
    if (parameter.source().empty()) return Invalid("no source; say where the value comes from");
    return Status::Ok();
}

}  // namespace

Status CheckParameters(const v1::RuleSet& rule_set) {
    std::map<std::string, options::v1::Unit> units;
    std::set<std::tuple<std::string, std::string, std::string>> keys;
    for (const v1::Parameter& parameter : rule_set.parameters()) {
        Status status = CheckParameter(parameter);
        const auto [unit, fresh] = units.emplace(parameter.name(), parameter.unit());
        if (status.ok() && unit->second != parameter.unit()) status = Invalid("two units");
        if (status.ok() &&
            !keys.emplace(parameter.name(), parameter.region_prefix(), parameter.valid_from())
                 .second) {
            status = Invalid("given twice for one region and day", "RULE_DUPLICATE");
        }
        if (status.ok()) continue;
        status.message = "parameter " + parameter.name() + ": " + status.message;
        status.metadata.emplace_back("parameter", parameter.name());
        return status;
    }
    return Status::Ok();
}

Status CheckRule(const v1::Rule& rule) {
    if (!IsName(rule.id(), "-")) return Invalid("id: a-z, 0-9 and '-'");
    if (rule.version() < 1) return Invalid("version starts at 1");
    if (!Date::Parse(rule.valid_from())) return Invalid("valid_from is not a date");
    if (!rule.valid_to().empty()) {
        if (!Date::Parse(rule.valid_to())) return Invalid("valid_to is not a date");
        if (*Date::Parse(rule.valid_to()) < *Date::Parse(rule.valid_from()))
            return Invalid("valid_to before valid_from");
    }
    if (RegionLevel(rule.region_prefix()) < 0) return Invalid("region prefix");
    if (rule.risk_type() == v1::RISK_TYPE_UNSPECIFIED || !v1::RiskType_IsValid(rule.risk_type()))
        return Invalid("risk type");
    if (rule.grade() == v1::GRADE_UNSPECIFIED || !v1::Grade_IsValid(rule.grade()))
        return Invalid("grade");
    if (rule.legal_basis().empty()) return Invalid("no legal basis");
    if (rule.label_zh().empty() || rule.label_en().empty())
        return Invalid("labels in both languages");
    for (const std::string* text : {&rule.sentence_zh(), &rule.sentence_en(), &rule.legal_basis(),
                                    &rule.label_zh(), &rule.label_en()}) {
        if (!IsValidUtf8(*text)) return Invalid("text is not UTF-8");
    }
    return Status::Ok();
}

Status CheckDuplicates(const v1::RuleSet& rule_set) {
    for (int i = 0; i < rule_set.rules_size(); ++i) {
        const v1::Rule& a = rule_set.rules(i);
        for (int j = 0; j < i; ++j) {
            const v1::Rule& b = rule_set.rules(j);
            if (a.id() != b.id()) continue;
            const Validity of_a = ValidityOf(a), of_b = ValidityOf(b);
            const bool same_days = of_a.from <= of_b.to && of_b.from <= of_a.to;
            if (a.version() == b.version() ||
                (same_days && RegionsMeet(a.region_prefix(), b.region_prefix()))) {
                return InRule(a, Invalid("two versions hold on the same day in the same place",
                                         "RULE_DUPLICATE"));
            }
        }
    }
    return Status::Ok();
}

Status CheckParameterUse(const v1::Rule& rule, const cel::Program& program,
                         const cel::Environment& environment, const v1::RuleSet& rule_set) {
    for (const auto& [variable, index] : program.reads()) {
        if (variable >= 0) continue;
        const std::string& name = environment.parameters()[index].name;
        const bool usable = std::any_of(
            rule_set.parameters().begin(), rule_set.parameters().end(),
            [&](const v1::Parameter& p) {
                return p.name() == name && RegionsMeet(p.region_prefix(), rule.region_prefix()) &&
                       *Date::Parse(p.valid_from()) <= ValidityOf(rule).to;
            });
        if (!usable) return Invalid(name + " has no value where the rule holds", "RULE_PARAMETER");
    }
    return Status::Ok();
}

Status InRule(const v1::Rule& rule, Status status) {
    status.message = "rule " + rule.id() + ": " + status.message;
    status.metadata.emplace_back("rule", rule.id());
    return status;
}

}  // namespace shouwang::monitoring::domain
