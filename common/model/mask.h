// The one masking gate: every message that leaves passes it; what it hides follows from the field option `personal`.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::model {

std::string MaskText(options::v1::PersonalData personal, std::string_view text);
// True where the type can hold personal data somewhere (precomputed, cached): the gate skips the rest.
bool HoldsPersonalData(const google::protobuf::Descriptor& type);
void Mask(google::protobuf::Message& message);

}  // namespace shouwang::model
