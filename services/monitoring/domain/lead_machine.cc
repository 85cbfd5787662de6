#include "services/monitoring/domain/lead_machine.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"

namespace shouwang::monitoring::domain {
namespace {

using options::v1::Role;
using v1::LEAD_STATE_ACCEPTED;
using v1::LEAD_STATE_CLOSED;
using v1::LEAD_STATE_DISPATCHED;
using v1::LEAD_STATE_GRADED;
using v1::LEAD_STATE_UNSPECIFIED;
using v1::LEAD_STATE_VISITED;

// The whole life. Limits (domain.md 1.3): one day to dispatch, one to accept, the visit by colour,
// the answer on the day of the visit. Ending what is no longer true or a duplicate is the system's,
// and only until somebody has been in the house.
constexpr std::array<LeadTransition, 9> kTransitions = {{
    {LEAD_STATE_UNSPECIFIED,
     "open",
     Actor::kSystem,
     Actor::kSystem,
     LEAD_STATE_GRADED,
     {24, 24, 24}},
    {LEAD_STATE_GRADED,
     "dispatch",
     Actor::kCounty,
     Actor::kCounty,
     LEAD_STATE_DISPATCHED,
     {24, 24, 24}},
    {LEAD_STATE_DISPATCHED,
     "dispatch",
     Actor::kTownship,
     Actor::kCounty,
     LEAD_STATE_DISPATCHED,
     {24, 24, 24}},
    {LEAD_STATE_DISPATCHED,
     "accept",
     Actor::kVillage,
     Actor::kVillage,
     LEAD_STATE_ACCEPTED,
     {24, 72, 168}},
    {LEAD_STATE_ACCEPTED,
     "visit",
     Actor::kVillage,
     Actor::kVillage,
     LEAD_STATE_VISITED,
     {24, 24, 24}},
    {LEAD_STATE_VISITED, "close", Actor::kVillage, Actor::kTownship, LEAD_STATE_CLOSED, {0, 0, 0}},
    {LEAD_STATE_GRADED, "end", Actor::kSystem, Actor::kSystem, LEAD_STATE_CLOSED, {0, 0, 0}},
    {LEAD_STATE_DISPATCHED, "end", Actor::kSystem, Actor::kSystem, LEAD_STATE_CLOSED, {0, 0, 0}},
    {LEAD_STATE_ACCEPTED, "end", Actor::kSystem, Actor::kSystem, LEAD_STATE_CLOSED, {0, 0, 0}},
}};

std::optional<Actor> ActorOf(Role role) {
    switch (role) {
        case options::v1::ROLE_COUNTY_OPERATOR:
            return Actor::kCounty;
        case options::v1::ROLE_TOWNSHIP_OPERATOR:
            return Actor::kTownship;
        case options::v1::ROLE_VILLAGE_OPERATOR:
            return Actor::kVillage;
        case options::v1::ROLE_SERVICE:
            return Actor::kSystem;
        default:
            return std::nullopt;
    }
}

const char* ActorName(Actor actor) {
    switch (actor) {
        case Actor::kSystem:
            return "system";
        case Actor::kCounty:
            return "county";
        case Actor::kTownship:
            return "township";
        case Actor::kVillage:
            return "village";
    }
    return "?";
}

std::string StateName(v1::LeadState state) {
    return v1::LeadState_Name(state).substr(std::string("LEAD_STATE_").size());
}

// Without ASCII and ideographic spaces at both ends.
std::string_view Trimmed(std::string_view text) {
    constexpr std::string_view kWide = "\xE3\x80\x80";
    for (bool cut = true; cut && !text.empty();) {
        cut = false;
        if (std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
            cut = true;
        } else if (text.substr(0, 3) == kWide) {
            text.remove_prefix(3);
            cut = true;
        }
    }
    for (bool cut = true; cut && !text.empty();) {
        cut = false;
        if (std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos) {
            text.remove_suffix(1);
            cut = true;
        } else if (text.size() >= 3 && text.substr(text.size() - 3) == kWide) {
            text.remove_suffix(3);
            cut = true;
        }
    }
    return text;
}

int GradeColumn(v1::Grade grade) {
    return grade == v1::GRADE_RED ? 0 : grade == v1::GRADE_YELLOW ? 1 : 2;
}

}  // namespace

std::span<const LeadTransition> LeadTransitions() { return kTransitions; }

bool Allowed(const LeadTransition& transition, Role role) {
    const std::optional<Actor> actor = ActorOf(role);
    // Levels rise from village to county; the system stands apart.
    return actor && *actor <= transition.actor && *actor >= transition.highest;
}

std::string LeadDiagram() {
    const auto node = [](v1::LeadState state) {
        return state == LEAD_STATE_UNSPECIFIED ? std::string("[*]") : StateName(state);
    };
    std::string out = "stateDiagram-v2\n";
    for (const LeadTransition& t : kTransitions) {
        out += "    " + node(t.from) + " --> " + node(t.to) + ": " + std::string(t.command) + " (" +
               ActorName(t.actor);
        if (t.highest != t.actor) out += std::string(" to ") + ActorName(t.highest);
        out += ")\n";
    }
    return out + "    CLOSED --> [*]\n";
}

Result<const LeadTransition*> FindTransition(v1::LeadState from, std::string_view command,
                                             std::span<const Role> roles) {
    bool exists = false;
    for (const LeadTransition& t : kTransitions) {
        if (t.from != from || t.command != command) continue;
        exists = true;
        if (std::any_of(roles.begin(), roles.end(), [&](Role role) { return Allowed(t, role); }))
            return &t;
    }
    Status status = exists ? MakeStatus(Code::kPermissionDenied, "LEAD_WRONG_ACTOR",
                                        "this step belongs to another level")
                           : MakeStatus(Code::kFailedPrecondition, "LEAD_WRONG_STATE",
                                        "the lead's state has no such step");
    status.metadata = {{"state", StateName(from)}, {"command", std::string(command.substr(0, 40))}};
    return status;
}

std::vector<std::string> NextCommands(v1::LeadState state, std::span<const Role> roles) {
    std::vector<std::string> commands;
    for (const LeadTransition& t : kTransitions) {
        if (t.from == state &&
            std::any_of(roles.begin(), roles.end(), [&](Role role) { return Allowed(t, role); })) {
            commands.emplace_back(t.command);
        }
    }
    return commands;
}

Status CheckVisit(const v1::Visit& visit) {
    std::set<std::string_view> visitors;
    for (const std::string& name : visit.visitors()) {
        if (const std::string_view trimmed = Trimmed(name); !trimmed.empty())
            visitors.insert(trimmed);
    }
    if (visitors.size() < 2)
        return InvalidField("visit.visitors", "two different people visit", "VISIT_TWO_VISITORS");
    const std::pair<const char*, const std::string*> looks[] = {
        {"visit.base_facts", &visit.base_facts()},
        {"visit.income", &visit.income()},
        {"visit.rigid_spending", &visit.rigid_spending()},
        {"visit.four_guarantees", &visit.four_guarantees()},
        {"visit.policies", &visit.policies()}};
    Status status;
    for (const auto& [field, text] : looks) {
        if (!Trimmed(*text).empty()) continue;
        if (status.ok())
            status =
                MakeStatus(Code::kInvalidArgument, "VISIT_LOOKS", "all five looks are answered");
        status.violations.push_back({field, "not empty"});
    }
    return status;
}

Status CheckClose(const v1::Visit& visit, v1::LeadEnd end) {
    const bool found = visit.risk_found();
    const bool right = (end == v1::LEAD_END_CONFIRMED && found) ||
                       (end == v1::LEAD_END_SOLVED && found) ||
                       (end == v1::LEAD_END_NOT_CONFIRMED && !found);
    if (right) return Status::Ok();
    return InvalidField("end",
                        found ? "the visit found a risk: CONFIRMED or SOLVED"
                              : "the visit found no risk: NOT_CONFIRMED",
                        "CLOSE_END");
}

std::string ExplanationsHash(const LeadDraft& draft) {
    // Every part ends in a byte that no value holds, so that two different lists never read the
    // same.
    std::string evidence, all;
    const auto add = [](std::string& to, std::string_view part) {
        to += part;
        to += '\0';
    };
    add(all, std::to_string(draft.grade));
    for (const v1::Explanation& e : draft.explanations) {
        add(evidence, e.rule());
        add(evidence, std::to_string(e.rule_version()));
        for (const v1::Operand& o : e.operands()) {
            add(evidence, o.fact());
            add(evidence, o.person());
            add(evidence, o.value());
        }
        add(all, e.SerializeAsString());  // no maps inside: one message, one text
    }
    const auto digest = [](std::string_view text) {
        return HexEncode(crypto::Sha256(text).substr(0, 16));
    };
    return digest(evidence) + "." + digest(all);
}

LeadChanges MergeLeads(std::span<const OpenLead> open, std::span<const OpenLead> recent,
                       std::vector<LeadDraft> drafts) {
    const auto evidence = [](std::string_view hash) { return hash.substr(0, hash.find('.')); };
    LeadChanges changes;
    for (const OpenLead& lead : open) {
        const auto draft = std::find_if(drafts.begin(), drafts.end(), [&](const LeadDraft& d) {
            return d.risk_type == lead.risk_type;
        });
        if (draft != drafts.end()) {
            if (ExplanationsHash(*draft) != lead.explanations_hash || draft->grade != lead.grade)
                changes.update.emplace_back(lead.id, *draft);
        } else if (lead.state != LEAD_STATE_VISITED && lead.state != LEAD_STATE_CLOSED &&
                   !lead.explanations_hash.empty()) {
            changes.end.push_back(lead.id);
        }
    }
    for (LeadDraft& draft : drafts) {
        const auto same_risk = [&](const OpenLead& lead) {
            return lead.risk_type == draft.risk_type;
        };
        if (std::any_of(open.begin(), open.end(), same_risk)) continue;
        const std::string hash = ExplanationsHash(draft);
        const bool answered = std::any_of(recent.begin(), recent.end(), [&](const OpenLead& lead) {
            return same_risk(lead) && evidence(lead.explanations_hash) == evidence(hash);
        });
        if (!answered) changes.open.push_back(std::move(draft));
    }
    return changes;
}

TimePoint DueAt(v1::LeadState state, v1::Grade grade, TimePoint since) {
    for (const LeadTransition& t : kTransitions) {
        if (t.to != state) continue;
        const int hours = t.limit_hours[GradeColumn(grade)];
        return hours == 0 ? TimePoint{} : since + std::chrono::hours(hours);
    }
    return TimePoint{};
}

}  // namespace shouwang::monitoring::domain
