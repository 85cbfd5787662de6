#include "services/gateway/connect/codec.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/gateway/calls/method_table.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::gateway::connect {
namespace {

namespace pb = google::protobuf;

// Puts a value into every field, two levels deep.
void Fill(pb::Message& message, int depth) {
    const pb::Reflection& reflection = *message.GetReflection();
    const pb::Descriptor& type = *message.GetDescriptor();
    if (type.file()->package() == "google.protobuf")
        return;  // dates and Any have a JSON form of their own
    for (int i = 0; i < type.field_count(); ++i) {
        const pb::FieldDescriptor* f = type.field(i);
        const bool many = f->is_repeated();
        switch (f->cpp_type()) {
            case pb::FieldDescriptor::CPPTYPE_BOOL:
                many ? reflection.AddBool(&message, f, true)
                     : reflection.SetBool(&message, f, true);
                break;
            case pb::FieldDescriptor::CPPTYPE_INT32:
                many ? reflection.AddInt32(&message, f, -7) : reflection.SetInt32(&message, f, -7);
                break;
            case pb::FieldDescriptor::CPPTYPE_UINT32:
                many ? reflection.AddUInt32(&message, f, 7) : reflection.SetUInt32(&message, f, 7);
                break;
            case pb::FieldDescriptor::CPPTYPE_INT64:
                many ? reflection.AddInt64(&message, f, -9007199254740993)
                     : reflection.SetInt64(&message, f, -9007199254740993);
                break;
            case pb::FieldDescriptor::CPPTYPE_UINT64:
                many ? reflection.AddUInt64(&message, f, 9007199254740993u)
                     : reflection.SetUInt64(&message, f, 9007199254740993u);
                break;
            case pb::FieldDescriptor::CPPTYPE_DOUBLE:
                many ? reflection.AddDouble(&message, f, 0.5)
                     : reflection.SetDouble(&message, f, 0.5);
                break;
            case pb::FieldDescriptor::CPPTYPE_FLOAT:
                many ? reflection.AddFloat(&message, f, 0.5F)
                     : reflection.SetFloat(&message, f, 0.5F);
                break;
            case pb::FieldDescriptor::CPPTYPE_ENUM: {
                const int last = f->enum_type()->value(f->enum_type()->value_count() - 1)->number();
                many ? reflection.AddEnumValue(&message, f, last)
                     : reflection.SetEnumValue(&message, f, last);
                break;
            }
            case pb::FieldDescriptor::CPPTYPE_STRING:
                many ? reflection.AddString(&message, f, "贵溪\"\\\n\x01")
                     : reflection.SetString(&message, f, "贵溪\"\\\n\x01");
                break;
            case pb::FieldDescriptor::CPPTYPE_MESSAGE:
                if (f->is_map()) break;
                if (depth > 0)
                    Fill(many ? *reflection.AddMessage(&message, f)
                              : *reflection.MutableMessage(&message, f),
                         depth - 1);
                break;
        }
    }
}

// One declaration, everywhere: a message of any declared method survives JSON and binary, empty and
// filled.
TEST(Codec, EveryDeclaredMethodRoundTrips) {
    const Result<calls::MethodTable> table = calls::MethodTable::Build();
    ASSERT_TRUE(table.ok()) << table.status().message;
    EXPECT_GE(table->all().size(), 30u);
    for (const auto& [path, method] : table->all()) {
        for (const pb::Message* prototype : {method.request, method.response}) {
            for (const int depth : {-1, 0, 2}) {
                std::unique_ptr<pb::Message> message(prototype->New());
                if (depth >= 0) Fill(*message, depth);
                for (const Codec codec : {Codec::kJson, Codec::kProto}) {
                    std::unique_ptr<pb::Message> back(prototype->New());
                    const Status decoded = Decode(codec, Encode(codec, *message), *back);
                    ASSERT_TRUE(decoded.ok()) << path << ' ' << decoded.message;
                    EXPECT_TRUE(pb::util::MessageDifferencer::Equals(*message, *back)) << path;
                }
            }
        }
    }
}

TEST(Codec, JsonNamesAndNumbers) {
    monitoring::v1::ListLeadsRequest request;
    ASSERT_TRUE(Decode(Codec::kJson,
                       R"({"regionPrefix":"36","page_size":5,"grades":["GRADE_RED",2]})", request)
                    .ok());
    EXPECT_EQ(request.region_prefix(), "36");
    EXPECT_EQ(request.page_size(), 5);
    EXPECT_EQ(request.grades_size(), 2);
    const nlohmann::json json = nlohmann::json::parse(Encode(Codec::kJson, request));
    EXPECT_EQ(json["pageSize"], 5);
    EXPECT_EQ(json["grades"][1], "GRADE_YELLOW");
    EXPECT_TRUE(Decode(Codec::kJson, "", request).ok());
    EXPECT_TRUE(Decode(Codec::kProto, "", request).ok());
}

TEST(Codec, WhatIsWrongIsNamedAndItsValueIsNot) {
    const struct {
        const char *json, *reason, *field;
    } cases[] = {
        {R"({"nope":"360681198001011234"})", "UNKNOWN_FIELD", "nope"},
        {R"({"visit":{"nope":1}})", "UNKNOWN_FIELD", "visit.nope"},
        {R"({"visit":{"riskFound":"360681198001011234"}})", "REQUEST_MALFORMED", "visit.risk_found"},
        {R"({"visit":)", "REQUEST_MALFORMED", ""},
        {R"([1])", "REQUEST_MALFORMED", ""},
        {"{\"name\":\"\xc3\x28\"}", "REQUEST_MALFORMED", ""},
    };
    for (const auto& c : cases) {
        monitoring::v1::VisitLeadRequest request;
        const Status status = Decode(Codec::kJson, c.json, request);
        EXPECT_EQ(status.code, Code::kInvalidArgument) << c.json;
        EXPECT_EQ(status.reason, c.reason) << c.json << ' ' << status.message;
        EXPECT_EQ(status.violations.empty() ? "" : status.violations[0].field, c.field) << c.json;
        EXPECT_EQ(status.message.find("360681198001011234"), std::string::npos) << c.json;
    }
    monitoring::v1::ListLeadsRequest request;
    EXPECT_FALSE(Decode(Codec::kJson, R"({"grades":["GRADE_PINK"]})", request).ok());
    EXPECT_FALSE(Decode(Codec::kJson, R"({"pageSize":99999999999})", request).ok());
    EXPECT_FALSE(Decode(Codec::kProto, "\xff\xff", request).ok());
}

TEST(Codec, DeepNestingIsRefusedNotFollowed) {
    monitoring::v1::VisitLeadRequest request;
    EXPECT_FALSE(
        Decode(Codec::kJson, std::string(100'000, '[') + std::string(100'000, ']'), request).ok());
    std::string deep;
    for (int i = 0; i < 10'000; ++i) deep += R"({"visit":)";
    EXPECT_FALSE(Decode(Codec::kJson, deep, request).ok());
}

TEST(Envelope, OneMessage) {
    EXPECT_EQ(Envelope(kEndStream, "{}"), std::string("\x02\x00\x00\x00\x02{}", 7));
    EXPECT_EQ(*OpenEnvelope(Envelope(0, "abc")), "abc");
    EXPECT_EQ(*OpenEnvelope(Envelope(0, "")), "");
    for (const std::string& broken :
         {std::string(), std::string("\0\0\0", 3), Envelope(0, "abc") + "x",
          Envelope(0, "abc").substr(0, 6), std::string("\0\xff\xff\xff\xff", 5)}) {
        EXPECT_EQ(OpenEnvelope(broken).status().reason, "ENVELOPE_BROKEN");
    }
    EXPECT_EQ(OpenEnvelope(Envelope(kCompressed, "abc")).status().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace shouwang::gateway::connect
