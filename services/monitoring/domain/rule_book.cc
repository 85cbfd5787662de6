#include "services/monitoring/domain/rule_book.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/base/bytes.h"
#include "common/base/region_code.h"
#include "common/crypto/crypto.h"
#include "services/monitoring/domain/rule_check.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

std::vector<cel::Parameter> ParametersOf(const v1::RuleSet& rule_set) {
    std::map<std::string, options::v1::Unit> units;
    for (const v1::Parameter& parameter : rule_set.parameters())
        units.emplace(parameter.name(), parameter.unit());
    std::vector<cel::Parameter> parameters;
    parameters.reserve(units.size());
    for (const auto& [name, unit] : units) parameters.push_back({name, unit});
    return parameters;
}

// The order of kHouseholdVariable, kMembersVariable, kVillageVariable.
cel::Environment EnvironmentOf(const std::vector<cel::Parameter>& parameters) {
    return cel::Environment({{"household", v1::HouseholdFacts::descriptor(), false},
                             {"members", v1::PersonFacts::descriptor(), true},
                             {"village", v1::VillageFacts::descriptor(), false},
                             {"param", nullptr, false},
                             {"line", nullptr, false}},
                            parameters);
}

// What a derived fact is computed from; what comes from the registry has no rows.
std::vector<std::string_view> PartsOf(std::string_view fact) {
    if (fact == "household.net_income_per_capita_fen") return {"household.net_income_fen"};
    if (fact == "household.rigid_spending_per_capita_fen") {
        return {"person.medical_self_paid_12m_fen", "person.school_fees_year_fen",
                "person.school_aid_year_fen", "household.disaster_loss_fen"};
    }
    return {};
}

std::vector<FactIndex> FactsRead(const cel::Program& program) {
    const FactCatalogue& catalogue = Facts();
    std::vector<FactIndex> facts;
    for (const auto& [variable, field] : program.reads()) {
        if (variable < 0) continue;
        const FactOwner owner = variable == kMembersVariable   ? FactOwner::kPerson
                                : variable == kVillageVariable ? FactOwner::kVillage
                                                               : FactOwner::kHousehold;
        const Fact& fact = catalogue.at(catalogue.IndexOf(owner, field));
        facts.push_back(fact.index);
        for (std::string_view part : PartsOf(fact.name))
            facts.push_back(catalogue.Find(part)->index);
    }
    std::sort(facts.begin(), facts.end());
    facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
    return facts;
}

Result<CompiledRule> CompileRule(const v1::Rule& rule, const cel::Environment& environment,
                                 const v1::RuleSet& rule_set) {
    SW_RETURN_IF_ERROR(CheckRule(rule));
    CompiledRule compiled;
    compiled.rule = rule;
    SW_ASSIGN_OR_RETURN(compiled.program, cel::Program::Compile(environment, rule.condition()));
    compiled.reads = FactsRead(*compiled.program);
    if (compiled.reads.empty())
        return MakeStatus(Code::kInvalidArgument, "RULE_READS_NO_FACT",
                          "the condition reads no fact");
    SW_RETURN_IF_ERROR(CheckParameterUse(rule, *compiled.program, environment, rule_set));
    SW_ASSIGN_OR_RETURN(compiled.zh,
                        ParseSentence(rule.sentence_zh(), environment, compiled.program->reads()));
    SW_ASSIGN_OR_RETURN(compiled.en,
                        ParseSentence(rule.sentence_en(), environment, compiled.program->reads()));
    compiled.valid_from = *Date::Parse(rule.valid_from());
    compiled.valid_to = *Date::Parse(rule.valid_to().empty() ? kLastDay : rule.valid_to());
    return compiled;
}

// One line a field that is set, in the order of field numbers; line breaks and backslashes escaped.
// Independent of the library's own text format, which may change between releases.
void AppendCanonical(const google::protobuf::Message& message, std::string& out) {
    using google::protobuf::FieldDescriptor;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);  // ascending numbers
    for (const FieldDescriptor* field : fields) {
        out += field->name() + "=";
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                out += std::to_string(reflection.GetInt32(message, field));
                break;
            case FieldDescriptor::CPPTYPE_INT64:
                out += std::to_string(reflection.GetInt64(message, field));
                break;
            case FieldDescriptor::CPPTYPE_ENUM:
                out += std::to_string(reflection.GetEnumValue(message, field));
                break;
            default:
                for (const char c : reflection.GetString(message, field)) {
                    if (c == '\\' || c == '\n') out += '\\';
                    out += c == '\n' ? 'n' : c;
                }
        }
        out += '\n';
    }
    out += '\n';
}

template <typename Messages>
void AppendSorted(const Messages& messages, std::string_view title, std::string& out) {
    std::vector<std::string> texts;
    for (const auto& message : messages) AppendCanonical(message, texts.emplace_back());
    std::sort(texts.begin(), texts.end());
    out += title;
    for (const std::string& text : texts) out += text;
}

}  // namespace

std::string RuleBook::IdOf(const v1::RuleSet& rule_set) {
    std::string text;
    AppendSorted(rule_set.rules(), "rules\n", text);
    AppendSorted(rule_set.parameters(), "parameters\n", text);
    return HexEncode(crypto::Sha256(text));
}

Result<std::shared_ptr<const RuleBook>> RuleBook::Compile(const v1::RuleSet& rule_set) {
    SW_RETURN_IF_ERROR(CheckParameters(rule_set));
    auto book = std::make_shared<RuleBook>();
    book->id_ = IdOf(rule_set);
    book->rule_set_ = rule_set;
    book->rule_set_.set_id(book->id_);
    book->parameter_names_ = ParametersOf(rule_set);
    const cel::Environment environment = EnvironmentOf(book->parameter_names_);
    book->read_.assign(Facts().facts().size(), false);
    for (const v1::Rule& rule : rule_set.rules()) {
        Result<CompiledRule> compiled = CompileRule(rule, environment, rule_set);
        if (!compiled.ok()) return InRule(rule, compiled.status());
        for (const FactIndex fact : compiled->reads) book->read_[fact] = true;
        book->rules_.push_back(std::move(compiled).value());
    }
    SW_RETURN_IF_ERROR(CheckDuplicates(rule_set));
    std::sort(book->rules_.begin(), book->rules_.end(),
              [](const CompiledRule& a, const CompiledRule& b) {
                  return std::tuple(a.rule.id(), a.rule.version()) <
                         std::tuple(b.rule.id(), b.rule.version());
              });
    for (const cel::Parameter& parameter : book->parameter_names_) {
        std::vector<DatedValue>& values = book->values_.emplace_back();
        for (const v1::Parameter& p : rule_set.parameters()) {
            if (p.name() == parameter.name)
                values.push_back({p.region_prefix(), *Date::Parse(p.valid_from()), p.value()});
        }
        std::sort(values.begin(), values.end(), [](const DatedValue& a, const DatedValue& b) {
            return std::tuple(b.region_prefix.size(), b.valid_from) <
                   std::tuple(a.region_prefix.size(), a.valid_from);
        });
    }
    return std::shared_ptr<const RuleBook>(std::move(book));
}

std::vector<Status> RuleBook::Problems(const v1::RuleSet& rule_set) {
    std::vector<Status> problems;
    if (Status status = CheckParameters(rule_set); !status.ok()) problems.push_back(std::move(status));
    const cel::Environment environment = EnvironmentOf(ParametersOf(rule_set));
    for (const v1::Rule& rule : rule_set.rules()) {
        if (auto compiled = CompileRule(rule, environment, rule_set); !compiled.ok()) problems.push_back(InRule(rule, compiled.status()));
    }
    if (Status status = CheckDuplicates(rule_set); !status.ok() && problems.empty()) problems.push_back(std::move(status));
    return problems;
}

std::vector<cel::FactCell> RuleBook::ParametersFor(std::string_view region_code, Date today) const {
    std::vector<cel::FactCell> cells;
    for (const std::vector<DatedValue>& values : values_) {
        const auto found = std::find_if(values.begin(), values.end(), [&](const DatedValue& v) {
            return v.valid_from <= today && RegionContains(v.region_prefix, region_code);
        });
        cells.push_back(found == values.end() ? cel::FactCell{}
                                              : cel::FactCell{found->value, true});
    }
    return cells;
}

}  // namespace shouwang::monitoring::domain
