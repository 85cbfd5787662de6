#include "services/monitoring/usecase/batches.h"

#include <algorithm>
#include <optional>

#include "services/monitoring/domain/fact_catalogue.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/usecase/finish_batches.h"

namespace shouwang::monitoring::usecase {
namespace {

Status WrongState(const v1::Batch& batch, const std::string& wanted) {
    Status status = MakeStatus(Code::kFailedPrecondition, "BATCH_WRONG_STATE",
                               batch.name() + " is " + v1::BatchState_Name(batch.state()) + ", it would have to be " + wanted);
    status.metadata.emplace_back("state", v1::BatchState_Name(batch.state()));
    return status;
}

Status NotFound(const std::string& name) { return MakeStatus(Code::kNotFound, "BATCH_NOT_FOUND", "no batch is named " + name); }

}  // namespace

Status CheckBatchOwner(const v1::Batch& batch, const type::v1::Principal& by) {
    if (!by.department().empty() && by.department() != batch.department()) return NotFound(batch.name());
    return Status::Ok();
}

Result<v1::Batch> Batches::Open(const v1::OpenBatchRequest& q, Deadline deadline) {
    const model::Dataset* dataset = domain::Datasets().Find(q.dataset());
    if (dataset == nullptr) return MakeStatus(Code::kNotFound, "DATASET_UNKNOWN", "no dataset is named " + q.dataset());
    if (!q.name().starts_with("batches/" + dataset->options.department() + "/")) {
        return InvalidField("name", "batches/" + dataset->options.department() + "/{id}", "BATCH_NAME");
    }
    // What a batch is complete for must be said; otherwise the period is only a remark.
    if (!q.period().empty() || q.complete()) SW_RETURN_IF_ERROR(ParsePeriod(q.period()).status());
    v1::Batch answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(answer, store::OpenBatch(connection, q, dataset->options.number(), clock_.Now()));
        return Status::Ok();
    }));
    if (answer.dataset() != q.dataset() || answer.period() != q.period() || answer.region_prefix() != q.region_prefix() || answer.complete() != q.complete()) {
        return MakeStatus(Code::kAlreadyExists, "BATCH_DIFFERS", "the batch was opened before with another dataset, period, region or completeness");
    }
    return answer;
}

Result<v1::Batch> Batches::Close(const v1::CloseBatchRequest& q, Deadline deadline) {
    v1::Batch answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(v1::Batch batch, store::GetBatch(connection, q.name(), true));
        if (batch.state() == v1::BATCH_STATE_ABANDONED) return WrongState(batch, "OPEN");
        if (batch.state() != v1::BATCH_STATE_OPEN) {
            if (batch.content_hash() != q.content_hash()) {
                return MakeStatus(Code::kAlreadyExists, "BATCH_CONTENT_DIFFERS", "the batch was closed before with other content");
            }
            answer = std::move(batch);
            return Status::Ok();
        }
        if (batch.has_declared_rows() && batch.declared_rows() != q.rows()) {
            return MakeStatus(Code::kFailedPrecondition, "ROWS_DIFFER",
                              std::to_string(batch.declared_rows()) + " rows were declared, " + std::to_string(q.rows()) + " came");
        }
        SW_RETURN_IF_ERROR(store::CloseBatch(connection, batch.id(), q.rows(), q.content_hash(), clock_.Now()));
        SW_RETURN_IF_ERROR(FinishBatches(connection, {batch.id()}, clock_.Now()));
        SW_ASSIGN_OR_RETURN(answer, store::GetBatch(connection, q.name()));
        return Status::Ok();
    }));
    return answer;
}

Status Batches::RecordProgress(const v1::RecordProgressRequest& q, Deadline deadline) {
    return pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) {
        return store::RecordProgress(connection, q.name(), q.last_durable_sequence());
    });
}

Result<v1::Batch> Batches::Abandon(const std::string& name, const type::v1::Principal& by, Deadline deadline) {
    v1::Batch answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(const v1::Batch batch, store::GetBatch(connection, name, true));
        SW_RETURN_IF_ERROR(CheckBatchOwner(batch, by));
        if (batch.state() != v1::BATCH_STATE_OPEN) return WrongState(batch, "OPEN");
        SW_RETURN_IF_ERROR(store::AbandonBatch(connection, batch.id(), clock_.Now()));
        SW_ASSIGN_OR_RETURN(answer, store::GetBatch(connection, name));
        return Status::Ok();
    }));
    return answer;
}

Result<v1::Batch> Batches::ResolveHeld(const v1::ResolveHeldBatchRequest& q, const type::v1::Principal&, Deadline deadline) {
    v1::Batch answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(const v1::Batch batch, store::GetBatch(connection, q.name(), true));
        if (batch.state() != v1::BATCH_STATE_HELD) return WrongState(batch, "HELD");
        SW_RETURN_IF_ERROR(store::HoldBatch(connection, batch.id(), ""));
        if (q.complete()) {
            SW_ASSIGN_OR_RETURN(const Period period, ParsePeriod(batch.period()));
            const model::Dataset* dataset = domain::Datasets().Find(batch.dataset());
            SW_RETURN_IF_ERROR(store::AddCoverage(connection, dataset->options.number(), batch.region_prefix(), period.from, period.to, batch.id()));
            SW_RETURN_IF_ERROR(store::QueueRescreen(connection, batch.region_prefix(), "held batch resolved: " + q.reason(), clock_.Now()));
        }
        SW_ASSIGN_OR_RETURN(answer, store::GetBatch(connection, q.name()));
        return Status::Ok();
    }));
    return answer;
}

Result<v1::Batch> Batches::Get(const std::string& name, const type::v1::Principal& by, Deadline deadline) {
    v1::Batch answer;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        SW_ASSIGN_OR_RETURN(answer, store::GetBatch(connection, name));
        return CheckBatchOwner(answer, by);
    }));
    return answer;
}

}  // namespace shouwang::monitoring::usecase
