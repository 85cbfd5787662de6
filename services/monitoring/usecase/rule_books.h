// The rule set in force, compiled. Swapped as a whole: a transaction takes one book at its start and keeps it, and none commits with a
// book that has been replaced meanwhile (store/rule_store.h).
#pragma once

#include <memory>
#include <mutex>

#include "common/pg/pg.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::usecase {

// Thread-safe. Any number of replicas: each compiles what another has put into force when it meets it.
class RuleBooks {
public:
    // For reading people: what was in force a moment ago.
    std::shared_ptr<const domain::RuleBook> Current() const {
        const std::lock_guard lock(mutex_);
        return book_;
    }
    // For deciding: what is in force in this transaction, and until it ends.
    Result<std::shared_ptr<const domain::RuleBook>> InForce(pg::Connection& connection);
    // Any stored set, compiled; the last few are kept.
    Result<std::shared_ptr<const domain::RuleBook>> Of(pg::Connection& connection, const std::string& rule_set);

private:
    std::shared_ptr<const domain::RuleBook> Known(const std::string& id) const;
    void Remember(std::shared_ptr<const domain::RuleBook> book);
    mutable std::mutex mutex_;
    std::shared_ptr<const domain::RuleBook> book_;
    std::vector<std::shared_ptr<const domain::RuleBook>> recent_;  // newest last
};

}  // namespace shouwang::monitoring::usecase
