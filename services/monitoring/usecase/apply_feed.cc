#include "services/monitoring/usecase/apply_feed.h"

#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "common/base/bytes.h"
#include "common/base/identity_number.h"
#include "common/trace/trace.h"
#include "services/monitoring/domain/subject_state.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/intake_store.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/finish_batches.h"
#include "services/monitoring/usecase/registry_rows.h"
#include "shouwang/monitoring/event/v1/household_event.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using options::v1::SUBJECT_HOUSEHOLD;
using options::v1::SUBJECT_PERSON;
using options::v1::SUBJECT_VILLAGE;

// A row on its way through the transaction.
struct Work {
    const model::Dataset* dataset = nullptr;
    const event::v1::FeedRow* row = nullptr;
    std::int64_t batch = 0;
    std::string row_id;
    std::int64_t received_at_ms = 0;
    store::PersonRef person{};
    std::vector<std::pair<domain::FactIndex, std::int64_t>> values;
};

// 16 bytes that are the same for the same row and differ for any other.
std::string RowId(std::uint32_t dataset, const event::v1::FeedRow& row) {
    std::string key = row.row_key();
    const auto put = [&key](auto v) { key.append(reinterpret_cast<const char*>(&v), sizeof(v)); };
    put(dataset);
    put(row.date());
    put(row.revision());
    put(row.retract());
    put(row.content_hash());
    std::string id(16, '\0');
    const std::uint64_t a = Hash64(key, 1), b = Hash64(key, 2);
    std::memcpy(id.data(), &a, 8);
    std::memcpy(id.data() + 8, &b, 8);
    return id;
}

// One transaction's worth of state. Steps are called in the order in which they stand here.
class Intake {
public:
    Intake(pg::Connection& connection, const domain::RuleBook& book, const crypto::Sealer& sealer, TimePoint now, FeedCounts& counts)
        : connection_(connection), book_(book), sealer_(sealer), now_(now), counts_(counts), events_("/shouwang/monitoring", now, trace::Current().ToString()) {}

    Status Claim(std::span<const event::v1::FeedChunk> chunks);
    Status Registry();
    Status Match();
    Status Villages();
    Status Households(Screener& screener);
    Status Ledger();

private:
    void Parse(Work& work);
    void Reject(const Work& work, const std::string& field, const std::string& code, const std::string& want);
    // Keeps the first of equal rows; the others are duplicates at once.
    std::vector<Work*> WithoutRepeats(std::vector<Work>& rows);
    Status Keep(std::vector<Work*>& matched);
    Status AddWaiting();
    Status HouseholdEvents(const std::vector<store::HouseholdRecord*>& changed);

    pg::Connection& connection_;
    const domain::RuleBook& book_;
    const crypto::Sealer& sealer_;
    TimePoint now_;
    FeedCounts& counts_;
    outbox::Writer events_;

    std::vector<Work> registry_, people_, regional_;
    std::deque<store::WaitingRow> waiting_;
    std::deque<event::v1::RejectedRow> rejected_rows_;
    std::vector<store::RejectedRecord> rejected_;
    std::vector<Work*> applied_;        // rows of persons that are new and change states
    std::vector<std::string> new_blinds_;
    std::set<std::int64_t> registry_households_;
    std::deque<Work> later_;            // rows that waited for their person
    std::map<std::int64_t, store::LedgerDelta> ledger_;
    std::unordered_map<std::uint32_t, std::unique_ptr<google::protobuf::Message>> scratch_;
};

Status Intake::Claim(std::span<const event::v1::FeedChunk> chunks) {
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
        for (const event::v1::FeedRow& row : chunk.rows()) {
            to.push_back({dataset, &row, chunk.batch(), RowId(chunk.dataset(), row), chunk.received_at_ms(), {}, {}});
        }
    }
    return Status::Ok();
}

void Intake::Parse(Work& work) {
    if (work.row->retract()) return;
    auto& message = scratch_[work.dataset->options.number()];
    if (message == nullptr) {
        message.reset(google::protobuf::MessageFactory::generated_factory()->GetPrototype(work.dataset->descriptor)->New());
    }
    // The door made the content from a checked message; it parses, or the bytes were broken on the way and the chunk with them.
    if (message->ParseFromString(work.row->content())) domain::Facts().ValuesOf(*work.dataset, *message, work.values);
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

std::vector<Work*> Intake::WithoutRepeats(std::vector<Work>& rows) {
    std::vector<Work*> kept;
    kept.reserve(rows.size());
    std::unordered_set<std::string> seen;
    seen.reserve(rows.size());
    for (Work& w : rows) {
        if (seen.insert(w.row->subject() + w.row_id).second) {
            kept.push_back(&w);
        } else {
            ledger_[w.batch].duplicate += 1;
        }
    }
    return kept;
}

Status Intake::Registry() {
    if (registry_.empty()) return Status::Ok();
    std::vector<store::RegistryRow> rows;
    std::vector<Work*> kept;
    for (Work* w : WithoutRepeats(registry_)) {
        Result<store::RegistryRow> row = ReadRegistryRow(*w->row, sealer_);
        if (!row.ok()) {
            Reject(*w, "identity_no", row.status().reason, "a row sealed with a key of this deployment");
            continue;
        }
        rows.push_back(std::move(row).value());
        kept.push_back(w);
    }
    SW_ASSIGN_OR_RETURN(store::RegistryOutcome outcome, store::ApplyRegistry(connection_, std::move(rows)));
    new_blinds_ = std::move(outcome.new_blinds);
    registry_households_.insert(outcome.changed_households.begin(), outcome.changed_households.end());
    for (Work* w : kept) w->person = outcome.persons.at(w->row->subject());
    return Keep(kept);
}

Status Intake::Keep(std::vector<Work*>& matched) {
    std::vector<store::RowRecord> records;
    records.reserve(matched.size());
    for (Work* w : matched) records.push_back({w->person.person_id, {}, w->row_id, w->batch, w->dataset->options.number(), w->row});
    SW_ASSIGN_OR_RETURN(const auto fresh, store::InsertRows(connection_, records, now_));
    for (std::size_t i = 0; i < matched.size(); ++i) {
        store::LedgerDelta& delta = ledger_[matched[i]->batch];
        (fresh[i] ? delta.applied : delta.duplicate) += 1;
        if (fresh[i] && matched[i]->person.household_id != 0 && !matched[i]->dataset->options.registry()) applied_.push_back(matched[i]);
    }
    return Status::Ok();
}

Status Intake::Match() {
    std::vector<std::string> blinds;
    std::unordered_set<std::string_view> asked;
    for (const Work& w : people_) {
        if (asked.insert(w.row->subject()).second) blinds.push_back(w.row->subject());
    }
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(connection_, blinds));
    std::vector<Work*> matched, strangers;
    for (Work* w : WithoutRepeats(people_)) {
        const auto it = persons.find(w->row->subject());
        if (it == persons.end()) {
            strangers.push_back(w);
        } else {
            w->person = it->second;
            matched.push_back(w);
        }
    }
    std::vector<store::RowRecord> records;
    for (Work* w : strangers) records.push_back({0, w->row->subject(), w->row_id, w->batch, w->dataset->options.number(), w->row});
    SW_ASSIGN_OR_RETURN(const auto fresh, store::InsertUnmatched(connection_, records, now_));
    for (std::size_t i = 0; i < strangers.size(); ++i) {
        store::LedgerDelta& delta = ledger_[strangers[i]->batch];
        (fresh[i] ? delta.unmatched : delta.duplicate) += 1;
    }
    SW_RETURN_IF_ERROR(Keep(matched));
    return AddWaiting();
}

Status Intake::AddWaiting() {
    if (new_blinds_.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(auto taken, store::TakeWaiting(connection_, new_blinds_));
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(connection_, new_blinds_));
    std::vector<Work*> matched;
    for (store::WaitingRow& w : taken) {
        const store::WaitingRow& kept = waiting_.emplace_back(std::move(w));
        const model::Dataset* dataset = domain::Datasets().Find(kept.dataset);
        if (dataset == nullptr) return MakeStatus(Code::kFailedPrecondition, "DATASET_UNKNOWN", "a waiting row names a dataset that is gone");
        Work& work = later_.emplace_back(Work{dataset, &kept.row, kept.batch, kept.row_id, 0, persons.at(kept.blind), {}});
        ledger_[kept.batch].unmatched -= 1;
        counts_.matched_later += 1;
        matched.push_back(&work);
    }
    return Keep(matched);
}

Status Intake::Villages() {
    std::map<std::string, std::vector<Work*>> by_village;
    std::vector<Work*> kept = WithoutRepeats(regional_);
    std::vector<store::RowRecord> records;
    for (Work* w : kept) {
        // The code as a number: twelve digits never meet the ids of persons.
        const std::int64_t subject = std::stoll((w->row->subject() + std::string(12, '0')).substr(0, 12));
        records.push_back({subject, {}, w->row_id, w->batch, w->dataset->options.number(), w->row});
    }
    SW_ASSIGN_OR_RETURN(const auto fresh, store::InsertRows(connection_, records, now_));
    for (std::size_t i = 0; i < kept.size(); ++i) {
        store::LedgerDelta& delta = ledger_[kept[i]->batch];
        (fresh[i] ? delta.applied : delta.duplicate) += 1;
        if (fresh[i] && kept[i]->dataset->options.subject() == SUBJECT_VILLAGE) by_village[kept[i]->row->subject()].push_back(kept[i]);
    }
    for (auto& [code, rows] : by_village) {
        SW_ASSIGN_OR_RETURN(const std::string bytes, store::LockVillage(connection_, code));
        domain::SubjectState state = domain::SubjectState::Parse(bytes);
        bool matters = false;
        for (Work* w : rows) {
            Parse(*w);
            const event::v1::FeedRow& r = *w->row;
            for (const domain::FactIndex fact : state.Apply({w->dataset->options.number(), r.row_key(), r.revision(), r.retract(), Date{r.date()},
                                                             r.content_hash(), w->batch, r.sequence(), w->values}, domain::Facts())) {
                matters = matters || book_.Reads(fact);
            }
        }
        SW_RETURN_IF_ERROR(store::SaveVillage(connection_, code, state.Serialize()));
        if (matters) SW_RETURN_IF_ERROR(store::QueueRescreen(connection_, code, "village facts changed", now_));
    }
    return Status::Ok();
}

Status Intake::Households(Screener& screener) {
    std::set<std::int64_t> ids = registry_households_;
    for (const Work* w : applied_) ids.insert(w->person.household_id);
    if (ids.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(auto records, store::LockHouseholds(connection_, {ids.begin(), ids.end()}));
    std::deque<HouseholdView> views;
    std::unordered_map<std::int64_t, ToScreen> by_id;
    std::vector<store::HouseholdRecord*> changed;
    for (store::HouseholdRecord& record : records) {
        const std::int64_t id = record.household_id;
        HouseholdView& view = views.emplace_back(std::move(record));
        by_id[id] = {&view, registry_households_.contains(id), 0};
        if (registry_households_.contains(id)) changed.push_back(&view.mutable_record());
    }
    std::set<std::int64_t> screen = registry_households_;
    std::set<std::pair<std::int64_t, std::int64_t>> dirty;
    for (Work* w : applied_) {
        Parse(*w);
        const auto household = by_id.find(w->person.household_id);
        domain::SubjectState* state = household == by_id.end() ? nullptr : household->second.view->StateOf(w->person.person_id);
        // The person moved between look-up and lock: look again.
        if (state == nullptr) return MakeStatus(Code::kAborted, "PG_RETRY", "a person moved meanwhile");
        const event::v1::FeedRow& r = *w->row;
        const auto facts = state->Apply({w->dataset->options.number(), r.row_key(), r.revision(), r.retract(), Date{r.date()}, r.content_hash(),
                                         w->batch, r.sequence(), w->values}, domain::Facts());
        if (facts.empty()) continue;
        dirty.emplace(w->person.household_id, w->person.person_id);
        ToScreen& to = household->second;
        to.received_at_ms = std::max(to.received_at_ms, w->received_at_ms);
        for (const domain::FactIndex fact : facts) {
            to.figures = to.figures || IsFigure(fact);
            if (book_.Reads(fact) || IsFigure(fact)) screen.insert(w->person.household_id);
        }
    }
    std::vector<store::StateChange> changes;
    for (const auto& [household, person] : dirty) changes.push_back({household, person, by_id.at(household).view->StateOf(person)->Serialize()});
    SW_RETURN_IF_ERROR(store::SaveStates(connection_, changes));
    std::vector<ToScreen> to_screen;
    for (const std::int64_t id : screen) to_screen.push_back(by_id.at(id));
    SW_RETURN_IF_ERROR(screener.Screen(connection_, book_, to_screen, now_, events_, counts_.screen));
    return HouseholdEvents(changed);
}

Status Intake::HouseholdEvents(const std::vector<store::HouseholdRecord*>& changed) {
    for (const store::HouseholdRecord* h : changed) {
        event::v1::HouseholdChanged data;
        data.set_household("households/" + std::to_string(h->household_id));
        data.set_household_no(h->household_no);
        data.set_region_code(h->region_code);
        data.set_lifted(h->lifted);
        data.set_relocated(h->relocated);
        data.set_member_count(static_cast<std::int32_t>(h->member_count));
        int able = 0;
        for (const store::MemberRecord& m : h->members) able += m.living && m.labour >= 1 && m.labour <= 3;
        data.set_able_to_work(able);
        outbox::Event event;
        event.topic = kHouseholdTopic;
        event.subject = data.household();
        event.partition_key = std::to_string(h->household_id);
        event.aggregate_version = h->version;
        event.data = &data;
        events_.Add(event);
    }
    return Status::Ok();
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

}  // namespace

Status ApplyFeed::Run(std::span<const event::v1::FeedChunk> chunks, Deadline deadline, FeedCounts& counts) {
    const auto book = books_.Current();
    return pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        FeedCounts attempt;
        Intake intake(connection, *book, sealer_, clock_.Now(), attempt);
        SW_RETURN_IF_ERROR(intake.Claim(chunks));
        SW_RETURN_IF_ERROR(intake.Registry());
        SW_RETURN_IF_ERROR(intake.Match());
        SW_RETURN_IF_ERROR(intake.Villages());
        SW_RETURN_IF_ERROR(intake.Households(screener_));
        SW_RETURN_IF_ERROR(intake.Ledger());
        counts = attempt;
        return Status::Ok();
    });
}

}  // namespace shouwang::monitoring::usecase
