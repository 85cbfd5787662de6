#include "common/record/kind.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace shouwang::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void Broken(const std::string& what) {
    std::fprintf(stderr, "record::Kind: %s\n", what.c_str());
    std::abort();
}

const FieldDescriptor* Field(const Message& m, const char* name) { return m.GetDescriptor()->FindFieldByName(name); }

}  // namespace

Kind::Kind(const google::protobuf::Descriptor* message, std::string_view table, std::string_view pattern, std::vector<std::string> columns,
           const flow::StateTable* states, std::string_view reason)
    : message_(message), table_(table), columns_(std::move(columns)), states_(states), reason_(reason) {
    for (std::size_t at = 0; at < pattern.size();) {
        const std::size_t open = pattern.find('{', at), close = pattern.find('}', at);
        if (open == std::string_view::npos || close == std::string_view::npos) Broken(std::string(pattern) + " must end with a key");
        literals_.emplace_back(pattern.substr(at, open - at));
        keys_.emplace_back(pattern.substr(open + 1, close - open - 1));
        at = close + 1;
    }
    for (const std::string& column : columns_) {
        if (message_->FindFieldByName(column) == nullptr) Broken(message_->full_name() + " has no field " + column);
    }
    if (states_ != nullptr && !Stores("state")) Broken(table_ + " has a life but stores no state");
}

Result<Keys> Kind::ParseName(std::string_view name, std::string_view field) const {
    Keys keys;
    std::string_view rest = name;
    for (const std::string& literal : literals_) {
        std::int64_t key = 0;
        if (!rest.starts_with(literal)) break;
        rest.remove_prefix(literal.size());
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), key);
        if (error != std::errc() || key <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        keys.push_back(key);
    }
    if (keys.size() == keys_.size() && rest.empty()) return keys;
    std::string pattern;
    for (std::size_t i = 0; i < keys_.size(); ++i) pattern += literals_[i] + "{" + keys_[i].substr(0, keys_[i].rfind("_id")) + "}";
    return InvalidField(std::string(field), pattern);
}

std::string Kind::NameOf(std::span<const std::int64_t> keys) const {
    std::string name;
    for (std::size_t i = 0; i < keys_.size() && i < keys.size(); ++i) name += literals_[i] + std::to_string(keys[i]);
    return name;
}

bool Kind::Stores(std::string_view field) const { return std::find(columns_.begin(), columns_.end(), field) != columns_.end(); }

int StateOf(const Message& m) {
    const FieldDescriptor* field = Field(m, "state");
    return field == nullptr ? 0 : m.GetReflection()->GetEnumValue(m, field);
}

void SetState(Message& m, int state) {
    if (const FieldDescriptor* field = Field(m, "state")) m.GetReflection()->SetEnumValue(&m, field, state);
}

std::string TextOf(const Message& m, const char* name) {
    const FieldDescriptor* field = Field(m, name);
    return field == nullptr ? std::string() : m.GetReflection()->GetString(m, field);
}

void SetText(Message& m, const char* name, const std::string& value) {
    if (const FieldDescriptor* field = Field(m, name)) m.GetReflection()->SetString(&m, field, value);
}

std::int64_t NumberOf(const Message& m, const char* name) {
    const FieldDescriptor* field = Field(m, name);
    if (field == nullptr) return 0;
    return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? m.GetReflection()->GetInt32(m, field) : m.GetReflection()->GetInt64(m, field);
}

}  // namespace shouwang::record
