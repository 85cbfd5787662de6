#include <map>
#include <set>

#include "services/gateway/docs/comments.h"
#include "services/gateway/docs/pages.h"

namespace shouwang::gateway::docs {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shouwang (守望): API, events, datasets</title>
<style>
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:72rem;padding:1rem 1.5rem;color:#1b1f24;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.2rem;border-bottom:2px solid #b5261e;padding-bottom:.2rem}h3{margin:1.6rem 0 .3rem}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}th,td{border:1px solid #d5d9de;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#f4f5f7}code{font-family:ui-monospace,monospace;font-size:.92em}p{margin:.3rem 0;white-space:pre-line}.dim{color:#5c6570}a{color:#0b57a4}
@media print{a{color:inherit}}
</style></head><body>
)html";

std::string Escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string Code(std::string_view text) { return "<code>" + Escape(text) + "</code>"; }
std::string Paragraph(const std::string& text) {
    return text.empty() ? "" : "<p>" + Escape(text) + "</p>\n";
}
std::string Link(const std::string& full_name, const std::string& text) {
    return "<a href=\"#" + full_name + "\"><code>" + Escape(text) + "</code></a>";
}

std::string Heading(int level, const std::string& id, const std::string& text) {
    const std::string n = std::to_string(level);
    return "<h" + n + " id=\"" + id + "\">" + Escape(text) + "</h" + n + ">\n";
}

// Builds the page; types are collected while methods, events and datasets are written, and
// described at the end.
class Page {
public:
    void Services(const calls::MethodTable& table);
    void Events();
    void Datasets();
    void Types();
    std::string Take() && { return std::move(out_) + "</body></html>\n"; }

    void Add(std::string_view html) { out_ += html; }

private:
    std::string TypeOf(const pb::FieldDescriptor& field);
    void Reach(const pb::Descriptor& message);
    void Fields(const pb::Descriptor& message);

    std::string out_;
    std::map<std::string, const pb::Descriptor*> messages_;
    std::map<std::string, const pb::EnumDescriptor*> enums_;
};

void Page::Reach(const pb::Descriptor& message) {
    if (!message.full_name().starts_with("shouwang.") ||
        !messages_.emplace(message.full_name(), &message).second)
        return;
    for (int i = 0; i < message.field_count(); ++i) {
        if (message.field(i)->message_type() != nullptr) Reach(*message.field(i)->message_type());
        if (message.field(i)->enum_type() != nullptr)
            enums_.emplace(message.field(i)->enum_type()->full_name(),
                           message.field(i)->enum_type());
    }
}

std::string Page::TypeOf(const pb::FieldDescriptor& field) {
    std::string type = Code(field.type_name());
    if (field.message_type() != nullptr)
        type = Link(field.message_type()->full_name(), field.message_type()->name());
    if (field.enum_type() != nullptr)
        type = Link(field.enum_type()->full_name(), field.enum_type()->name());
    return (field.is_repeated() ? "list of " : "") + type;
}

std::string Rules(const pb::FieldDescriptor& field) {
    const options::v1::Constraint& c = field.options().GetExtension(options::v1::constraint);
    std::string rules;
    const auto add = [&](const std::string& rule) { rules += (rules.empty() ? "" : ", ") + rule; };
    if (c.required()) add("required");
    if (c.format() != options::v1::FORMAT_UNSPECIFIED)
        add(options::v1::Format_Name(c.format()).substr(7));
    if (c.unit() != options::v1::UNIT_UNSPECIFIED) add(options::v1::Unit_Name(c.unit()).substr(5));
    if (c.has_min()) add("≥ " + std::to_string(c.min()));
    if (c.has_max()) add("≤ " + std::to_string(c.max()));
    if (c.max_length() > 0) add("at most " + std::to_string(c.max_length()) + " characters");
    if (!c.pattern().empty()) add("matches " + c.pattern());
    if (c.not_future()) add("not in the future");
    const auto personal = field.options().GetExtension(options::v1::personal);
    if (personal != options::v1::PERSONAL_DATA_UNSPECIFIED)
        add("personal data: " + options::v1::PersonalData_Name(personal).substr(14) + " (masked)");
    return rules;
}

void Page::Fields(const pb::Descriptor& message) {
    if (message.field_count() == 0) return Add("<p class=\"dim\">no fields</p>\n");
    Add("<table><tr><th>field</th><th>JSON</th><th>type</th><th>rules</th><th>meaning</th></tr>\n");
    for (int i = 0; i < message.field_count(); ++i) {
        const pb::FieldDescriptor& field = *message.field(i);
        const options::v1::Label& label = field.options().GetExtension(options::v1::label);
        std::string meaning = label.zh().empty() ? "" : label.zh() + " · " + label.en();
        if (const std::string comment = CommentOf(field); !comment.empty())
            meaning += (meaning.empty() ? "" : ": ") + comment;
        Add("<tr><td>" + Code(field.name()) + "</td><td>" + Code(field.json_name()) + "</td><td>" +
            TypeOf(field) + "</td><td>" + Escape(Rules(field)) + "</td><td>" + Escape(meaning) +
            "</td></tr>\n");
    }
    Add("</table>\n");
}

void Page::Services(const calls::MethodTable& table) {
    Add("<h2 id=\"api\">API</h2>\n<p>Every method over gRPC and, but for streams from the client, "
        "over the Connect protocol: "
        "<code>POST /package.Service/Method</code> with <code>application/json</code>. Errors "
        "carry a stable reason in "
        "<code>google.rpc.ErrorInfo</code>.</p>\n");
    const pb::ServiceDescriptor* service = nullptr;
    for (const auto& [path, method] : table.all()) {
        if (method.descriptor->service() != service) {
            service = method.descriptor->service();
            Add(Heading(3, service->full_name(), service->full_name()));
            Add(Paragraph(CommentOf(*service)));
        }
        Add("<h4 id=\"" + method.descriptor->full_name() + "\">" +
            Escape(method.descriptor->name()) + "</h4>\n" +
            Paragraph(CommentOf(*method.descriptor)));
        std::string access = options::v1::Access_Name(method.policy.access()).substr(7);
        for (const int role : method.policy.roles())
            access += " " + options::v1::Role_Name(static_cast<options::v1::Role>(role)).substr(5);
        const bool from = method.descriptor->client_streaming(),
                   to = method.descriptor->server_streaming();
        Add("<p>" + Code(path) + "<br>" + (from ? "stream of " : "") +
            Link(method.descriptor->input_type()->full_name(),
                 method.descriptor->input_type()->name()) +
            " → " + (to ? "stream of " : "") +
            Link(method.descriptor->output_type()->full_name(),
                 method.descriptor->output_type()->name()) +
            "<br><span class=\"dim\">access: " + Escape(access) +
            (method.policy.access() == options::v1::ACCESS_INTERNAL ? " (not served to the outside)"
                                                                    : "") +
            "</span></p>\n");
        Reach(*method.descriptor->input_type());
        Reach(*method.descriptor->output_type());
    }
}

void Page::Events() {
    Add("<h2 id=\"events\">Events</h2>\n<p>Kafka topics "
        "<code>shouwang.&lt;service&gt;.&lt;aggregate&gt;.v1</code>; the value is an "
        "<code>Envelope</code> with one of these in <code>data</code>, the key its "
        "<code>partition_key</code> (murmur2).</p>\n");
    for (const auto* file : calls::LinkedFiles("shouwang.")) {
        if (file->package() != "shouwang.event.v1" &&
            file->package().find(".event.v1") == std::string::npos)
            continue;
        for (int i = 0; i < file->message_type_count(); ++i) {
            const pb::Descriptor& message = *file->message_type(i);
            Reach(message);
            Add("<p>" + Link(message.full_name(), message.full_name()) + " " +
                Escape(CommentOf(message)) + "</p>\n");
        }
    }
}

void Page::Datasets() {
    Add("<h2 id=\"datasets\">Datasets</h2>\n<p>What departments push: a gRPC stream "
        "(<code>FeedDoorService.Push</code>) or "
        "<code>POST /feeds/{dataset}/{batch}?period=…&amp;region=…</code> with CSV or NDJSON, "
        "plain or gzip.</p>\n");
    std::map<std::uint32_t, const pb::Descriptor*> by_number;
    for (const auto* file : calls::LinkedFiles("shouwang.")) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            if (!file->message_type(i)->options().HasExtension(options::v1::dataset)) continue;
            by_number
                [file->message_type(i)->options().GetExtension(options::v1::dataset).number()] =
                    file->message_type(i);
        }
    }
    for (const auto& [number, message] : by_number) {
        const options::v1::Dataset& dataset = message->options().GetExtension(options::v1::dataset);
        Add(Heading(3, "dataset-" + dataset.id(),
                    dataset.id() + " · " + dataset.label().zh() + " · " + dataset.label().en()));
        Add(Paragraph(CommentOf(*message)));
        std::string keys;
        for (const std::string& key : dataset.key_fields()) keys += ", " + key;
        Add("<p class=\"dim\">from " +
            Escape(dataset.department_label().zh() + " (" + dataset.department() + ")") + "; " +
            options::v1::DatasetKind_Name(dataset.kind()).substr(13) + " by " +
            Code(dataset.date_field()) + "; a row is the same row by " +
            Code(dataset.subject_field() + keys) + "; " +
            options::v1::Rhythm_Name(dataset.rhythm()).substr(7) + "</p>\n");
        Fields(*message);
        for (int i = 0; i < message->field_count(); ++i) {
            if (message->field(i)->enum_type() != nullptr)
                enums_.emplace(message->field(i)->enum_type()->full_name(),
                               message->field(i)->enum_type());
        }
    }
}

void Page::Types() {
    Add("<h2 id=\"types\">Types</h2>\n");
    for (const auto& [name, message] : messages_) {
        Add(Heading(3, name, name) + Paragraph(CommentOf(*message)));
        Fields(*message);
    }
    for (const auto& [name, type] : enums_) {
        Add(Heading(3, name, name) + Paragraph(CommentOf(*type)) +
            "<table><tr><th>value</th><th>number</th><th>meaning</th></tr>\n");
        for (int i = 0; i < type->value_count(); ++i) {
            const options::v1::Label& label =
                type->value(i)->options().GetExtension(options::v1::value_label);
            Add("<tr><td>" + Code(type->value(i)->name()) + "</td><td>" +
                std::to_string(type->value(i)->number()) + "</td><td>" +
                Escape(label.zh().empty() ? "" : label.zh() + " · " + label.en()) + "</td></tr>\n");
        }
        Add("</table>\n");
    }
}

}  // namespace

std::string ReferenceHtml(const calls::MethodTable& table) {
    Page page;
    page.Add(kHead);
    page.Add(
        "<h1>Shouwang (守望): reference</h1>\n<p>Generated from the declarations. <a "
        "href=\"#api\">API</a> · <a href=\"#events\">events</a> · "
        "<a href=\"#datasets\">datasets</a> · <a href=\"#types\">types</a> · <a "
        "href=\"/docs/openapi.json\">OpenAPI</a></p>\n");
    page.Services(table);
    page.Events();
    page.Datasets();
    page.Types();
    return std::move(page).Take();
}

}  // namespace shouwang::gateway::docs
