#include "common/model/page.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"

namespace shouwang::model {
namespace {

constexpr std::size_t kMacSize = 16;
constexpr char kVersion = 1;

const google::protobuf::FieldDescriptor* Field(const google::protobuf::Message& filter,
                                               const char* name) {
    return filter.GetDescriptor()->FindFieldByName(name);
}

// Type and content of the filter, without the two fields that change from page to page.
std::string FilterBytes(const google::protobuf::Message& filter) {
    std::unique_ptr<google::protobuf::Message> copy(filter.New());
    copy->CopyFrom(filter);
    for (const char* name : {"page_size", "page_token"}) {
        if (const auto* field = Field(filter, name))
            copy->GetReflection()->ClearField(copy.get(), field);
    }
    std::string bytes = filter.GetDescriptor()->full_name();
    bytes.push_back('\0');
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);  // maps have no order of their own
    copy->SerializeToCodedStream(&out);
    return bytes;
}

std::string Mac(const std::string& key, std::string_view position,
                const google::protobuf::Message& filter) {
    std::string material(1, kVersion);
    material += std::to_string(position.size()) + ":";
    material += position;
    material += FilterBytes(filter);
    return crypto::HmacSha256(key, material).substr(0, kMacSize);
}

}  // namespace

Result<int> PageSize(int wanted) {
    constexpr int kDefault = 50, kMost = 1000;
    if (wanted < 0) return InvalidField("page_size", "0 (50 rows) to 1000", "PAGE_SIZE");
    return wanted == 0 ? kDefault : wanted > kMost ? kMost : wanted;
}

PageTokens::PageTokens(std::string key) : key_(std::move(key)) {}

std::string PageTokens::Make(std::string_view position,
                             const google::protobuf::Message& filter) const {
    std::string token(1, kVersion);
    token += Mac(key_, position, filter);
    token += position;
    return Base64UrlEncode(token);
}

Result<std::string> PageTokens::Read(const google::protobuf::Message& filter) const {
    const auto* field = Field(filter, "page_token");
    if (field == nullptr)
        return MakeStatus(Code::kInternal, "PAGE_TOKEN", "the request type has no page_token");
    std::string scratch;
    const std::string& token = filter.GetReflection()->GetStringReference(filter, field, &scratch);
    if (token.empty()) return std::string();
    const Status wrong = InvalidField(
        "page_token", "the next_page_token of the page before, with the same filter", "PAGE_TOKEN");
    const auto bytes = Base64UrlDecode(token);
    if (!bytes || bytes->size() < 1 + kMacSize || (*bytes)[0] != kVersion) return wrong;
    std::string position = bytes->substr(1 + kMacSize);
    if (!crypto::ConstantTimeEqual(std::string_view(*bytes).substr(1, kMacSize),
                                   Mac(key_, position, filter)))
        return wrong;
    return position;
}

}  // namespace shouwang::model
