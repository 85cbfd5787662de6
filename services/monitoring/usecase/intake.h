// One transaction's worth of rows: from chunks to states, leads, events, history and ledger. Used by ApplyFeed alone.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/crypto/crypto.h"
#include "common/model/dataset.h"
#include "common/outbox/outbox.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/rule_book.h"
#include "services/monitoring/store/intake_store.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/apply_feed.h"

namespace shouwang::monitoring::usecase {

// Steps are called in the order in which they stand here. Locks are taken in this order too: chunks, the gate, households of the
// registry, villages, households, leads, batches.
class Intake {
public:
    Intake(pg::Connection& connection, const domain::RuleBook& book, const crypto::Sealer& sealer, TimePoint now, FeedCounts& counts);

    // Takes what no transaction has taken before.
    Status Claim(std::span<const event::v1::FeedChunk> chunks);
    // Finds whose rows they are.
    Status Match();
    Status Registry();
    // Rows of nobody we know wait; rows that have waited for somebody who is new now are matched.
    Status SetAside();
    Status Villages();
    // States, then screening.
    Status Households(Screener& screener);
    // New rows into the history.
    Status Keep();
    Status Ledger();

private:
    // A row on its way through the transaction.
    struct Work {
        const model::Dataset* dataset = nullptr;
        const event::v1::FeedRow* row = nullptr;
        std::int64_t batch = 0;
        std::int64_t received_at_ms = 0;
        store::PersonRef person{};
    };
    struct Touched;

    // The row for a state, in scratch memory: valid until the next call.
    const domain::IncomingRow& Incoming(const Work& work);
    // Counts the row, or notes it for Keep.
    void Decide(const Work& work, std::int64_t subject, domain::Seen seen);
    void Reject(const Work& work, const std::string& field, const std::string& code, const std::string& want);
    // Keeps the first of equal rows; the others are duplicates at once.
    std::vector<Work*> WithoutRepeats(std::vector<Work*> rows);
    Status LookAgain();
    Status TakeWaiting();
    Status ApplyTo(std::vector<Touched>& households);
    Status Screen(Screener& screener, std::vector<Touched>& households);
    void HouseholdEvent(const store::HouseholdRecord& household);

    pg::Connection& connection_;
    const domain::RuleBook& book_;
    const crypto::Sealer& sealer_;
    const TimePoint now_;
    FeedCounts& counts_;
    outbox::Writer events_;

    std::vector<Work> registry_, people_, regional_;
    std::vector<Work*> strangers_, matched_;
    std::deque<store::WaitingRow> waiting_;
    std::deque<Work> later_;                      // rows that waited for their person
    std::deque<event::v1::RejectedRow> rejected_rows_;
    std::vector<store::RejectedRecord> rejected_;
    std::vector<std::string> new_blinds_;
    std::vector<std::int64_t> registry_households_;  // sorted
    std::vector<store::RowRecord> fresh_;         // certainly new
    std::vector<store::RowRecord> asked_;         // the history must tell
    std::map<std::int64_t, store::LedgerDelta> ledger_;
    std::vector<std::unique_ptr<google::protobuf::Message>> messages_;  // by number of the dataset
    domain::IncomingRow incoming_;
};

}  // namespace shouwang::monitoring::usecase
