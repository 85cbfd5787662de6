// The households of the deployment as columns, for what-if: today's, and those of past month-ends. Read once, kept while they are asked
// for; the day's population is read anew when the day changes or after `kFresh`.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/province_columns.h"
#include "services/monitoring/usecase/rule_books.h"

namespace shouwang::monitoring::usecase {

// Thread-safe.
class Populations {
public:
    static constexpr auto kFresh = std::chrono::minutes(10);  // today's population may be this old
    static constexpr std::size_t kKept = 3;

    Populations(pg::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}
    ~Populations();  // waits for what is being read

    // The population of `day` with every fact that the books read. UNAVAILABLE "POPULATION_LOADING" (with a time to try again) while it is
    // being read in the background; the error of the last attempt once.
    Result<std::shared_ptr<const domain::ProvinceColumns>> Get(Date day, const std::vector<const domain::RuleBook*>& books);

private:
    struct Slot {
        std::shared_ptr<const domain::ProvinceColumns> columns;
        TimePoint read_at;
        std::vector<domain::FactRead> wanted;  // what the next reading must hold
        bool loading = false;
        Status failed;
        std::uint64_t used = 0;
    };
    void Load(Date day, std::vector<domain::FactRead> reads);
    Result<std::shared_ptr<const domain::ProvinceColumns>> Read(Date day, std::vector<domain::FactRead> reads);
    void DropOldest();
    pg::Pool& pool_;
    const Clock& clock_;
    std::mutex mutex_;
    std::map<Date, Slot> slots_;
    std::vector<std::thread> loaders_;
    std::uint64_t uses_ = 0;
    std::atomic<bool> stopping_{false};
};

}  // namespace shouwang::monitoring::usecase
