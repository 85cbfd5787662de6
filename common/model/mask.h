// The one masking gate: every message that leaves passes it; what it hides follows from the field
// option `personal`.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::model {

// By class: 张*明; 360681********1234; 138****1234; ****1234; an address up to the village group;
// health: "***" (free text has no category that could be shown). Text that is too short to keep a
// part is hidden whole. Masking what is masked changes nothing.
std::string MaskText(options::v1::PersonalData personal, std::string_view text);
// Masks whatever looks like an identity or phone number inside other text (error texts, logs of
// foreign messages).
std::string MaskNumbersIn(std::string_view text);
// True where the type can hold personal data somewhere (precomputed, cached): the gate skips the
// rest.
bool HoldsPersonalData(const google::protobuf::Descriptor& type);
// Enums, numbers and booleans of class HEALTH are categories and stay; of any other class they are
// cleared, as are bytes. A google.protobuf.Any is opened; one of a type that is not linked is
// emptied.
void Mask(google::protobuf::Message& message);

}  // namespace shouwang::model
