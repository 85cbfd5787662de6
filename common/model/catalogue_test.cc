#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "common/model/test_datasets.h"

namespace shouwang::model {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;

TEST(Catalogue, ReadsEveryDataset) {
    const auto& all = TestCatalogue().all();
    EXPECT_EQ(all.size(), 35u);
    std::set<std::string> departments;
    std::uint32_t last = 0;
    for (const auto& dataset : all) {
        SCOPED_TRACE(dataset->options.id());
        EXPECT_GT(dataset->options.number(), last);
        last = dataset->options.number();
        departments.insert(dataset->options.department());
        EXPECT_EQ(TestCatalogue().Find(dataset->options.id()), dataset.get());
        EXPECT_EQ(TestCatalogue().Find(dataset->options.number()), dataset.get());
        ASSERT_NE(dataset->subject, nullptr);
        ASSERT_NE(dataset->date, nullptr);
        EXPECT_EQ(dataset->subject->field->name(), dataset->options.subject_field());
        EXPECT_EQ(static_cast<int>(dataset->fields.size()), dataset->descriptor->field_count());
        int keys = 0;
        for (const DatasetField& field : dataset->fields) {
            keys += field.key;
            EXPECT_EQ(field.field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM,
                      !field.enum_values.empty());
            EXPECT_EQ(field.pattern != nullptr, !field.constraint.pattern().empty());
        }
        EXPECT_EQ(keys, dataset->options.key_fields_size());
    }
    EXPECT_GE(departments.size(), 14u);
    EXPECT_EQ(TestCatalogue().Find("no_such"), nullptr);
    EXPECT_EQ(TestCatalogue().Find(std::uint32_t{9999}), nullptr);
}

TEST(Catalogue, BindsFactsWithTheirConditions) {
    const Dataset& medical = *TestCatalogue().Find("medical_settlement");
    const DatasetField& self_paid = FieldOf(medical, "self_paid_fen");
    ASSERT_GE(self_paid.facts.size(), 3u);
    EXPECT_EQ(self_paid.facts[0].fact, "person.inpatient_self_paid_ytd_fen");
    ASSERT_EQ(self_paid.facts[0].where.size(), 1u);
    EXPECT_EQ(self_paid.facts[0].where[0].first->name(), "kind");
    EXPECT_EQ(self_paid.facts[0].where[0].second, feed::MedicalSettlement::KIND_INPATIENT);
    EXPECT_TRUE(FieldOf(medical, "identity_no").sealed);
    EXPECT_FALSE(FieldOf(medical, "hospital").sealed);
    EXPECT_TRUE(FieldOf(*TestCatalogue().Find("registry_member"), "phone").sealed);
    EXPECT_FALSE(FieldOf(*TestCatalogue().Find("registry_member"), "name").sealed);
}

// A wrong declaration must stop the process at start: each case is the real file with one thing
// broken.
struct BrokenCase {
    const char* name;
    void (*breaks)(google::protobuf::DescriptorProto& medical);
    const char* says;
};

options::v1::Dataset* DatasetOf(google::protobuf::DescriptorProto& type) {
    return type.mutable_options()->MutableExtension(options::v1::dataset);
}
google::protobuf::FieldDescriptorProto* FieldNamed(google::protobuf::DescriptorProto& type,
                                                   const std::string& name) {
    for (auto& field : *type.mutable_field()) {
        if (field.name() == name) return &field;
    }
    std::abort();
}
options::v1::Constraint* ConstraintOf(google::protobuf::DescriptorProto& type,
                                      const std::string& name) {
    return FieldNamed(type, name)->mutable_options()->MutableExtension(options::v1::constraint);
}
options::v1::FactUse* FactOf(google::protobuf::DescriptorProto& type, const std::string& name) {
    return FieldNamed(type, name)->mutable_options()->MutableExtension(options::v1::fact, 0);
}

class BrokenCatalogue : public ::testing::TestWithParam<BrokenCase> {};

TEST_P(BrokenCatalogue, Aborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    FileDescriptorProto file;
    feed::MedicalSettlement::descriptor()->file()->CopyTo(&file);
    // Options arrive as parsed extensions, as in the generated files.
    ASSERT_TRUE(file.ParseFromString(file.SerializeAsString()));
    file.set_name("broken.proto");
    file.set_package("broken");
    for (auto& field : *file.mutable_message_type(0)->mutable_field()) {
        if (field.has_type_name())
            field.set_type_name(
                ".broken" +
                field.type_name().substr(std::string(".shouwang.monitoring.feed.v1").size()));
    }
    while (file.message_type_size() > 1) file.mutable_message_type()->RemoveLast();
    GetParam().breaks(*file.mutable_message_type(0));
    DescriptorPool pool(DescriptorPool::generated_pool());
    const auto* built = pool.BuildFile(file);
    ASSERT_NE(built, nullptr);
    EXPECT_DEATH(Catalogue({built}, {{"person", monitoring::v1::PersonFacts::descriptor()}}),
                 GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenCatalogue,
    ::testing::Values(
        BrokenCase{"NoId", [](auto& m) { DatasetOf(m)->clear_id(); }, "id or number missing"},
        BrokenCase{"SubjectField", [](auto& m) { DatasetOf(m)->set_subject_field("nobody"); },
                   "subject_field names an unknown field"},
        BrokenCase{"DateField", [](auto& m) { DatasetOf(m)->set_date_field("hospital"); },
                   "the date field is a date"},
        BrokenCase{"KeyField", [](auto& m) { DatasetOf(m)->set_key_fields(0, "nothing"); },
                   "key_fields names an unknown field"},
        BrokenCase{"SealedKey", [](auto& m) { DatasetOf(m)->set_key_fields(0, "identity_no"); },
                   "a key may not be personal"},
        BrokenCase{"Kind", [](auto& m) { DatasetOf(m)->clear_kind(); }, "kind missing"},
        BrokenCase{"SubjectKind",
                   [](auto& m) { DatasetOf(m)->set_subject(options::v1::SUBJECT_VILLAGE); },
                   "identity number or a division code"},
        BrokenCase{"UnknownFact",
                   [](auto& m) { FactOf(m, "self_paid_fen")->set_fact("person.nothing"); },
                   "unknown fact"},
        BrokenCase{"UnknownOwner",
                   [](auto& m) { FactOf(m, "self_paid_fen")->set_fact("cow.milk"); },
                   "unknown owner"},
        BrokenCase{"DerivedFact",
                   [](auto& m) { FactOf(m, "self_paid_fen")->set_fact("person.age"); },
                   "derived fact"},
        BrokenCase{"WhereField",
                   [](auto& m) { FactOf(m, "self_paid_fen")->set_where(0, "colour=RED"); },
                   "names an unknown field"},
        BrokenCase{"WhereValue",
                   [](auto& m) { FactOf(m, "self_paid_fen")->set_where(0, "kind=KIND_DENTAL"); },
                   "unknown enum value"},
        BrokenCase{"Pattern", [](auto& m) { ConstraintOf(m, "hospital")->set_pattern("[0-9"); },
                   "RE2 cannot compile"},
        BrokenCase{"OptionalSubject",
                   [](auto& m) { ConstraintOf(m, "identity_no")->set_required(false); },
                   "the subject is required"},
        BrokenCase{"MoneyName",
                   [](auto& m) { ConstraintOf(m, "hospital")->set_unit(options::v1::UNIT_FEN); },
                   "money is named"},
        BrokenCase{"NoPresence",
                   [](auto& m) {
                       auto* f = FieldNamed(m, "total_fen");
                       f->clear_proto3_optional();
                       f->clear_oneof_index();
                       for (auto& other : *m.mutable_field())
                           if (other.has_oneof_index())
                               other.set_oneof_index(other.oneof_index() - 1);
                       m.mutable_oneof_decl()->DeleteSubrange(0, 1);
                   },
                   "absent is not zero"}),
    [](const auto& broken) { return std::string(broken.param.name); });

}  // namespace
}  // namespace shouwang::model
