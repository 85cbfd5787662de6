#include "services/monitoring/usecase/insight.h"

#include <charconv>

#include "common/base/region_code.h"
#include "services/monitoring/domain/why_not.h"
#include "services/monitoring/usecase/history.h"

namespace shouwang::monitoring::usecase {
namespace {

using domain::FactOwner;

v1::Truth TruthOf(cel::Tri tri) {
    return tri == cel::Tri::kTrue ? v1::TRUTH_TRUE : tri == cel::Tri::kFalse ? v1::TRUTH_FALSE : v1::TRUTH_UNKNOWN;
}

const domain::Fact& FactAt(int variable, int field_index) {
    const FactOwner owner = variable == domain::kMembersVariable   ? FactOwner::kPerson
                            : variable == domain::kVillageVariable ? FactOwner::kVillage
                                                                   : FactOwner::kHousehold;
    return domain::Facts().at(domain::Facts().IndexOf(owner, field_index));
}

std::string ValueText(const domain::Fact& fact, std::int64_t value) {
    if (fact.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) return value != 0 ? "true" : "false";
    return std::to_string(value);
}

v1::FactChange Show(const domain::FactChange& change, const domain::HouseholdFacts& facts) {
    const domain::Fact& fact = FactAt(change.variable, change.field_index);
    v1::FactChange out;
    out.set_fact(fact.name);
    out.set_label_zh(fact.definition.label().zh());
    out.set_label_en(fact.definition.label().en());
    out.set_unit(fact.definition.unit());
    if (change.variable == domain::kMembersVariable) {
        out.set_person("persons/" + std::to_string(facts.input().members[static_cast<std::size_t>(change.element)].person_id));
    }
    out.set_from(ValueText(fact, change.from));
    out.set_to(ValueText(fact, change.to));
    return out;
}

// What people can bring about or wait for; not a person's age or what the registry says a household is.
std::optional<cel::Range> Changeable(int variable, int field_index) {
    const domain::Fact& fact = FactAt(variable, field_index);
    if (fact.definition.derived() && fact.name != "household.net_income_per_capita_fen" && fact.name != "household.rigid_spending_per_capita_fen") return std::nullopt;
    return domain::WhyNotDomain(variable, field_index);
}

}  // namespace

Status Insight::Ask(const v1::ExplainRuleRequest& q, const std::string& region, Deadline deadline,
                    const std::function<void(const domain::RuleBook&, const domain::CompiledRule&, const domain::HouseholdFacts&)>& answer) {
    constexpr std::string_view kPrefix = "households/";
    std::int64_t id = 0;
    const std::string& name = q.household();
    if (!name.starts_with(kPrefix) || std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), id).ptr != name.data() + name.size()) {
        return InvalidField("household", "households/{household}");
    }
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(HouseholdsThen now, LoadNow(*lease, {id}));
    if (now.records.empty() || !RegionContains(region, now.records[0].region_code)) {
        return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household");
    }
    std::shared_ptr<const domain::RuleBook> book = books_.Current();
    if (!q.rule_set().empty()) {
        SW_ASSIGN_OR_RETURN(book, books_.Of(*lease, q.rule_set()));
    }
    const domain::SubjectState* village = now.VillageOf(now.records[0]);
    HouseholdView view(std::move(now.records[0]));
    const Date today = clock_.Today();
    const auto parameters = book->ParametersFor(view.record().region_code, today);
    const domain::HouseholdFacts facts(view.Input(village), today, now.coverage, parameters);
    const domain::CompiledRule* rule = book->RuleFor(q.rule(), facts);
    if (rule == nullptr) return MakeStatus(Code::kNotFound, "RULE_NOT_FOUND", "the rule set has no such rule that is valid for the household today");
    answer(*book, *rule, facts);
    return Status::Ok();
}

Result<v1::RuleVerdict> Insight::Explain(const v1::ExplainRuleRequest& q, const std::string& region, Deadline deadline) {
    v1::RuleVerdict out;
    SW_RETURN_IF_ERROR(Ask(q, region, deadline, [&](const domain::RuleBook& book, const domain::CompiledRule& rule, const domain::HouseholdFacts& facts) {
        domain::Judgement judgement = book.Judge(rule, facts);
        out.set_rule(rule.rule.id());
        out.set_rule_version(rule.rule.version());
        out.set_rule_set(book.id());
        out.set_verdict(TruthOf(judgement.verdict));
        if (judgement.verdict != cel::Tri::kUnknown) *out.mutable_explanation() = std::move(judgement.explanation);
        for (std::string& fact : judgement.missing) out.add_missing_facts(std::move(fact));
    }));
    return out;
}

Result<v1::WhyNotResponse> Insight::WhyNot(const v1::ExplainRuleRequest& q, const std::string& region, Deadline deadline) {
    v1::WhyNotResponse out;
    SW_RETURN_IF_ERROR(Ask(q, region, deadline, [&](const domain::RuleBook&, const domain::CompiledRule& rule, const domain::HouseholdFacts& facts) {
        domain::WhyNotOptions options;
        options.domain = Changeable;
        const domain::WhyNotAnswer answer = domain::WhyNot(*rule.program, facts, options);
        out.set_verdict(TruthOf(answer.verdict));
        for (const domain::FactChange& change : answer.changes) *out.add_changes() = Show(change, facts);
        out.set_complete(answer.complete);
        for (const cel::Read& read : answer.unknown) {
            if (read.variable >= 0) out.add_unknown_facts(FactAt(read.variable, read.field_index).name);
        }
    }));
    return out;
}

}  // namespace shouwang::monitoring::usecase
