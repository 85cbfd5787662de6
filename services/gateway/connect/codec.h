// Messages ↔ bytes of the Connect protocol: proto3 JSON (lowerCamelCase out; lowerCamelCase and
// declared names in) and binary, and the five-byte envelopes of its streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "common/base/status.h"

namespace shouwang::gateway::connect {

enum class Codec { kJson, kProto };

// INVALID_ARGUMENT "REQUEST_MALFORMED"; a JSON member that is not declared, or an enum name that is
// not, is named as a violation.
Status Decode(Codec codec, std::string_view bytes, google::protobuf::Message& message);
std::string Encode(Codec codec, const google::protobuf::Message& message);

inline constexpr std::uint8_t kCompressed = 0x01, kEndStream = 0x02;

std::string Envelope(std::uint8_t flags, std::string_view payload);
// The one message of a unary or server-streaming request. INVALID_ARGUMENT "ENVELOPE_BROKEN".
Result<std::string_view> OpenEnvelope(std::string_view body);

}  // namespace shouwang::gateway::connect
