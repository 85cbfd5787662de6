#include "services/monitoring/domain/household_facts.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "common/base/region_code.h"
#include "services/monitoring/domain/aggregate.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

// RegistryMember.Labour: skilled, ordinary, weak.
constexpr int kLabourUnknown = 0;
constexpr int kLastAbleLabour = 3;
constexpr int kWorkingAgeFrom = 16;
constexpr int kWorkingAgeTo = 60;

ComputedFact KnownFact(std::int64_t value) {
    ComputedFact fact;
    fact.known = Known::kKnown;
    fact.value = value;
    return fact;
}

int AgeAt(Date birth, Date day) {
    const auto civil = [](Date date) {
        return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(date.days)));
    };
    const auto born = civil(birth), now = civil(day);
    const bool before_birthday =
        std::pair(now.month(), now.day()) < std::pair(born.month(), born.day());
    return static_cast<int>(now.year()) - static_cast<int>(born.year()) - (before_birthday ? 1 : 0);
}

}  // namespace

// Finds the state behind a fact and computes what is derived.
class FactComputer {
public:
    FactComputer(const HouseholdFacts& facts, bool with_sources)
        : facts_(facts), input_(facts.input_), with_sources_(with_sources) {}

    ComputedFact Compute(FactOwner owner, int element, int field_index) const {
        const Fact& fact = facts_.catalogue_.at(facts_.catalogue_.IndexOf(owner, field_index));
        if (fact.definition.derived()) return Derive(owner, element, field_index);
        const SubjectState* state = input_.state;
        if (owner == FactOwner::kPerson) state = input_.members[element].state;
        if (owner == FactOwner::kVillage) state = input_.village;
        // Most facts of most people have no row: nothing to compute, nothing known.
        const std::uint64_t spoken =
            (state != nullptr ? state->dataset_mask() : 0) | facts_.coverage_mask_;
        if ((spoken & fact.dataset_mask) == 0) return {};
        const AggregateContext context{facts_.today_, input_.region_code, facts_.coverage_,
                                       with_sources_};
        return Aggregate(fact, state, context);
    }

private:
    using Person = v1::PersonFacts;
    using Household = v1::HouseholdFacts;

    template <typename Message>
    static int IndexOfNumber(int number) {
        return Message::descriptor()->FindFieldByNumber(number)->index();
    }
    ComputedFact OfMember(int element, int number) const {
        return Compute(FactOwner::kPerson, element, IndexOfNumber<Person>(number));
    }
    ComputedFact OfHousehold(int number) const {
        return Compute(FactOwner::kHousehold, 0, IndexOfNumber<Household>(number));
    }

    ComputedFact Derive(FactOwner owner, int element, int field_index) const {
        if (owner == FactOwner::kPerson)
            return DeriveMember(input_.members[element],
                                Person::descriptor()->field(field_index)->number());
        switch (Household::descriptor()->field(field_index)->number()) {
            case Household::kMembersFieldNumber:
                return KnownFact(static_cast<std::int64_t>(input_.members.size()));
            case Household::kLiftedFieldNumber:
                return KnownFact(input_.lifted ? 1 : 0);
            case Household::kRelocatedFieldNumber:
                return KnownFact(input_.relocated ? 1 : 0);
            case Household::kNetIncomePerCapitaFenFieldNumber:
                return PerCapita(OfHousehold(Household::kNetIncomeFenFieldNumber));
            case Household::kRigidSpendingPerCapitaFenFieldNumber:
                return PerCapita(RigidSpending());
            default:
                return {};
        }
    }

    ComputedFact DeriveMember(const MemberInput& member, int number) const {
        switch (number) {
            case Person::kAgeFieldNumber:
                return KnownFact(AgeAt(member.birth, facts_.today_));
            case Person::kMainEarnerFieldNumber:
                return member.main_earner ? KnownFact(*member.main_earner ? 1 : 0) : ComputedFact{};
            case Person::kLabourFieldNumber:
                return member.labour == kLabourUnknown ? ComputedFact{} : KnownFact(member.labour);
            case Person::kCanWorkFieldNumber: {
                const int age = AgeAt(member.birth, facts_.today_);
                if (age < kWorkingAgeFrom || age > kWorkingAgeTo) return KnownFact(0);
                if (member.labour == kLabourUnknown) return {};
                return KnownFact(member.labour <= kLastAbleLabour ? 1 : 0);
            }
            default:
                return {};
        }
    }

    // Whole fen, cut towards zero.
    ComputedFact PerCapita(ComputedFact total) const {
        if (input_.members.empty()) return {};
        total.value /= static_cast<std::int64_t>(input_.members.size());
        return total;
    }

    // Medical cost, school fees less aid, losses in disasters. A part that nobody reports is left
    // out instead of making the whole unknown: few families have all three, and the sum of the
    // known parts is a lower bound of the spending; the rules ask only whether income less spending
    // is below the line, so that a missing part can hide a case but never make one up.
    ComputedFact RigidSpending() const {
        ComputedFact total;
        for (int i = 0; i < static_cast<int>(input_.members.size()); ++i) {
            Add(total, OfMember(i, Person::kMedicalSelfPaid12MFenFieldNumber));
            Add(total, NetSchoolFees(i));
        }
        Add(total, OfHousehold(Household::kDisasterLossFenFieldNumber));
        return total;
    }

    // Aid beyond the fees is no income here. Fees without a word on aid count in full.
    ComputedFact NetSchoolFees(int element) const {
        ComputedFact fees = OfMember(element, Person::kSchoolFeesYearFenFieldNumber);
        if (fees.known != Known::kKnown) return {};
        const ComputedFact aid = OfMember(element, Person::kSchoolAidYearFenFieldNumber);
        if (aid.known != Known::kKnown) return fees;
        fees.value = fees.value > aid.value ? fees.value - aid.value : 0;
        Join(fees, aid);
        return fees;
    }

    static void Add(ComputedFact& total, const ComputedFact& part) {
        if (part.known != Known::kKnown) return;
        std::int64_t sum = 0;
        // No sum of real spending overflows 64 bits; what would is cut off at the top instead of
        // wrapping.
        if (__builtin_add_overflow(total.value, part.value, &sum))
            sum = part.value > 0 ? INT64_MAX : INT64_MIN;
        total.value = sum;
        total.known = Known::kKnown;
        Join(total, part);
    }

    static void Join(ComputedFact& into, const ComputedFact& part) {
        if (part.as_of && (!into.as_of || *into.as_of < *part.as_of)) into.as_of = part.as_of;
        for (const StateRow* row : part.sources) {
            if (std::find(into.sources.begin(), into.sources.end(), row) == into.sources.end())
                into.sources.push_back(row);
        }
    }

    const HouseholdFacts& facts_;
    const HouseholdInput& input_;
    const bool with_sources_;
};

HouseholdFacts::HouseholdFacts(const HouseholdInput& input, Date today,
                               const std::vector<Coverage>& coverage,
                               const std::vector<cel::FactCell>& parameters)
    : input_(input),
      today_(today),
      coverage_(coverage),
      parameters_(parameters),
      catalogue_(Facts()) {
    for (const Coverage& c : coverage) {
        if (RegionContains(c.region_prefix, input.region_code))
            coverage_mask_ |= DatasetBit(c.dataset);
    }
}

cel::FactCell HouseholdFacts::Field(int variable, int element, int field_index) const {
    const FactOwner owner = variable == kMembersVariable   ? FactOwner::kPerson
                            : variable == kVillageVariable ? FactOwner::kVillage
                                                           : FactOwner::kHousehold;
    const ComputedFact fact = FactComputer(*this, false).Compute(owner, element, field_index);
    if (fact.known != Known::kKnown) return {};
    return {fact.value, true};
}

int HouseholdFacts::Size(int variable) const {
    return variable == kMembersVariable ? static_cast<int>(input_.members.size()) : 0;
}

cel::FactCell HouseholdFacts::Param(int parameter) const {
    const auto index = static_cast<std::size_t>(parameter);
    return index < parameters_.size() ? parameters_[index] : cel::FactCell{};
}

ComputedFact HouseholdFacts::Explain(FactOwner owner, int element, int field_index) const {
    return FactComputer(*this, true).Compute(owner, element, field_index);
}

}  // namespace shouwang::monitoring::domain
