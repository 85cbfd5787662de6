// The real frame of the synthetic province: divisions down to the village, census tables by county,
// identity prefixes by year.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace shouwang::province {

constexpr int kAgeBands = 19;  // census: 0, 1-4, 5-9 … 80-84, 85 and over
int BandOfAge(int age);
// First age of a band and the number of single years taken to be in it (85 and over: ten).
int FirstAgeOfBand(int band);
int YearsInBand(int band);

struct PrefixPeriod {
    std::string prefix;  // six digits, in force from..to
    int from = 0, to = 9999;
};

struct Village {
    std::string code;  // 12 digits
    std::string name;
};

struct County {
    std::string code, name;
    double population = 0;
    double urban_share = 0;
    double men_per_100_women = 100;
    std::array<double, kAgeBands> age_share{};
    // None, pre-school, primary, junior, senior, college, university; share of persons aged 3 and
    // over, by sex (0 women, 1 men).
    std::array<std::array<double, 7>, 2> education{};
    double employed_share = 0;  // of persons aged 16 and over
    double farming_share = 0;   // of the employed
    double manufacturing_share = 0;
    double building_share = 0;
    double mean_household = 3;
    double single_households = 0.2;
    double three_generations = 0.15;     // three and more, of households
    std::vector<Village> villages;       // villagers' committees of real townships only, by code
    std::vector<PrefixPeriod> prefixes;  // owned by this county alone, newest last; never empty

    double rural_population() const { return population * (1 - urban_share); }
};

struct Reference {
    std::vector<County> counties;  // by code
    std::vector<std::string>
        foreign_prefixes;  // county prefixes in force of other provinces, by code
    std::string province_code, province_name;

    // divisions_dir holds divisions.csv, villages_<province>.csv, divisions_history.csv; census_dir
    // census2020_county.csv.
    static Result<Reference> Load(const std::string& divisions_dir, const std::string& census_dir,
                                  const std::string& province);
};

// Splits `total` in proportion to the weights, whole numbers, exact sum (largest remainder; ties by
// position).
std::vector<long long> LargestRemainder(long long total, const std::vector<double>& weights);

}  // namespace shouwang::province
