#include "common/rpc/reflection.h"

#include <set>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace shouwang::rpc {
namespace {

namespace wire = ::grpc::reflection::v1alpha;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// Answers one stream: a file is sent once, with the files it needs.
class Conversation {
public:
    explicit Conversation(const Reflection& reflection) : reflection_(reflection) {}

    wire::ServerReflectionResponse Answer(const wire::ServerReflectionRequest& request) {
        wire::ServerReflectionResponse response;
        response.set_valid_host(request.host());
        *response.mutable_original_request() = request;
        switch (request.message_request_case()) {
            case wire::ServerReflectionRequest::kListServices:
                for (const std::string& name : reflection_.services()) {
                    response.mutable_list_services_response()->add_service()->set_name(name);
                }
                break;
            case wire::ServerReflectionRequest::kFileByFilename:
                AddFile(Pool().FindFileByName(request.file_by_filename()), response);
                break;
            case wire::ServerReflectionRequest::kFileContainingSymbol:
                AddFile(Pool().FindFileContainingSymbol(request.file_containing_symbol()),
                        response);
                break;
            case wire::ServerReflectionRequest::kFileContainingExtension: {
                const auto& wanted = request.file_containing_extension();
                const auto* type = Pool().FindMessageTypeByName(wanted.containing_type());
                const auto* extension =
                    type == nullptr ? nullptr
                                    : Pool().FindExtensionByNumber(type, wanted.extension_number());
                AddFile(extension == nullptr ? nullptr : extension->file(), response);
                break;
            }
            case wire::ServerReflectionRequest::kAllExtensionNumbersOfType:
                AddExtensions(request.all_extension_numbers_of_type(), response);
                break;
            default:
                SetError(::grpc::StatusCode::INVALID_ARGUMENT, "no question", response);
        }
        return response;
    }

private:
    static void SetError(::grpc::StatusCode code, const char* message,
                         wire::ServerReflectionResponse& response) {
        response.mutable_error_response()->set_error_code(code);
        response.mutable_error_response()->set_error_message(message);
    }

    void AddFile(const FileDescriptor* file, wire::ServerReflectionResponse& response) {
        if (file == nullptr) return SetError(::grpc::StatusCode::NOT_FOUND, "not found", response);
        std::set<const FileDescriptor*> seen;
        AddWithNeeds(*file, true, seen, *response.mutable_file_descriptor_response());
    }
    void AddWithNeeds(const FileDescriptor& file, bool asked, std::set<const FileDescriptor*>& seen,
                      wire::FileDescriptorResponse& out) {
        if (!seen.insert(&file).second) return;
        if (sent_.insert(&file).second || asked) {
            google::protobuf::FileDescriptorProto proto;
            file.CopyTo(&proto);
            out.add_file_descriptor_proto(proto.SerializeAsString());
        }
        for (int i = 0; i < file.dependency_count(); ++i)
            AddWithNeeds(*file.dependency(i), false, seen, out);
    }

    static void AddExtensions(const std::string& type_name,
                              wire::ServerReflectionResponse& response) {
        const auto* type = Pool().FindMessageTypeByName(type_name);
        if (type == nullptr) return SetError(::grpc::StatusCode::NOT_FOUND, "not found", response);
        std::vector<const google::protobuf::FieldDescriptor*> extensions;
        Pool().FindAllExtensions(type, &extensions);
        auto* out = response.mutable_all_extension_numbers_response();
        out->set_base_type_name(type_name);
        for (const auto* extension : extensions) out->add_extension_number(extension->number());
    }

    const Reflection& reflection_;
    std::set<const FileDescriptor*> sent_;
};

class ReflectionCall final : public ::grpc::ServerGenericBidiReactor {
public:
    explicit ReflectionCall(const Reflection& reflection) : conversation_(reflection) {
        StartRead(&in_);
    }
    void OnReadDone(bool ok) override {
        if (!ok) return Finish(::grpc::Status::OK);
        wire::ServerReflectionRequest request;
        if (!::grpc::SerializationTraits<wire::ServerReflectionRequest>::Deserialize(&in_, &request)
                 .ok()) {
            return Finish({::grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be parsed"});
        }
        bool own = false;
        out_.Clear();  // it must be empty to be written into
        (void)::grpc::SerializationTraits<wire::ServerReflectionResponse>::Serialize(
            conversation_.Answer(request), &out_, &own)
            .ok();
        StartWrite(&out_);
    }
    void OnWriteDone(bool ok) override {
        if (!ok) return Finish(::grpc::Status::CANCELLED);
        in_.Clear();
        StartRead(&in_);
    }
    void OnDone() override { delete this; }

private:
    Conversation conversation_;
    ::grpc::ByteBuffer in_, out_;
};

}  // namespace

::grpc::ServerGenericBidiReactor* Reflection::Reactor(const std::string& path) const {
    const bool ours = path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo" ||
                      path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    return ours ? new ReflectionCall(*this) : nullptr;
}

}  // namespace shouwang::rpc
