#include "common/model/mask.h"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include <google/protobuf/any.pb.h>

#include "common/base/bytes.h"

namespace shouwang::model {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using options::v1::PersonalData;

std::vector<std::string_view> CodePoints(std::string_view text) {
    std::vector<std::string_view> points;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t n = 1;
        while (i + n < text.size() && (static_cast<unsigned char>(text[i + n]) & 0xc0) == 0x80) ++n;
        points.push_back(text.substr(i, n));
        i += n;
    }
    return points;
}

// Keeps `head` and `tail` code points; hides all where less than four would be hidden, except
// names.
std::string Keep(std::string_view text, std::size_t head, std::size_t tail,
                 std::size_t least_hidden) {
    const auto points = CodePoints(text);
    std::string out;
    if (points.size() < head + tail + least_hidden)
        return std::string(points.size() < 4 ? points.size() : 4, '*');
    for (std::size_t i = 0; i < points.size(); ++i) {
        out += i < head || i >= points.size() - tail ? points[i] : std::string_view("*");
    }
    return out;
}

std::string MaskName(std::string_view text) {
    const auto points = CodePoints(text);
    if (points.empty()) return "";
    if (points.size() == 1) return "*";
    return points.size() == 2 ? std::string(points[0]) + "*" : Keep(text, 1, 1, 1);
}

// Up to the village group (组), else the village, else the township: what a notice may name.
std::string MaskAddress(std::string_view text) {
    for (std::string_view end : {"组", "村", "社区", "镇", "乡", "县", "区", "市"}) {
        if (const std::size_t at = text.find(end); at != std::string_view::npos)
            return std::string(text.substr(0, at + end.size()));
    }
    return "***";
}

bool IsOwnDigit(char c) { return c >= '0' && c <= '9'; }

// How the gate treats one type: fields to mask and fields to descend into.
struct Plan {
    std::vector<std::pair<const FieldDescriptor*, PersonalData>> masked;
    std::vector<const FieldDescriptor*> nested;
    bool any = false;  // is google.protobuf.Any itself
    bool holds = false;
};

class Plans {
public:
    const Plan& Of(const Descriptor& type) {
        {
            std::shared_lock lock(mutex_);
            if (const auto found = plans_.find(&type); found != plans_.end()) return *found->second;
        }
        std::unique_lock lock(mutex_);
        return Build(type);
    }

private:
    bool Holds(const Descriptor& type, std::vector<const Descriptor*>& visiting) {
        if (type.full_name() == "google.protobuf.Any") return true;
        for (const Descriptor* seen : visiting) {
            if (seen == &type) return false;  // recursive types: the first visit decides
        }
        visiting.push_back(&type);
        for (int i = 0; i < type.field_count(); ++i) {
            const FieldDescriptor& field = *type.field(i);
            if (field.options().GetExtension(options::v1::personal) !=
                options::v1::PERSONAL_DATA_UNSPECIFIED)
                return true;
            if (field.message_type() != nullptr && Holds(*field.message_type(), visiting))
                return true;
        }
        return false;
    }

    const Plan& Build(const Descriptor& type) {
        std::unique_ptr<Plan>& slot = plans_[&type];
        if (slot != nullptr) return *slot;
        auto plan = std::make_unique<Plan>();
        plan->any = type.full_name() == "google.protobuf.Any";
        for (int i = 0; i < type.field_count(); ++i) {
            const FieldDescriptor& field = *type.field(i);
            const PersonalData personal = field.options().GetExtension(options::v1::personal);
            std::vector<const Descriptor*> visiting;
            if (personal != options::v1::PERSONAL_DATA_UNSPECIFIED) {
                plan->masked.emplace_back(&field, personal);
            } else if (field.message_type() != nullptr && Holds(*field.message_type(), visiting)) {
                plan->nested.push_back(&field);
            }
        }
        plan->holds = plan->any || !plan->masked.empty() || !plan->nested.empty();
        slot = std::move(plan);
        return *slot;
    }

    std::shared_mutex mutex_;
    std::unordered_map<const Descriptor*, std::unique_ptr<Plan>> plans_;
};

Plans& AllPlans() {
    static Plans& plans = *new Plans;  // outlives every caller at exit
    return plans;
}

void MaskField(Message& message, const FieldDescriptor& field, PersonalData personal) {
    const Reflection& reflection = *message.GetReflection();
    if (field.type() != FieldDescriptor::TYPE_STRING) {
        const bool category = personal == options::v1::PERSONAL_DATA_HEALTH &&
                              field.type() != FieldDescriptor::TYPE_BYTES &&
                              field.message_type() == nullptr;
        if (!category) reflection.ClearField(&message, &field);
        return;
    }
    if (field.is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
            reflection.SetRepeatedString(
                &message, &field, i,
                MaskText(personal, reflection.GetRepeatedString(message, &field, i)));
        }
    } else if (reflection.HasField(message, &field)) {
        reflection.SetString(&message, &field,
                             MaskText(personal, reflection.GetString(message, &field)));
    }
}

void MaskAny(Message& message) {
    auto* any = google::protobuf::DynamicCastToGenerated<google::protobuf::Any>(&message);
    const std::string name =
        any == nullptr ? "" : any->type_url().substr(any->type_url().rfind('/') + 1);
    const Descriptor* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
    if (type == nullptr) {
        message.Clear();
        return;
    }
    if (!HoldsPersonalData(*type)) return;
    std::unique_ptr<Message> content(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    if (!content->ParseFromString(any->value())) {
        message.Clear();
        return;
    }
    Mask(*content);
    any->set_value(content->SerializeAsString());
}

}  // namespace

std::string MaskText(PersonalData personal, std::string_view text) {
    if (text.empty()) return "";
    switch (personal) {
        case options::v1::PERSONAL_DATA_UNSPECIFIED:
            return std::string(text);
        case options::v1::PERSONAL_DATA_NAME:
            return MaskName(text);
        case options::v1::PERSONAL_DATA_IDENTITY:
            return Keep(text, 6, 4, 4);
        case options::v1::PERSONAL_DATA_PHONE:
            return Keep(text, 3, 4, 3);
        case options::v1::PERSONAL_DATA_BANK: {
            const auto points = CodePoints(text);
            std::string out = "****";
            if (points.size() < 8) return out;
            for (std::size_t i = points.size() - 4; i < points.size(); ++i) out += points[i];
            return out;
        }
        case options::v1::PERSONAL_DATA_ADDRESS:
            return MaskAddress(text);
        default:
            return "***";
    }
}

std::string MaskNumbersIn(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && IsOwnDigit(text[end])) ++end;
        if (end - i == 17 && end < text.size() && (text[end] == 'X' || text[end] == 'x')) ++end;
        const std::string_view run = text.substr(i, end - i);
        if (run.size() >= 15) {
            out += MaskText(options::v1::PERSONAL_DATA_IDENTITY, run);
        } else if (run.size() == 11 && run[0] == '1') {
            out += MaskText(options::v1::PERSONAL_DATA_PHONE, run);
        } else {
            out += run;
        }
        if (end < text.size() && end == i) out.push_back(text[end++]);
        i = end;
    }
    return out;
}

bool HoldsPersonalData(const Descriptor& type) { return AllPlans().Of(type).holds; }

void Mask(Message& message) {
    const Plan& plan = AllPlans().Of(*message.GetDescriptor());
    if (!plan.holds) return;
    if (plan.any) return MaskAny(message);
    const Reflection& reflection = *message.GetReflection();
    for (const auto& [field, personal] : plan.masked) MaskField(message, *field, personal);
    for (const FieldDescriptor* field : plan.nested) {
        if (field->is_repeated()) {  // maps too: their entries are messages
            for (int i = 0; i < reflection.FieldSize(message, field); ++i)
                Mask(*reflection.MutableRepeatedMessage(&message, field, i));
        } else if (reflection.HasField(message, field)) {
            Mask(*reflection.MutableMessage(&message, field));
        }
    }
}

}  // namespace shouwang::model
