// The facts of one household on one day, computed from states; the operands of every rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/date.h"
#include "common/cel/cel.h"
#include "services/monitoring/domain/fact_catalogue.h"
#include "services/monitoring/domain/subject_state.h"

namespace shouwang::monitoring::domain {

// Variables of the rules, in this order (RuleBook's environment).
inline constexpr int kHouseholdVariable = 0;
inline constexpr int kMembersVariable = 1;
inline constexpr int kVillageVariable = 2;

// "This is all of dataset D for region R up to day T": a missing subject then means zero or false.
struct Coverage {
    std::uint32_t dataset;
    std::string region_prefix;
    Date from, to;  // the period
};

struct MemberInput {
    std::int64_t person_id = 0;
    Date birth;
    int labour = 0;  // RegistryMember.Labour, 0 = unknown
    std::optional<bool> main_earner;
    const SubjectState* state = nullptr;
};

struct HouseholdInput {
    std::int64_t household_id = 0;
    std::string_view region_code;  // village
    bool lifted = false;
    bool relocated = false;
    std::vector<MemberInput> members;       // living members, ordered by person_id
    const SubjectState* state = nullptr;    // the household's own
    const SubjectState* village = nullptr;  // may be null = nothing known
};

enum class Known : std::uint8_t { kKnown, kUnknown, kStale };

struct ComputedFact {
    Known known = Known::kUnknown;
    std::int64_t value = 0;
    std::optional<Date> as_of;             // newest row behind it
    std::vector<const StateRow*> sources;  // filled by Explain only
};

// Lazy: computes a fact when a rule asks for it. Also serves cel::Activation over (household,
// members, village) and parameters.
class HouseholdFacts final : public cel::Activation {
public:
    // parameters: values in the order of the environment, resolved for the household's region and
    // day.
    HouseholdFacts(const HouseholdInput& input, Date today, const std::vector<Coverage>& coverage,
                   const std::vector<cel::FactCell>& parameters);

    cel::FactCell Field(int variable, int element, int field_index) const override;
    int Size(int variable) const override;
    cel::FactCell Param(int parameter) const override;

    // With sources. element: position in members for person facts, 0 else.
    ComputedFact Explain(FactOwner owner, int element, int field_index) const;
    const HouseholdInput& input() const { return input_; }
    Date today() const { return today_; }

private:
    friend class FactComputer;
    const HouseholdInput& input_;
    Date today_;
    const std::vector<Coverage>& coverage_;
    const std::vector<cel::FactCell>& parameters_;
    const FactCatalogue& catalogue_;
    std::uint64_t coverage_mask_ = 0;  // datasets declared complete anywhere around the household
};

}  // namespace shouwang::monitoring::domain
