#include "services/monitoring/usecase/read_feeds.h"

#include <charconv>
#include <map>

#include "services/monitoring/domain/fact_catalogue.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/usecase/batches.h"

namespace shouwang::monitoring::usecase {
namespace {

// "a:b" → two numbers; a token was MAC-ed, so anything else is a programmer error of ours.
std::pair<std::int64_t, std::int64_t> Numbers(const std::string& position) {
    std::int64_t a = 0, b = 0;
    const auto colon = position.find(':');
    std::from_chars(position.data(), position.data() + std::min(colon, position.size()), a);
    if (colon != std::string::npos) std::from_chars(position.data() + colon + 1, position.data() + position.size(), b);
    return {a, b};
}

}  // namespace

Result<v1::ListBatchesResponse> FeedReader::ListBatches(const v1::ListBatchesRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    store::BatchFilter filter;
    if (!q.dataset().empty()) {
        const model::Dataset* dataset = domain::Datasets().Find(q.dataset());
        if (dataset == nullptr) return InvalidField("dataset", "the id of a declared dataset", "DATASET_UNKNOWN");
        filter.dataset = dataset->options.number();
    }
    filter.department = by.department().empty() ? q.department() : by.department();
    for (const int s : q.states()) filter.states.push_back(static_cast<v1::BatchState>(s));
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens_.Read(q));
    filter.before = Numbers(position).first;
    filter.limit = size + 1;
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto batches, store::ListBatches(*lease, filter));
    v1::ListBatchesResponse response;
    for (v1::Batch& b : batches) {
        if (response.batches_size() == size) {
            response.set_next_page_token(tokens_.Make(std::to_string(response.batches().rbegin()->id()), q));
            break;
        }
        *response.add_batches() = std::move(b);
    }
    return response;
}

Result<v1::ListRowErrorsResponse> FeedReader::ListRowErrors(const v1::ListRowErrorsRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens_.Read(q));
    const auto [sequence, ordinal] = position.empty() ? std::pair<std::int64_t, std::int64_t>(0, -1) : Numbers(position);
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const v1::Batch batch, store::GetBatch(*lease, q.batch()));
    SW_RETURN_IF_ERROR(CheckBatchOwner(batch, by));
    SW_ASSIGN_OR_RETURN(auto errors, store::ListRowErrors(*lease, batch.id(), sequence, ordinal, size + 1));
    v1::ListRowErrorsResponse response;
    std::int64_t last_ordinal = 0;
    for (auto& [number, error] : errors) {
        if (response.errors_size() == size) {
            response.set_next_page_token(
                tokens_.Make(std::to_string(response.errors().rbegin()->sequence()) + ":" + std::to_string(last_ordinal), q));
            break;
        }
        last_ordinal = number;
        *response.add_errors() = std::move(error);
    }
    return response;
}

Result<v1::ListFreshnessResponse> FeedReader::ListFreshness(Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto known, store::ListFreshness(*lease));
    std::map<std::string, v1::FeedFreshness> by_number;
    for (v1::FeedFreshness& f : known) by_number[f.dataset()] = std::move(f);
    v1::ListFreshnessResponse response;
    for (const auto& dataset : domain::Datasets().all()) {
        const options::v1::Dataset& o = dataset->options;
        v1::FeedFreshness& f = *response.add_feeds();
        const auto it = by_number.find(std::to_string(o.number()));
        f.set_never(it == by_number.end());
        if (!f.never()) f = std::move(it->second);
        f.set_dataset(o.id());
        f.set_department(o.department());
        f.set_label_zh(o.label().zh());
        f.set_label_en(o.label().en());
        f.set_department_zh(o.department_label().zh());
        f.set_department_en(o.department_label().en());
        const auto age = clock_.Now() - TimePoint(std::chrono::seconds(f.last_batch_at().seconds()));
        f.set_late(!f.never() && o.late_after_days() > 0 && age > std::chrono::hours(24 * o.late_after_days()));
    }
    return response;
}

}  // namespace shouwang::monitoring::usecase
