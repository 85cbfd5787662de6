// The life of a lead as a table (线索), one for all sources, and what is decided about leads beside it: what a visit and an end must hold,
// how screening and people meet in one lead, when the next step is due. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/date.h"
#include "common/base/status.h"
#include "common/flow/state_table.h"
#include "services/monitoring/domain/rule_book.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::monitoring::domain {

// Thing of guards and limits: v1::Lead. Commands: "open" (screening), "report" (people), "repeat" (people, what was answered lately), "dispatch",
// "accept", "visit", "close", "end" (the system alone). Reasons LEAD_WRONG_STATE, LEAD_WRONG_ACTOR.
const flow::StateTable& LeadStates();
// Names of the parameters that limit steps; the last one a family's declaration, whatever the colour.
std::vector<std::string> LeadLimits();
inline constexpr std::string_view kDeclaredVisitLimit = "lead.visit_declared_days";
// Parameter that limits the state; empty for CLOSED.
std::string_view LeadLimitOf(v1::LeadState state, v1::Grade grade);
// When the next step is due: at the end of the state's limit, and until somebody has been there not after `visit_by` (of a declared lead).
std::optional<TimePoint> LeadDue(v1::LeadState state, std::optional<TimePoint> limit, std::optional<TimePoint> visit_by);

// VISIT_TWO_VISITORS: two different people.
Status CheckVisitors(std::span<const std::string> names, const std::string& field);
// VISIT_TWO_VISITORS, VISIT_LOOKS: two different people, all five looks.
Status CheckVisit(const v1::Visit& visit);
// VISIT_LOOKS alone.
Status CheckLooks(const v1::Visit& visit, const std::string& path);
// CLOSE_END: CONFIRMED only where the visit found a risk, NOT_CONFIRMED only where it found none,
// SOLVED where it found one.
Status CheckClose(const v1::Visit& visit, v1::LeadEnd end);

// An open lead as screening finds it.
struct OpenLead {
    std::int64_t id = 0;
    v1::RiskType risk_type = v1::RISK_TYPE_UNSPECIFIED;
    v1::Grade grade = v1::GRADE_UNSPECIFIED;
    v1::LeadState state = v1::LEAD_STATE_UNSPECIFIED;
    std::string explanations_hash;  // of the stored explanations; empty = screening says nothing about it
    // What people said of it; unspecified = nobody did. Such a lead is never ended by screening, and never graded below.
    v1::Grade reported_grade = v1::GRADE_UNSPECIFIED;
};
struct LeadChanges {
    std::vector<LeadDraft> open;                             // new leads
    std::vector<std::pair<std::int64_t, LeadDraft>> update;  // new evidence: explanations and grade
    std::vector<std::int64_t>
        end;  // no longer true: nothing in the drafts carries them, nobody reported them, and no person has visited yet
};
// recent: leads that a person closed less than 90 days ago. A draft with the same evidence as one
// of them is not opened again.
LeadChanges MergeLeads(std::span<const OpenLead> open, std::span<const OpenLead> recent,
                       std::vector<LeadDraft> drafts);
// "<evidence>.<all>", hex. Evidence: rules and the values they rest on. All: also grade, sentences,
// dates and source rows, so that a stored lead is brought up to date when only these change,
// without a closed one being opened again by them.
std::string ExplanationsHash(const LeadDraft& draft);

// What people say, as evidence: 16 bytes that are equal where the words are, whatever blanks, punctuation and full-width forms stand between.
std::string ReportEvidence(std::string_view difficulty);

// Without ASCII and ideographic blanks at both ends.
std::string_view Trimmed(std::string_view text);

}  // namespace shouwang::monitoring::domain
