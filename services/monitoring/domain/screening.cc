// From facts to drafts of leads: which rules are true, and why.
#include <algorithm>
#include <map>

#include "common/base/region_code.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {
namespace {

constexpr int kYellowRulesForRed = 2;

FactOwner OwnerOf(int variable) {
    return variable == kMembersVariable   ? FactOwner::kPerson
           : variable == kVillageVariable ? FactOwner::kVillage
                                          : FactOwner::kHousehold;
}

const Fact& FactOf(int variable, int field_index) {
    const FactCatalogue& catalogue = Facts();
    return catalogue.at(catalogue.IndexOf(OwnerOf(variable), field_index));
}

std::string_view VariableName(int variable) {
    return variable == kMembersVariable   ? "members."
           : variable == kVillageVariable ? "village."
                                          : "household.";
}

bool IsBool(const Fact& fact) {
    return fact.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL;
}

void AddSource(const StateRow& row, v1::Operand& operand) {
    v1::SourceRow& source = *operand.add_sources();
    if (const model::Dataset* dataset = Datasets().Find(row.dataset); dataset != nullptr)
        source.set_dataset(dataset->options.id());
    source.set_batch(std::to_string(row.batch));
    source.set_sequence(row.sequence);
    source.set_date(row.date.ToString());
}

bool Holds(const CompiledRule& rule, const HouseholdFacts& facts) {
    return rule.valid_from <= facts.today() && facts.today() <= rule.valid_to &&
           RegionContains(rule.rule.region_prefix(), facts.input().region_code);
}

// Two yellow rules make the household red; a green one stays what it is.
void RaiseGrades(std::map<v1::RiskType, LeadDraft>& drafts) {
    int yellow = 0;
    for (const auto& [risk, draft] : drafts) {
        for (const v1::Explanation& e : draft.explanations)
            yellow += e.grade() == v1::GRADE_YELLOW ? 1 : 0;
    }
    if (yellow < kYellowRulesForRed) return;
    for (auto& [risk, draft] : drafts) {
        if (draft.grade == v1::GRADE_YELLOW) draft.grade = v1::GRADE_RED;
    }
}

}  // namespace

v1::Operand RuleBook::OperandOf(const cel::Read& read, const HouseholdFacts& facts) const {
    v1::Operand operand;
    if (read.variable < 0) {
        const cel::Parameter& parameter = parameter_names_[read.field_index];
        operand.set_fact(parameter.name);
        operand.set_label_zh("参数");
        operand.set_label_en("parameter");
        operand.set_unit(parameter.unit);
        if (read.cell.known) operand.set_value(std::to_string(read.cell.value));
        return operand;
    }
    const Fact& fact = FactOf(read.variable, read.field_index);
    operand.set_fact(std::string(VariableName(read.variable)) + fact.field->name());
    operand.set_label_zh(fact.definition.label().zh());
    operand.set_label_en(fact.definition.label().en());
    operand.set_unit(fact.definition.unit());
    if (read.variable == kMembersVariable)
        operand.set_person("persons/" +
                           std::to_string(facts.input().members[read.element].person_id));
    if (read.cell.known)
        operand.set_value(IsBool(fact) ? (read.cell.value != 0 ? "true" : "false")
                                       : std::to_string(read.cell.value));
    const ComputedFact computed =
        facts.Explain(OwnerOf(read.variable), read.element, read.field_index);
    if (computed.as_of) operand.set_as_of(computed.as_of->ToString());
    for (const StateRow* row : computed.sources) AddSource(*row, operand);
    return operand;
}

std::string RuleBook::Fill(const Sentence& sentence, Language language,
                           const std::vector<cel::Read>& reads, const HouseholdFacts& facts) const {
    // The member the sentence speaks of: the first one the verdict rests on.
    const auto witness = std::find_if(reads.begin(), reads.end(), [](const cel::Read& r) {
        return r.variable == kMembersVariable;
    });
    const int element = witness == reads.end() ? -1 : witness->element;
    std::string text;
    for (const SentencePart& part : sentence) {
        switch (part.kind) {
            case SentencePart::Kind::kText:
                text += part.text;
                break;
            case SentencePart::Kind::kMember:
                text += MemberText(language, text.empty());
                break;
            case SentencePart::Kind::kParameter: {
                const cel::FactCell cell = facts.Param(part.index);
                text += FormatValue(cell.known ? std::optional(cell.value) : std::nullopt,
                                    parameter_names_[part.index].unit, false, language);
                break;
            }
            case SentencePart::Kind::kFact: {
                const Fact& fact = FactOf(part.variable, part.index);
                cel::FactCell cell;
                if (part.variable != kMembersVariable)
                    cell = facts.Field(part.variable, 0, part.index);
                else if (element >= 0)
                    cell = facts.Field(part.variable, element, part.index);
                text += FormatValue(cell.known ? std::optional(cell.value) : std::nullopt,
                                    fact.definition.unit(), IsBool(fact), language);
            }
        }
    }
    return text;
}

v1::Explanation RuleBook::Explain(const CompiledRule& rule, const HouseholdFacts& facts) const {
    std::vector<cel::Read> reads;
    (void)rule.program->Explain(facts, reads);
    v1::Explanation explanation;
    explanation.set_rule(rule.rule.id());
    explanation.set_rule_version(rule.rule.version());
    explanation.set_grade(rule.rule.grade());
    explanation.set_legal_basis(rule.rule.legal_basis());
    explanation.set_sentence_zh(Fill(rule.zh, Language::kZh, reads, facts));
    explanation.set_sentence_en(Fill(rule.en, Language::kEn, reads, facts));
    for (const cel::Read& read : reads) *explanation.add_operands() = OperandOf(read, facts);
    return explanation;
}

std::vector<std::string> RuleBook::Missing(const CompiledRule& rule, const HouseholdFacts& facts) const {
    std::vector<cel::Read> reads;
    (void)rule.program->Explain(facts, reads);
    std::vector<std::string> missing;
    for (const cel::Read& read : reads) {
        const std::string& name = read.variable < 0 ? parameter_names_[read.field_index].name : FactOf(read.variable, read.field_index).name;
        if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
    }
    return missing;
}

const CompiledRule* RuleBook::RuleFor(std::string_view id, const HouseholdFacts& facts) const {
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const CompiledRule& rule) { return rule.rule.id() == id && Holds(rule, facts); });
    return found == rules_.end() ? nullptr : &*found;
}

Judgement RuleBook::Judge(const CompiledRule& rule, const HouseholdFacts& facts) const {
    Judgement judgement;
    judgement.verdict = rule.program->Evaluate(facts);
    if (judgement.verdict == cel::Tri::kUnknown) {
        judgement.missing = Missing(rule, facts);
        return judgement;
    }
    judgement.explanation = Explain(rule, facts);
    if (judgement.verdict == cel::Tri::kFalse) {
        judgement.explanation.clear_sentence_zh();
        judgement.explanation.clear_sentence_en();
    }
    return judgement;
}

std::vector<LeadDraft> RuleBook::Drafts(const HouseholdFacts& facts,
                                        std::span<const CompiledRule* const> true_rules) const {
    std::map<v1::RiskType, LeadDraft> drafts;
    for (const CompiledRule* rule : true_rules) {
        LeadDraft& draft = drafts[rule->rule.risk_type()];
        draft.risk_type = rule->rule.risk_type();
        draft.grade = std::max(draft.grade, rule->rule.grade());
        draft.explanations.push_back(Explain(*rule, facts));
    }
    RaiseGrades(drafts);
    std::vector<LeadDraft> sorted;
    for (auto& [risk, draft] : drafts) {
        // Rules come ordered by id; equal grades keep that order.
        std::stable_sort(draft.explanations.begin(), draft.explanations.end(),
                         [](const v1::Explanation& a, const v1::Explanation& b) {
                             return a.grade() > b.grade();
                         });
        sorted.push_back(std::move(draft));
    }
    return sorted;
}

Screening RuleBook::Screen(const HouseholdFacts& facts, bool with_blind) const {
    Screening screening;
    std::vector<const CompiledRule*> true_rules;
    for (const CompiledRule& rule : rules_) {
        if (!Holds(rule, facts)) continue;
        const cel::Tri verdict = rule.program->Evaluate(facts);
        if (verdict == cel::Tri::kTrue) {
            true_rules.push_back(&rule);
        } else if (verdict == cel::Tri::kUnknown && with_blind) {
            screening.blind.push_back({&rule, Missing(rule, facts)});
        }
    }
    screening.drafts = Drafts(facts, true_rules);
    return screening;
}

}  // namespace shouwang::monitoring::domain
