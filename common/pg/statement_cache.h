// Which statements are prepared on a connection: at most `capacity`, the least recently used one
// goes. Private to common/pg.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace shouwang::pg {

class StatementCache {
public:
    explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

    struct Entry {
        std::string sql;
        std::vector<std::uint32_t> oids;  // 0 = was NULL so far, the server inferred the type
        std::string name;
    };
    // Only queries and changes of rows: utility statements gain nothing, and long texts are seldom
    // repeated.
    static bool Worth(std::string_view sql);
    // The prepared statement that these parameter types (0 = NULL, fits all) can run, or nullptr.
    const Entry* Find(std::string_view sql, const std::vector<std::uint32_t>& oids);
    // What to prepare for it: a fresh name, and types where an earlier use of the same text knew
    // more. `evict` names the statement to deallocate first. Insert it after the server has
    // prepared it.
    Entry Plan(std::string_view sql, const std::vector<std::uint32_t>& oids,
               std::optional<std::string>* evict);
    void Insert(Entry entry);
    void Forget(std::string_view sql);
    std::size_t size() const { return entries_.size(); }

private:
    std::size_t capacity_;
    std::uint64_t next_ = 0;
    std::list<Entry> entries_;  // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator>
        by_text_;  // views into entries_
};

}  // namespace shouwang::pg
