#include "services/monitoring/usecase/report_lead.h"

#include <algorithm>
#include <charconv>

#include "common/base/region_code.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/lead_clock.h"
#include "services/monitoring/usecase/screen_households.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr auto kAnswered = std::chrono::hours(24 * 90);  // as screening: one answer holds for 90 days

std::string SourceLabel(v1::LeadSource source) {
    return v1::LeadSource_descriptor()->FindValueByNumber(source)->options().GetExtension(options::v1::value_label).zh();
}

// What the step says: who brought it, and the words.
std::string NoteOf(const Report& r) {
    std::string note = SourceLabel(r.source);
    if (!r.reporter.empty()) note += " · " + r.reporter;
    if (!r.reference.empty()) note += " · " + r.reference;
    return note + "：" + r.difficulty;
}

store::LeadRecord NewLead(const Report& r, const store::HouseholdRecord& household, const std::string& evidence, TimePoint now) {
    store::LeadRecord lead;
    lead.household_id = household.household_id;
    lead.region_code = household.region_code;
    lead.risk_type = r.risk_type;
    lead.grade = lead.reported_grade = r.grade == v1::GRADE_UNSPECIFIED ? v1::GRADE_YELLOW : r.grade;
    lead.assigned_region = std::string(RegionAtLevel(household.region_code, 3));  // the county sends it down the tree
    lead.opened_at = now;
    lead.source = r.source;
    lead.difficulty = r.difficulty;
    lead.reporter = r.reporter;
    lead.reference = r.reference;
    lead.evidence = {evidence};
    lead.declared_at = r.declared_at;
    return lead;
}

template <typename Event>
void AddEvent(record::Work& work, const store::LeadRecord& lead, Event data) {
    *data.mutable_lead() = SummaryOf(lead, 0);
    AddLeadEvent(work.events, lead, data);
}

Result<Reported> Open(record::Work& work, const Report& r, store::LeadRecord lead) {
    SW_ASSIGN_OR_RETURN(const flow::Transition* row, domain::LeadStates().Find(0, "report", record::RolesOf(work.by)));
    lead.state = static_cast<v1::LeadState>(row->to);
    LeadClock lead_clock(work.connection, work.now);
    SW_ASSIGN_OR_RETURN(lead.due_at, lead_clock.DueAt(lead, work.now));
    SW_RETURN_IF_ERROR(store::InsertReported(work.connection, lead));
    SW_RETURN_IF_ERROR(store::AddStep(work.connection, lead, "report", work.by.subject(), work.now, NoteOf(r), std::nullopt));
    AddEvent(work, lead, event::v1::LeadOpened());
    return Reported{ReportedAs::kOpened, std::move(lead)};
}

Result<Reported> Repeat(record::Work& work, const Report& r, store::LeadRecord lead, std::int64_t answered_id) {
    SW_ASSIGN_OR_RETURN(const flow::Transition* row, domain::LeadStates().Find(0, "repeat", record::RolesOf(work.by)));
    SW_ASSIGN_OR_RETURN(const store::LeadRecord answered, store::LockLead(work.connection, lead.household_id, answered_id));
    lead.state = static_cast<v1::LeadState>(row->to);
    lead.end = v1::LEAD_END_DUPLICATE;
    lead.closed_at = work.now;
    lead.duplicate_of = answered_id;
    lead.reply = answered.reply;
    SW_RETURN_IF_ERROR(store::InsertReported(work.connection, lead));
    SW_RETURN_IF_ERROR(store::AddStep(work.connection, lead, "repeat", work.by.subject(), work.now, NoteOf(r) + " → " + NameOfLead(answered), std::nullopt));
    event::v1::LeadClosed closed;
    closed.set_end(lead.end);
    AddEvent(work, lead, closed);
    return Reported{ReportedAs::kRepeated, std::move(lead)};
}

Result<Reported> Join(record::Work& work, const Report& r, const std::string& evidence, std::int64_t open_id) {
    // Who may report may join.
    SW_RETURN_IF_ERROR(domain::LeadStates().Find(0, "report", record::RolesOf(work.by)).status());
    SW_ASSIGN_OR_RETURN(store::LeadRecord lead, store::LockLead(work.connection, r.household_id, open_id));
    const v1::Grade grade = r.grade == v1::GRADE_UNSPECIFIED ? v1::GRADE_YELLOW : r.grade;
    lead.reported_grade = std::max(lead.reported_grade, grade);
    lead.grade = std::max(lead.grade, lead.reported_grade);
    const auto source = static_cast<std::int64_t>(r.source);
    const bool known = r.source == lead.source || std::find(lead.joined_sources.begin(), lead.joined_sources.end(), source) != lead.joined_sources.end();
    if (!known) lead.joined_sources.push_back(source);
    if (lead.difficulty.empty()) lead.difficulty = r.difficulty;
    if (std::find(lead.evidence.begin(), lead.evidence.end(), evidence) == lead.evidence.end()) lead.evidence.push_back(evidence);
    if (r.declared_at && !lead.declared_at && lead.state != v1::LEAD_STATE_VISITED) {
        lead.declared_at = r.declared_at;
        LeadClock lead_clock(work.connection, work.now);
        SW_ASSIGN_OR_RETURN(const auto visit_by, lead_clock.EndOf(domain::kDeclaredVisitLimit, lead.region_code, *r.declared_at));
        lead.due_at = domain::LeadDue(lead.state, lead.due_at, visit_by);
    }
    SW_RETURN_IF_ERROR(store::UpdateLead(work.connection, lead));
    SW_RETURN_IF_ERROR(store::AddStep(work.connection, lead, "joined", work.by.subject(), work.now, NoteOf(r), std::nullopt));
    AddEvent(work, lead, event::v1::LeadUpdated());
    return Reported{ReportedAs::kJoined, std::move(lead)};
}

}  // namespace

std::string NameOfLead(const store::LeadRecord& lead) {
    return "households/" + std::to_string(lead.household_id) + "/leads/" + std::to_string(lead.lead_id);
}

Result<std::int64_t> ParseHouseholdName(const std::string& name, const std::string& field) {
    constexpr std::string_view kPrefix = "households/";
    std::int64_t id = 0;
    const char* const end = name.data() + name.size();
    if (name.starts_with(kPrefix)) {
        const auto [at, error] = std::from_chars(name.data() + kPrefix.size(), end, id);
        if (error == std::errc() && at == end && id > 0) return id;
    }
    return InvalidField(field, "households/{household}");
}

Result<Reported> ReportLeadIn(record::Work& work, const Report& r) {
    SW_ASSIGN_OR_RETURN(const auto households, store::LockHouseholds(work.connection, {r.household_id}));
    if (households.empty() || !RegionContains(work.by.region_prefix(), households[0].region_code)) {
        return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household");
    }
    SW_ASSIGN_OR_RETURN(auto leads, store::LeadsOf(work.connection, {r.household_id}, work.now - kAnswered));
    const std::string evidence = domain::ReportEvidence(r.difficulty);
    for (const domain::OpenLead& open : leads[r.household_id].open) {
        if (open.risk_type == r.risk_type) return Join(work, r, evidence, open.id);
    }
    SW_ASSIGN_OR_RETURN(const std::int64_t answered, store::AnsweredLead(work.connection, r.household_id, r.risk_type, evidence, work.now - kAnswered));
    store::LeadRecord lead = NewLead(r, households[0], evidence, work.now);
    return answered != 0 ? Repeat(work, r, std::move(lead), answered) : Open(work, r, std::move(lead));
}

Result<v1::Lead> ReportLead::Create(const v1::CreateLeadRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const std::int64_t household, ParseHouseholdName(q.household(), "household"));
    if (q.source() != v1::LEAD_SOURCE_CADRE && q.source() != v1::LEAD_SOURCE_PUBLIC) {
        return InvalidField("source", "LEAD_SOURCE_CADRE or LEAD_SOURCE_PUBLIC: departments push rows, families declare");
    }
    if (q.risk_type() == v1::RISK_TYPE_UNSPECIFIED) return InvalidField("risk_type", "a risk type");
    if (domain::Trimmed(q.difficulty()).empty()) return InvalidField("difficulty", "the difficulty in words");
    if (q.source() == v1::LEAD_SOURCE_PUBLIC && domain::Trimmed(q.reference()).empty()) {
        return InvalidField("reference", "the number of the call or letter");
    }
    v1::Lead answer;
    SW_RETURN_IF_ERROR(commands_.Transact("create_lead", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const Reported reported, ReportLeadIn(work, {household, q.source(), q.risk_type(), q.grade(), q.difficulty(), q.reporter(), q.reference(), std::nullopt}));
        SW_ASSIGN_OR_RETURN(answer, reader_.Read(work.connection, {reported.lead.household_id, reported.lead.lead_id}, by));
        return Status::Ok();
    }));
    return answer;
}

}  // namespace shouwang::monitoring::usecase
