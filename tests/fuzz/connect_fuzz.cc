// Bodies of the Connect protocol: envelopes, JSON and binary messages. What is taken comes back the same.
#include <google/protobuf/util/message_differencer.h>

#include "common/base/bytes.h"
#include "common/model/constraints.h"
#include "services/gateway/connect/codec.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 4000;

namespace shouwang::gateway::connect {
namespace {

using fuzz::Require;
using google::protobuf::Message;

void Transcode(Codec codec, std::string_view body, const Message& prototype) {
    std::unique_ptr<Message> message(prototype.New()), again(prototype.New());
    const Status status = Decode(codec, body, *message);
    if (!status.ok()) {
        Require(status.code == Code::kInvalidArgument && !status.reason.empty(), "a body that is refused is the caller's mistake");
        Require(IsValidUtf8(status.message), "an error is text");
        for (const auto& violation : status.violations) Require(IsValidUtf8(violation.field), "an error is text");
        return;
    }
    (void)model::CheckRequest(*message);
    Require(Decode(Codec::kProto, Encode(Codec::kProto, *message), *again).ok() &&
                google::protobuf::util::MessageDifferencer::Equals(*message, *again),
            "binary comes back the same");
    // JSON has no unknown fields and only text in strings.
    if (codec != Codec::kJson) return;
    again->Clear();
    Require(Decode(Codec::kJson, Encode(Codec::kJson, *message), *again).ok() && again->SerializeAsString() == message->SerializeAsString(),
            "JSON comes back the same");
}

void Open(std::string_view body) {
    const auto payload = OpenEnvelope(body);
    if (!payload.ok()) return;
    Require(Envelope(static_cast<std::uint8_t>(body[0]), *payload) == body, "an envelope is what it was made of");
}

}  // namespace
}  // namespace shouwang::gateway::connect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::connect;
    namespace mon = shouwang::monitoring::v1;
    static const google::protobuf::Message* const kRequests[] = {
        &mon::ListLeadsRequest::default_instance(), &mon::OpenBatchRequest::default_instance(), &mon::Lead::default_instance(),
        &shouwang::gateway::v1::SignInRequest::default_instance()};
    shouwang::fuzz::Input input(data, size);
    const unsigned choice = input.Byte();
    if (choice % 3 == 2) {
        Open(input.Rest());
    } else {
        Transcode(choice % 3 == 0 ? Codec::kJson : Codec::kProto, input.Rest(), *kRequests[choice / 3 % std::size(kRequests)]);
    }
    return 0;
}
