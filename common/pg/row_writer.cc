#include "common/pg/row_writer.h"

#include <cstdio>
#include <cstdlib>

#include <google/protobuf/timestamp.pb.h>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::pg {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void Misfit(const std::string& what) {
    std::fprintf(stderr, "pg::AddField: %s\n", what.c_str());
    std::abort();
}

TimePoint TimeOf(const google::protobuf::Timestamp& t) {
    return TimePoint(std::chrono::seconds(t.seconds()) + std::chrono::duration_cast<TimePoint::duration>(std::chrono::nanoseconds(t.nanos())));
}

Status AddText(const FieldDescriptor* field, const std::string& text, Params& params) {
    const auto format = field->options().GetExtension(options::v1::constraint).format();
    if (format != options::v1::FORMAT_DATE && format != options::v1::FORMAT_TIMESTAMP) {
        params.Add(text);
        return Status::Ok();
    }
    if (text.empty()) {
        params.AddNull();
        return Status::Ok();
    }
    if (format == options::v1::FORMAT_DATE) {
        const auto date = Date::Parse(text);
        if (!date) return InvalidField(field->name(), "a date YYYY-MM-DD");
        params.Add(*date);
        return Status::Ok();
    }
    const auto time = ParseRfc3339(text);
    if (!time) return InvalidField(field->name(), "a time as in RFC 3339");
    params.Add(*time);
    return Status::Ok();
}

void AddMessage(const Message& sub, Params& params) {
    if (sub.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
        params.Add(TimeOf(static_cast<const google::protobuf::Timestamp&>(sub)));
    } else {
        params.AddBytes(sub.SerializeAsString());
    }
}

template <typename T, typename Get>
void AddNumbers(int size, Get get, Params& params) {
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) values.push_back(static_cast<T>(get(i)));
    params.AddArray(std::span<const T>(values));
}

void AddRepeated(const Message& m, const FieldDescriptor* field, Params& params) {
    const auto* r = m.GetReflection();
    const int size = r->FieldSize(m, field);
    std::vector<std::string> texts;
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            for (int i = 0; i < size; ++i) texts.push_back(r->GetRepeatedString(m, field, i));
            params.AddArray(std::span<const std::string>(texts));
            return;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            for (int i = 0; i < size; ++i) texts.push_back(r->GetRepeatedMessage(m, field, i).SerializeAsString());
            params.AddBytesArray(texts);
            return;
        case FieldDescriptor::CPPTYPE_INT32:
            return AddNumbers<std::int32_t>(size, [&](int i) { return r->GetRepeatedInt32(m, field, i); }, params);
        case FieldDescriptor::CPPTYPE_ENUM:
            return AddNumbers<std::int32_t>(size, [&](int i) { return r->GetRepeatedEnumValue(m, field, i); }, params);
        case FieldDescriptor::CPPTYPE_INT64:
            return AddNumbers<std::int64_t>(size, [&](int i) { return r->GetRepeatedInt64(m, field, i); }, params);
        default:
            Misfit("no column type for " + field->full_name());
    }
}

}  // namespace

Status AddField(const Message& m, const std::string& name, Params& params) {
    const FieldDescriptor* field = m.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) Misfit(m.GetDescriptor()->full_name() + " has no field " + name);
    const auto personal = field->options().GetExtension(options::v1::personal);
    if (personal == options::v1::PERSONAL_DATA_IDENTITY || personal == options::v1::PERSONAL_DATA_PHONE || personal == options::v1::PERSONAL_DATA_BANK) {
        Misfit(field->full_name() + " is sealed, never a plain column");
    }
    const auto* r = m.GetReflection();
    if (field->is_repeated()) {
        AddRepeated(m, field, params);
        return Status::Ok();
    }
    if (field->has_presence() && !r->HasField(m, field)) {
        params.AddNull();
        return Status::Ok();
    }
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            params.Add(r->GetBool(m, field));
            break;
        case FieldDescriptor::CPPTYPE_INT32:
            params.Add(r->GetInt32(m, field));
            break;
        case FieldDescriptor::CPPTYPE_UINT32:
            params.Add(static_cast<std::int64_t>(r->GetUInt32(m, field)));
            break;
        case FieldDescriptor::CPPTYPE_INT64:
            params.Add(r->GetInt64(m, field));
            break;
        case FieldDescriptor::CPPTYPE_ENUM:
            params.Add(std::int32_t{r->GetEnumValue(m, field)});
            break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
            params.Add(r->GetDouble(m, field));
            break;
        case FieldDescriptor::CPPTYPE_STRING:
            return AddText(field, r->GetString(m, field), params);
        case FieldDescriptor::CPPTYPE_MESSAGE:
            AddMessage(r->GetMessage(m, field), params);
            break;
        default:
            Misfit("no column type for " + field->full_name());
    }
    return Status::Ok();
}

Status AddFields(const Message& message, const std::vector<std::string>& fields, Params& params) {
    for (const std::string& field : fields) SW_RETURN_IF_ERROR(AddField(message, field, params));
    return Status::Ok();
}

std::string Placeholders(std::size_t columns, int first) {
    std::string out;
    for (std::size_t i = 0; i < columns; ++i) out += (i == 0 ? "$" : ", $") + std::to_string(first + static_cast<int>(i));
    return out;
}

std::string Assignments(const std::vector<std::string>& columns, int first) {
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) out += (i == 0 ? "" : ", ") + columns[i] + " = $" + std::to_string(first + static_cast<int>(i));
    return out;
}

}  // namespace shouwang::pg
