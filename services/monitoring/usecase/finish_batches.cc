#include "services/monitoring/usecase/finish_batches.h"

#include <algorithm>

#include "services/monitoring/domain/fact_catalogue.h"
#include "services/monitoring/store/batch_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr std::int64_t kSlack = 10;

Status FinishComplete(pg::Connection& connection, const v1::Batch& batch, TimePoint now) {
    const model::Dataset* dataset = domain::Datasets().Find(batch.dataset());
    SW_ASSIGN_OR_RETURN(auto history, store::CompleteHistory(connection, batch, dataset->options.number()));
    if (!VolumeExpected(batch.received(), history)) {
        return store::HoldBatch(connection, batch.id(), "volume outside what earlier complete batches lead one to expect");
    }
    SW_ASSIGN_OR_RETURN(const Period period, ParsePeriod(batch.period()));
    SW_RETURN_IF_ERROR(store::AddCoverage(connection, dataset->options.number(), batch.region_prefix(), period.from, period.to, batch.id()));
    return store::QueueRescreen(connection, batch.region_prefix(), "complete batch " + batch.name(), now);
}

}  // namespace

Status FinishBatches(pg::Connection& connection, const std::vector<std::int64_t>& batches, TimePoint now) {
    SW_ASSIGN_OR_RETURN(const auto done, store::MarkApplied(connection, batches, now));
    for (const v1::Batch& batch : done) {
        if (batch.complete()) SW_RETURN_IF_ERROR(FinishComplete(connection, batch, now));
    }
    return Status::Ok();
}

Result<Period> ParsePeriod(const std::string& text) {
    if (const auto month = Month::Parse(text)) return Period{month->first_day(), month->last_day()};
    const auto first = Date::Parse(text + "-01-01");
    if (text.size() == 4 && first) return Period{*first, Date::FromCivil(first->year(), 12, 31)};
    return InvalidField("period", "a month YYYY-MM or a year YYYY");
}

bool VolumeExpected(std::int64_t rows, std::vector<std::int64_t> history) {
    if (history.empty()) return true;
    std::sort(history.begin(), history.end());
    const std::int64_t median = history[history.size() / 2];
    return rows + kSlack >= median / 2 && rows <= median * 2 + kSlack;
}

}  // namespace shouwang::monitoring::usecase
