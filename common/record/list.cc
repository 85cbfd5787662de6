// One page of a list, its filter read from the request by reflection.
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "common/pg/row_mapper.h"
#include "common/record/store.h"

namespace shouwang::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void Broken(const std::string& what) {
    std::fprintf(stderr, "record::List: %s\n", what.c_str());
    std::abort();
}

class Filter {
public:
    Filter(const Kind& kind, const Message& request, TimePoint now) : kind_(kind), request_(request), now_(now) {}

    Status Add(const FieldDescriptor* field);
    void Region(std::string_view region) {
        if (kind_.Stores("region_code")) And("region_code LIKE " + Parameter(), [&] { params_.Add(std::string(region) + "%"); });
    }
    void Before(std::int64_t id) {
        And(kind_.keys().back() + " < " + Parameter(), [&] { params_.Add(id); });
    }
    std::string End(int limit) {
        params_.Add(static_cast<std::int64_t>(limit));
        return where_ + " ORDER BY " + kind_.keys().back() + " DESC LIMIT $" + std::to_string(next_++);
    }
    const pg::Params& params() const { return params_; }

private:
    // The column a filter field speaks of: its own name, or its singular. Empty where there is none.
    std::string ColumnOf(const std::string& name) const {
        if (kind_.Stores(name)) return name;
        if (name.size() > 1 && name.back() == 's' && kind_.Stores(name.substr(0, name.size() - 1))) return name.substr(0, name.size() - 1);
        if (name.ends_with("ies") && kind_.Stores(name.substr(0, name.size() - 3) + "y")) return name.substr(0, name.size() - 3) + "y";
        return {};
    }
    bool IsParent(const std::string& name) const {
        for (const std::string& key : kind_.keys()) {
            if (key == name + "_id") return true;
        }
        return false;
    }
    Status Parent(const FieldDescriptor* field);
    void Equal(const FieldDescriptor* field, const std::string& column);
    void Among(const FieldDescriptor* field, const std::string& column);
    std::string Parameter() { return "$" + std::to_string(next_++); }
    template <typename F>
    void And(const std::string& condition, F add) {
        where_ += " AND " + condition;
        add();
    }

    const Kind& kind_;
    const Message& request_;
    TimePoint now_;
    pg::Params params_;
    std::string where_ = "true";
    int next_ = 1;
};

Status Filter::Add(const FieldDescriptor* field) {
    const auto* r = request_.GetReflection();
    const std::string& name = field->name();
    if (name == "page_size" || name == "page_token" || name == "region_prefix") return Status::Ok();
    if (name == "only_overdue") {
        if (r->GetBool(request_, field)) And("due_at < " + Parameter(), [&] { params_.Add(now_); });
        return Status::Ok();
    }
    if (IsParent(name)) return Parent(field);
    const std::string column = ColumnOf(name);
    if (column.empty()) Broken(field->full_name() + " is no column of " + kind_.table());
    if (field->is_repeated()) {
        if (r->FieldSize(request_, field) > 0) Among(field, column);
    } else {
        Equal(field, column);
    }
    return Status::Ok();
}

Status Filter::Parent(const FieldDescriptor* field) {
    const std::string text = request_.GetReflection()->GetString(request_, field);
    if (text.empty()) return Status::Ok();
    const std::size_t slash = text.rfind('/');
    std::int64_t id = 0;
    const char* end = text.data() + text.size();
    const auto parsed = slash == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument} : std::from_chars(text.data() + slash + 1, end, id);
    if (parsed.ec != std::errc() || parsed.ptr != end || id <= 0) return InvalidField(field->name(), field->name() + "s/{" + field->name() + "}");
    And(field->name() + "_id = " + Parameter(), [&] { params_.Add(id); });
    return Status::Ok();
}

void Filter::Equal(const FieldDescriptor* field, const std::string& column) {
    const auto* r = request_.GetReflection();
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            if (r->GetBool(request_, field)) And(column, [] {});
            return;
        case FieldDescriptor::CPPTYPE_STRING:
            if (!r->GetString(request_, field).empty()) And(column + " = " + Parameter(), [&] { params_.Add(r->GetString(request_, field)); });
            return;
        case FieldDescriptor::CPPTYPE_INT32:
            if (r->GetInt32(request_, field) != 0) And(column + " = " + Parameter(), [&] { params_.Add(r->GetInt32(request_, field)); });
            return;
        case FieldDescriptor::CPPTYPE_ENUM:
            if (r->GetEnumValue(request_, field) != 0) And(column + " = " + Parameter(), [&] { params_.Add(std::int32_t{r->GetEnumValue(request_, field)}); });
            return;
        default:
            Broken("no filter on " + field->full_name());
    }
}

void Filter::Among(const FieldDescriptor* field, const std::string& column) {
    const auto* r = request_.GetReflection();
    std::vector<std::int32_t> numbers;
    std::vector<std::string> texts;
    for (int i = 0; i < r->FieldSize(request_, field); ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
            numbers.push_back(r->GetRepeatedEnumValue(request_, field, i));
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            texts.push_back(r->GetRepeatedString(request_, field, i));
        } else {
            Broken("no filter on " + field->full_name());
        }
    }
    And(column + " = ANY(" + Parameter() + ")", [&] {
        if (texts.empty()) {
            params_.AddArray(std::span<const std::int32_t>(numbers));
        } else {
            params_.AddArray(std::span<const std::string>(texts));
        }
    });
}

const FieldDescriptor* RecordsOf(const Message& response, const Kind& kind) {
    const auto* type = response.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->is_repeated() && type->field(i)->message_type() == kind.message()) return type->field(i);
    }
    Broken(type->full_name() + " lists no " + kind.message()->full_name());
}

}  // namespace

Status List(pg::Connection& connection, const Kind& kind, const Message& request, std::string_view region, const model::PageTokens& tokens,
            TimePoint now, Message& response) {
    Filter filter(kind, request, now);
    filter.Region(region);
    for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) SW_RETURN_IF_ERROR(filter.Add(request.GetDescriptor()->field(i)));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens.Read(request));
    if (!position.empty()) filter.Before(std::strtoll(position.c_str(), nullptr, 10));  // ours: the token is authentic
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(static_cast<int>(NumberOf(request, "page_size"))));

    const FieldDescriptor* records = RecordsOf(response, kind);
    const auto* r = response.GetReflection();
    const std::string where = filter.End(size + 1);  // one more tells whether there is a next page
    SW_RETURN_IF_ERROR(SelectEach(connection, kind, where, filter.params(), [&] { return r->AddMessage(&response, records); }));
    if (r->FieldSize(response, records) <= size) return Status::Ok();
    r->RemoveLast(&response, records);
    SW_ASSIGN_OR_RETURN(const Keys last, kind.ParseName(TextOf(r->GetRepeatedMessage(response, records, size - 1), "name")));
    SetText(response, "next_page_token", tokens.Make(std::to_string(last.back()), request));
    return Status::Ok();
}

}  // namespace shouwang::record
