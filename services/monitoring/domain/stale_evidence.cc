#include "services/monitoring/domain/stale_evidence.h"

namespace shouwang::monitoring::domain {
namespace {

// The facts as they were last reported, however long ago.
class AsLastReported final : public cel::Activation {
public:
    explicit AsLastReported(const HouseholdFacts& facts) : facts_(facts) {}

    cel::FactCell Field(int variable, int element, int field_index) const override {
        const cel::FactCell fresh = facts_.Field(variable, element, field_index);
        if (fresh.known) return fresh;
        const FactOwner owner = variable == kMembersVariable   ? FactOwner::kPerson
                                : variable == kVillageVariable ? FactOwner::kVillage
                                                               : FactOwner::kHousehold;
        const ComputedFact old = facts_.Explain(owner, element, field_index);
        return old.known == Known::kStale ? cel::FactCell{old.value, true} : fresh;
    }
    int Size(int variable) const override { return facts_.Size(variable); }
    cel::FactCell Param(int parameter) const override { return facts_.Param(parameter); }

private:
    const HouseholdFacts& facts_;
};

}  // namespace

std::set<v1::RiskType> TrueWhileStale(const RuleBook& book, const HouseholdFacts& facts) {
    const AsLastReported reported(facts);
    std::set<v1::RiskType> risks;
    for (const CompiledRule& rule : book.rules()) {
        if (risks.contains(rule.rule.risk_type()) || book.RuleFor(rule.rule.id(), facts) != &rule) continue;
        // What is known to be false today is false; only what has become unknown may be upheld by old facts.
        if (rule.program->Evaluate(facts) == cel::Tri::kUnknown && rule.program->Evaluate(reported) == cel::Tri::kTrue) risks.insert(rule.rule.risk_type());
    }
    return risks;
}

}  // namespace shouwang::monitoring::domain
