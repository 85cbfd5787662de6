#include "services/monitoring/usecase/screen_households.h"

#include <set>

#include "services/monitoring/store/batch_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr auto kRecent = std::chrono::hours(24 * 90);  // domain.md 1.3: one lead a household and risk type in 90 days

std::vector<std::int64_t> IdsOf(const std::vector<ToScreen>& households) {
    std::vector<std::int64_t> ids;
    ids.reserve(households.size());
    for (const ToScreen& h : households) ids.push_back(h.view->record().household_id);
    return ids;
}

// Parsed village states of the households' villages.
Result<std::unordered_map<std::string, domain::SubjectState>> Villages(pg::Connection& connection, const std::vector<ToScreen>& households) {
    std::set<std::string> codes;
    for (const ToScreen& h : households) codes.insert(h.view->record().region_code);
    SW_ASSIGN_OR_RETURN(const auto stored, store::VillageStates(connection, {codes.begin(), codes.end()}));
    std::unordered_map<std::string, domain::SubjectState> parsed;
    parsed.reserve(stored.size());
    for (const auto& [code, bytes] : stored) parsed.emplace(code, domain::SubjectState::Parse(bytes));
    return parsed;
}

store::LeadRecord NewLead(const domain::RuleBook& book, const store::HouseholdRecord& household, domain::LeadDraft draft, TimePoint now) {
    store::LeadRecord lead;
    lead.household_id = household.household_id;
    lead.region_code = household.region_code;
    lead.risk_type = draft.risk_type;
    lead.grade = draft.grade;
    lead.state = v1::LEAD_STATE_GRADED;
    lead.rule_set = book.id();
    lead.explanations_hash = domain::ExplanationsHash(draft);
    lead.explanations = std::move(draft.explanations);
    lead.assigned_region = household.region_code.substr(0, 6);  // the county sends it down the tree
    lead.opened_at = now;
    return lead;
}

}  // namespace

event::v1::LeadSummary SummaryOf(const store::LeadRecord& lead, std::int64_t received_at_ms) {
    event::v1::LeadSummary s;
    s.set_household("households/" + std::to_string(lead.household_id));
    s.set_name(s.household() + "/leads/" + std::to_string(lead.lead_id));
    s.set_region_code(lead.region_code);
    s.set_risk_type(lead.risk_type);
    s.set_grade(lead.grade);
    s.set_state(lead.state);
    for (const v1::Explanation& e : lead.explanations) s.add_rules(e.rule());
    if (!lead.explanations.empty()) {
        s.set_sentence_zh(lead.explanations.front().sentence_zh());
        s.set_sentence_en(lead.explanations.front().sentence_en());
    }
    s.set_opened_at(ToRfc3339(lead.opened_at));
    s.set_received_at_ms(received_at_ms);
    s.set_source(lead.source);
    s.set_case_name(lead.case_name);
    return s;
}

void AddLeadEvent(outbox::Writer& events, const store::LeadRecord& lead, const google::protobuf::Message& data) {
    const std::string household = std::to_string(lead.household_id);
    outbox::Event event;
    event.topic = kLeadTopic;
    event.subject = "households/" + household + "/leads/" + std::to_string(lead.lead_id);
    event.partition_key = household;
    event.aggregate_version = lead.version;
    event.data = &data;
    events.Add(event);
}

Status Screener::Screen(pg::Connection& connection, const domain::RuleBook& book, std::vector<ToScreen>& households, TimePoint now,
                        outbox::Writer& events, ScreenCounts& counts) {
    if (households.empty()) return Status::Ok();
    const Date today = DateAt(now);
    SW_ASSIGN_OR_RETURN(const auto coverage, store::LoadCoverage(connection));
    SW_ASSIGN_OR_RETURN(const auto villages, Villages(connection, households));
    SW_ASSIGN_OR_RETURN(auto leads, store::LeadsOf(connection, IdsOf(households), now - kRecent));

    LeadClock lead_clock(connection, now);
    std::vector<std::pair<store::LeadRecord, std::int64_t>> opened;
    for (ToScreen& h : households) {
        const store::HouseholdRecord& record = h.view->record();
        const auto village = villages.find(record.region_code);
        const domain::HouseholdInput& input = h.view->Input(village == villages.end() ? nullptr : &village->second);
        const domain::HouseholdFacts facts(input, today, coverage, parameters_.For(book, record.region_code, today));
        // A household without living members has nobody to watch; what is open for it ends as no longer true.
        std::vector<domain::LeadDraft> drafts;
        if (!input.members.empty()) drafts = book.Screen(facts, false).drafts;
        const auto existing = leads.find(record.household_id);
        static const store::HouseholdLeads kNone;
        const store::HouseholdLeads& of = existing == leads.end() ? kNone : existing->second;
        domain::LeadChanges changes = domain::MergeLeads(of.open, of.recent, std::move(drafts));
        counts.households += 1;
        counts.opened += static_cast<std::int64_t>(changes.open.size());
        counts.updated += static_cast<std::int64_t>(changes.update.size());
        counts.ended += static_cast<std::int64_t>(changes.end.size());
        for (domain::LeadDraft& draft : changes.open) {
            store::LeadRecord& lead = opened.emplace_back(NewLead(book, record, std::move(draft), now), h.received_at_ms).first;
            SW_ASSIGN_OR_RETURN(lead.due_at, lead_clock.DueAt(lead, now));
        }
        SW_RETURN_IF_ERROR(Change(connection, book, record.household_id, changes, record.region_code, h.received_at_ms, lead_clock, now, events));
        if (h.figures) {
            const store::HouseholdFigures figures = FiguresOf(facts);
            if (figures != record.figures) SW_RETURN_IF_ERROR(store::SaveFigures(connection, record.household_id, figures));
        }
    }
    return Open(connection, opened, events);
}

Status Screener::Open(pg::Connection& connection, std::vector<std::pair<store::LeadRecord, std::int64_t>>& leads, outbox::Writer& events) {
    std::vector<store::LeadRecord*> records;
    for (auto& [lead, received] : leads) records.push_back(&lead);
    SW_RETURN_IF_ERROR(store::InsertLeads(connection, records));
    for (const auto& [lead, received] : leads) {
        event::v1::LeadOpened data;
        *data.mutable_lead() = SummaryOf(lead, received);
        AddLeadEvent(events, lead, data);
    }
    return Status::Ok();
}

Status Screener::Change(pg::Connection& connection, const domain::RuleBook& book, std::int64_t household, const domain::LeadChanges& changes,
                        const std::string& region, std::int64_t received_at_ms, LeadClock& lead_clock, TimePoint now, outbox::Writer& events) {
    for (const auto& [id, draft] : changes.update) {
        SW_ASSIGN_OR_RETURN(store::LeadRecord lead, store::LockLead(connection, household, id));
        lead.grade = draft.grade;
        lead.explanations = draft.explanations;
        lead.explanations_hash = domain::ExplanationsHash(draft);
        lead.rule_set = book.id();
        lead.region_code = region;
        if (lead.state == v1::LEAD_STATE_GRADED) {
            SW_ASSIGN_OR_RETURN(lead.due_at, lead_clock.DueAt(lead, lead.opened_at));
        }
        SW_RETURN_IF_ERROR(store::UpdateLead(connection, lead));
        event::v1::LeadUpdated data;
        *data.mutable_lead() = SummaryOf(lead, received_at_ms);
        AddLeadEvent(events, lead, data);
    }
    for (const std::int64_t id : changes.end) {
        SW_ASSIGN_OR_RETURN(store::LeadRecord lead, store::LockLead(connection, household, id));
        lead.state = v1::LEAD_STATE_CLOSED;
        lead.end = v1::LEAD_END_NO_LONGER_TRUE;
        lead.closed_at = now;
        lead.due_at.reset();
        SW_RETURN_IF_ERROR(store::UpdateLead(connection, lead));
        SW_RETURN_IF_ERROR(store::AddStep(connection, lead, "end", "system", now, "no longer true", std::nullopt));
        event::v1::LeadClosed data;
        *data.mutable_lead() = SummaryOf(lead, received_at_ms);
        data.set_end(lead.end);
        AddLeadEvent(events, lead, data);
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
