// One drawn household: who lives in it and what it has at the start. A pure function of (reference,
// plan, options, position).
#pragma once

#include <array>
#include <climits>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/date.h"
#include "tests/province/plan.h"
#include "tests/province/random.h"
#include "tests/province/reference.h"

namespace shouwang::province {

// RegistryMember.Relation
enum class Relation : int {
    kHead = 1,
    kSpouse,
    kSon,
    kDaughter,
    kGrandchild,
    kParent,
    kGrandparent,
    kSibling,
    kOther
};
// RegistryMember.Labour
enum class Labour : int { kSkilled = 1, kOrdinary, kWeak, kLost, kNone };

constexpr int kNever = INT_MAX;

struct Person {
    std::string identity, name;
    int age = 0;  // at the end of the year before the first month
    bool male = false;
    Relation relation = Relation::kOther;
    Labour labour = Labour::kNone;
    int education =
        0;          // 0 none, 1 pre-school, 2 primary, 3 junior, 4 senior, 5 college, 6 university
    int stage = 0;  // SchoolStatus.Stage while at school, else 0
    bool main_earner = false;
    bool chronic = false, insured = true, doctor = false;
    int disability_type = 0, disability_grade = 0;
    Date disability_issued;
    bool worker = false;        // has a wage or looks for one
    int place = 0;              // Employment.Place
    std::int64_t wage_fen = 0;  // of a month, when employed
    std::uint32_t employer = 0;
    std::string employer_county;
    bool car = false, town_property = false, on_payroll = false, in_difficulty = false,
         imprisoned = false;
    int business = 0;          // Business.Role or 0
    int death_month = kNever;  // month index counted from the first month of the history
    int move_month = kNever;
};

struct Household {
    std::uint32_t index = 0;
    HouseholdSlot slot;
    const County* county = nullptr;
    std::string number, region, village_name;
    std::string surname;
    bool relocated = false;
    std::vector<Person> people;  // head first
    int contact = 0;  // member whose number stands for the household in feeds: one who stays to the
                      // end, if any
    int house_grade = 1;  // HouseGrade.Grade
    bool only_home = true;
    int product = -1;  // position in Products(), or no project
    std::int64_t micro_credit_fen = 0;
    bool minimum_living = false;
    double target_income_fen = 0;  // per person and year
    double other_income_fen = 0;   // of the household and year, beside wages
    Date identified_on, eliminated_on;
    int main_risk = 0;  // MonitoredHousehold.Risk
};

struct Calendar {
    Month history, from, to;  // history: first of the twelve months before `from`
    int months() const { return to.index - history.index + 1; }
    int first() const { return from.index - history.index; }  // position of `from`
    int last() const { return to.index - history.index; }
    Month at(int month) const { return history + month; }
    int base_year() const { return history.last_day().year(); }
    // Files are numbered by month. What is older than the first month comes with the last month
    // before it.
    int baseline() const { return first() - 1; }
    int files() const { return months(); }
};
Calendar MakeCalendar(const Options& options);

struct MemberShape {
    Relation relation;
    bool male;
    int age;
};
// Ages and roles of a household of a size. The weights correct for what the roles do to the ages,
// so that all households together have the census's ages.
std::vector<MemberShape> DrawShape(Random& random, const County& county,
                                   const std::array<double, kAgeBands>& weights, int size);
// Finds those weights by proportional fitting over (a sample of) the plan.
std::array<double, kAgeBands> CalibrateAges(const Reference& reference, const Plan& plan,
                                            std::uint64_t seed);

Household DrawHousehold(const Reference& reference, const Plan& plan, const Options& options,
                        std::uint32_t index);

// What the head's family is called, without drawing the household.
const std::string& SurnameOf(const Options& options, std::uint32_t index);
std::string HouseholdNumber(const County& county, const HouseholdSlot& slot);
// The next household of the county that is lifted and outside the ledger: where a newborn or a
// mover goes. Itself where there is none.
std::uint32_t NeighbourOf(const Plan& plan, std::uint32_t index);
// What is drawn once a name is wanted: given names of one or two characters.
std::string DrawGivenName(Random& random, bool male);

struct Product {
    const char* zh;
    double share;
    std::array<int, 12> price_change_bp;  // against last year, January to December
};
const std::vector<Product>& Products();

}  // namespace shouwang::province
