// Contexts that sealed fields are bound to: the door seals with them, monitoring opens with them.
#pragma once

#include <string_view>

namespace shouwang::model {

inline constexpr std::string_view kSealIdentity = "identity";  // FeedRow.sealed_identity
inline constexpr std::string_view kSealFields = "fields";      // FeedRow.sealed_fields

}  // namespace shouwang::model
