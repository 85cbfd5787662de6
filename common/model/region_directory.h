// Which division codes exist, and which prefixes identity numbers may carry. One immutable snapshot, loaded at start from the
// reference CSV files; look-ups take some 20 ns and are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace shouwang::model {

class RegionDirectory {
public:
    // dir holds divisions.csv (levels 1 to 4; levels 1 to 3 written as six digits), any number of villages_*.csv (12 digits) and
    // divisions_history.csv (county level and above since 1981). First column = code, third = level. Fails with
    // FAILED_PRECONDITION "REGIONS_MISSING" or "REGIONS_BROKEN" (file and line in the message).
    static Result<std::shared_ptr<const RegionDirectory>> Load(const std::string& dir);
    // From codes of 2, 4, 6, 9 or 12 digits, and prefixes of six digits.
    RegionDirectory(std::span<const std::string> codes, std::span<const std::string> prefixes);

    // A division in force of any level, by its 2, 4, 6, 9 or 12 digits.
    bool Knows(std::string_view code) const;
    // A prefix of six digits that is in force or ever was: identity numbers keep the prefix of their first issue.
    bool KnowsPrefix(std::string_view prefix6) const;
    std::size_t size() const { return size_; }

private:
    RegionDirectory() = default;
    void Build(std::span<const std::string> codes);
    void AddPrefix(std::string_view prefix6);

    std::vector<std::uint64_t> slots_;     // open addressing, power of two, 0 = free
    std::vector<bool> prefixes_;           // by the number of the prefix
    std::size_t size_ = 0;
};

}  // namespace shouwang::model
