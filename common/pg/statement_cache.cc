#include "common/pg/statement_cache.h"

#include <strings.h>

namespace shouwang::pg {
namespace {

constexpr std::size_t kLongestText = 16 << 10;

bool StartsWithWord(std::string_view sql, std::string_view word) {
    return sql.size() > word.size() && strncasecmp(sql.data(), word.data(), word.size()) == 0;
}

}  // namespace

bool StatementCache::Worth(std::string_view sql) {
    if (sql.size() > kLongestText) return false;
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
    for (std::string_view word : {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"}) {
        if (StartsWithWord(sql, word)) return true;
    }
    return false;
}

const StatementCache::Entry* StatementCache::Find(std::string_view sql,
                                                  const std::vector<std::uint32_t>& oids) {
    const auto it = by_text_.find(sql);
    if (it == by_text_.end()) return nullptr;
    const Entry& entry = *it->second;
    if (entry.oids.size() != oids.size()) return nullptr;
    for (std::size_t i = 0; i < oids.size(); ++i) {
        if (oids[i] != 0 && oids[i] != entry.oids[i]) return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, it->second);
    return &entry;
}

StatementCache::Entry StatementCache::Plan(std::string_view sql,
                                           const std::vector<std::uint32_t>& oids,
                                           std::optional<std::string>* evict) {
    Entry entry{std::string(sql), oids, "s" + std::to_string(next_++)};
    if (const auto it = by_text_.find(sql); it != by_text_.end()) {
        // The same text with other types: one statement a text, with all types known so far.
        const Entry& old = *it->second;
        for (std::size_t i = 0; i < oids.size() && i < old.oids.size(); ++i) {
            if (entry.oids[i] == 0) entry.oids[i] = old.oids[i];
        }
        *evict = old.name;
        Forget(sql);
    } else if (entries_.size() >= capacity_) {
        *evict = entries_.back().name;
        by_text_.erase(entries_.back().sql);
        entries_.pop_back();
    }
    return entry;
}

void StatementCache::Insert(Entry entry) {
    entries_.push_front(std::move(entry));
    by_text_[entries_.front().sql] = entries_.begin();
}

void StatementCache::Forget(std::string_view sql) {
    const auto it = by_text_.find(sql);
    if (it == by_text_.end()) return;
    const auto entry = it->second;
    by_text_.erase(it);
    entries_.erase(entry);
}

}  // namespace shouwang::pg
