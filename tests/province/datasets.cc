#include "tests/province/datasets.h"

#include <algorithm>
#include <map>

#include "shouwang/monitoring/feed/v1/economy.pb.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/feed/v1/order.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::province {
namespace {

namespace feed = monitoring::feed::v1;
using google::protobuf::FieldDescriptor;

// One line for each department; a department writes all its datasets in its own way.
Habits HabitsOf(const std::string& department, const std::string& dataset) {
    static const std::map<std::string, Habits> kHabits = {
        {"medical_insurance", {Container::kNdjsonGz}},
        {"health",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou}},
        {"disabled_federation",
         {Container::kCsv, Charset::kGb18030, true, true, true, true, BoolStyle::kShiFou,
          DateStyle::kSlashes}},
        {"mass_organisations",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou,
          DateStyle::kSlashes}},
        {"education",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, false, BoolStyle::kShiFou}},
        {"civil_affairs",
         {Container::kCsv, Charset::kGb18030, true, true, true, true, BoolStyle::kShiFou,
          DateStyle::kSlashes}},
        {"human_resources", {Container::kNdjsonGz}},
        {"finance",
         {Container::kCsv, Charset::kUtf8, false, true, false, false, BoolStyle::kOneZero,
          DateStyle::kCompact}},
        {"petition",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou}},
        {"housing",
         {Container::kCsv, Charset::kGb18030, true, true, true, true, BoolStyle::kShiFou}},
        {"water", {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou}},
        {"emergency",
         {Container::kCsv, Charset::kUtf8, true, true, true, false, BoolStyle::kShiFou}},
        {"natural_resources",
         {Container::kCsv, Charset::kUtf8, true, false, true, false, BoolStyle::kOneZero,
          DateStyle::kCompact}},
        {"meteorology",
         {Container::kCsv, Charset::kUtf8, false, false, false, false, BoolStyle::kTrueFalse}},
        {"public_security",
         {Container::kCsv, Charset::kUtf8, false, false, false, false, BoolStyle::kOneZero,
          DateStyle::kCompact}},
        {"justice",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou,
          DateStyle::kSlashes}},
        {"agriculture",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, true, BoolStyle::kShiFou}},
        {"banks",
         {Container::kCsv, Charset::kUtf8, false, false, false, false, BoolStyle::kTrueFalse}},
        {"market",
         {Container::kCsv, Charset::kUtf8Bom, true, true, true, false, BoolStyle::kShiFou}},
        {"rural_revitalization",
         {Container::kCsv, Charset::kUtf8, true, true, true, false, BoolStyle::kShiFou}},
    };
    const auto found = kHabits.find(department);
    Habits habits = found == kHabits.end() ? Habits{} : found->second;
    if (dataset == "pension_payment" || dataset == "medical_insurance")
        habits.container = Container::kCsvGz;
    return habits;
}

Completeness CompletenessOf(const std::string& dataset) {
    static const std::map<std::string, Completeness> kCompleteness = {
        {"medical_settlement", Completeness::kAlways},
        {"medical_insurance", Completeness::kBaselineOnly},
        {"serious_illness", Completeness::kAlways},
        {"cancer_screening", Completeness::kAlways},
        {"worker_in_difficulty", Completeness::kAlways},
        {"social_assistance", Completeness::kAlways},
        {"temporary_aid", Completeness::kAlways},
        {"public_payroll", Completeness::kAlways},
        {"petition_call", Completeness::kAlways},
        {"death", Completeness::kAlways},
        {"imprisonment", Completeness::kAlways},
        {"insurance_claim", Completeness::kAlways},
        {"bank_loan", Completeness::kAlways},
        {"monitored_household", Completeness::kAlways},
        {"vehicle", Completeness::kBaselineOnly},
        {"business", Completeness::kBaselineOnly},
        {"disability_certificate", Completeness::kBaselineOnly},
    };
    const auto found = kCompleteness.find(dataset);
    return found == kCompleteness.end() ? Completeness::kNever : found->second;
}

Field MakeField(const FieldDescriptor* descriptor, const Habits& habits) {
    Field field{descriptor, descriptor->options().GetExtension(options::v1::constraint)};
    field.money = field.constraint.unit() == options::v1::UNIT_FEN;
    const auto format = field.constraint.format();
    field.date = format == options::v1::FORMAT_DATE;
    field.identity = format == options::v1::FORMAT_IDENTITY;
    std::string name(descriptor->name());
    const std::string zh = descriptor->options().GetExtension(options::v1::label).zh();
    if (habits.chinese_headers && !zh.empty()) {
        field.header = zh;
        if (field.money) field.header += habits.yuan ? "(元)" : "(分)";
        return field;
    }
    if (field.money && habits.yuan && name.ends_with("_fen"))
        name.replace(name.size() - 4, 4, "_yuan");
    field.header = name;
    return field;
}

DatasetInfo Describe(const google::protobuf::Descriptor* descriptor) {
    DatasetInfo info;
    info.descriptor = descriptor;
    info.options = descriptor->options().GetExtension(options::v1::dataset);
    info.habits = HabitsOf(info.options.department(), info.options.id());
    info.complete = CompletenessOf(info.options.id());
    info.must_arrive = info.options.department() == "rural_revitalization";
    info.late = info.options.kind() == options::v1::DATASET_KIND_EVENT && !info.must_arrive &&
                info.options.id() != "death";
    // What is complete for a month is expected to have the volume of other months.
    info.monthly_history = info.complete == Completeness::kAlways &&
                           info.options.kind() == options::v1::DATASET_KIND_EVENT;
    info.subject = descriptor->FindFieldByName(info.options.subject_field());
    info.date = descriptor->FindFieldByName(info.options.date_field());
    info.region = descriptor->FindFieldByName("region_code");
    for (int i = 0; i < descriptor->field_count(); ++i) {
        info.fields.push_back(MakeField(descriptor->field(i), info.habits));
        const Field& field = info.fields.back();
        if (field.money && field.constraint.required() && info.amount == nullptr)
            info.amount = field.descriptor;
        const bool is_key =
            std::find(info.options.key_fields().begin(), info.options.key_fields().end(),
                      field.descriptor->name()) != info.options.key_fields().end();
        if (is_key && field.constraint.format() == options::v1::FORMAT_UNSPECIFIED &&
            field.constraint.pattern().empty())
            info.key = field.descriptor;
    }
    return info;
}

std::vector<DatasetInfo> DescribeAll() {
    std::vector<DatasetInfo> all;
    for (const google::protobuf::FileDescriptor* file :
         {feed::Death::descriptor()->file(), feed::MedicalSettlement::descriptor()->file(),
          feed::HouseGrade::descriptor()->file(), feed::SchoolStatus::descriptor()->file(),
          feed::IndustryProject::descriptor()->file(),
          feed::RegistryMember::descriptor()->file()}) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            if (file->message_type(i)->options().HasExtension(options::v1::dataset))
                all.push_back(Describe(file->message_type(i)));
        }
    }
    std::sort(all.begin(), all.end(), [](const DatasetInfo& a, const DatasetInfo& b) {
        return a.options.number() < b.options.number();
    });
    for (std::size_t i = 0; i < all.size(); ++i) all[i].index = static_cast<int>(i);
    return all;
}

}  // namespace

const std::vector<DatasetInfo>& AllDatasets() {
    static const std::vector<DatasetInfo> kAll = DescribeAll();
    return kAll;
}

const DatasetInfo& InfoOf(const google::protobuf::Descriptor* descriptor) {
    static const std::map<const google::protobuf::Descriptor*, const DatasetInfo*> kByType = [] {
        std::map<const google::protobuf::Descriptor*, const DatasetInfo*> map;
        for (const DatasetInfo& info : AllDatasets()) map[info.descriptor] = &info;
        return map;
    }();
    return *kByType.at(descriptor);
}

std::string ExtensionOf(Container container) {
    return container == Container::kCsv     ? ".csv"
           : container == Container::kCsvGz ? ".csv.gz"
                                            : ".ndjson.gz";
}

}  // namespace shouwang::province
