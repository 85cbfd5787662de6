#include "common/rpc/methods.h"

#include <cstdlib>

#include "common/base/region_code.h"
#include "common/log/log.h"
#include "common/rpc/policy.h"

namespace shouwang::rpc {
namespace {

using google::protobuf::MethodDescriptor;

[[noreturn]] void WrongRegistration(const std::string& method, const std::string& what) {
    log::Error("wrong method registration", {{"method", method}, {"what", what}});
    std::abort();
}

const MethodDescriptor& Find(const std::string& full_name) {
    const MethodDescriptor* method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(full_name);
    if (method == nullptr) WrongRegistration(full_name, "no such method is declared");
    if (const auto policy = PolicyOf(*method); !policy.ok())
        WrongRegistration(full_name, policy.status().message);
    return *method;
}

const MethodDescriptor& FindTyped(const std::string& full_name,
                                  const google::protobuf::Descriptor* request,
                                  const google::protobuf::Descriptor* response,
                                  bool server_streams) {
    const MethodDescriptor& method = Find(full_name);
    if (method.input_type() != request || method.output_type() != response)
        WrongRegistration(full_name, "other types are declared");
    if (method.client_streaming() || method.server_streaming() != server_streams) {
        WrongRegistration(full_name, "another kind of streaming is declared");
    }
    return method;
}

}  // namespace

std::string MethodPath(const MethodDescriptor& method) {
    return "/" + method.service()->full_name() + "/" + method.name();
}

Result<std::string> CallContext::Scoped(std::string_view wanted) const {
    if (RegionLevel(wanted) < 0) return InvalidField("region_prefix", "0, 2, 4, 6, 9 or 12 digits");
    std::string scope = NarrowRegion(principal.region_prefix(), wanted);
    if (scope == "!")
        return MakeStatus(Code::kNotFound, "REGION_NOT_FOUND",
                          "no such region within the caller's own");
    return scope;
}

void Methods::Insert(Entry entry) {
    const std::string path = MethodPath(*entry.method);
    if (!entries_.emplace(path, std::move(entry)).second)
        WrongRegistration(path, "has a handler already");
}

void Methods::AddUnary(const std::string& full_name, const google::protobuf::Descriptor* request,
                       const google::protobuf::Descriptor* response, UnaryHandler handler) {
    Insert({&FindTyped(full_name, request, response, false), std::move(handler), nullptr, nullptr});
}

void Methods::AddStream(const std::string& full_name, const google::protobuf::Descriptor* request,
                        const google::protobuf::Descriptor* response, StreamHandler handler) {
    Insert({&FindTyped(full_name, request, response, true), nullptr, std::move(handler), nullptr});
}

void Methods::Bidi(const std::string& full_name, BidiHandler handler) {
    Insert({&Find(full_name), nullptr, nullptr, std::move(handler)});
}

void Methods::Fallback(BidiHandler handler) { fallback_ = std::move(handler); }

}  // namespace shouwang::rpc
