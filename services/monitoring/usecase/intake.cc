#include "services/monitoring/usecase/intake.h"

#include <unordered_set>

#include "common/trace/trace.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/usecase/registry_rows.h"

namespace shouwang::monitoring::usecase {

using domain::Seen;
using options::v1::SUBJECT_HOUSEHOLD;
using options::v1::SUBJECT_PERSON;
using options::v1::SUBJECT_VILLAGE;

Intake::Intake(pg::Connection& connection, const domain::RuleBook& book, const crypto::Sealer& sealer, TimePoint now, FeedCounts& counts)
    : connection_(connection), book_(book), sealer_(sealer), now_(now), counts_(counts),
      events_("/shouwang/monitoring", now, trace::Current().ToString()) {}

Status Intake::Claim(std::span<const event::v1::FeedChunk> chunks) {
    SW_RETURN_IF_ERROR(store::PlanByKey(connection_));
    std::vector<store::ChunkKey> keys;
    for (const auto& c : chunks) keys.push_back({c.batch(), c.chunk(), c.part()});
    SW_ASSIGN_OR_RETURN(const auto fresh, store::ClaimChunks(connection_, keys));
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        const event::v1::FeedChunk& chunk = chunks[i];
        if (!fresh[i]) {
            counts_.chunks_repeated += 1;
            continue;
        }
        const model::Dataset* dataset = domain::Datasets().Find(chunk.dataset());
        if (dataset == nullptr) {
            return MakeStatus(Code::kFailedPrecondition, "DATASET_UNKNOWN", "no dataset has the number " + std::to_string(chunk.dataset()));
        }
        std::uint32_t last = 0, ordinal = 0;
        for (const event::v1::RejectedRow& row : chunk.rejected()) {
            // A row may have several problems; it is one rejected row.
            ordinal = row.sequence() == last ? ordinal + 1 : 0;
            if (ordinal == 0) ledger_[chunk.batch()].rejected += 1;
            last = row.sequence();
            rejected_.push_back({chunk.batch(), ordinal, &row});
        }
        std::vector<Work>& to = dataset->options.registry() ? registry_
                                : dataset->options.subject() == SUBJECT_PERSON || dataset->options.subject() == SUBJECT_HOUSEHOLD ? people_ : regional_;
        for (const event::v1::FeedRow& row : chunk.rows()) to.push_back({dataset, &row, chunk.batch(), chunk.received_at_ms(), {}});
    }
    return Status::Ok();
}

const domain::IncomingRow& Intake::Incoming(const Work& work) {
    const event::v1::FeedRow& row = *work.row;
    const std::uint32_t number = work.dataset->options.number();
    incoming_.dataset = number;
    incoming_.row_key = row.row_key();
    incoming_.revision = row.revision();
    incoming_.retract = row.retract();
    incoming_.date = Date{row.date()};
    incoming_.content_hash = row.content_hash();
    incoming_.batch = work.batch;
    incoming_.sequence = row.sequence();
    incoming_.values.clear();
    if (row.retract()) return incoming_;
    if (messages_.size() <= number) messages_.resize(number + 1);
    auto& message = messages_[number];
    if (message == nullptr) {
        message.reset(google::protobuf::MessageFactory::generated_factory()->GetPrototype(work.dataset->descriptor)->New());
    }
    // The door made the content from a checked message; it parses, or the bytes were broken on the way and the chunk with them.
    if (message->ParseFromString(row.content())) domain::Facts().ValuesOf(*work.dataset, *message, incoming_.values);
    return incoming_;
}

void Intake::Decide(const Work& work, std::int64_t subject, Seen seen) {
    if (seen == Seen::kBefore) {
        ledger_[work.batch].duplicate += 1;
        return;
    }
    const std::uint32_t dataset = work.dataset->options.number();
    (seen == Seen::kNever ? fresh_ : asked_).push_back({subject, work.row->subject(), store::RowIdOf(dataset, *work.row), work.batch, dataset, work.row});
}

void Intake::Reject(const Work& work, const std::string& field, const std::string& code, const std::string& want) {
    event::v1::RejectedRow& row = rejected_rows_.emplace_back();
    row.set_sequence(work.row->sequence());
    row.set_field(field);
    row.set_code(code);
    row.set_want(want);
    rejected_.push_back({work.batch, 0, &row});
    ledger_[work.batch].rejected += 1;
}

std::vector<Intake::Work*> Intake::WithoutRepeats(std::vector<Work*> rows) {
    std::vector<Work*> kept;
    kept.reserve(rows.size());
    std::unordered_set<std::string> seen;
    seen.reserve(rows.size());
    for (Work* w : rows) {
        if (seen.insert(std::string(w->row->subject()).append(store::RowIdOf(w->dataset->options.number(), *w->row).view())).second) {
            kept.push_back(w);
        } else {
            ledger_[w->batch].duplicate += 1;
        }
    }
    return kept;
}

Status Intake::Match() {
    std::vector<std::string> blinds;
    std::unordered_set<std::string_view> asked;
    asked.reserve(people_.size());
    for (const Work& w : people_) {
        if (asked.insert(w.row->subject()).second) blinds.push_back(w.row->subject());
    }
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(connection_, blinds));
    matched_.reserve(people_.size());
    for (Work& w : people_) {
        const auto it = persons.find(w.row->subject());
        if (it != persons.end()) w.person = it->second;
        (it == persons.end() ? strangers_ : matched_).push_back(&w);
    }
    if (registry_.empty() && strangers_.empty()) return Status::Ok();
    return store::PassGate(connection_, strangers_.empty()   ? store::Gate::kRegister
                                        : registry_.empty() ? store::Gate::kSetAside
                                                            : store::Gate::kBoth);
}

Status Intake::Registry() {
    if (registry_.empty()) return Status::Ok();
    std::vector<Work*> all, kept;
    for (Work& w : registry_) all.push_back(&w);
    std::vector<store::RegistryRow> rows;
    rows.reserve(all.size());
    for (Work* w : WithoutRepeats(std::move(all))) {
        Result<store::RegistryRow> row = ReadRegistryRow(*w->row, sealer_);
        if (!row.ok()) {
            Reject(*w, "identity_no", row.status().reason, "a row sealed with a key of this deployment");
            continue;
        }
        rows.push_back(std::move(row).value());
        kept.push_back(w);
    }
    SW_ASSIGN_OR_RETURN(store::RegistryOutcome outcome, store::ApplyRegistry(connection_, rows));
    // Whoever moved just now is found where he lives now.
    for (Work* w : matched_) {
        if (const auto it = outcome.persons.find(w->row->subject()); it != outcome.persons.end()) w->person = it->second;
    }
    new_blinds_ = std::move(outcome.new_blinds);
    registry_households_ = std::move(outcome.changed_households);
    for (std::size_t i = 0; i < kept.size(); ++i) Decide(*kept[i], outcome.persons.at(rows[i].blind).person_id, outcome.seen[i]);
    return Status::Ok();
}

// Behind the gate: whoever was being registered a moment ago is there now, this transaction's own persons too.
Status Intake::LookAgain() {
    std::vector<std::string> blinds;
    for (const Work* w : strangers_) blinds.push_back(w->row->subject());
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(connection_, blinds));
    std::vector<Work*> still;
    for (Work* w : strangers_) {
        const auto it = persons.find(w->row->subject());
        if (it != persons.end()) w->person = it->second;
        (it == persons.end() ? still : matched_).push_back(w);
    }
    strangers_ = std::move(still);
    return Status::Ok();
}

Status Intake::SetAside() {
    if (!strangers_.empty()) SW_RETURN_IF_ERROR(LookAgain());
    std::vector<store::RowRecord> records;
    for (const Work* w : WithoutRepeats(strangers_)) {
        const std::uint32_t dataset = w->dataset->options.number();
        records.push_back({0, w->row->subject(), store::RowIdOf(dataset, *w->row), w->batch, dataset, w->row});
    }
    SW_ASSIGN_OR_RETURN(const auto fresh, store::InsertUnmatched(connection_, records, now_));
    for (std::size_t i = 0; i < records.size(); ++i) {
        store::LedgerDelta& delta = ledger_[records[i].batch];
        (fresh[i] ? delta.unmatched : delta.duplicate) += 1;
    }
    return new_blinds_.empty() ? Status::Ok() : TakeWaiting();
}

Status Intake::TakeWaiting() {
    SW_ASSIGN_OR_RETURN(auto taken, store::TakeWaiting(connection_, new_blinds_));
    if (taken.empty()) return Status::Ok();
    std::vector<std::string> blinds;
    for (const store::WaitingRow& w : taken) blinds.push_back(w.blind);
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(connection_, blinds));
    for (store::WaitingRow& w : taken) {
        const store::WaitingRow& kept = waiting_.emplace_back(std::move(w));
        const model::Dataset* dataset = domain::Datasets().Find(kept.dataset);
        if (dataset == nullptr) return MakeStatus(Code::kFailedPrecondition, "DATASET_UNKNOWN", "a waiting row names a dataset that is gone");
        matched_.push_back(&later_.emplace_back(Work{dataset, &kept.row, kept.batch, 0, persons.at(kept.blind)}));
        ledger_[kept.batch].unmatched -= 1;
        counts_.matched_later += 1;
    }
    return Status::Ok();
}

Status Intake::Villages() {
    std::map<std::string, std::vector<Work*>> by_region;
    for (Work& w : regional_) by_region[w.row->subject()].push_back(&w);
    std::vector<domain::FactIndex> touched;
    for (auto& [code, rows] : by_region) {
        // The code as a number: twelve digits never meet the ids of persons.
        const std::int64_t subject = std::stoll((code + std::string(12, '0')).substr(0, 12));
        SW_ASSIGN_OR_RETURN(const std::string bytes, store::LockVillage(connection_, code));
        domain::SubjectState state = domain::SubjectState::Parse(bytes);
        bool changed = false, matters = false;
        for (Work* w : rows) {
            Seen seen = Seen::kAskHistory;
            if (w->dataset->options.subject() == SUBJECT_VILLAGE) seen = state.Offer(Incoming(*w), domain::Facts(), touched);
            Decide(*w, subject, seen);
            if (seen != Seen::kNever) continue;
            changed = true;
            for (const domain::FactIndex fact : touched) matters = matters || book_.Reads(fact);
        }
        if (changed) SW_RETURN_IF_ERROR(store::SaveVillage(connection_, code, state.Serialize()));
        if (matters) SW_RETURN_IF_ERROR(store::QueueRescreen(connection_, code, "village facts changed", now_));
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
