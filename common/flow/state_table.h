// The life of a thing as a table: from, command, who may, to. The same table enforces a step, offers the next ones to the console, draws
// the diagram of the docs and drives the property tests. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <google/protobuf/message.h>

#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::flow {

// A set of roles. ROLE_SERVICE stands for the platform itself and for other services.
class Actors {
public:
    constexpr Actors(std::initializer_list<options::v1::Role> roles) {
        for (const options::v1::Role role : roles) bits_ |= 1u << static_cast<unsigned>(role);
    }
    constexpr bool Has(options::v1::Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1u) != 0; }
    constexpr bool Meets(std::span<const options::v1::Role> roles) const {
        for (const options::v1::Role role : roles) {
            if (Has(role)) return true;
        }
        return false;
    }
    std::string Names() const;  // "COUNTY_OPERATOR, TOWNSHIP_OPERATOR"

private:
    std::uint32_t bits_ = 0;
};

inline constexpr Actors kSystem{options::v1::ROLE_SERVICE};
inline constexpr Actors kProvince{options::v1::ROLE_PROVINCE_OPERATOR};
inline constexpr Actors kCounty{options::v1::ROLE_COUNTY_OPERATOR};
inline constexpr Actors kTownship{options::v1::ROLE_TOWNSHIP_OPERATOR};
inline constexpr Actors kVillage{options::v1::ROLE_VILLAGE_OPERATOR};
inline constexpr Actors kVillageOrTownship{options::v1::ROLE_VILLAGE_OPERATOR, options::v1::ROLE_TOWNSHIP_OPERATOR};

// What must be true of the thing beside its state.
using Guard = Status (*)(const google::protobuf::Message& thing);
namespace internal {
template <typename F>
struct SubjectOf;
template <typename M>
struct SubjectOf<Status (*)(const M&)> {
    using type = M;
};
}  // namespace internal
// flow::When<HasAuthority> for `Status HasAuthority(const v1::Case&)`.
template <auto F>
Status When(const google::protobuf::Message& thing) {
    return F(static_cast<const typename internal::SubjectOf<decltype(F)>::type&>(thing));
}

// States are numbers of one enum; 0 (…_UNSPECIFIED) is "not there yet": its row makes the thing.
struct Transition {
    int from;
    std::string_view command;  // lower case, "approve"
    Actors actors;
    int to;
    Guard guard = nullptr;
    std::string_view condition = {};   // the guard in words, for the diagram
    std::string_view not_before = {};  // parameter: the step waits until this long after the state was entered
};

// How long a thing may stay in a state: the parameter that says so (a name, or a choice by what the thing is).
struct StateLimit {
    int state;
    std::string_view parameter = {};
    std::string_view (*choose)(const google::protobuf::Message& thing) = nullptr;
};

// Immutable; made once, as a static of the domain. Aborts where the table contradicts itself (a programmer error): a state that the enum
// does not have, two rows for the same (from, command), a state that cannot be reached, one that is not final and has no exit.
class StateTable {
public:
    // kind: "CASE", the prefix of its reasons. finals: states nothing leaves.
    StateTable(std::string_view kind, const google::protobuf::EnumDescriptor* states, std::vector<Transition> transitions,
               std::vector<StateLimit> limits, std::vector<int> finals);

    // FAILED_PRECONDITION "<KIND>_WRONG_STATE" (metadata state, command, allowed) or PERMISSION_DENIED "<KIND>_WRONG_ACTOR" (metadata actors).
    // Guard and clock are not looked at.
    Result<const Transition*> Find(int from, std::string_view command, std::span<const options::v1::Role> roles) const;
    // Commands that any of the roles may give, in the order of the table.
    std::vector<std::string> Next(int state, std::span<const options::v1::Role> roles) const;
    // Empty where the state has no limit.
    std::string_view LimitOf(const google::protobuf::Message& thing, int state) const;
    bool IsFinal(int state) const;
    std::string StateName(int state) const;  // without the enum's prefix
    std::string Diagram() const;             // Mermaid, for the docs

    std::string_view kind() const { return kind_; }
    std::span<const Transition> transitions() const { return transitions_; }
    std::span<const StateLimit> limits() const { return limits_; }
    std::span<const int> finals() const { return finals_; }
    const google::protobuf::EnumDescriptor* states() const { return states_; }

private:
    void Check() const;
    std::string kind_;
    const google::protobuf::EnumDescriptor* states_;
    std::vector<Transition> transitions_;
    std::vector<StateLimit> limits_;
    std::vector<int> finals_;
    std::string prefix_;  // "CASE_STATE_"
};

}  // namespace shouwang::flow
