#include <set>

#include <nlohmann/json.hpp>

#include "services/gateway/docs/comments.h"
#include "services/gateway/docs/pages.h"

namespace shouwang::gateway::docs {
namespace {

namespace pb = google::protobuf;
using Json = nlohmann::ordered_json;

Json Ref(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

// Collects the schemas of every type that a method reaches.
class Schemas {
public:
    Json Of(const pb::Descriptor& message) {
        if (message.full_name() == "google.protobuf.Timestamp")
            return {{"type", "string"}, {"format", "date-time"}};
        if (message.full_name() == "google.protobuf.Duration")
            return {{"type", "string"}, {"pattern", "^-?[0-9.]+s$"}};
        if (message.full_name() == "google.protobuf.Any")
            return {{"type", "object"}, {"properties", {{"@type", {{"type", "string"}}}}}};
        if (done_.insert(message.full_name()).second) {
            Json schema = {{"type", "object"}};
            if (std::string comment = CommentOf(message); !comment.empty())
                schema["description"] = comment;
            schema["properties"] = Json::object();
            Json required = Json::array();
            for (int i = 0; i < message.field_count(); ++i) {
                const pb::FieldDescriptor& field = *message.field(i);
                schema["properties"][field.json_name()] = Field(field);
                if (field.options().GetExtension(options::v1::constraint).required())
                    required.push_back(field.json_name());
            }
            if (!required.empty()) schema["required"] = required;
            all_[message.full_name()] = schema;
        }
        return Ref(message.full_name());
    }
    Json&& Take() { return std::move(all_); }

private:
    Json Enum(const pb::EnumDescriptor& type) {
        if (done_.insert(type.full_name()).second) {
            Json schema = {{"type", "string"}, {"enum", Json::array()}};
            for (int i = 0; i < type.value_count(); ++i)
                schema["enum"].push_back(type.value(i)->name());
            all_[type.full_name()] = schema;
        }
        return Ref(type.full_name());
    }

    Json Scalar(const pb::FieldDescriptor& field) {
        switch (field.cpp_type()) {
            case pb::FieldDescriptor::CPPTYPE_BOOL:
                return {{"type", "boolean"}};
            case pb::FieldDescriptor::CPPTYPE_INT32:
            case pb::FieldDescriptor::CPPTYPE_UINT32:
                return {{"type", "integer"}};
            case pb::FieldDescriptor::CPPTYPE_INT64:
            case pb::FieldDescriptor::CPPTYPE_UINT64:
                return {{"type", "string"}, {"format", "int64"}};
            case pb::FieldDescriptor::CPPTYPE_DOUBLE:
            case pb::FieldDescriptor::CPPTYPE_FLOAT:
                return {{"type", "number"}};
            case pb::FieldDescriptor::CPPTYPE_ENUM:
                return Enum(*field.enum_type());
            case pb::FieldDescriptor::CPPTYPE_MESSAGE:
                return Of(*field.message_type());
            case pb::FieldDescriptor::CPPTYPE_STRING:
                break;
        }
        Json schema = {{"type", "string"}};
        if (field.type() == pb::FieldDescriptor::TYPE_BYTES) schema["format"] = "byte";
        return schema;
    }

    Json Field(const pb::FieldDescriptor& field) {
        if (field.is_map())
            return {{"type", "object"},
                    {"additionalProperties", Scalar(*field.message_type()->FindFieldByNumber(2))}};
        Json schema = Scalar(field);
        const options::v1::Constraint& constraint =
            field.options().GetExtension(options::v1::constraint);
        const bool plain = !schema.contains("$ref");
        if (plain && !constraint.pattern().empty())
            schema["pattern"] = "^(?:" + constraint.pattern() + ")$";
        if (plain && constraint.max_length() > 0) schema["maxLength"] = constraint.max_length();
        if (plain && constraint.has_min()) schema["minimum"] = constraint.min();
        if (plain && constraint.has_max()) schema["maximum"] = constraint.max();
        if (field.is_repeated()) schema = {{"type", "array"}, {"items", schema}};
        if (std::string comment = CommentOf(field); !comment.empty() && !schema.contains("$ref"))
            schema["description"] = comment;
        return schema;
    }

    std::set<std::string> done_;
    Json all_ = Json::object();
};

Json Roles(const options::v1::MethodPolicy& policy) {
    Json roles = Json::array();
    for (const int role : policy.roles())
        roles.push_back(options::v1::Role_Name(static_cast<options::v1::Role>(role)));
    return roles;
}

Json Operation(const calls::Method& method, Schemas& schemas) {
    const bool stream = method.descriptor->server_streaming();
    const char* type = stream ? "application/connect+json" : "application/json";
    Json operation;
    operation["tags"] = {method.descriptor->service()->full_name()};
    operation["operationId"] = method.descriptor->full_name();
    if (std::string comment = CommentOf(*method.descriptor); !comment.empty())
        operation["description"] = comment;
    operation["x-access"] = options::v1::Access_Name(method.policy.access());
    if (method.policy.roles_size() > 0) operation["x-roles"] = Roles(method.policy);
    if (stream) operation["x-streaming"] = "server";
    operation["requestBody"] = {
        {"required", true},
        {"content", {{type, {{"schema", schemas.Of(*method.descriptor->input_type())}}}}}};
    operation["responses"]["200"] = {
        {"description", "ok"},
        {"content", {{type, {{"schema", schemas.Of(*method.descriptor->output_type())}}}}}};
    operation["responses"]["default"] = {
        {"description", "error"},
        {"content", {{"application/json", {{"schema", Ref("connect.Error")}}}}}};
    operation["security"] = method.policy.access() == options::v1::ACCESS_PUBLIC
                                ? Json::array()
                                : Json::array({{{"bearer", Json::array()}}});
    return operation;
}

}  // namespace

std::string OpenApiJson(const calls::MethodTable& table) {
    Json document;
    document["openapi"] = "3.1.0";
    document["info"] = {{"title", "Shouwang (守望)"},
                        {"version", "v1"},
                        {"description", "Connect protocol: POST with JSON; int64 as strings."}};
    Schemas schemas;
    document["paths"] = Json::object();
    for (const auto& [path, method] : table.all()) {
        // Internal methods are not served; a stream from the client needs gRPC.
        if (method.policy.access() == options::v1::ACCESS_INTERNAL ||
            method.descriptor->client_streaming())
            continue;
        document["paths"][path]["post"] = Operation(method, schemas);
    }
    document["components"]["schemas"] = schemas.Take();
    document["components"]["schemas"]["connect.Error"] = {
        {"type", "object"},
        {"properties",
         {{"code", {{"type", "string"}}},
          {"message", {{"type", "string"}}},
          {"details", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
    document["components"]["securitySchemes"]["bearer"] = {{"type", "http"}, {"scheme", "bearer"}};
    return document.dump();
}

}  // namespace shouwang::gateway::docs
