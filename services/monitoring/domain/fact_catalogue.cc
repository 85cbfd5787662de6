#include "services/monitoring/domain/fact_catalogue.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "shouwang/monitoring/feed/v1/economy.pb.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/feed/v1/order.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

using google::protobuf::FieldDescriptor;

// Person facts have the one-byte ids below 128; the others follow in blocks of the same size.
constexpr std::uint32_t kStoredBlock = 128;

std::string_view Prefix(FactOwner owner) {
    switch (owner) {
        case FactOwner::kPerson:
            return "person.";
        case FactOwner::kHousehold:
            return "household.";
        case FactOwner::kVillage:
            return "village.";
    }
    return "";
}

// The integer a fact gets; nullopt where the field holds none (a date that is not one: the door
// refuses such rows).
std::optional<std::int64_t> IntegerOf(const google::protobuf::Message& row,
                                      const FieldDescriptor* field) {
    const google::protobuf::Reflection& reflection = *row.GetReflection();
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return reflection.GetBool(row, field) ? 1 : 0;
        case FieldDescriptor::CPPTYPE_ENUM:
            return reflection.GetEnumValue(row, field);
        case FieldDescriptor::CPPTYPE_INT32:
            return reflection.GetInt32(row, field);
        case FieldDescriptor::CPPTYPE_INT64:
            return reflection.GetInt64(row, field);
        case FieldDescriptor::CPPTYPE_UINT32:
            return reflection.GetUInt32(row, field);
        case FieldDescriptor::CPPTYPE_STRING: {
            std::string scratch;
            const std::optional<Date> date =
                Date::Parse(reflection.GetStringReference(row, field, &scratch));
            return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
        }
        default:
            throw std::logic_error("field " + field->full_name() + " cannot feed a fact");
    }
}

// A definition that cannot be computed is a mistake of the build, found at start.
void CheckDefinition(const Fact& fact) {
    const options::v1::FactDefinition& d = fact.definition;
    const auto fail = [&](const char* what) {
        throw std::logic_error("fact " + fact.name + ": " + what);
    };
    if (fact.field->number() >= static_cast<int>(kStoredBlock)) fail("field number too large");
    if (d.derived()) return;
    if (d.aggregation() == options::v1::AGGREGATION_UNSPECIFIED) fail("no aggregation");
    if (d.window() == options::v1::WINDOW_UNSPECIFIED) fail("no window");
    const bool sized =
        d.window() == options::v1::WINDOW_WHOLE_MONTHS || d.window() == options::v1::WINDOW_DAYS;
    if (sized != (d.window_length() > 0)) fail("window length");
    if (d.aggregation() == options::v1::AGGREGATION_CHANGE &&
        (d.window() != options::v1::WINDOW_WHOLE_MONTHS || d.window_length() > 60)) {
        fail("a change compares whole months, at most 60");
    }
    const bool newest = d.aggregation() == options::v1::AGGREGATION_LATEST ||
                        d.aggregation() == options::v1::AGGREGATION_RUN;
    if (newest && d.window() != options::v1::WINDOW_ALL)
        fail("a latest value or a run has no window");
    if (fact.datasets.empty()) fail("no dataset feeds it");
}

}  // namespace

FactCatalogue::FactCatalogue(const model::Catalogue& datasets) : datasets_(datasets) {
    AddFacts(FactOwner::kPerson, v1::PersonFacts::descriptor());
    household_base_ = facts_.size();
    AddFacts(FactOwner::kHousehold, v1::HouseholdFacts::descriptor());
    village_base_ = facts_.size();
    AddFacts(FactOwner::kVillage, v1::VillageFacts::descriptor());
    AddFeeds();
    from_stored_.assign(std::size_t{3} * kStoredBlock, -1);
    for (const Fact& fact : facts_) {
        CheckDefinition(fact);
        from_stored_[StoredId(fact.index)] = fact.index;
    }
}

void FactCatalogue::AddFacts(FactOwner owner, const google::protobuf::Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) {
        const FieldDescriptor* field = message->field(i);
        Fact fact;
        fact.index = static_cast<FactIndex>(facts_.size());
        fact.owner = owner;
        fact.name = std::string(Prefix(owner)) + field->name();
        fact.field = field;
        fact.definition = field->options().GetExtension(options::v1::fact_definition);
        facts_.push_back(std::move(fact));
    }
}

void FactCatalogue::AddFeeds() {
    for (const auto& dataset :
         datasets_.all()) {  // by number, so that every fact's list is ascending
        const std::uint32_t number = dataset->options.number();
        if (feeds_.size() <= number) feeds_.resize(number + 1);
        for (const model::DatasetField& field : dataset->fields) {
            for (const model::FactBinding& binding : field.facts) {
                const Fact* fact = Find(binding.fact);
                if (fact == nullptr)
                    throw std::logic_error("dataset " + dataset->options.id() +
                                           " names unknown fact " + binding.fact);
                feeds_[number].push_back({field.field, fact->index, &binding});
                std::vector<std::uint32_t>& feeding = facts_[fact->index].datasets;
                if (feeding.empty() || feeding.back() != number) feeding.push_back(number);
            }
        }
    }
    for (Fact& fact : facts_) {
        for (const std::uint32_t dataset : fact.datasets) fact.dataset_mask |= DatasetBit(dataset);
    }
    facts_of_.resize(feeds_.size());
    for (std::size_t number = 0; number < feeds_.size(); ++number) {
        std::vector<FactIndex>& facts = facts_of_[number];
        for (const Feed& feed : feeds_[number]) facts.push_back(feed.fact);
        std::sort(facts.begin(), facts.end());
        facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
    }
}

const Fact* FactCatalogue::Find(std::string_view name) const {
    for (const Fact& fact : facts_) {
        if (fact.name == name) return &fact;
    }
    return nullptr;
}

const std::vector<FactIndex>& FactCatalogue::FactsOf(std::uint32_t dataset) const {
    static const std::vector<FactIndex> kNone;
    return dataset < facts_of_.size() ? facts_of_[dataset] : kNone;
}

FactIndex FactCatalogue::IndexOf(FactOwner owner, int field_index) const {
    const std::size_t base = owner == FactOwner::kPerson      ? 0
                             : owner == FactOwner::kHousehold ? household_base_
                                                              : village_base_;
    return static_cast<FactIndex>(base + static_cast<std::size_t>(field_index));
}

std::uint32_t FactCatalogue::StoredId(FactIndex index) const {
    const Fact& fact = facts_[index];
    return static_cast<std::uint32_t>(fact.owner) * kStoredBlock +
           static_cast<std::uint32_t>(fact.field->number());
}

void FactCatalogue::ValuesOf(const model::Dataset& dataset, const google::protobuf::Message& row,
                             std::vector<std::pair<FactIndex, std::int64_t>>& out) const {
    out.clear();
    if (dataset.options.number() >= feeds_.size()) return;
    const google::protobuf::Reflection& reflection = *row.GetReflection();
    for (const Feed& feed : feeds_[dataset.options.number()]) {
        // Without presence (enums), zero is absent.
        if (!reflection.HasField(row, feed.field)) continue;
        const bool holds = std::all_of(
            feed.binding->where.begin(), feed.binding->where.end(), [&](const auto& condition) {
                const auto& [field, wanted] = condition;
                return (!field->has_presence() || reflection.HasField(row, field)) &&
                       IntegerOf(row, field) == wanted;
            });
        if (!holds) continue;
        if (const std::optional<std::int64_t> value = IntegerOf(row, feed.field))
            out.emplace_back(feed.fact, *value);
    }
    std::sort(out.begin(), out.end());
}

const model::Catalogue& Datasets() {
    static const model::Catalogue catalogue(
        {feed::v1::MedicalSettlement::descriptor()->file(),
         feed::v1::SchoolStatus::descriptor()->file(), feed::v1::HouseGrade::descriptor()->file(),
         feed::v1::IndustryProject::descriptor()->file(), feed::v1::Death::descriptor()->file(),
         feed::v1::RegistryMember::descriptor()->file()},
        {{"person", v1::PersonFacts::descriptor()},
         {"household", v1::HouseholdFacts::descriptor()},
         {"village", v1::VillageFacts::descriptor()}});
    return catalogue;
}

const FactCatalogue& Facts() {
    static const FactCatalogue catalogue(Datasets());
    return catalogue;
}

}  // namespace shouwang::monitoring::domain
