// The life of a lead as a table (domain.md 1.3). The same table enforces a transition, offers the
// next steps, draws the diagram and drives the property test.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/date.h"
#include "common/base/status.h"
#include "services/monitoring/domain/rule_book.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::monitoring::domain {

enum class Actor { kSystem, kCounty, kTownship, kVillage };

struct LeadTransition {
    v1::LeadState from;
    std::string_view command;  // "dispatch", "accept", "visit", "close"; "end" by the system alone
    Actor actor;               // lowest level that may …
    Actor highest;             // … and highest
    v1::LeadState to;
    // Limit for the step after this one, hours by grade (red, yellow, green); 0 = none. Defaults;
    // dated parameters override them.
    int limit_hours[3];
};
std::span<const LeadTransition> LeadTransitions();
bool Allowed(const LeadTransition& transition,
             options::v1::Role role);  // ROLE_SERVICE acts for the system
std::string LeadDiagram();             // Mermaid

// LEAD_WRONG_STATE (FAILED_PRECONDITION, metadata state and command) or LEAD_WRONG_ACTOR
// (PERMISSION_DENIED).
Result<const LeadTransition*> FindTransition(v1::LeadState from, std::string_view command,
                                             std::span<const options::v1::Role> roles);
// What any of the roles may do next, in the order of the table.
std::vector<std::string> NextCommands(v1::LeadState state,
                                      std::span<const options::v1::Role> roles);

// VISIT_TWO_VISITORS, VISIT_LOOKS: two different people, all five looks.
Status CheckVisit(const v1::Visit& visit);
// CLOSE_END: CONFIRMED only where the visit found a risk, NOT_CONFIRMED only where it found none,
// SOLVED where it found one.
Status CheckClose(const v1::Visit& visit, v1::LeadEnd end);

// An open lead as screening finds it.
struct OpenLead {
    std::int64_t id = 0;
    v1::RiskType risk_type = v1::RISK_TYPE_UNSPECIFIED;
    v1::Grade grade = v1::GRADE_UNSPECIFIED;
    v1::LeadState state = v1::LEAD_STATE_UNSPECIFIED;
    std::string explanations_hash;  // of the stored explanations; empty = not from screening, never
                                    // ended by it
};
struct LeadChanges {
    std::vector<LeadDraft> open;                             // new leads
    std::vector<std::pair<std::int64_t, LeadDraft>> update;  // new evidence: explanations and grade
    std::vector<std::int64_t>
        end;  // no longer true: nothing in the drafts carries them, and no person has visited yet
};
// recent: leads that a person closed less than 90 days ago. A draft with the same evidence as one
// of them is not opened again.
LeadChanges MergeLeads(std::span<const OpenLead> open, std::span<const OpenLead> recent,
                       std::vector<LeadDraft> drafts);
// "<evidence>.<all>", hex. Evidence: rules and the values they rest on. All: also grade, sentences,
// dates and source rows, so that a stored lead is brought up to date when only these change,
// without a closed one being opened again by them.
std::string ExplanationsHash(const LeadDraft& draft);

// When the next step is due; the default TimePoint for CLOSED, after which nothing is.
TimePoint DueAt(v1::LeadState state, v1::Grade grade, TimePoint since);

}  // namespace shouwang::monitoring::domain
