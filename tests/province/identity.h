// Synthetic identity numbers: real county prefixes, a real check character, and serial numbers
// arranged so that no two people of one province ever share a number, whatever the order of
// generation.
#pragma once

#include <cstdint>
#include <string>

#include "tests/province/reference.h"

namespace shouwang::province {

// Serials 1 to 998 of a day are pairs (odd male, even female) 0 to 498; who may use which pair:
//   0–339    people born in the county, placed by household;
//   340–495  people born in another county (three bands of 52: the one, two or three counties
//   further) or another province, who
//            all came as grown-ups; for the youngest birth year the same serials serve the newborn
//            of the county;
//   496–498  strangers: numbers that are right in form and belong to nobody in the registry.
// Within its band a number is fixed by (prefix, birth year, sex, household in the county):
// different households never meet.
enum class Origin { kHere, kOtherCounty, kOtherProvince, kStranger, kNewborn };

// The most households a county may hold before the bands would overlap.
constexpr std::uint32_t kMaxHouseholdsPerCounty = 56'000;

struct BirthPlace {
    Origin origin = Origin::kHere;
    int county = 0;  // position in Reference::counties of the county the person lives in
    std::uint32_t household = 0;  // position in that county
    int rank = 0;  // 0 or 1: first or second of that sex and birth year in the household (kHere
                   // only; a household accounts for at most one kNewborn of each sex)
};

// 18 characters. For kStranger the birth year is chosen here.
std::string MakeIdentity(const Reference& reference, const BirthPlace& place, int birth_year,
                         bool male);
// The old 15-digit form of a number of the twentieth century.
std::string OldIdentity(const std::string& number);
// The number with a check character that is wrong.
std::string BreakChecksum(std::string number);

// Unified social credit code with right check characters (registration office 9, company) for the
// n-th employer of a county.
std::string MakeCreditCode(const std::string& county, std::uint32_t n);
// Eleven digits in the segment 154, which no operator holds: looks like a mobile number and reaches
// nobody.
std::string MakePhone(std::uint64_t n);
// Nineteen digits with the issuer 999900, which no bank holds.
std::string MakeBankAccount(std::uint64_t n);

}  // namespace shouwang::province
