// Leads and their steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/lead_machine.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::monitoring::store {

struct LeadRecord {
    std::int64_t household_id = 0, lead_id = 0;
    std::string region_code;
    v1::RiskType risk_type = v1::RISK_TYPE_UNSPECIFIED;
    v1::Grade grade = v1::GRADE_UNSPECIFIED;
    v1::LeadState state = v1::LEAD_STATE_UNSPECIFIED;
    v1::LeadEnd end = v1::LEAD_END_UNSPECIFIED;
    std::string rule_set;
    std::vector<v1::Explanation> explanations;
    std::string explanations_hash;
    std::string assigned_region;
    TimePoint opened_at;
    std::optional<TimePoint> due_at, closed_at;
    std::optional<v1::Visit> visit;
    std::int64_t version = 0;
    std::string household_no, head_name;  // list and get

    // Beside what screening writes: who brought it, its way up the tree, its end.
    v1::LeadSource source = v1::LEAD_SOURCE_DEPARTMENT;
    std::vector<std::int64_t> joined_sources;
    v1::Grade reported_grade = v1::GRADE_UNSPECIFIED;  // unspecified = nobody but screening says it
    std::string difficulty, reporter, reference;
    std::vector<std::string> evidence;                 // domain::ReportEvidence of what was told
    std::optional<TimePoint> declared_at, escalate_at;
    std::string escalated_to;
    std::int64_t escalations = 0;
    std::int64_t duplicate_of = 0;                     // lead id; 0 = none
    std::string case_name, reply;
};

// Open leads and leads closed by a person since `closed_after`, by household. `records` goes with `open`: all but the explanations.
struct HouseholdLeads {
    std::vector<domain::OpenLead> open, recent;
    std::vector<LeadRecord> records;
};
// Locks them until the end of the transaction: what screening decides on them holds, whatever a person does meanwhile.
Result<std::unordered_map<std::int64_t, HouseholdLeads>> LeadsOf(pg::Connection& connection, const std::vector<std::int64_t>& households,
                                                                     TimePoint closed_after);

// Inserts what screening found; sets lead_id of each.
Status InsertLeads(pg::Connection& connection, std::span<LeadRecord*> leads);
// Inserts one lead that people brought, with all its fields; sets lead_id.
Status InsertReported(pg::Connection& connection, LeadRecord& lead);
// The lead of the household and risk that people answered last since `closed_after` with this evidence; 0 = none.
Result<std::int64_t> AnsweredLead(pg::Connection& connection, std::int64_t household_id, v1::RiskType risk, std::string_view evidence, TimePoint closed_after);
// Open leads whose step is overdue and of which the next level has not been told yet; locked, those that others hold are left out.
Result<std::vector<LeadRecord>> LockOverdue(pg::Connection& connection, TimePoint now, int limit);
Result<LeadRecord> LockLead(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id);
// Writes everything that changes in a life; version + 1.
Status UpdateLead(pg::Connection& connection, LeadRecord& lead);
// What screening changes of locked leads, in a few statements whatever their number. UpdateEvidence writes region, grade, rule set,
// explanations and due_at, and adds one to version; EndLeads closes them as no longer true, with a step, and answers them as they are.
Status UpdateEvidence(pg::Connection& connection, std::span<LeadRecord> leads);
struct LeadKey {
    std::int64_t household_id, lead_id;
};
Result<std::vector<LeadRecord>> EndLeads(pg::Connection& connection, std::span<const LeadKey> leads, TimePoint now);
Status AddStep(pg::Connection& connection, const LeadRecord& lead, const std::string& command, const std::string& actor, TimePoint at, const std::string& note,
               const std::optional<v1::Visit>& visit);
Result<std::vector<v1::LeadStep>> Steps(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id);

struct LeadFilter {
    std::string region_prefix;
    std::vector<v1::Grade> grades;
    std::vector<v1::LeadState> states;
    std::vector<v1::RiskType> risk_types;
    std::int64_t household_id = 0;
    std::vector<v1::LeadSource> sources;  // first or joined
    std::string escalated_to;
    std::optional<TimePoint> overdue_at;
    std::int64_t before = 0;   // lead ids below this; 0 = from the newest
    int limit = 50;
};
Result<std::vector<LeadRecord>> ListLeads(pg::Connection& connection, const LeadFilter& filter);

}  // namespace shouwang::monitoring::store
