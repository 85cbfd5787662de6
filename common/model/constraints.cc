#include "common/model/constraints.h"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include <re2/re2.h>

#include "common/log/log.h"
#include "common/model/value_check.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::model {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A request that breaks many rules is told about the first ones only: status details are small.
constexpr std::size_t kMostViolations = 20;

struct FieldPlan {
    const FieldDescriptor* field;
    bool declared = false;  // has the option `constraint`
    options::v1::Constraint constraint;
    std::unique_ptr<re2::RE2> pattern;
    std::size_t max_length = 0;
};
using Plan = std::vector<FieldPlan>;

Plan MakePlan(const Descriptor& type) {
    Plan plan;
    for (int i = 0; i < type.field_count(); ++i) {
        FieldPlan field{type.field(i)};
        const auto cpp = field.field->cpp_type();
        field.declared = field.field->options().HasExtension(options::v1::constraint);
        if (!field.declared && cpp != FieldDescriptor::CPPTYPE_STRING &&
            cpp != FieldDescriptor::CPPTYPE_ENUM && cpp != FieldDescriptor::CPPTYPE_MESSAGE) {
            continue;
        }
        field.constraint = field.field->options().GetExtension(options::v1::constraint);
        field.max_length = field.constraint.max_length() != 0 ? field.constraint.max_length()
                           : field.declared                   ? 200
                                                              : 1u << 20;
        if (!field.constraint.pattern().empty()) {
            field.pattern = std::make_unique<re2::RE2>(field.constraint.pattern(), re2::RE2::Quiet);
            if (!field.pattern->ok()) {
                log::Error("wrong constraint", {{"field", field.field->full_name()},
                                                {"pattern", field.constraint.pattern()}});
                std::abort();
            }
        }
        plan.push_back(std::move(field));
    }
    return plan;
}

const Plan& PlanOf(const Descriptor& type) {
    static auto& mutex = *new std::shared_mutex;
    static auto& plans = *new std::unordered_map<const Descriptor*, std::unique_ptr<Plan>>;
    {
        std::shared_lock lock(mutex);
        if (const auto found = plans.find(&type); found != plans.end()) return *found->second;
    }
    std::unique_lock lock(mutex);
    std::unique_ptr<Plan>& slot = plans[&type];
    if (slot == nullptr) slot = std::make_unique<Plan>(MakePlan(type));
    return *slot;
}

class Checker {
public:
    void Check(const Message& message, const std::string& path) {
        for (const FieldPlan& plan : PlanOf(*message.GetDescriptor())) {
            if (violations_.size() >= kMostViolations) return;
            CheckField(message, plan, path + plan.field->name());
        }
    }
    std::vector<FieldViolation>& violations() { return violations_; }

private:
    void Add(const std::string& path, std::string want) {
        violations_.push_back({path, std::move(want)});
    }

    void CheckField(const Message& message, const FieldPlan& plan, const std::string& path) {
        const Reflection& reflection = *message.GetReflection();
        if (plan.field->is_repeated()) {
            const int size = reflection.FieldSize(message, plan.field);
            if (size == 0 && plan.constraint.required())
                Add(path, "at least one value is required");
            for (int i = 0; i < size; ++i)
                CheckValue(message, plan, path + "[" + std::to_string(i) + "]", i);
            return;
        }
        const bool present =
            plan.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING
                ? !internal::Trim(reflection.GetString(message, plan.field)).empty()
                : reflection.HasField(message, plan.field);
        if (!present) {
            if (plan.constraint.required()) Add(path, "is required");
            // Blank text is absent; but what breaks a text column breaks it here too.
            if (!reflection.HasField(message, plan.field)) return;
        }
        CheckValue(message, plan, path, -1);
    }

    void CheckValue(const Message& message, const FieldPlan& plan, const std::string& path,
                    int index) {
        const Reflection& r = *message.GetReflection();
        const FieldDescriptor* f = plan.field;
        switch (f->cpp_type()) {
            case FieldDescriptor::CPPTYPE_STRING: {
                std::string scratch;
                const std::string& text =
                    index < 0 ? r.GetStringReference(message, f, &scratch)
                              : r.GetRepeatedStringReference(message, f, index, &scratch);
                return CheckText(plan, path, text);
            }
            case FieldDescriptor::CPPTYPE_ENUM: {
                const int value = index < 0 ? r.GetEnumValue(message, f)
                                            : r.GetRepeatedEnumValue(message, f, index);
                if (f->enum_type()->FindValueByNumber(value) == nullptr) {
                    Add(path, "a declared value of " + f->enum_type()->full_name());
                } else if (value == 0 && (plan.constraint.required() || index >= 0)) {
                    Add(path, "a value other than " + f->enum_type()->value(0)->name());
                }
                return;
            }
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return Check(
                    index < 0 ? r.GetMessage(message, f) : r.GetRepeatedMessage(message, f, index),
                    path + ".");
            case FieldDescriptor::CPPTYPE_INT32:
                return CheckNumber(
                    plan, path,
                    index < 0 ? r.GetInt32(message, f) : r.GetRepeatedInt32(message, f, index));
            case FieldDescriptor::CPPTYPE_INT64:
                return CheckNumber(
                    plan, path,
                    index < 0 ? r.GetInt64(message, f) : r.GetRepeatedInt64(message, f, index));
            case FieldDescriptor::CPPTYPE_UINT32:
                return CheckNumber(
                    plan, path,
                    index < 0 ? r.GetUInt32(message, f) : r.GetRepeatedUInt32(message, f, index));
            default:
                return;
        }
    }

    void CheckText(const FieldPlan& plan, const std::string& path, const std::string& text) {
        if (plan.field->type() == FieldDescriptor::TYPE_BYTES) return;
        if (auto finding = internal::CheckPlain(text, plan.max_length))
            return Add(path, std::move(finding->want));
        if (!plan.declared || internal::Trim(text).empty()) return;
        if (auto finding = internal::CheckFormat(plan.constraint, plan.pattern.get(), text))
            Add(path, std::move(finding->want));
    }

    void CheckNumber(const FieldPlan& plan, const std::string& path, std::int64_t value) {
        const options::v1::Constraint& c = plan.constraint;
        if ((c.has_min() && value < c.min()) || (c.has_max() && value > c.max()))
            Add(path, internal::WantRange(c));
    }

    std::vector<FieldViolation> violations_;
};

}  // namespace

Status CheckRequest(const Message& request) {
    Checker checker;
    checker.Check(request, "");
    if (checker.violations().empty()) return Status::Ok();
    // The message names fields and what would be right, never what came: that may be personal.
    const FieldViolation& first = checker.violations().front();
    Status status =
        MakeStatus(Code::kInvalidArgument, "INVALID_FIELD", first.field + ": " + first.description);
    status.violations = std::move(checker.violations());
    return status;
}

}  // namespace shouwang::model
