#include "common/flow/state_table.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace shouwang::flow {
namespace {

[[noreturn]] void Broken(const std::string& what) {
    std::fprintf(stderr, "flow::StateTable: %s\n", what.c_str());
    std::abort();
}

// "CASE_STATE_" of the enum CaseState: what its zero value has before UNSPECIFIED.
std::string PrefixOf(const google::protobuf::EnumDescriptor* states) {
    const google::protobuf::EnumValueDescriptor* zero = states->FindValueByNumber(0);
    constexpr std::string_view kZero = "UNSPECIFIED";
    if (zero == nullptr || !zero->name().ends_with(kZero)) Broken(states->full_name() + " has no …_UNSPECIFIED = 0");
    return zero->name().substr(0, zero->name().size() - kZero.size());
}

std::string Join(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

}  // namespace

std::string Actors::Names() const {
    std::vector<std::string> names;
    const google::protobuf::EnumDescriptor* roles = options::v1::Role_descriptor();
    for (int i = 0; i < roles->value_count(); ++i) {
        const auto role = static_cast<options::v1::Role>(roles->value(i)->number());
        if (Has(role)) names.push_back(roles->value(i)->name().substr(std::string_view("ROLE_").size()));
    }
    return Join(names);
}

StateTable::StateTable(std::string_view kind, const google::protobuf::EnumDescriptor* states, std::vector<Transition> transitions,
                       std::vector<StateLimit> limits, std::vector<int> finals)
    : kind_(kind), states_(states), transitions_(std::move(transitions)), limits_(std::move(limits)), finals_(std::move(finals)), prefix_(PrefixOf(states)) {
    Check();
}

void StateTable::Check() const {
    std::set<std::pair<int, std::string_view>> seen;
    std::set<int> reached{0};
    for (const Transition& t : transitions_) {
        for (const int state : {t.from, t.to}) {
            if (states_->FindValueByNumber(state) == nullptr) Broken(kind_ + " has no state " + std::to_string(state));
        }
        if (!seen.emplace(t.from, t.command).second) Broken(kind_ + ": two rows for " + StateName(t.from) + " " + std::string(t.command));
        if (IsFinal(t.from)) Broken(kind_ + ": a row leaves the final state " + StateName(t.from));
        if ((t.guard == nullptr) != t.condition.empty()) Broken(kind_ + " " + std::string(t.command) + ": a guard and its words go together");
    }
    for (bool grew = true; grew;) {
        grew = false;
        for (const Transition& t : transitions_) {
            if (reached.contains(t.from) && reached.insert(t.to).second) grew = true;
        }
    }
    for (int i = 0; i < states_->value_count(); ++i) {
        const int state = states_->value(i)->number();
        if (!reached.contains(state)) Broken(kind_ + ": nothing reaches " + StateName(state));
        const bool leaves = std::any_of(transitions_.begin(), transitions_.end(), [&](const Transition& t) { return t.from == state; });
        if (!leaves && !IsFinal(state)) Broken(kind_ + ": nothing leaves " + StateName(state));
    }
}

Result<const Transition*> StateTable::Find(int from, std::string_view command, std::span<const options::v1::Role> roles) const {
    const Transition* found = nullptr;
    std::vector<std::string> allowed;
    for (const Transition& t : transitions_) {
        if (t.from != from) continue;
        allowed.emplace_back(t.command);
        if (t.command == command) found = &t;
    }
    if (found == nullptr) {
        Status status = MakeStatus(Code::kFailedPrecondition, kind_ + "_WRONG_STATE", "\"" + std::string(command) + "\" is not possible in state " + StateName(from));
        status.metadata = {{"state", StateName(from)}, {"command", std::string(command)}, {"allowed", Join(allowed)}};
        return status;
    }
    if (!found->actors.Meets(roles)) {
        Status status = MakeStatus(Code::kPermissionDenied, kind_ + "_WRONG_ACTOR", "\"" + std::string(command) + "\" is for " + found->actors.Names());
        status.metadata = {{"command", std::string(command)}, {"actors", found->actors.Names()}};
        return status;
    }
    return found;
}

std::vector<std::string> StateTable::Next(int state, std::span<const options::v1::Role> roles) const {
    std::vector<std::string> commands;
    for (const Transition& t : transitions_) {
        if (t.from == state && t.actors.Meets(roles)) commands.emplace_back(t.command);
    }
    return commands;
}

std::string_view StateTable::LimitOf(const google::protobuf::Message& thing, int state) const {
    for (const StateLimit& limit : limits_) {
        if (limit.state == state) return limit.choose != nullptr ? limit.choose(thing) : limit.parameter;
    }
    return {};
}

bool StateTable::IsFinal(int state) const { return std::find(finals_.begin(), finals_.end(), state) != finals_.end(); }

std::string StateTable::StateName(int state) const {
    const google::protobuf::EnumValueDescriptor* value = states_->FindValueByNumber(state);
    if (value == nullptr) return std::to_string(state);
    return value->name().starts_with(prefix_) ? value->name().substr(prefix_.size()) : value->name();
}

std::string StateTable::Diagram() const {
    std::string out = "stateDiagram-v2\n";
    for (const Transition& t : transitions_) {
        out += "    " + (t.from == 0 ? "[*]" : StateName(t.from)) + " --> " + StateName(t.to) + ": " + std::string(t.command) + " (" + t.actors.Names() + ")";
        if (!t.condition.empty()) out += " [" + std::string(t.condition) + "]";
        if (!t.not_before.empty()) out += " [not before " + std::string(t.not_before) + "]";
        out += "\n";
    }
    for (const int state : finals_) out += "    " + StateName(state) + " --> [*]\n";
    for (const StateLimit& limit : limits_) {
        out += "    note right of " + StateName(limit.state) + ": limit " + (limit.parameter.empty() ? "by what it is" : std::string(limit.parameter)) + "\n";
    }
    return out;
}

}  // namespace shouwang::flow
