// Division codes: prefixes of 2 (province), 4 (city), 6 (county), 9 (township), 12 (village) digits.
#pragma once

#include <string>
#include <string_view>

namespace shouwang {

// 0 for the empty prefix (the nation), 1 to 5, or -1 where the length or a character is wrong.
int RegionLevel(std::string_view code);
// "360681000000" and "360681" → "360681": cuts the zero groups that some sources append.
std::string TrimRegion(std::string_view code);
inline bool RegionContains(std::string_view prefix, std::string_view code) { return code.substr(0, prefix.size()) == prefix; }
// Prefix of the given level; the code itself where it is shorter.
std::string_view RegionAtLevel(std::string_view code, int level);
// The narrower of two prefixes where one contains the other; "!" (matches nothing) where they do not meet.
std::string NarrowRegion(std::string_view scope, std::string_view wanted);

}  // namespace shouwang
