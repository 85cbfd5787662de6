// From what departments write (CSV cells, JSON scalars, column headers, their own protobuf bytes)
// to a filled message.
#include <charconv>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wire_format_lite.h>

#include "common/base/bytes.h"
#include "common/model/dataset.h"
#include "common/model/mask.h"
#include "common/model/value_check.h"

namespace shouwang::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void Replace(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

std::string Upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

// Year, month and perhaps day, as numbers; nullopt where the text is not shaped like a date.
struct DateParts {
    std::string_view year, month, day;
};
std::optional<DateParts> SplitDate(std::string_view text) {
    if (text.size() == 8 || text.size() == 6) {
        bool digits = true;
        for (char c : text) digits = digits && IsDigit(c);
        if (digits) return DateParts{text.substr(0, 4), text.substr(4, 2), text.substr(6)};
    }
    std::string_view parts[3];
    int n = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && IsDigit(text[i])) continue;
        if (i < text.size() && text[i] != '-' && text[i] != '/' && text[i] != '.')
            return std::nullopt;
        if (n == 3 || i == begin) return std::nullopt;
        parts[n++] = text.substr(begin, i - begin);
        begin = i + 1;
    }
    if (n < 2 || parts[0].size() != 4 || parts[1].size() > 2 || parts[2].size() > 2)
        return std::nullopt;
    return DateParts{parts[0], parts[1], parts[2]};
}

std::string TwoDigits(std::string_view part) {
    return part.size() == 1 ? "0" + std::string(part) : std::string(part);
}

// "2021/3/5", "20210305", "2021年3月5日", "2021-03-05 00:00:00" → "2021-03-05"; a text of another
// shape stays as it is, for the row check to refuse.
std::string NormalDay(options::v1::Format format, std::string_view text) {
    std::string work(text);
    Replace(work, "年", "-");
    if (format == options::v1::FORMAT_DATE) {
        Replace(work, "月", "-");
        Replace(work, "日", "");
        // Spreadsheets add an empty time of day.
        for (std::string_view midnight :
             {" 00:00:00", " 0:00:00", " 00:00", " 0:00", "T00:00:00"}) {
            if (work.size() > midnight.size() &&
                work.compare(work.size() - midnight.size(), midnight.size(), midnight) == 0) {
                work.resize(work.size() - midnight.size());
                break;
            }
        }
    } else {
        Replace(work, "月", "");
    }
    const auto parts = SplitDate(work);
    if (!parts) return std::string(text);
    const std::string month = std::string(parts->year) + "-" + TwoDigits(parts->month);
    if (format == options::v1::FORMAT_MONTH) return parts->day.empty() ? month : std::string(text);
    return parts->day.empty() ? std::string(text) : month + "-" + TwoDigits(parts->day);
}

enum class NumberError { kNone, kFormat, kOverflow, kUnit };

// A decimal integer; with `decimals` = 2 a decimal number times 100 ("12.5" → 1250).
NumberError ReadNumber(std::string_view text, int decimals, std::int64_t& out) {
    if (text.find("元") != std::string_view::npos || text.find("万") != std::string_view::npos ||
        text.find("分") != std::string_view::npos) {
        return NumberError::kUnit;
    }
    std::string digits;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        if (text[0] == '-') digits = "-";
        text.remove_prefix(1);
    }
    const std::size_t dot = text.find('.');
    std::string_view whole = text.substr(0, dot),
                     fraction = dot == std::string_view::npos ? "" : text.substr(dot + 1);
    if (whole.empty() || (dot != std::string_view::npos && fraction.empty()))
        return NumberError::kFormat;
    for (char c : whole) {
        if (!IsDigit(c)) return NumberError::kFormat;
    }
    for (char c : fraction) {
        if (!IsDigit(c)) return NumberError::kFormat;
    }
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);  // "12.00" is 12
    if (static_cast<int>(fraction.size()) > decimals) return NumberError::kFormat;
    digits += whole;
    digits += fraction;
    digits.append(decimals - fraction.size(), '0');
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error == std::errc::result_out_of_range) return NumberError::kOverflow;
    return error == std::errc() && end == digits.data() + digits.size() ? NumberError::kNone
                                                                        : NumberError::kFormat;
}

std::optional<bool> ReadBool(std::string_view text) {
    const std::string upper = Upper(text);
    for (std::string_view yes : {"TRUE", "1", "是", "Y", "YES"}) {
        if (upper == yes) return true;
    }
    for (std::string_view no : {"FALSE", "0", "否", "N", "NO"}) {
        if (upper == no) return false;
    }
    return std::nullopt;
}

std::string WantNames(const DatasetField& field) {
    std::string want;
    const auto& type = *field.field->enum_type();
    for (int i = 1; i < type.value_count(); ++i) {
        const std::string zh = type.value(i)->options().GetExtension(options::v1::value_label).zh();
        want += (want.empty() ? "" : "|") + (zh.empty() ? type.value(i)->name() : zh);
    }
    return want;
}

struct TextReader {
    const DatasetField& field;
    Message& row;
    std::vector<RowProblem>& problems;

    void Add(std::string_view text, std::string code, std::string want) {
        problems.push_back(
            {field.field->name(), std::move(code), ShowValue(field, text), std::move(want)});
    }
    void SetNumber(std::string_view text, bool yuan) {
        const bool money = field.constraint.unit() == options::v1::UNIT_FEN;
        std::int64_t value = 0;
        switch (ReadNumber(text, yuan ? 2 : 0, value)) {
            case NumberError::kUnit:
                return Add(text, "UNIT",
                           money ? "a bare number; the column names the unit" : "a bare number");
            case NumberError::kOverflow:
                return Add(text, "OVERFLOW", "a number of at most 64 bits");
            case NumberError::kFormat:
                return Add(text, "FORMAT",
                           yuan    ? "yuan with at most two decimals"
                           : money ? "whole fen"
                                   : "a whole number");
            case NumberError::kNone:
                break;
        }
        const auto& reflection = *row.GetReflection();
        if (field.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
            reflection.SetInt64(&row, field.field, value);
        } else if (value < INT32_MIN || value > INT32_MAX) {
            Add(text, "OVERFLOW", "a number of at most 32 bits");
        } else {
            reflection.SetInt32(&row, field.field, static_cast<std::int32_t>(value));
        }
    }
    void SetEnum(std::string_view text) {
        auto found = field.enum_values.find(std::string(text));
        if (found == field.enum_values.end()) found = field.enum_values.find(Upper(text));
        // No bare numbers: they may be the department's own code list and would be taken for ours.
        if (found == field.enum_values.end()) return Add(text, "ENUM", WantNames(field));
        row.GetReflection()->SetEnumValue(&row, field.field, found->second);
    }
    void SetString(std::string_view text) {
        const auto format = field.constraint.format();
        const bool day = format == options::v1::FORMAT_DATE || format == options::v1::FORMAT_MONTH;
        row.GetReflection()->SetString(&row, field.field,
                                       day ? NormalDay(format, text) : std::string(text));
    }
};

// The number of the field whose text is not UTF-8, by walking the wire; 0 where the bytes are
// malformed otherwise.
int BrokenTextField(const Dataset& dataset, std::string_view bytes) {
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                              static_cast<int>(bytes.size()));
    while (const std::uint32_t tag = in.ReadTag()) {
        const int number = WireFormatLite::GetTagFieldNumber(tag);
        const FieldDescriptor* field = dataset.descriptor->FindFieldByNumber(number);
        if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
            if (!WireFormatLite::SkipField(&in, tag)) return 0;
            continue;
        }
        std::uint32_t size = 0;
        std::string text;
        if (!in.ReadVarint32(&size) || size > bytes.size() ||
            !in.ReadString(&text, static_cast<int>(size)))
            return 0;
        if (field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !IsValidUtf8(text))
            return number;
    }
    return 0;
}

// Headers as one spelling: no blanks, half-width brackets, ASCII in lower case.
std::string NormalHeader(std::string_view header) {
    std::string text(internal::Trim(header));
    for (std::string_view open : {"（", "[", "【"}) Replace(text, open, "(");
    for (std::string_view close : {"）", "]", "】"}) Replace(text, close, ")");
    Replace(text, "　", "");
    std::string out;
    for (char c : text) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return out;
}

// What would be right for a header that means `field` but for its unit.
std::string WantHeaders(const DatasetField& field) {
    const std::string& zh = field.label.zh();
    if (field.constraint.unit() == options::v1::UNIT_FEN) return zh + "(元) or " + zh + "(分)";
    std::string want = zh;
    for (const auto& [name, yuan] : field.column_names) {
        if (name.find('(') != std::string::npos) want += " or " + name;
    }
    return want;
}

}  // namespace

bool ParseRow(const Dataset& dataset, std::string_view bytes, Message& row,
              std::vector<RowProblem>& problems) {
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        const FieldDescriptor* broken =
            dataset.descriptor->FindFieldByNumber(BrokenTextField(dataset, bytes));
        if (broken != nullptr) {
            problems.push_back({broken->name(), "UTF8", "", "UTF-8 text"});
        } else {
            problems.push_back(
                {"", "FORMAT", "", "a serialized " + dataset.descriptor->full_name()});
        }
        return false;
    }
    const auto& unknown = row.GetReflection()->GetUnknownFields(row);
    if (!unknown.empty()) {
        problems.push_back({std::to_string(unknown.field(0).number()), "UNKNOWN_FIELD", "",
                            "only declared fields"});
        return false;
    }
    return true;
}

void SetFromText(const DatasetField& field, std::string_view text, bool yuan, Message& row,
                 std::vector<RowProblem>& problems) {
    text = internal::Trim(text);
    if (text.empty()) return;
    TextReader reader{field, row, problems};
    if (!IsValidUtf8(text)) return reader.Add(text, "UTF8", "UTF-8 text");
    switch (field.field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            return reader.SetString(text);
        case FieldDescriptor::CPPTYPE_ENUM:
            return reader.SetEnum(text);
        case FieldDescriptor::CPPTYPE_BOOL:
            if (const auto value = ReadBool(text)) {
                row.GetReflection()->SetBool(&row, field.field, *value);
            } else {
                reader.Add(text, "FORMAT", "是 or 否, true or false");
            }
            return;
        default:
            return reader.SetNumber(text, yuan);
    }
}

ColumnMatch MatchColumn(const Dataset& dataset, std::string_view header,
                        std::vector<RowProblem>& problems) {
    const std::string name = NormalHeader(header);
    if (name == "_revision" || name == "修订号") return {nullptr, false, true, false};
    if (name == "_retract" || name == "撤回") return {nullptr, false, false, true};
    for (const DatasetField& field : dataset.fields) {
        for (const auto& [column, yuan] : field.column_names) {
            if (NormalHeader(column) == name) return {&field, yuan, false, false};
        }
    }
    // The right field with a unit that is not declared, or money without one.
    const std::string stem = name.substr(0, name.find('('));
    for (const DatasetField& field : dataset.fields) {
        std::string plain = field.field->name();
        const bool money = field.constraint.unit() == options::v1::UNIT_FEN;
        if (money) plain.resize(plain.size() - 4);
        const bool other_unit = money && name.rfind(plain + "_", 0) == 0 &&
                                (name == plain + "_wan" || name == plain + "_wanyuan" ||
                                 name == plain + "_cny" || name == plain + "_rmb");
        const bool by_name =
            stem == NormalHeader(field.label.zh()) || stem == plain || stem == field.field->name();
        if (!other_unit && !(by_name && (money || stem != name))) continue;
        problems.push_back({field.field->name(), "UNIT",
                            internal::Shorten(internal::Trim(header), 40), WantHeaders(field)});
        return {};
    }
    return {};
}

std::string ShowValue(const DatasetField& field, std::string_view text) {
    constexpr std::size_t kShown = 40;
    if (field.personal != options::v1::PERSONAL_DATA_UNSPECIFIED) {
        return internal::Shorten(
            MaskText(field.personal, internal::Shorten(internal::Trim(text), 200)), kShown);
    }
    // Columns slip: an identity or phone number may stand where a date should be.
    return internal::Shorten(MaskNumbersIn(internal::Shorten(internal::Trim(text), 200)), kShown);
}

}  // namespace shouwang::model
