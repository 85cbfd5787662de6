// How a right row becomes what arrives: late, twice, mistyped and corrected, taken back, wrong, or
// about a stranger. One mailroom fills the buffers of one shard of households; what is done to a
// row depends only on the seed, the household and the row's place in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "tests/province/datasets.h"
#include "tests/province/household.h"
#include "tests/province/random.h"

namespace shouwang::province {

// Outcomes that the ledger must show for a file, if files are pushed in the manifest's order.
struct Expected {
    std::int64_t applied = 0, rejected = 0, duplicate = 0, unmatched = 0;
    std::int64_t rows() const { return applied + rejected + duplicate + unmatched; }
};

struct FileBuffer {
    std::string bytes;
    Expected expected;
};

// What was done to a row on purpose; goes to the truth folder.
struct Mistake {
    int file = 0, dataset = 0;
    std::int64_t sequence = 0;  // within the shard's buffer, from 1
    const char* kind =
        "";            // error, duplicate, typo, correction, phantom, retraction, stranger, late
    std::string code;  // error: the code that the ledger must name
};

struct ShardOutput {
    std::vector<FileBuffer> files;  // [file * datasets + dataset]
    std::vector<Mistake> mistakes;
    std::string truth;  // lines of trouble.csv
};

class Mailroom {
public:
    Mailroom(const Reference& reference, const Options& options, ShardOutput& out);

    void Start(std::uint64_t household, int county, std::uint32_t in_county);
    // Sends a right row about a month of the calendar. Returns the number of the file (see
    // Calendar) in which its right content arrives, or kNever: too late for the range, or rejected
    // and not sent again.
    int Send(const google::protobuf::Message& row, int month);

private:
    enum class Outcome { kApplied, kRejected, kDuplicate, kUnmatched };
    void Write(const DatasetInfo& info, const google::protobuf::Message& row, int file,
               Outcome outcome, std::uint32_t revision = 0, bool retract = false);
    void Note(const DatasetInfo& info, int file, const char* kind, std::string code = {});
    std::string Reshape(const DatasetInfo& info, const google::protobuf::Message& row);
    // Spoils a copy; the code the ledger will name. Empty where the dataset offers nothing to
    // spoil.
    std::string Spoil(const DatasetInfo& info, google::protobuf::Message& row);
    bool Mistype(const DatasetInfo& info, google::protobuf::Message& row);

    int SendWrong(const DatasetInfo& info, const google::protobuf::Message& row, int arrival);
    int SendMistyped(const DatasetInfo& info, const google::protobuf::Message& row, int arrival);
    void SendPhantom(const DatasetInfo& info, const google::protobuf::Message& row, int arrival);
    void SendStranger(const DatasetInfo& info, const google::protobuf::Message& row, int arrival);

    const Reference& reference_;
    const Options& options_;
    const int first_, last_;  // files of the months asked for; first_ - 1 is the baseline
    ShardOutput& out_;
    Random random_{0};
    int county_ = 0;
    std::uint32_t in_county_ = 0;
    int strangers_ = 0;
};

}  // namespace shouwang::province
