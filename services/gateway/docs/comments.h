// The comments of the .proto files: the linked descriptors carry none, so the build embeds them.
#pragma once

#include <string>

#include <google/protobuf/descriptor.h>

namespace shouwang::gateway::docs {

// The comment in front of a declaration, or behind a field on its line; "" where there is none.
// Thread-safe.
std::string CommentOf(const google::protobuf::ServiceDescriptor& service);
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
std::string CommentOf(const google::protobuf::Descriptor& message);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumDescriptor& type);

}  // namespace shouwang::gateway::docs
