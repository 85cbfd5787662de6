// The catalogue: declarations read and judged once, so that the row check has nothing left to look
// up.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <re2/re2.h>

#include "common/log/log.h"
#include "common/model/dataset.h"

namespace shouwang::model {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using FactTypes = std::map<std::string, const Descriptor*>;

[[noreturn]] void WrongDeclaration(const std::string& where, const std::string& what) {
    log::Error("wrong dataset declaration", {{"where", where}, {"what", what}});
    std::abort();
}

void Require(bool good, const std::string& where, const char* what) {
    if (!good) WrongDeclaration(where, what);
}

// "KIND_" for Kind, "HOUSEHOLD_TYPE_" for HouseholdType: what every value name begins with.
std::string EnumPrefix(const EnumDescriptor& type) {
    const std::string& zero = type.value(0)->name();
    const std::string suffix = "UNSPECIFIED";
    Require(zero.size() > suffix.size() &&
                zero.compare(zero.size() - suffix.size(), suffix.size(), suffix) == 0,
            type.full_name(), "the zero value of an enum is …_UNSPECIFIED");
    return zero.substr(0, zero.size() - suffix.size());
}

std::unordered_map<std::string, int> EnumValues(const EnumDescriptor& type) {
    std::unordered_map<std::string, int> values;
    const std::string prefix = EnumPrefix(type);
    for (int i = 0; i < type.value_count(); ++i) {
        const EnumValueDescriptor& value = *type.value(i);
        if (value.number() == 0) continue;
        const std::string zh = value.options().GetExtension(options::v1::value_label).zh();
        Require(value.name().rfind(prefix, 0) == 0, value.full_name(),
                "value name without the prefix of its enum");
        for (const std::string& name : {value.name(), value.name().substr(prefix.size()), zh}) {
            if (name.empty()) continue;
            Require(values.emplace(name, value.number()).second, value.full_name(),
                    "two values of one name or label");
        }
    }
    return values;
}

std::int64_t WhereValue(const FieldDescriptor& field, const std::string& text,
                        const std::string& where) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const EnumValueDescriptor* value = field.enum_type()->FindValueByName(text);
        Require(value != nullptr, where, "`where` names an unknown enum value");
        return value->number();
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
        Require(text == "true" || text == "false", where, "`where` of a bool is true or false");
        return text == "true" ? 1 : 0;
    }
    char* end = nullptr;
    const long long value = std::strtoll(text.c_str(), &end, 10);
    Require(!text.empty() && *end == '\0' && field.cpp_type() != FieldDescriptor::CPPTYPE_STRING,
            where, "`where` needs an integer");
    return value;
}

FactBinding ReadBinding(const FieldDescriptor& field, const options::v1::FactUse& use,
                        const FactTypes& facts) {
    const std::string& where = field.full_name();
    const std::size_t dot = use.fact().find('.');
    Require(dot != std::string::npos, where, "a fact is named <owner>.<field>");
    const auto owner = facts.find(use.fact().substr(0, dot));
    Require(owner != facts.end(), where, "fact of an unknown owner");
    const FieldDescriptor* target = owner->second->FindFieldByName(use.fact().substr(dot + 1));
    Require(target != nullptr, where, "unknown fact");
    Require(target->options().HasExtension(options::v1::fact_definition), where,
            "fact without a definition");
    Require(!target->options().GetExtension(options::v1::fact_definition).derived(), where,
            "a derived fact cannot be fed");
    const bool date =
        field.options().GetExtension(options::v1::constraint).format() == options::v1::FORMAT_DATE;
    Require(field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || date, where,
            "text that is no date cannot feed a fact");
    FactBinding binding{use.fact(), {}};
    for (const std::string& condition : use.where()) {
        const std::size_t equals = condition.find('=');
        Require(equals != std::string::npos, where, "`where` is <field>=<value>");
        const FieldDescriptor* tested =
            field.containing_type()->FindFieldByName(condition.substr(0, equals));
        Require(tested != nullptr, where, "`where` names an unknown field");
        binding.where.emplace_back(tested,
                                   WhereValue(*tested, condition.substr(equals + 1), where));
    }
    return binding;
}

// Chinese names of a unit, as departments write them in column headers.
std::vector<std::string> UnitNames(options::v1::Unit unit) {
    switch (unit) {
        case options::v1::UNIT_DAYS:
            return {"天", "日"};
        case options::v1::UNIT_MONTHS:
            return {"月", "个月"};
        case options::v1::UNIT_YEARS:
            return {"年", "岁"};
        case options::v1::UNIT_PERSONS:
            return {"人"};
        case options::v1::UNIT_BASIS_POINTS:
            return {"基点", "万分之一"};
        case options::v1::UNIT_CENTIARE:
            return {"平方米", "㎡", "m2"};
        case options::v1::UNIT_TIMES:
            return {"次"};
        default:
            return {};
    }
}

std::vector<std::pair<std::string, bool>> ColumnNames(const DatasetField& field) {
    std::vector<std::pair<std::string, bool>> names{{field.field->name(), false}};
    const std::string& zh = field.label.zh();
    if (field.constraint.unit() == options::v1::UNIT_FEN) {
        const std::string stem = field.field->name().substr(0, field.field->name().size() - 4);
        names.emplace_back(stem + "_yuan", true);
        for (const auto& [unit, yuan] : {std::pair{"分", false}, {"元", true}}) {
            for (const std::string& text : {zh + "(" + unit + ")", stem + "(" + unit + ")"})
                names.emplace_back(text, yuan);
        }
        return names;
    }
    names.emplace_back(zh, false);
    for (const std::string& unit : UnitNames(field.constraint.unit()))
        names.emplace_back(zh + "(" + unit + ")", false);
    return names;
}

void CheckType(const DatasetField& f) {
    const FieldDescriptor& field = *f.field;
    const std::string& where = field.full_name();
    Require(!field.is_repeated(), where, "rows hold single values");
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            Require(field.type() == FieldDescriptor::TYPE_STRING && !field.has_presence(), where,
                    "text is a plain string");
            break;
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_BOOL:
            Require(field.type() != FieldDescriptor::TYPE_SINT32 &&
                        field.type() != FieldDescriptor::TYPE_SINT64 &&
                        field.type() != FieldDescriptor::TYPE_SFIXED32 &&
                        field.type() != FieldDescriptor::TYPE_SFIXED64,
                    where, "numbers are int32 or int64");
            Require(field.has_presence(), where,
                    "numbers and booleans are optional, so that absent is not zero");
            break;
        case FieldDescriptor::CPPTYPE_ENUM:
            break;
        default:
            WrongDeclaration(where, "type that a row cannot hold");
    }
    if (f.constraint.unit() == options::v1::UNIT_FEN) {
        const std::string& name = field.name();
        Require(name.size() > 4 && name.compare(name.size() - 4, 4, "_fen") == 0, where,
                "money is named …_fen");
    }
    Require(!f.label.zh().empty() && !f.label.en().empty(), where, "label missing");
}

DatasetField ReadField(const FieldDescriptor& field, const FactTypes& facts) {
    DatasetField out{&field,
                     field.options().GetExtension(options::v1::constraint),
                     field.options().GetExtension(options::v1::personal),
                     field.options().GetExtension(options::v1::label),
                     {}};
    CheckType(out);
    out.sealed = out.personal == options::v1::PERSONAL_DATA_IDENTITY ||
                 out.personal == options::v1::PERSONAL_DATA_PHONE ||
                 out.personal == options::v1::PERSONAL_DATA_BANK;
    Require(!out.sealed || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING, field.full_name(),
            "only text is sealed");
    for (int i = 0; i < field.options().ExtensionSize(options::v1::fact); ++i) {
        out.facts.push_back(
            ReadBinding(field, field.options().GetExtension(options::v1::fact, i), facts));
    }
    if (!out.constraint.pattern().empty()) {
        auto pattern = std::make_shared<re2::RE2>(out.constraint.pattern(), re2::RE2::Quiet);
        Require(pattern->ok(), field.full_name(), "pattern that RE2 cannot compile");
        out.pattern = std::move(pattern);
    }
    if (out.constraint.max_length() != 0) out.max_length = out.constraint.max_length();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
        out.enum_values = EnumValues(*field.enum_type());
    out.column_names = ColumnNames(out);
    return out;
}

DatasetField* FieldNamed(Dataset& dataset, const std::string& name, const char* role) {
    for (DatasetField& field : dataset.fields) {
        if (field.field->name() == name) return &field;
    }
    WrongDeclaration(dataset.descriptor->full_name(),
                     std::string(role) + " names an unknown field");
}

void BindRoles(Dataset& dataset) {
    const std::string& where = dataset.descriptor->full_name();
    DatasetField* subject = FieldNamed(dataset, dataset.options.subject_field(), "subject_field");
    const bool person = dataset.options.subject() == options::v1::SUBJECT_PERSON ||
                        dataset.options.subject() == options::v1::SUBJECT_HOUSEHOLD;
    Require(dataset.options.subject() != options::v1::SUBJECT_UNSPECIFIED, where,
            "subject missing");
    Require(subject->constraint.required(), where, "the subject is required");
    Require(subject->constraint.format() ==
                (person ? options::v1::FORMAT_IDENTITY : options::v1::FORMAT_REGION12),
            where, "the subject is an identity number or a division code");
    Require(subject->sealed == person, where, "an identity number is declared as personal data");
    Require(subject->constraint.region_any_level() ==
                (dataset.options.subject() == options::v1::SUBJECT_REGION),
            where, "only a region subject is of any level");
    dataset.subject = subject;

    DatasetField* date = FieldNamed(dataset, dataset.options.date_field(), "date_field");
    const auto format = date->constraint.format();
    Require(format == options::v1::FORMAT_DATE || format == options::v1::FORMAT_MONTH ||
                format == options::v1::FORMAT_YEAR,
            where, "the date field is a date, month or year");
    Require(date->constraint.required(), where, "the date is required");
    dataset.date = date;

    for (const std::string& name : dataset.options.key_fields()) {
        DatasetField* key = FieldNamed(dataset, name, "key_fields");
        Require(!key->sealed, where, "a key may not be personal: its hash would give it away");
        Require(key->constraint.required(), where, "key fields are required");
        key->key = true;
    }
}

std::unique_ptr<Dataset> ReadDataset(const Descriptor& type, const FactTypes& facts) {
    auto dataset = std::make_unique<Dataset>();
    dataset->descriptor = &type;
    dataset->options = type.options().GetExtension(options::v1::dataset);
    Require(!dataset->options.id().empty() && dataset->options.number() != 0, type.full_name(),
            "id or number missing");
    Require(!dataset->options.department().empty(), type.full_name(), "department missing");
    Require(dataset->options.kind() != options::v1::DATASET_KIND_UNSPECIFIED, type.full_name(),
            "kind missing");
    std::vector<const FieldDescriptor*> fields;
    for (int i = 0; i < type.field_count(); ++i) fields.push_back(type.field(i));
    std::sort(fields.begin(), fields.end(),
              [](auto* a, auto* b) { return a->number() < b->number(); });
    std::set<std::string> columns{"_revision", "_retract", "修订号", "撤回"};
    for (const FieldDescriptor* field : fields) {
        dataset->fields.push_back(ReadField(*field, facts));
        for (const auto& [name, yuan] : dataset->fields.back().column_names) {
            Require(columns.insert(name).second, field->full_name(),
                    "two fields would be meant by one column header");
        }
    }
    BindRoles(*dataset);
    return dataset;
}

}  // namespace

Catalogue::Catalogue(const std::vector<const google::protobuf::FileDescriptor*>& files,
                     const FactTypes& facts) {
    // The library writes a line of its own to stderr for every row with broken text; such rows are
    // row errors, told to their sender.
    google::protobuf::SetLogHandler(
        [](google::protobuf::LogLevel level, const char*, int, const std::string& message) {
            if (level == google::protobuf::LOGLEVEL_FATAL)
                log::Error("protobuf", {{"message", message}});
        });
    for (const google::protobuf::FileDescriptor* file : files) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            if (!file->message_type(i)->options().HasExtension(options::v1::dataset)) continue;
            datasets_.push_back(ReadDataset(*file->message_type(i), facts));
        }
    }
    std::sort(datasets_.begin(), datasets_.end(), [](const auto& a, const auto& b) {
        return a->options.number() < b->options.number();
    });
    for (std::size_t i = 0; i < datasets_.size(); ++i) {
        const Dataset& dataset = *datasets_[i];
        Require(i == 0 || datasets_[i - 1]->options.number() != dataset.options.number(),
                dataset.descriptor->full_name(), "number used twice");
        Require(by_id_.emplace(dataset.options.id(), &dataset).second,
                dataset.descriptor->full_name(), "id used twice");
    }
}

const Dataset* Catalogue::Find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const Dataset* Catalogue::Find(std::uint32_t number) const {
    const auto found = std::lower_bound(
        datasets_.begin(), datasets_.end(), number,
        [](const auto& dataset, std::uint32_t n) { return dataset->options.number() < n; });
    return found == datasets_.end() || (*found)->options.number() != number ? nullptr
                                                                            : found->get();
}

}  // namespace shouwang::model
