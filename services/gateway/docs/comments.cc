#include "services/gateway/docs/comments.h"

#include <memory>
#include <string_view>

#include <google/protobuf/descriptor.pb.h>

#include "common/log/log.h"

namespace shouwang::gateway::docs {

extern const std::string_view
    kDescriptorSet;  // written by the build: every .proto with its comments

namespace {

namespace pb = google::protobuf;

const pb::DescriptorPool& Commented() {
    static const std::unique_ptr<pb::DescriptorPool> pool = [] {
        auto made = std::make_unique<pb::DescriptorPool>();
        pb::FileDescriptorSet set;
        if (!set.ParseFromArray(kDescriptorSet.data(), static_cast<int>(kDescriptorSet.size())))
            log::Error("embedded declarations are broken");
        for (const pb::FileDescriptorProto& file : set.file())
            made->BuildFile(file);  // imports come first
        return made;
    }();
    return *pool;
}

std::string Tidy(std::string text) {
    std::string out;
    bool line_start = true;
    for (const char c : text) {
        if (line_start && c == ' ') continue;
        line_start = c == '\n';
        out += c;
    }
    while (!out.empty() && out.back() == '\n') out.pop_back();
    // A ruler between sections is no comment of the declaration behind it.
    if (const std::size_t ruler = out.rfind("-----"); ruler != std::string::npos) {
        const std::size_t next = out.find('\n', ruler);
        out = next == std::string::npos ? "" : out.substr(next + 1);
    }
    return out;
}

template <typename D>
std::string Comment(const D* descriptor) {
    pb::SourceLocation location;
    if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return "";
    return Tidy(location.leading_comments.empty() ? location.trailing_comments
                                                  : location.leading_comments);
}

}  // namespace

std::string CommentOf(const pb::ServiceDescriptor& service) {
    return Comment(Commented().FindServiceByName(service.full_name()));
}
std::string CommentOf(const pb::MethodDescriptor& method) {
    return Comment(Commented().FindMethodByName(method.full_name()));
}
std::string CommentOf(const pb::Descriptor& message) {
    return Comment(Commented().FindMessageTypeByName(message.full_name()));
}
std::string CommentOf(const pb::FieldDescriptor& field) {
    return Comment(Commented().FindFieldByName(field.full_name()));
}
std::string CommentOf(const pb::EnumDescriptor& type) {
    return Comment(Commented().FindEnumTypeByName(type.full_name()));
}

}  // namespace shouwang::gateway::docs
