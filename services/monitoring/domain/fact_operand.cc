#include "services/monitoring/domain/fact_operand.h"

#include <string>

namespace shouwang::monitoring::domain {
namespace {

void AddSourceRow(const StateRow& row, v1::Operand& operand) {
    v1::SourceRow& source = *operand.add_sources();
    if (const model::Dataset* dataset = Datasets().Find(row.dataset); dataset != nullptr) source.set_dataset(dataset->options.id());
    source.set_batch(std::to_string(row.batch));
    source.set_sequence(row.sequence);
    source.set_date(row.date.ToString());
}

}  // namespace

v1::Operand OperandOf(const Fact& fact, const ComputedFact& computed, std::int64_t person_id) {
    v1::Operand o;
    o.set_fact(fact.owner == FactOwner::kPerson ? "members." + fact.field->name() : fact.name);
    o.set_label_zh(fact.definition.label().zh());
    o.set_label_en(fact.definition.label().en());
    if (person_id != 0) o.set_person("persons/" + std::to_string(person_id));
    o.set_unit(fact.definition.unit());
    const bool boolean = fact.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL;
    if (computed.known == Known::kKnown) o.set_value(boolean ? (computed.value != 0 ? "true" : "false") : std::to_string(computed.value));
    if (computed.as_of) o.set_as_of(computed.as_of->ToString());
    for (const StateRow* row : computed.sources) AddSourceRow(*row, o);
    return o;
}

}  // namespace shouwang::monitoring::domain
