// The second half of the intake: what rows do to households, and how they are kept.
#include <algorithm>
#include <unordered_set>

#include "services/monitoring/usecase/finish_batches.h"
#include "services/monitoring/usecase/household_view.h"
#include "services/monitoring/usecase/intake.h"
#include "shouwang/monitoring/event/v1/household_event.pb.h"

namespace shouwang::monitoring::usecase {

using domain::Seen;

// A household that this transaction has locked.
struct Intake::Touched {
    HouseholdView* view;
    bool registry = false;  // members or attributes changed
    bool screen = false;    // a fact changed that a rule or a figure reads
    bool figures = false;
    std::int64_t received_at_ms = 0;
};

Status Intake::Households(Screener& screener) {
    std::vector<std::int64_t> ids = registry_households_;
    for (const Work* w : matched_) ids.push_back(w->person.household_id);
    if (ids.empty()) return Status::Ok();
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    SW_ASSIGN_OR_RETURN(auto records, store::LockHouseholds(connection_, ids));
    std::deque<HouseholdView> views;
    std::vector<Touched> households;
    households.reserve(records.size());
    for (store::HouseholdRecord& record : records) {
        const bool registry = std::binary_search(registry_households_.begin(), registry_households_.end(), record.household_id);
        households.push_back({&views.emplace_back(std::move(record)), registry, registry, registry});
    }
    SW_RETURN_IF_ERROR(ApplyTo(households));
    return Screen(screener, households);
}

Status Intake::ApplyTo(std::vector<Touched>& households) {
    std::unordered_map<std::int64_t, Touched*> by_id;
    by_id.reserve(households.size());
    for (Touched& h : households) by_id[h.view->record().household_id] = &h;
    std::vector<domain::FactIndex> touched;
    for (const Work* w : matched_) {
        const auto it = by_id.find(w->person.household_id);
        const auto seen = it == by_id.end() ? std::nullopt : it->second->view->Offer(w->person.person_id, Incoming(*w), touched);
        // The person moved between look-up and lock: look again.
        if (!seen) return MakeStatus(Code::kAborted, "PG_RETRY", "a person moved meanwhile");
        Decide(*w, w->person.person_id, *seen);
        if (*seen != Seen::kNever) continue;
        Touched& household = *it->second;
        household.received_at_ms = std::max(household.received_at_ms, w->received_at_ms);
        for (const domain::FactIndex fact : touched) {
            household.figures = household.figures || IsFigure(fact);
            household.screen = household.screen || household.figures || book_.Reads(fact);
        }
    }
    std::vector<store::StateChange> changes;
    for (const Touched& h : households) h.view->ChangedStates(changes);
    return store::SaveStates(connection_, std::move(changes));
}

Status Intake::Screen(Screener& screener, std::vector<Touched>& households) {
    std::vector<ToScreen> to_screen;
    for (const Touched& h : households) {
        if (h.screen) to_screen.push_back({h.view, h.figures, h.received_at_ms});
    }
    SW_RETURN_IF_ERROR(screener.Screen(connection_, book_, to_screen, now_, events_, counts_.screen));
    for (const Touched& h : households) {
        if (h.registry) HouseholdEvent(h.view->record());
    }
    return Status::Ok();
}

void Intake::HouseholdEvent(const store::HouseholdRecord& household) {
    event::v1::HouseholdChanged data;
    data.set_household("households/" + std::to_string(household.household_id));
    data.set_household_no(household.household_no);
    data.set_region_code(household.region_code);
    data.set_lifted(household.lifted);
    data.set_relocated(household.relocated);
    data.set_member_count(static_cast<std::int32_t>(household.member_count));
    int able = 0;
    for (const store::MemberRecord& m : household.members) able += m.living && m.labour >= 1 && m.labour <= 3;
    data.set_able_to_work(able);
    outbox::Event event;
    event.topic = kHouseholdTopic;
    event.subject = data.household();
    event.partition_key = std::to_string(household.household_id);
    event.aggregate_version = household.version;
    event.data = &data;
    events_.Add(event);
}

Status Intake::Keep() {
    if (!asked_.empty()) {
        const auto key = [](const store::RowRecord& r) {
            return std::string(reinterpret_cast<const char*>(&r.subject_id), sizeof(r.subject_id)).append(r.id.view());
        };
        SW_ASSIGN_OR_RETURN(const auto known, store::KnownRows(connection_, asked_));
        // Equal rows may stand beside each other in this transaction too.
        std::unordered_set<std::string> here;
        for (const store::RowRecord& r : fresh_) here.insert(key(r));
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (known[i] || !here.insert(key(asked_[i])).second) {
                ledger_[asked_[i].batch].duplicate += 1;
            } else {
                fresh_.push_back(asked_[i]);
            }
        }
    }
    for (const store::RowRecord& r : fresh_) ledger_[r.batch].applied += 1;
    return store::InsertRows(connection_, fresh_, now_);
}

Status Intake::Ledger() {
    SW_RETURN_IF_ERROR(store::InsertRowErrors(connection_, rejected_));
    SW_RETURN_IF_ERROR(events_.Flush(connection_));
    std::vector<std::int64_t> batches;
    for (const auto& [batch, delta] : ledger_) {
        batches.push_back(batch);
        counts_.applied += delta.applied;
        counts_.rejected += delta.rejected;
        counts_.duplicate += delta.duplicate;
        counts_.unmatched += delta.unmatched;
    }
    SW_RETURN_IF_ERROR(store::AddToLedger(connection_, ledger_));
    return FinishBatches(connection_, batches, now_);
}

}  // namespace shouwang::monitoring::usecase
