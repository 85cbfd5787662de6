#include "common/base/region_code.h"

#include <algorithm>
#include <array>

namespace shouwang {
namespace {

constexpr std::array<std::size_t, 6> kLength = {0, 2, 4, 6, 9, 12};

}  // namespace

int RegionLevel(std::string_view code) {
    const auto at = std::find(kLength.begin(), kLength.end(), code.size());
    if (at == kLength.end()) return -1;
    if (!std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return -1;
    }
    return static_cast<int>(at - kLength.begin());
}

std::string TrimRegion(std::string_view code) {
    for (int level = RegionLevel(code); level > 0; --level) {
        const std::size_t shorter = kLength[static_cast<std::size_t>(level - 1)];
        if (code.find_first_not_of('0', shorter) != std::string_view::npos) break;
        code = code.substr(0, shorter);
    }
    return std::string(code);
}

std::string_view RegionAtLevel(std::string_view code, int level) {
    const int last = static_cast<int>(kLength.size()) - 1;
    return code.substr(0, kLength[static_cast<std::size_t>(std::clamp(level, 0, last))]);
}

std::string NarrowRegion(std::string_view scope, std::string_view wanted) {
    if (RegionContains(scope, wanted)) return std::string(wanted);
    if (RegionContains(wanted, scope)) return std::string(scope);
    return "!";
}

}  // namespace shouwang
