// The rule set in force, compiled. Swapped as a whole, between batches: a batch takes one book at its start and keeps it.
#pragma once

#include <memory>
#include <mutex>

#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::usecase {

// Thread-safe.
class RuleBooks {
public:
    std::shared_ptr<const domain::RuleBook> Current() const {
        const std::lock_guard lock(mutex_);
        return book_;
    }
    void Swap(std::shared_ptr<const domain::RuleBook> book) {
        const std::lock_guard lock(mutex_);
        book_ = std::move(book);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const domain::RuleBook> book_;
};

}  // namespace shouwang::monitoring::usecase
