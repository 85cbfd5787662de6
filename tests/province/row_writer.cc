#include "tests/province/row_writer.h"

#include <iconv.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>

namespace shouwang::province {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const char* kNewLine[2] = {"\n", "\r\n"};

void AppendNumber(std::int64_t value, std::string& out) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

void AppendMoney(std::int64_t fen, bool yuan, std::string& out) {
    if (!yuan) return AppendNumber(fen, out);
    if (fen < 0) out += '-', fen = -fen;
    AppendNumber(fen / 100, out);
    if (const auto rest = static_cast<int>(fen % 100); rest != 0) {
        out += '.';
        out += static_cast<char>('0' + rest / 10);
        if (rest % 10 != 0) out += static_cast<char>('0' + rest % 10);
    }
}

void AppendDate(const std::string& iso, DateStyle style, std::string& out) {
    if (style == DateStyle::kIso || iso.size() != 10) {
        out += iso;
        return;
    }
    if (style == DateStyle::kCompact) {
        out.append(iso, 0, 4).append(iso, 5, 2).append(iso, 8, 2);
        return;
    }
    // 2021/3/5, as a spreadsheet writes it.
    out.append(iso, 0, 4) += '/';
    out.append(iso, iso[5] == '0' ? 6 : 5, iso[5] == '0' ? 1 : 2) += '/';
    out.append(iso, iso[8] == '0' ? 9 : 8, iso[8] == '0' ? 1 : 2);
}

void AppendBool(bool value, BoolStyle style, std::string& out) {
    static const char* const kWords[3][2] = {{"false", "true"}, {"0", "1"}, {"否", "是"}};
    out += kWords[static_cast<int>(style)][value ? 1 : 0];
}

// A number that no enum declares stands as text that no enum knows.
std::string EnumText(const EnumDescriptor& type, int number, bool chinese) {
    const auto* value = type.FindValueByNumber(number);
    if (value == nullptr) return "?" + std::to_string(number);
    if (chinese) {
        if (const std::string zh = value->options().GetExtension(options::v1::value_label).zh();
            !zh.empty())
            return zh;
    }
    // KIND_UNSPECIFIED tells the prefix that all names of the enum share.
    const std::string first(type.value(0)->name());
    const std::size_t prefix = first.size() - std::string("UNSPECIFIED").size();
    return std::string(value->name()).substr(prefix);
}

const std::string& EnumWord(const EnumDescriptor& type, int number, bool chinese) {
    thread_local std::map<std::pair<const EnumDescriptor*, int>, std::string> words[2];
    auto& map = words[chinese ? 1 : 0];
    const auto found = map.find({&type, number});
    if (found != map.end()) return found->second;
    return map[{&type, number}] = EnumText(type, number, chinese);
}

void AppendQuoted(const std::string& text, std::string& out) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void AppendJsonText(const std::string& text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\', out += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else
            out += c;
    }
    out += '"';
}

bool IsPresent(const Message& row, const Field& field) {
    const auto& reflection = *row.GetReflection();
    if (field.descriptor->has_presence()) return reflection.HasField(row, field.descriptor);
    if (field.descriptor->cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
        return reflection.GetEnumValue(row, field.descriptor) != 0;
    std::string scratch;
    return !reflection.GetStringReference(row, field.descriptor, &scratch).empty();
}

void AppendCsvCell(const DatasetInfo& info, const Field& field, const Message& row,
                   const std::string& identity, std::string& out) {
    const auto& reflection = *row.GetReflection();
    const Habits& habits = info.habits;
    switch (field.descriptor->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
            std::string scratch;
            const std::string& text =
                reflection.GetStringReference(row, field.descriptor, &scratch);
            if (field.identity && field.descriptor == info.subject && !identity.empty())
                out += identity;
            else if (field.date)
                AppendDate(text, habits.dates, out);
            else
                AppendQuoted(text, out);
            return;
        }
        case FieldDescriptor::CPPTYPE_ENUM:
            out += EnumWord(*field.descriptor->enum_type(),
                            reflection.GetEnumValue(row, field.descriptor), habits.chinese_enums);
            return;
        case FieldDescriptor::CPPTYPE_BOOL:
            return AppendBool(reflection.GetBool(row, field.descriptor), habits.booleans, out);
        case FieldDescriptor::CPPTYPE_INT64: {
            const std::int64_t value = reflection.GetInt64(row, field.descriptor);
            return field.money ? AppendMoney(value, habits.yuan, out) : AppendNumber(value, out);
        }
        default:
            return AppendNumber(reflection.GetInt32(row, field.descriptor), out);
    }
}

void AppendJson(const DatasetInfo& info, const Message& row, const std::string& identity,
                std::uint32_t revision, bool retract, std::string& out) {
    const auto& reflection = *row.GetReflection();
    char open = '{';
    for (const Field& field : info.fields) {
        if (!IsPresent(row, field)) continue;
        (out += open) += '"';
        open = ',';
        (out += field.header) += "\":";
        switch (field.descriptor->cpp_type()) {
            case FieldDescriptor::CPPTYPE_STRING: {
                std::string scratch;
                const bool subject = field.descriptor == info.subject && !identity.empty();
                AppendJsonText(subject
                                   ? identity
                                   : reflection.GetStringReference(row, field.descriptor, &scratch),
                               out);
                break;
            }
            case FieldDescriptor::CPPTYPE_ENUM:
                AppendJsonText(EnumWord(*field.descriptor->enum_type(),
                                        reflection.GetEnumValue(row, field.descriptor), false),
                               out);
                break;
            case FieldDescriptor::CPPTYPE_BOOL:
                out += reflection.GetBool(row, field.descriptor) ? "true" : "false";
                break;
            case FieldDescriptor::CPPTYPE_INT64:
                AppendNumber(reflection.GetInt64(row, field.descriptor), out);
                break;
            default:
                AppendNumber(reflection.GetInt32(row, field.descriptor), out);
        }
    }
    if (revision != 0) (out += ",\"_revision\":") += std::to_string(revision);
    if (retract) out += ",\"_retract\":true";
    out += "}\n";
}

}  // namespace

std::string HeaderOf(const DatasetInfo& info) {
    if (info.habits.container == Container::kNdjsonGz) return {};
    std::string line;
    for (const Field& field : info.fields) (line += field.header) += ',';
    line += info.habits.chinese_headers ? "修订号,撤回" : "_revision,_retract";
    return line + kNewLine[info.habits.windows_lines ? 1 : 0];
}

void AppendText(const DatasetInfo& info, const Message& row, const std::string& identity,
                std::uint32_t revision, bool retract, std::string& out) {
    if (info.habits.container == Container::kNdjsonGz)
        return AppendJson(info, row, identity, revision, retract, out);
    for (const Field& field : info.fields) {
        if (IsPresent(row, field)) AppendCsvCell(info, field, row, identity, out);
        out += ',';
    }
    if (revision != 0) AppendNumber(revision, out);
    out += ',';
    if (retract) AppendBool(true, info.habits.booleans, out);
    out += kNewLine[info.habits.windows_lines ? 1 : 0];
}

void AppendBinary(const DatasetInfo& info, const Message& row, const std::string& identity,
                  std::string& out) {
    const Message* written = &row;
    std::unique_ptr<Message> copy;
    if (!identity.empty() && info.subject != nullptr) {
        copy.reset(row.New());
        copy->CopyFrom(row);
        copy->GetReflection()->SetString(copy.get(), info.subject, identity);
        written = copy.get();
    }
    auto size = static_cast<std::uint32_t>(written->ByteSizeLong());
    for (std::uint32_t rest = size;; rest >>= 7) {
        if (rest < 0x80) {
            out += static_cast<char>(rest);
            break;
        }
        out += static_cast<char>((rest & 0x7f) | 0x80);
    }
    written->AppendToString(&out);
}

std::string Encode(Charset charset, std::string text) {
    if (charset != Charset::kGb18030 || text.empty()) return text;
    const iconv_t converter = iconv_open("GB18030", "UTF-8");
    if (converter == reinterpret_cast<iconv_t>(-1))
        throw std::runtime_error("the C library cannot write GB18030");
    std::string out(text.size() * 2, '\0');
    char* from = text.data();
    char* to = out.data();
    std::size_t from_left = text.size(), to_left = out.size();
    const std::size_t failed = iconv(converter, &from, &from_left, &to, &to_left);
    iconv_close(converter);
    if (failed == static_cast<std::size_t>(-1))
        throw std::runtime_error("a text cannot be written in GB18030");
    out.resize(out.size() - to_left);
    return out;
}

}  // namespace shouwang::province
