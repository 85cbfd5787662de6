// What is known about one subject (person, household, village): for every row key the winning row,
// reduced to the values that facts need. A pure function of the set of rows: Apply() in any order,
// any number of times, gives the same state.
//
// Winner of a key: EVENT and SERIES by (revision, retract, content hash); STATE by (date, revision,
// retract, content hash). A retraction stays as a tombstone. Rows that agree in all of this are the
// same row sent again; of them the origin with the smallest (batch, sequence) stays, so that even
// the named source does not depend on the order of arrival.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "common/base/date.h"
#include "common/model/dataset.h"
#include "services/monitoring/domain/fact_catalogue.h"

namespace shouwang::monitoring::domain {

// A row as the bus brings it.
struct IncomingRow {
    std::uint32_t dataset = 0;  // Dataset.number
    std::string_view row_key;   // 16 bytes
    std::uint32_t revision = 0;
    bool retract = false;
    Date date;
    std::uint64_t content_hash = 0;
    std::int64_t batch = 0;
    std::uint32_t sequence = 0;
    std::vector<std::pair<FactIndex, std::int64_t>> values;  // see FactCatalogue::ValuesOf
};

struct StateRow {
    std::uint32_t dataset = 0;
    std::uint64_t key = 0;  // hash of the row key
    std::uint32_t revision = 0;
    bool retract = false;
    Date date;
    std::uint64_t content_hash = 0;
    std::int64_t batch = 0;
    std::uint32_t sequence = 0;
    std::vector<std::pair<FactIndex, std::int64_t>> values;  // empty where retracted
};

enum class RowOutcome : std::uint8_t {
    kWon,         // the row is what the key now says
    kDuplicate,   // the same row was there already (its origin may have changed)
    kSuperseded,  // what is there wins
};

// What a state knows about whether a row was here before.
enum class Seen : std::uint8_t {
    kNever,       // certainly not: its key is new, or it beats every row of its key so far
    kBefore,      // it is the row that the key says now
    kAskHistory,  // it loses against what is there, or its dataset keeps no rows: the state cannot tell
};

class SubjectState {
public:
    // Empty bytes = empty state. Bytes are ours (from the database): malformed aborts the
    // transaction by an exception.
    static SubjectState Parse(std::string_view bytes);
    std::string Serialize() const;  // deterministic

    // Answers the facts whose value or sources may have changed, ascending. Empty where the row
    // lost against what is there, and for datasets that feed no fact: such rows are not kept. Not
    // empty whenever Serialize() changed.
    std::vector<FactIndex> Apply(const IncomingRow& row, const FactCatalogue& catalogue,
                                 RowOutcome* outcome = nullptr);

    // Applies a row where it was never here, and leaves the state alone otherwise: a row that comes
    // again keeps its first origin. Since the winner of a key is the largest of all its rows, a row
    // that beats it is new; most rows so need no look into the history. `touched`: as Apply answers.
    Seen Offer(const IncomingRow& row, const FactCatalogue& catalogue,
               std::vector<FactIndex>& touched);

    const std::vector<StateRow>& rows() const { return rows_; }  // ordered by (dataset, key)
    std::span<const StateRow> RowsOf(std::uint32_t dataset) const;
    std::uint64_t dataset_mask() const {
        return dataset_mask_;
    }  // DatasetBit of the datasets that have rows

private:
    // False where the dataset keeps no rows. smallest_origin: an equal row from a smaller origin replaces what is there.
    bool Put(const IncomingRow& row, const FactCatalogue& catalogue, bool smallest_origin,
             RowOutcome& outcome, std::vector<FactIndex>& touched);

    std::vector<StateRow> rows_;
    std::uint64_t dataset_mask_ = 0;
};

}  // namespace shouwang::monitoring::domain
