#include "tests/province/identity.h"

#include <algorithm>

#include "common/base/date.h"
#include "common/base/identity_number.h"
#include "tests/province/random.h"

namespace shouwang::province {
namespace {

constexpr std::uint32_t kDays = 365;
constexpr std::uint32_t kHerePairs = 340;
constexpr std::uint32_t kOtherPairs = 52;  // three bands
constexpr std::uint32_t kStrangerPairs = 3;
constexpr std::uint32_t kStep = 48'611;  // prime to every band's number of slots
constexpr int kFirstStrangerYear = 1938, kStrangerYears = 66;

static_assert(2 * kMaxHouseholdsPerCounty <= kDays * kHerePairs);
static_assert((kMaxHouseholdsPerCounty + 2) / 3 <= kDays * kOtherPairs);
static_assert(kMaxHouseholdsPerCounty <= kDays * 3 * kOtherPairs);
static_assert(kMaxHouseholdsPerCounty <= kDays * kStrangerPairs * kStrangerYears);

struct Slot {
    std::uint32_t day, pair;
};

// A walk through all slots of a band that starts elsewhere for every year and sex: neighbours do
// not get neighbouring numbers.
Slot Spread(std::uint32_t index, std::uint32_t pairs, std::uint64_t key) {
    const std::uint32_t slots = kDays * pairs;
    const std::uint64_t at = (static_cast<std::uint64_t>(index) * kStep + Mix(key) % slots) % slots;
    return {static_cast<std::uint32_t>(at / pairs), static_cast<std::uint32_t>(at % pairs)};
}

const std::string& PrefixInForce(const County& county, int birth_year) {
    // Numbers were first given out from 1984 on: older people carry the prefix of then.
    const int year = std::max(birth_year, 1986);
    for (const PrefixPeriod& period : county.prefixes) {
        if (year < period.to) return period.prefix;
    }
    return county.prefixes.back().prefix;
}

std::string Digits(std::uint64_t value, int width) {
    std::string out(static_cast<std::size_t>(width), '0');
    for (int i = width - 1; i >= 0; --i, value /= 10)
        out[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    return out;
}

}  // namespace

std::string MakeIdentity(const Reference& reference, const BirthPlace& place, int birth_year,
                         bool male) {
    const int counties = static_cast<int>(reference.counties.size());
    std::string prefix;
    Slot slot{};
    std::uint32_t first_pair = 0;
    if (place.origin == Origin::kHere) {
        const County& county = reference.counties[static_cast<std::size_t>(place.county)];
        prefix = PrefixInForce(county, birth_year);
        slot = Spread(2 * place.household + static_cast<std::uint32_t>(place.rank), kHerePairs,
                      Mix(static_cast<std::uint64_t>(place.county)) +
                          static_cast<std::uint64_t>(birth_year * 2 + male));
    } else if (place.origin == Origin::kNewborn) {
        const County& county = reference.counties[static_cast<std::size_t>(place.county)];
        prefix = PrefixInForce(county, birth_year);
        slot = Spread(place.household, 3 * kOtherPairs,
                      static_cast<std::uint64_t>(birth_year * 2 + male));
        first_pair = kHerePairs;
    } else if (place.origin == Origin::kStranger) {
        const County& county = reference.counties[static_cast<std::size_t>(place.county)];
        prefix = county.code;
        birth_year = kFirstStrangerYear + static_cast<int>(place.household % kStrangerYears);
        slot = Spread(place.household / kStrangerYears, kStrangerPairs,
                      static_cast<std::uint64_t>(place.county));
        first_pair = kHerePairs + 3 * kOtherPairs;
    } else {
        const std::uint32_t band = place.household % 3;
        slot = Spread(place.household / 3, kOtherPairs,
                      static_cast<std::uint64_t>(birth_year * 2 + male));
        first_pair = kHerePairs + band * kOtherPairs;
        if (place.origin == Origin::kOtherCounty) {
            const int from = (place.county + 1 + static_cast<int>(band)) % counties;
            prefix = PrefixInForce(reference.counties[static_cast<std::size_t>(from)], birth_year);
        } else {
            // Each county has its own share of the other provinces' prefixes.
            const auto share = static_cast<std::uint32_t>(reference.foreign_prefixes.size()) /
                               static_cast<std::uint32_t>(counties);
            prefix = reference.foreign_prefixes[static_cast<std::uint32_t>(place.county) * share +
                                                Mix(place.household) % share];
        }
    }
    const Date birth = Date::FromCivil(birth_year, 1, 1);
    // Day 59 and later move by one in a leap year: 29 February is nobody's birthday, and every year
    // has the same 365 slots.
    const bool leap = (birth_year % 4 == 0 && birth_year % 100 != 0) || birth_year % 400 == 0;
    const Date day = birth + static_cast<int>(slot.day) + (leap && slot.day >= 59 ? 1 : 0);
    const std::uint32_t serial = (first_pair + slot.pair) * 2 + (male ? 1 : 2);
    std::string number = prefix + Digits(static_cast<std::uint64_t>(day.year()), 4) +
                         Digits(day.month(), 2) + Digits(day.day(), 2) + Digits(serial, 3);
    number += IdentityCheckCharacter(number);
    return number;
}

std::string OldIdentity(const std::string& number) {
    return number.substr(0, 6) + number.substr(8, 9);
}

std::string BreakChecksum(std::string number) {
    number.back() = number.back() == '5' ? '6' : '5';
    return number;
}

std::string MakeCreditCode(const std::string& county, std::uint32_t n) {
    static const char* const kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const int kWeights[17] = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                     29, 25, 13, 8,  24, 10, 30, 28};
    static const int kBodyWeights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    std::string body = "MA" + Digits(n % 1'000'000, 6);  // organisation code, GB 11714
    int sum = 0;
    for (int i = 0; i < 8; ++i) {
        const char c = body[static_cast<std::size_t>(i)];
        sum += kBodyWeights[i] * (c >= 'A' ? c - 'A' + 10 : c - '0');
    }
    const int rest = 11 - sum % 11;
    body += rest == 10 ? 'X' : rest == 11 ? '0' : static_cast<char>('0' + rest);
    std::string code = "91" + county + body;
    sum = 0;
    for (int i = 0; i < 17; ++i) {
        const std::string_view alphabet(kAlphabet);
        sum += kWeights[i] * static_cast<int>(alphabet.find(code[static_cast<std::size_t>(i)]));
    }
    code += kAlphabet[(31 - sum % 31) % 31];
    return code;
}

std::string MakePhone(std::uint64_t n) { return "154" + Digits(n % 100'000'000, 8); }
std::string MakeBankAccount(std::uint64_t n) { return "999900" + Digits(n, 13); }

}  // namespace shouwang::province
