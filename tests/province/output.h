// Where the rows go: department files in feeds/, what is really true in truth/, and the manifest
// that lists the files in the order in which they are to be pushed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "tests/province/mailroom.h"

namespace shouwang::province {

class Output {
public:
    // Makes the folders; fails where the target exists already and is not empty.
    static Result<std::unique_ptr<Output>> Create(const Reference& reference, const Plan& plan,
                                                  const Options& options);
    ~Output();

    // Shards must come in their order. Throws std::runtime_error where the disk refuses.
    void Append(const ShardOutput& shard);
    // Closes everything and writes manifest.json. Rows written in all.
    std::int64_t Finish();

private:
    class File;
    Output(const Reference& reference, const Plan& plan, const Options& options);
    std::string PathOf(int file, const DatasetInfo& info) const;
    std::size_t PositionOf(int file, const DatasetInfo& info) const;
    std::vector<std::pair<int, const DatasetInfo*>> PushOrder() const;
    std::string DeliveredOn(int file, const DatasetInfo& info) const;
    std::string MonthOf(int file) const;
    std::string PeriodOf(int file, const DatasetInfo& info) const;

    const Reference& reference_;
    const Plan& plan_;
    const Options& options_;
    const Calendar calendar_;
    std::vector<std::unique_ptr<File>> files_;
    std::vector<Expected> expected_;
    std::unique_ptr<File> trouble_, mistakes_;
};

}  // namespace shouwang::province
