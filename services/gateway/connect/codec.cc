#include "services/gateway/connect/codec.h"

#include <google/protobuf/util/json_util.h>

#include "common/base/bytes.h"

namespace shouwang::gateway::connect {

namespace util = google::protobuf::util;

namespace {

Status Malformed(std::string message) {
    return MakeStatus(Code::kInvalidArgument, "REQUEST_MALFORMED", std::move(message));
}

// The library says "(path) name: Cannot find field." and "…: invalid value \"X\" for type
// TYPE_ENUM": the violation names the field, never the value, which may be personal.
Status FromLibrary(const std::string& text) {
    constexpr std::string_view kUnknown = ": Cannot find field.";
    if (const std::size_t at = text.find(kUnknown); at != std::string::npos) {
        std::size_t begin = text.rfind(' ', at);
        begin = begin == std::string::npos ? 0 : begin + 1;
        std::string path;
        if (const std::size_t open = text.find('('), close = text.find(')');
            open != std::string::npos && close != std::string::npos && close < at &&
            close > open + 1) {
            path = text.substr(open + 1, close - open - 1) + ".";
        }
        return InvalidField(path + text.substr(begin, at - begin), "no such field",
                            "UNKNOWN_FIELD");
    }
    const std::size_t open = text.find('('), close = text.find(')');
    if (open != std::string::npos && close != std::string::npos && close > open + 1) {
        return InvalidField(text.substr(open + 1, close - open - 1), "a value of the field's type",
                            "REQUEST_MALFORMED");
    }
    const std::size_t colon = text.find(": ");
    if (colon != std::string::npos && text.find("invalid value") != std::string::npos &&
        colon < 64) {
        return InvalidField(text.substr(0, colon), "a value of the field's type",
                            "REQUEST_MALFORMED");
    }
    return Malformed("the body is not the JSON of the method's request");
}

}  // namespace

Status Decode(Codec codec, std::string_view bytes, google::protobuf::Message& message) {
    if (codec == Codec::kProto) {
        return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
                   ? Status::Ok()
                   : Malformed("the body is not the method's request");
    }
    if (!IsValidUtf8(bytes)) return Malformed("the body is not UTF-8");
    if (bytes.empty()) bytes = "{}";  // curl without data
    const auto status = util::JsonStringToMessage(
        google::protobuf::StringPiece(bytes.data(), bytes.size()), &message);
    return status.ok() ? Status::Ok() : FromLibrary(std::string(status.message()));
}

std::string Encode(Codec codec, const google::protobuf::Message& message) {
    if (codec == Codec::kProto) return message.SerializeAsString();
    std::string json;
    const auto status = util::MessageToJsonString(message, &json);
    return status.ok() ? json : "{}";
}

std::string Envelope(std::uint8_t flags, std::string_view payload) {
    std::string out;
    out.reserve(payload.size() + 5);
    out += static_cast<char>(flags);
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>((payload.size() >> shift) & 0xff);
    out += payload;
    return out;
}

Result<std::string_view> OpenEnvelope(std::string_view body) {
    const auto broken = [](const char* what) {
        return MakeStatus(Code::kInvalidArgument, "ENVELOPE_BROKEN", what);
    };
    if (body.size() < 5) return broken("the body holds no enveloped message");
    if (body[0] & kCompressed)
        return MakeStatus(Code::kUnimplemented, "COMPRESSION", "send the message uncompressed");
    std::size_t size = 0;
    for (int i = 1; i < 5; ++i)
        size = size << 8 | static_cast<unsigned char>(body[static_cast<std::size_t>(i)]);
    if (size != body.size() - 5) return broken("the envelope's length is not that of the body");
    return body.substr(5);
}

}  // namespace shouwang::gateway::connect
