#include "services/monitoring/usecase/rule_books.h"

#include "services/monitoring/store/rule_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr std::size_t kRecent = 8;  // books compiled beside the one in force: drafts, shadows, those of old leads

}  // namespace

std::shared_ptr<const domain::RuleBook> RuleBooks::Known(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    if (book_ != nullptr && book_->id() == id) return book_;
    for (const auto& book : recent_) {
        if (book->id() == id) return book;
    }
    return nullptr;
}

void RuleBooks::Remember(std::shared_ptr<const domain::RuleBook> book) {
    const std::lock_guard lock(mutex_);
    if (recent_.size() == kRecent) recent_.erase(recent_.begin());
    recent_.push_back(std::move(book));
}

Result<std::shared_ptr<const domain::RuleBook>> RuleBooks::Of(pg::Connection& connection, const std::string& rule_set) {
    if (auto known = Known(rule_set)) return known;
    SW_ASSIGN_OR_RETURN(const v1::RuleSet content, store::GetRuleSet(connection, rule_set));
    SW_ASSIGN_OR_RETURN(std::shared_ptr<const domain::RuleBook> book, domain::RuleBook::Compile(content));
    Remember(book);
    return book;
}

Result<std::shared_ptr<const domain::RuleBook>> RuleBooks::InForce(pg::Connection& connection) {
    SW_ASSIGN_OR_RETURN(const std::string id, store::RuleSetInForce(connection));
    if (id.empty()) return MakeStatus(Code::kFailedPrecondition, "RULE_SET_NOT_FOUND", "no rule set is in force");
    SW_ASSIGN_OR_RETURN(std::shared_ptr<const domain::RuleBook> book, Of(connection, id));
    const std::lock_guard lock(mutex_);
    book_ = book;
    return book;
}

}  // namespace shouwang::monitoring::usecase
