// The life of a lead as a table (domain.md 1.3). The same table enforces a transition, offers the next steps, draws the diagram and
// drives the property test.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "services/monitoring/domain/rule_book.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::monitoring::domain {

enum class Actor { kSystem, kCounty, kTownship, kVillage };

struct LeadTransition {
    v1::LeadState from;
    std::string_view command;   // "dispatch", "accept", "visit", "close"
    Actor actor;                // lowest level that may; see Allowed()
    v1::LeadState to;
    // Limit for the step after this one, hours by grade (red, yellow, green); 0 = none. Defaults; dated parameters override them.
    int limit_hours[3];
};
std::span<const LeadTransition> LeadTransitions();
std::string LeadDiagram();  // Mermaid

// LEAD_WRONG_STATE (FAILED_PRECONDITION, metadata state and command) or LEAD_WRONG_ACTOR (PERMISSION_DENIED).
Result<const LeadTransition*> FindTransition(v1::LeadState from, std::string_view command, std::span<const options::v1::Role> roles);
std::vector<std::string> NextCommands(v1::LeadState state, std::span<const options::v1::Role> roles);

// VISIT_TWO_VISITORS, VISIT_LOOKS: two different people, all five looks.
Status CheckVisit(const v1::Visit& visit);
// CLOSE_END: CONFIRMED only where the visit found a risk, NOT_CONFIRMED only where it found none, SOLVED where it found one.
Status CheckClose(const v1::Visit& visit, v1::LeadEnd end);

// An open lead as screening finds it.
struct OpenLead {
    std::int64_t id = 0;
    v1::RiskType risk_type;
    v1::Grade grade;
    v1::LeadState state;
    std::string explanations_hash;  // of the stored explanations
};
struct LeadChanges {
    std::vector<LeadDraft> open;                            // new leads
    std::vector<std::pair<std::int64_t, LeadDraft>> update; // new evidence: explanations and grade
    std::vector<std::int64_t> end;                          // no longer true: nothing in the drafts carries them, and no person has visited yet
};
// recent: risk types of leads that a person closed less than 90 days ago with the same explanations hash; they are not opened again.
LeadChanges MergeLeads(std::span<const OpenLead> open, std::span<const OpenLead> recent, std::vector<LeadDraft> drafts);
std::string ExplanationsHash(const LeadDraft& draft);

// When the next step is due.
TimePoint DueAt(v1::LeadState state, v1::Grade grade, TimePoint since);

}  // namespace shouwang::monitoring::domain
