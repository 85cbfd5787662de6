#include "common/pg/row_mapper.h"

#include <google/protobuf/timestamp.pb.h>

#include <cstdio>
#include <cstdlib>

#include "common/log/log.h"
#include "common/pg/wire.h"

namespace shouwang::pg {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void Misfit(const FieldDescriptor* field, std::uint32_t oid) {
    std::fprintf(stderr, "pg::RowReader: a column of type oid %u does not fit %s\n", oid,
                 field->full_name().c_str());
    std::abort();
}

std::string TextOf(const Rows& rows, int row, int col) {
    switch (rows.TypeOf(col)) {
        case wire::kDate:
            return rows.DateOf(row, col).ToString();
        case wire::kTimestamptz:
            return ToRfc3339(rows.Time(row, col));
        case wire::kBytea:
            return std::string(rows.Bytes(row, col));
        default:
            return std::string(rows.Text(row, col));
    }
}

void Parse(std::string_view bytes, const FieldDescriptor* field, Message& out, Message* sub) {
    if (sub->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    log::Error("stored message cannot be read", {{"field", field->full_name()}});
    if (!field->is_repeated()) out.GetReflection()->ClearField(&out, field);
}

void ReadMessage(const Rows& rows, int row, int col, const FieldDescriptor* field, Message& out) {
    Message* sub = out.GetReflection()->MutableMessage(&out, field);
    if (rows.TypeOf(col) == wire::kBytea) return Parse(rows.Bytes(row, col), field, out, sub);
    if (field->message_type() != google::protobuf::Timestamp::descriptor()) {
        Misfit(field, rows.TypeOf(col));
    }
    using namespace std::chrono;
    const auto since = rows.Time(row, col).time_since_epoch();
    const auto whole = floor<seconds>(since);
    auto* time = static_cast<google::protobuf::Timestamp*>(sub);
    time->set_seconds(whole.count());
    time->set_nanos(static_cast<int>(duration_cast<nanoseconds>(since - whole).count()));
}

void ReadRepeated(const Rows& rows, int row, int col, const FieldDescriptor* field, Message& out) {
    const auto* r = out.GetReflection();
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            for (auto& v : rows.StringArray(row, col)) r->AddString(&out, field, std::move(v));
            return;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            for (const auto& v : rows.StringArray(row, col)) {
                Parse(v, field, out, r->AddMessage(&out, field));
            }
            return;
        default:
            break;
    }
    for (const std::int64_t v : rows.IntArray(row, col)) {
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                r->AddInt32(&out, field, static_cast<std::int32_t>(v));
                break;
            case FieldDescriptor::CPPTYPE_UINT32:
                r->AddUInt32(&out, field, static_cast<std::uint32_t>(v));
                break;
            case FieldDescriptor::CPPTYPE_INT64:
                r->AddInt64(&out, field, v);
                break;
            case FieldDescriptor::CPPTYPE_UINT64:
                r->AddUInt64(&out, field, static_cast<std::uint64_t>(v));
                break;
            case FieldDescriptor::CPPTYPE_ENUM:
                r->AddEnumValue(&out, field, static_cast<int>(v));
                break;
            default:
                Misfit(field, rows.TypeOf(col));
        }
    }
}

double NumberOf(const Rows& rows, int row, int col) {
    const std::uint32_t type = rows.TypeOf(col);
    if (type == wire::kFloat4 || type == wire::kFloat8) return rows.Double(row, col);
    return static_cast<double>(rows.Int(row, col));
}

void ReadField(const Rows& rows, int row, int col, const FieldDescriptor* field, Message& out) {
    const auto* r = out.GetReflection();
    if (field->is_repeated()) return ReadRepeated(rows, row, col, field, out);
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return r->SetBool(&out, field, rows.Bool(row, col));
        case FieldDescriptor::CPPTYPE_INT32:
            return r->SetInt32(&out, field, static_cast<std::int32_t>(rows.Int(row, col)));
        case FieldDescriptor::CPPTYPE_UINT32:
            return r->SetUInt32(&out, field, static_cast<std::uint32_t>(rows.Int(row, col)));
        case FieldDescriptor::CPPTYPE_INT64:
            return r->SetInt64(&out, field, rows.Int(row, col));
        case FieldDescriptor::CPPTYPE_UINT64:
            return r->SetUInt64(&out, field, static_cast<std::uint64_t>(rows.Int(row, col)));
        case FieldDescriptor::CPPTYPE_ENUM:
            return r->SetEnumValue(&out, field, static_cast<int>(rows.Int(row, col)));
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return r->SetDouble(&out, field, NumberOf(rows, row, col));
        case FieldDescriptor::CPPTYPE_FLOAT:
            return r->SetFloat(&out, field, static_cast<float>(NumberOf(rows, row, col)));
        case FieldDescriptor::CPPTYPE_STRING:
            return r->SetString(&out, field, TextOf(rows, row, col));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return ReadMessage(rows, row, col, field, out);
    }
}

}  // namespace

RowReader::RowReader(const google::protobuf::Descriptor& type,
                     const std::vector<std::string>& columns) {
    fields_.reserve(columns.size());
    for (const auto& column : columns) {
        const FieldDescriptor* field = type.FindFieldByName(column);
        if (field == nullptr) {
            std::fprintf(stderr, "pg::RowReader: %s has no field %s\n", type.full_name().c_str(),
                         column.c_str());
            std::abort();
        }
        fields_.push_back(field);
    }
}

void RowReader::Read(const Rows& rows, int row, Message& out, int first) const {
    int col = first;
    for (const FieldDescriptor* field : fields_) {
        if (!rows.IsNull(row, col)) ReadField(rows, row, col, field, out);
        ++col;
    }
}

void ReadRow(const Rows& rows, int row, const std::vector<std::string>& columns, Message& out) {
    RowReader(*out.GetDescriptor(), columns).Read(rows, row, out);
}

std::string ColumnList(const std::vector<std::string>& columns, const std::string& alias) {
    std::string out;
    for (const auto& column : columns) {
        if (!out.empty()) out += ", ";
        if (!alias.empty()) out += alias + ".";
        out += column;
    }
    return out;
}

}  // namespace shouwang::pg
