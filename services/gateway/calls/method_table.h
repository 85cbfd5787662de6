// Every declared method, read once from the linked descriptors: policy, owner, whether its answers
// can hold personal data.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::gateway::calls {

struct Method {
    const google::protobuf::MethodDescriptor* descriptor = nullptr;
    std::string path;     // "/shouwang.monitoring.v1.LeadService/GetLead"
    std::string package;  // "shouwang.monitoring.v1"
    options::v1::MethodPolicy policy;
    bool masked = false;                                 // the answer passes the masking gate
    const google::protobuf::Message* request = nullptr;  // prototypes
    const google::protobuf::Message* response = nullptr;

    std::chrono::milliseconds longest() const;  // the policy's deadline, or the default of 10 s
};

class MethodTable {
public:
    // All services of packages shouwang.<service>.v1. FAILED_PRECONDITION "POLICY_MISSING" naming
    // the methods without a policy.
    static Result<MethodTable> Build();

    const Method* Find(std::string_view path) const;
    const std::map<std::string, Method, std::less<>>& all() const { return methods_; }

private:
    std::map<std::string, Method, std::less<>> methods_;
};

// Every .proto file linked into the process whose package starts with `prefix`, by name.
std::vector<const google::protobuf::FileDescriptor*> LinkedFiles(std::string_view prefix);

}  // namespace shouwang::gateway::calls
