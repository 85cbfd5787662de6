// A compiled, immutable rule set, and screening: from facts to lead drafts.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/cel/cel.h"
#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/domain/sentence.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::domain {

struct CompiledRule {
    v1::Rule rule;
    std::shared_ptr<const cel::Program> program;
    std::vector<FactIndex> reads;  // ascending; of a derived fact also what it is derived from
    Date valid_from, valid_to;     // both inclusive
    Sentence zh, en;
};

// One risk type of one household that at least one rule is true for.
struct LeadDraft {
    v1::RiskType risk_type = v1::RISK_TYPE_UNSPECIFIED;
    v1::Grade grade = v1::GRADE_UNSPECIFIED;  // see Screen
    std::vector<v1::Explanation>
        explanations;  // most severe first, then by rule id; operands name "persons/<id>"
};

struct Blind {
    const CompiledRule* rule;
    std::vector<std::string> missing;  // names of facts ("person.medical_insured") and parameters
                                       // ("line.income_fen"), each once
};

// What one rule says about one household.
struct Judgement {
    cel::Tri verdict = cel::Tri::kUnknown;
    v1::Explanation explanation;       // operands that decide; the sentences only of a true one
    std::vector<std::string> missing;  // of an unknown one, as Blind::missing
};

struct Screening {
    std::vector<LeadDraft> drafts;  // by risk type
    std::vector<Blind> blind;       // only where asked for
};

class RuleBook {
public:
    // Fails loudly, INVALID_ARGUMENT with metadata "rule" or "parameter": a rule that does not
    // compile (reasons of common/cel), one that reads no fact (RULE_READS_NO_FACT), a template
    // naming what the condition does not read (RULE_TEMPLATE), a parameter that has no value
    // anywhere the rule holds (RULE_PARAMETER), a missing or malformed part (RULE_INVALID), an id
    // twice at a time (RULE_DUPLICATE).
    static Result<std::shared_ptr<const RuleBook>> Compile(const v1::RuleSet& rule_set);

    // Everything that keeps the set from compiling, not only the first; empty = it compiles.
    static std::vector<Status> Problems(const v1::RuleSet& rule_set);

    // Canonical text → SHA-256 hex.
    static std::string IdOf(const v1::RuleSet& rule_set);

    const std::string& id() const { return id_; }
    const std::vector<CompiledRule>& rules() const { return rules_; }
    const v1::RuleSet& rule_set() const { return rule_set_; }
    // Parameters resolved for a region (longest prefix) and a day (latest valid_from), in the
    // environment's order. Unset = unknown.
    std::vector<cel::FactCell> ParametersFor(std::string_view region_code, Date today) const;
    // True where some rule reads the fact: a changed fact that no rule reads needs no screening.
    bool Reads(FactIndex fact) const { return read_[fact]; }

    // All rules valid for the household's region on that day. Grade of a draft: its most severe
    // rule's; a household with at least two yellow rules true (of any risk type) has its yellow
    // drafts raised to red ("≥ 2 yellow in 90 days").
    Screening Screen(const HouseholdFacts& facts, bool with_blind) const;
    // The rule of that id that holds for the household's region and day; nullptr where none does.
    const CompiledRule* RuleFor(std::string_view id, const HouseholdFacts& facts) const;
    Judgement Judge(const CompiledRule& rule, const HouseholdFacts& facts) const;
    // The drafts of rules already found true (by whatever way they were run), in the order of
    // rules(): what Screen makes of them.
    std::vector<LeadDraft> Drafts(const HouseholdFacts& facts,
                                  std::span<const CompiledRule* const> true_rules) const;

private:
    struct DatedValue {
        std::string region_prefix;
        Date valid_from;
        std::int64_t value;
    };
    v1::Explanation Explain(const CompiledRule& rule, const HouseholdFacts& facts) const;
    std::vector<std::string> Missing(const CompiledRule& rule, const HouseholdFacts& facts) const;
    v1::Operand OperandOf(const cel::Read& read, const HouseholdFacts& facts) const;
    std::string Fill(const Sentence& sentence, Language language,
                     const std::vector<cel::Read>& reads, const HouseholdFacts& facts) const;

    std::string id_;
    v1::RuleSet rule_set_;
    std::vector<CompiledRule> rules_;
    std::vector<cel::Parameter> parameter_names_;
    std::vector<std::vector<DatedValue>>
        values_;  // by parameter, strongest first: longest prefix, then latest date
    std::vector<bool> read_;
};

// The rules of domain.md 1.6 that ship with the product (rules/default.textproto, embedded at build
// time).
Result<v1::RuleSet> DefaultRuleSet();

}  // namespace shouwang::monitoring::domain
