#include "services/monitoring/usecase/populations.h"

#include <algorithm>

#include "common/log/log.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/history.h"

namespace shouwang::monitoring::usecase {
namespace {

using namespace std::chrono_literals;
constexpr int kStep = 1000;          // households a query
constexpr auto kQuery = 60s;
constexpr int kTryAgainMs = 2000;

std::vector<domain::FactRead> Union(std::vector<domain::FactRead> a, const std::vector<domain::FactRead>& b) {
    a.insert(a.end(), b.begin(), b.end());
    std::sort(a.begin(), a.end());
    a.erase(std::unique(a.begin(), a.end()), a.end());
    return a;
}

Status Loading() {
    Status status = MakeStatus(Code::kUnavailable, "POPULATION_LOADING", "the population of that day is being read: ask again");
    status.retry_after_ms = kTryAgainMs;
    return status;
}

}  // namespace

Populations::~Populations() {
    stopping_ = true;
    for (std::thread& loader : loaders_) loader.join();
}

Result<std::shared_ptr<const domain::ProvinceColumns>> Populations::Get(Date day, const std::vector<const domain::RuleBook*>& books) {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[day];
    slot.used = ++uses_;
    std::vector<domain::FactRead> wanted = slot.wanted;
    for (const domain::RuleBook* book : books) wanted = Union(std::move(wanted), domain::FactsReadBy(*book));
    const bool covers = slot.columns != nullptr && std::all_of(books.begin(), books.end(), [&](const domain::RuleBook* b) { return slot.columns->Covers(*b); });
    const bool fresh = day != clock_.Today() || clock_.Now() - slot.read_at < kFresh;
    if (covers && fresh) return slot.columns;
    if (!slot.failed.ok()) return std::exchange(slot.failed, Status::Ok());
    if (!slot.loading) {
        slot.loading = true;
        slot.wanted = wanted;
        loaders_.emplace_back([this, day, wanted] { Load(day, wanted); });
    }
    // An older population of the day is better than none.
    if (covers) return slot.columns;
    return Loading();
}

void Populations::Load(Date day, std::vector<domain::FactRead> reads) {
    const TimePoint begin = clock_.Now();
    auto columns = Read(day, std::move(reads));
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[day];
    slot.loading = false;
    if (columns.ok()) {
        slot.columns = std::move(columns).value();
        slot.read_at = begin;
        log::Info("population read", {{"day", day.ToString()}, {"households", static_cast<std::int64_t>(slot.columns->households())},
                                      {"bytes", static_cast<std::int64_t>(slot.columns->Bytes())}});
        DropOldest();
    } else {
        log::Warn("population cannot be read", {{"day", day.ToString()}, {"error", columns.status()}});
        slot.failed = columns.status();
    }
}

// Called with the lock held.
void Populations::DropOldest() {
    while (slots_.size() > kKept) {
        auto oldest = slots_.end();
        for (auto it = slots_.begin(); it != slots_.end(); ++it) {
            if (!it->second.loading && (oldest == slots_.end() || it->second.used < oldest->second.used)) oldest = it;
        }
        if (oldest == slots_.end()) return;
        slots_.erase(oldest);
    }
}

Result<std::shared_ptr<const domain::ProvinceColumns>> Populations::Read(Date day, std::vector<domain::FactRead> reads) {
    const bool past = day != clock_.Today();
    const TimePoint known_at = clock_.Now();
    auto columns = std::make_shared<domain::ProvinceColumns>(std::move(reads), day);
    // The facts are computed without parameters: those belong to the book that runs over the columns.
    static const std::vector<cel::FactCell> kNoParameters;
    for (std::int64_t after = 0;;) {
        if (stopping_) return MakeStatus(Code::kCancelled, "POPULATION_LOADING", "the service stops");
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(DeadlineIn(kQuery)));
        SW_ASSIGN_OR_RETURN(const auto ids, store::HouseholdIds(*lease, "", after, kStep));
        if (ids.empty()) return std::shared_ptr<const domain::ProvinceColumns>(std::move(columns));
        after = ids.back();
        auto loaded = past ? LoadThen(*lease, ids, {day, known_at}) : LoadNow(*lease, ids);
        if (!loaded.ok()) return loaded.status();
        for (store::HouseholdRecord& record : loaded->records) {
            const domain::SubjectState* village = loaded->VillageOf(record);
            HouseholdView view(std::move(record));
            const domain::HouseholdInput& input = view.Input(village);
            if (input.members.empty()) continue;  // nobody to watch
            columns->Update(view.record().household_id, view.record().region_code, domain::HouseholdFacts(input, day, loaded->coverage, kNoParameters));
        }
    }
}

}  // namespace shouwang::monitoring::usecase
