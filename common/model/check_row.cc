// The row check: one pass over the fields, no exceptions, no allocation for a row that is right
// beyond its output.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include "common/base/bytes.h"
#include "common/base/identity_number.h"
#include "common/base/region_code.h"
#include "common/model/dataset.h"
#include "common/model/value_check.h"

namespace shouwang::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Two seeds make two independent halves of the row key. Stored for ever: never change.
constexpr std::uint64_t kKeySeedHigh = 0x73686f7577616e67;  // "shouwang"
constexpr std::uint64_t kKeySeedLow = 0x726f772d6b657931;   // "row-key1"

bool Named(const std::vector<RowProblem>& problems, const std::string& field) {
    for (const RowProblem& problem : problems) {
        if (problem.field == field) return true;
    }
    return false;
}

// What one row check carries from field to field.
struct Checker {
    const Dataset& dataset;
    Message& row;
    const Reflection& reflection;
    const RowContext& context;
    CheckedRow& out;
    std::vector<RowProblem>& problems;
    std::string scratch;

    void Add(const DatasetField& field, std::string code, std::string_view got, std::string want) {
        problems.push_back({field.field->name(), std::move(code),
                            got.empty() ? std::string() : ShowValue(field, got), std::move(want)});
    }
    void Missing(const DatasetField& field) {
        if (!field.constraint.required() || Named(problems, field.field->name())) return;
        Add(field, "REQUIRED", "",
            field.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
                ? internal::WantFormat(field.constraint)
                : "a value");
    }
    void Replace(const DatasetField& field, std::string value) {
        reflection.SetString(&row, field.field, std::move(value));
    }

    void CheckText(const DatasetField& field);
    void CheckIdentity(const DatasetField& field, std::string_view text);
    void CheckRegion(const DatasetField& field, std::string_view text);
    void CheckDay(const DatasetField& field, std::string_view text);
    void CheckUsccText(const DatasetField& field, std::string_view text);
    void CheckNumber(const DatasetField& field);
};

void Checker::CheckIdentity(const DatasetField& field, std::string_view text) {
    Result<IdentityNumber> parsed = IdentityNumber::Parse(text);
    if (!parsed.ok()) {
        Add(field, parsed.status().reason, text, internal::WantFormat(field.constraint));
        return;
    }
    if (parsed->birth > context.today) {
        Add(field, "IDENTITY_DATE", text, "born not after " + context.today.ToString());
        return;
    }
    if (context.prefix_known && !context.prefix_known(parsed->region6)) {
        Add(field, "IDENTITY_REGION", text, "a region prefix that exists or existed");
        return;
    }
    if (parsed->number != text) Replace(field, parsed->number);
    if (&field == dataset.subject) out.identity = std::move(parsed->number);
}

void Checker::CheckRegion(const DatasetField& field, std::string_view text) {
    // Only a 12-digit code may end in zero groups that say "the level above".
    const bool any_level = field.constraint.region_any_level();
    std::string trimmed = any_level ? TrimRegion(text) : std::string(text);
    const int level = RegionLevel(trimmed);
    if (any_level ? level < 1 : level != 5 || TrimRegion(text).size() != trimmed.size()) {
        Add(field, "FORMAT", text, internal::WantFormat(field.constraint));
        return;
    }
    if (context.region_known && !context.region_known(trimmed)) {
        Add(field, "REGION_UNKNOWN", text,
            any_level ? "a division code in force" : "the code of a village in force");
        return;
    }
    if (&field == dataset.subject) out.region = trimmed;
    if (trimmed != text) Replace(field, std::move(trimmed));
}

void Checker::CheckDay(const DatasetField& field, std::string_view text) {
    const auto format = field.constraint.format();
    const std::optional<Date> day = internal::ReadDay(format, text);
    if (!day) {
        Add(field, "FORMAT", text, internal::WantFormat(field.constraint));
        return;
    }
    if (field.constraint.not_future() && internal::IsFuture(format, *day, context.today)) {
        Add(field, "FUTURE_DATE", text, "not after " + context.today.ToString());
        return;
    }
    if (&field == dataset.date) out.date = *day;
}

void Checker::CheckUsccText(const DatasetField& field, std::string_view text) {
    std::string upper(text);
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (CheckUscc(upper) == UsccCheck::kMalformed) {  // a wrong checksum passes: departments'
                                                      // registers are full of them
        Add(field, "FORMAT", text, internal::WantFormat(field.constraint));
    } else if (upper != text) {
        Replace(field, std::move(upper));
    }
}

void Checker::CheckText(const DatasetField& field) {
    const std::string& value = reflection.GetStringReference(row, field.field, &scratch);
    std::string_view text = internal::Trim(value);
    if (text.empty()) {
        if (!value.empty()) reflection.ClearField(&row, field.field);
        Missing(field);
        return;
    }
    if (auto finding = internal::CheckPlain(text, field.max_length)) {
        Add(field, finding->code, text, std::move(finding->want));
        return;
    }
    std::string kept;
    if (text.size() != value.size()) {
        kept = text;
        Replace(field, kept);
        text = kept;
    }
    switch (field.constraint.format()) {
        case options::v1::FORMAT_IDENTITY:
            CheckIdentity(field, text);
            return;
        case options::v1::FORMAT_REGION12:
            CheckRegion(field, text);
            return;
        case options::v1::FORMAT_DATE:
        case options::v1::FORMAT_MONTH:
        case options::v1::FORMAT_YEAR:
            CheckDay(field, text);
            return;
        case options::v1::FORMAT_USCC:
            CheckUsccText(field, text);
            return;
        case options::v1::FORMAT_PHONE:
            if (auto phone = internal::NormalPhone(text); !phone) {
                Add(field, "PHONE", text, internal::WantFormat(field.constraint));
            } else if (*phone != text) {
                Replace(field, std::move(*phone));
            }
            return;
        default:
            if (auto finding = internal::CheckFormat(field.constraint, field.pattern.get(), text)) {
                Add(field, finding->code, text, std::move(finding->want));
            }
    }
}

void Checker::CheckNumber(const DatasetField& field) {
    if (!reflection.HasField(row, field.field)) {
        Missing(field);
        return;
    }
    if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return;
    const std::int64_t value = field.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64
                                   ? reflection.GetInt64(row, field.field)
                                   : reflection.GetInt32(row, field.field);
    const options::v1::Constraint& c = field.constraint;
    if ((c.has_min() && value < c.min()) || (c.has_max() && value > c.max())) {
        Add(field, "RANGE", std::to_string(value), internal::WantRange(c));
    }
}

std::string WantEnum(const DatasetField& field) {
    std::string want;
    const auto& type = *field.field->enum_type();
    for (int i = 1; i < type.value_count(); ++i)
        want += (want.empty() ? "" : "|") + type.value(i)->name();
    return want;
}

void WriteField(const Reflection& reflection, const Message& row, const DatasetField& field,
                std::string& scratch, CodedOutputStream& out) {
    const int number = field.field->number();
    switch (field.field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
            const std::string& text = reflection.GetStringReference(row, field.field, &scratch);
            if (text.empty()) return;
            out.WriteTag(
                WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
            out.WriteVarint32(static_cast<std::uint32_t>(text.size()));
            out.WriteString(text);
            return;
        }
        case FieldDescriptor::CPPTYPE_ENUM:
            if (const int value = reflection.GetEnumValue(row, field.field); value != 0)
                WireFormatLite::WriteEnum(number, value, &out);
            return;
        case FieldDescriptor::CPPTYPE_BOOL:
            if (reflection.HasField(row, field.field))
                WireFormatLite::WriteBool(number, reflection.GetBool(row, field.field), &out);
            return;
        case FieldDescriptor::CPPTYPE_INT32:
            if (reflection.HasField(row, field.field))
                WireFormatLite::WriteInt32(number, reflection.GetInt32(row, field.field), &out);
            return;
        default:
            if (reflection.HasField(row, field.field))
                WireFormatLite::WriteInt64(number, reflection.GetInt64(row, field.field), &out);
    }
}

// Fields in the order of their numbers: the bytes that protobuf itself writes, and the same on
// every machine and release.
void Serialize(const Dataset& dataset, const Message& row, bool sealed, std::string& scratch,
               std::string& bytes) {
    bytes.clear();
    google::protobuf::io::StringOutputStream stream(&bytes);
    CodedOutputStream out(&stream);
    for (const DatasetField& field : dataset.fields) {
        // The identity number travels by itself, as blind index and sealed value.
        if (field.sealed != sealed || field.personal == options::v1::PERSONAL_DATA_IDENTITY)
            continue;
        WriteField(*row.GetReflection(), row, field, scratch, out);
    }
}

void HashKey(const Dataset& dataset, const Message& row, std::string& scratch, std::string& key) {
    std::string material = std::to_string(dataset.options.number());
    for (const DatasetField& field : dataset.fields) {
        if (!field.key) continue;
        // Separated, so that ("ab", "c") and ("a", "bc") differ.
        material.push_back('\x1f');
        google::protobuf::io::StringOutputStream stream(&material);
        CodedOutputStream out(&stream);
        WriteField(*row.GetReflection(), row, field, scratch, out);
    }
    key.resize(16);
    for (int half = 0; half < 2; ++half) {
        const std::uint64_t hash = Hash64(material, half == 0 ? kKeySeedHigh : kKeySeedLow);
        for (int i = 0; i < 8; ++i) key[half * 8 + i] = static_cast<char>(hash >> (56 - 8 * i));
    }
}

}  // namespace

std::string RowKeyOf(const Dataset& dataset, const Message& row) {
    std::string scratch, key;
    HashKey(dataset, row, scratch, key);
    return key;
}

void CheckRow(const Dataset& dataset, Message& row, const RowContext& context, CheckedRow& out,
              std::vector<RowProblem>& problems) {
    const Reflection& reflection = *row.GetReflection();
    const std::size_t before = problems.size();
    out.identity.clear();
    out.region.clear();
    Checker checker{dataset, row, reflection, context, out, problems, {}};
    for (const DatasetField& field : dataset.fields) {
        switch (field.field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_STRING:
                checker.CheckText(field);
                break;
            case FieldDescriptor::CPPTYPE_ENUM: {
                const int value = reflection.GetEnumValue(row, field.field);
                if (value == 0) {
                    checker.Missing(field);
                } else if (field.field->enum_type()->FindValueByNumber(value) == nullptr) {
                    checker.Add(field, "ENUM", std::to_string(value), WantEnum(field));
                }
                break;
            }
            default:
                checker.CheckNumber(field);
        }
    }
    if (problems.size() != before) return;
    Serialize(dataset, row, false, checker.scratch, out.content);
    Serialize(dataset, row, true, checker.scratch, out.sealed_plain);
    HashKey(dataset, row, checker.scratch, out.row_key);
    // Chained, so that no byte can pass from one part to the next unseen.
    out.content_hash = Hash64(out.identity, Hash64(out.sealed_plain, Hash64(out.content)));
}

}  // namespace shouwang::model
