#include "services/monitoring/usecase/screen_households.h"

#include <algorithm>
#include <set>

#include "services/monitoring/domain/stale_evidence.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr auto kRecent = std::chrono::hours(24 * 90);  // domain.md 1.3: one lead a household and risk type in 90 days

// What one transaction's screening changes, written in a few statements whatever the number of households.
class Outcomes {
public:
    Outcomes(const domain::RuleBook& book, TimePoint now, outbox::Writer& events, ScreenCounts& counts)
        : book_(book), now_(now), events_(events), counts_(counts) {}

    void Add(const ToScreen& household, const store::HouseholdLeads& leads, const domain::HouseholdFacts& facts, std::vector<domain::LeadDraft> drafts);
    void AddFigures(const store::HouseholdRecord& household, const store::HouseholdFigures& figures);
    Status Write(pg::Connection& connection);

private:
    void KeepStale(const store::HouseholdLeads& leads, const domain::HouseholdFacts& facts, std::vector<std::int64_t>& ends) const;
    Status SetDue(pg::Connection& connection);
    store::LeadRecord NewLead(const store::HouseholdRecord& household, domain::LeadDraft draft) const;
    store::LeadRecord WithEvidence(const store::HouseholdRecord& household, store::LeadRecord lead, const domain::LeadDraft& draft) const;

    const domain::RuleBook& book_;
    const TimePoint now_;
    outbox::Writer& events_;
    ScreenCounts& counts_;
    std::vector<store::LeadRecord> opened_, updated_;
    std::vector<std::int64_t> opened_received_, updated_received_;  // when the newest row behind each reached the door
    std::vector<store::LeadKey> ended_;
    std::unordered_map<std::int64_t, std::int64_t> ended_received_;
    std::vector<store::FiguresChange> figures_;
};

store::LeadRecord Outcomes::NewLead(const store::HouseholdRecord& household, domain::LeadDraft draft) const {
    store::LeadRecord lead;
    lead.household_id = household.household_id;
    lead.region_code = household.region_code;
    lead.risk_type = draft.risk_type;
    lead.grade = draft.grade;
    lead.state = v1::LEAD_STATE_GRADED;
    lead.rule_set = book_.id();
    lead.explanations_hash = domain::ExplanationsHash(draft);
    lead.explanations = std::move(draft.explanations);
    lead.assigned_region = household.region_code.substr(0, 6);  // the county sends it down the tree
    lead.opened_at = now_;
    return lead;
}

store::LeadRecord Outcomes::WithEvidence(const store::HouseholdRecord& household, store::LeadRecord lead, const domain::LeadDraft& draft) const {
    lead.region_code = household.region_code;
    lead.grade = draft.grade;
    lead.rule_set = book_.id();
    lead.explanations_hash = domain::ExplanationsHash(draft);
    lead.explanations = draft.explanations;
    return lead;
}

// What only has grown old is not known to be over.
void Outcomes::KeepStale(const store::HouseholdLeads& leads, const domain::HouseholdFacts& facts, std::vector<std::int64_t>& ends) const {
    if (ends.empty() || facts.input().members.empty()) return;
    const std::set<v1::RiskType> kept = domain::TrueWhileStale(book_, facts);
    std::erase_if(ends, [&](std::int64_t id) {
        return std::any_of(leads.open.begin(), leads.open.end(), [&](const domain::OpenLead& l) { return l.id == id && kept.contains(l.risk_type); });
    });
}

void Outcomes::Add(const ToScreen& household, const store::HouseholdLeads& leads, const domain::HouseholdFacts& facts, std::vector<domain::LeadDraft> drafts) {
    const store::HouseholdRecord& record = household.view->record();
    domain::LeadChanges changes = domain::MergeLeads(leads.open, leads.recent, std::move(drafts));
    KeepStale(leads, facts, changes.end);
    counts_.households += 1;
    counts_.opened += static_cast<std::int64_t>(changes.open.size());
    counts_.updated += static_cast<std::int64_t>(changes.update.size());
    counts_.ended += static_cast<std::int64_t>(changes.end.size());
    for (domain::LeadDraft& draft : changes.open) {
        opened_.push_back(NewLead(record, std::move(draft)));
        opened_received_.push_back(household.received_at_ms);
    }
    for (const auto& [id, draft] : changes.update) {
        const auto lead = std::find_if(leads.records.begin(), leads.records.end(), [id = id](const store::LeadRecord& l) { return l.lead_id == id; });
        updated_.push_back(WithEvidence(record, *lead, draft));
        updated_received_.push_back(household.received_at_ms);
    }
    for (const std::int64_t id : changes.end) {
        ended_.push_back({record.household_id, id});
        ended_received_[id] = household.received_at_ms;
    }
}

void Outcomes::AddFigures(const store::HouseholdRecord& household, const store::HouseholdFigures& figures) {
    if (figures != household.figures) figures_.push_back({household.household_id, figures});
}

// Limits are read once, and only where a lead needs one.
Status Outcomes::SetDue(pg::Connection& connection) {
    LeadClock clock(connection, now_);
    for (store::LeadRecord& lead : opened_) {
        SW_ASSIGN_OR_RETURN(lead.due_at, clock.DueAt(lead, now_));
    }
    for (store::LeadRecord& lead : updated_) {
        if (lead.state != v1::LEAD_STATE_GRADED) continue;
        SW_ASSIGN_OR_RETURN(lead.due_at, clock.DueAt(lead, lead.opened_at));
    }
    return Status::Ok();
}

Status Outcomes::Write(pg::Connection& connection) {
    SW_RETURN_IF_ERROR(SetDue(connection));
    SW_RETURN_IF_ERROR(store::UpdateEvidence(connection, updated_));
    for (std::size_t i = 0; i < updated_.size(); ++i) {
        event::v1::LeadUpdated data;
        *data.mutable_lead() = SummaryOf(updated_[i], updated_received_[i]);
        AddLeadEvent(events_, updated_[i], data);
    }
    SW_ASSIGN_OR_RETURN(const auto ended, store::EndLeads(connection, ended_, now_));
    for (const store::LeadRecord& lead : ended) {
        event::v1::LeadClosed data;
        *data.mutable_lead() = SummaryOf(lead, ended_received_.at(lead.lead_id));
        data.set_end(lead.end);
        AddLeadEvent(events_, lead, data);
    }
    std::vector<store::LeadRecord*> opened;
    for (store::LeadRecord& lead : opened_) opened.push_back(&lead);
    SW_RETURN_IF_ERROR(store::InsertLeads(connection, opened));
    for (std::size_t i = 0; i < opened_.size(); ++i) {
        event::v1::LeadOpened data;
        *data.mutable_lead() = SummaryOf(opened_[i], opened_received_[i]);
        AddLeadEvent(events_, opened_[i], data);
    }
    return store::SaveFigures(connection, figures_);
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
    std::set<std::string> villages;
    std::vector<std::int64_t> ids;
    ids.reserve(households.size());
    for (const ToScreen& h : households) {
        villages.insert(h.view->record().region_code);
        ids.push_back(h.view->record().household_id);
    }
    SW_RETURN_IF_ERROR(coverage_.Refresh(connection));
    SW_RETURN_IF_ERROR(villages_.Refresh(connection, villages));
    SW_ASSIGN_OR_RETURN(const auto leads, store::LeadsOf(connection, ids, now - kRecent));

    Outcomes outcomes(book, now, events, counts);
    for (const ToScreen& h : households) {
        const store::HouseholdRecord& record = h.view->record();
        const domain::HouseholdInput& input = h.view->Input(villages_.Of(record.region_code));
        const domain::HouseholdFacts facts(input, today, coverage_.For(record.region_code), parameters_.For(book, record.region_code, today));
        // A household without living members has nobody to watch; what is open for it ends as no longer true.
        std::vector<domain::LeadDraft> drafts;
        if (!input.members.empty()) drafts = book.Screen(facts, false).drafts;
        static const store::HouseholdLeads kNone;
        const auto existing = leads.find(record.household_id);
        outcomes.Add(h, existing == leads.end() ? kNone : existing->second, facts, std::move(drafts));
        if (h.figures) outcomes.AddFigures(record, FiguresOf(facts));
    }
    return outcomes.Write(connection);
}

}  // namespace shouwang::monitoring::usecase
