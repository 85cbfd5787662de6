#include "services/gateway/calls/method_table.h"

#include <algorithm>

#include <google/protobuf/descriptor_database.h>

#include "common/model/mask.h"
#include "common/rpc/policy.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::calls {

namespace pb = google::protobuf;

std::chrono::milliseconds Method::longest() const {
    return std::chrono::milliseconds(policy.deadline_ms() == 0 ? 10'000 : policy.deadline_ms());
}

std::vector<const pb::FileDescriptor*> LinkedFiles(std::string_view prefix) {
    // A reference to one message keeps the library of all declarations linked; the database then
    // lists every file in it.
    v1::SignInRequest::descriptor();
    std::vector<std::string> names;
    pb::DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
    std::sort(names.begin(), names.end());
    std::vector<const pb::FileDescriptor*> files;
    for (const std::string& name : names) {
        const pb::FileDescriptor* file = pb::DescriptorPool::generated_pool()->FindFileByName(name);
        if (file != nullptr && file->package().starts_with(prefix)) files.push_back(file);
    }
    return files;
}

Result<MethodTable> MethodTable::Build() {
    MethodTable table;
    std::string missing;
    for (const pb::FileDescriptor* file : LinkedFiles("shouwang.")) {
        for (int s = 0; s < file->service_count(); ++s) {
            for (int m = 0; m < file->service(s)->method_count(); ++m) {
                Method method;
                method.descriptor = file->service(s)->method(m);
                method.path = "/" + file->service(s)->full_name() + "/" + method.descriptor->name();
                method.package = file->package();
                Result<options::v1::MethodPolicy> policy = rpc::PolicyOf(*method.descriptor);
                if (!policy.ok()) {
                    missing += " " + method.descriptor->full_name();
                    continue;
                }
                method.policy = *policy;
                method.masked = model::HoldsPersonalData(*method.descriptor->output_type());
                pb::MessageFactory* factory = pb::MessageFactory::generated_factory();
                method.request = factory->GetPrototype(method.descriptor->input_type());
                method.response = factory->GetPrototype(method.descriptor->output_type());
                table.methods_.emplace(method.path, std::move(method));
            }
        }
    }
    if (!missing.empty())
        return MakeStatus(Code::kFailedPrecondition, "POLICY_MISSING",
                          "methods without a policy:" + missing);
    return table;
}

const Method* MethodTable::Find(std::string_view path) const {
    auto found = methods_.find(path);
    return found == methods_.end() ? nullptr : &found->second;
}

}  // namespace shouwang::gateway::calls
