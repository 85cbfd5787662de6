#include "services/gateway/feed/push.h"

#include <algorithm>
#include <mutex>

namespace shouwang::gateway::feed {
namespace {

constexpr int kMaxRowsAMessage = 5000;
constexpr std::chrono::milliseconds kDirectoryCall{10000};

Status WrongStep(const char* want) {
    return MakeStatus(Code::kInvalidArgument, "PUSH_STEP", std::string("expected ") + want);
}

Deadline Soon(Deadline deadline) { return std::min(deadline, DeadlineIn(kDirectoryCall)); }

class Push {
public:
    Push(const model::Dataset& dataset, BatchIngest& ingest) : dataset_(dataset), ingest_(ingest) {}

    Status Rows(const v1::PushRows& rows) {
        if (rows.rows_size() > kMaxRowsAMessage) {
            return MakeStatus(Code::kInvalidArgument, "PUSH_TOO_MANY_ROWS",
                              "a message has at most 5000 rows");
        }
        if (!begun_) {
            SW_RETURN_IF_ERROR(ingest_.StartAt(rows.first_sequence()));
            begun_ = true;
        }
        if (rows.first_sequence() != ingest_.next_sequence()) {
            Status status =
                MakeStatus(Code::kOutOfRange, "SEQUENCE_GAP",
                           "the next row is " + std::to_string(ingest_.next_sequence()));
            status.metadata = {{"next", std::to_string(ingest_.next_sequence())}};
            return status;
        }
        for (const v1::PushRow& row : rows.rows()) SW_RETURN_IF_ERROR(Row(row));
        return Status::Ok();
    }

private:
    Status Row(const v1::PushRow& in) {
        IncomingRow& row = ingest_.row();
        row.hash = hasher_.OfMessage(in.row(), in.revision(), in.retract());
        if (ingest_.WantsContent()) {
            row.revision = in.revision();
            row.retract = in.retract();
            row.unreadable = !model::ParseRow(dataset_, in.row(), *row.message, row.problems);
        }
        return ingest_.Add();
    }

    const model::Dataset& dataset_;
    BatchIngest& ingest_;
    RowHasher hasher_;
    bool begun_ = false;
};

}  // namespace

Status RunPush(const DoorParts& parts, const type::v1::Principal& principal, Deadline deadline,
               const PushRead& read, const PushWrite& write) {
    v1::PushRequest request;
    if (!read(request) || !request.has_open()) return WrongStep("open");
    SW_ASSIGN_OR_RETURN(const BatchSpec spec,
                        CheckOpen(parts.catalogue, parts.regions, principal, request.open()));
    std::mutex writing;
    const auto tell = [&](std::int64_t durable, const v1::Receipt* receipt) {
        v1::PushResponse response;
        response.set_last_durable_sequence(durable);
        if (receipt != nullptr) *response.mutable_receipt() = *receipt;
        std::lock_guard lock(writing);
        write(response);  // a sender that has gone shows at the next read
    };
    SW_ASSIGN_OR_RETURN(
        const std::unique_ptr<BatchIngest> ingest,
        BatchIngest::Open(
            parts, spec, [&](std::int64_t durable) { tell(durable, nullptr); }, Soon(deadline)));
    tell(ingest->durable_at_open(), nullptr);
    Push push(*spec.dataset, *ingest);
    while (read(request)) {
        if (request.has_rows()) {
            if (Status status = push.Rows(request.rows()); !status.ok()) {
                ingest->Suspend();
                return status;
            }
            continue;
        }
        if (!request.has_close()) return WrongStep("rows or close");
        SW_ASSIGN_OR_RETURN(const v1::Receipt receipt,
                            ingest->Close(request.close().rows(), Soon(deadline)));
        tell(receipt.content().rows(), &receipt);
        return Status::Ok();
    }
    ingest->Suspend();
    return MakeStatus(Code::kFailedPrecondition, "NOT_CLOSED",
                      "the stream ended without close; the batch stays open");
}

}  // namespace shouwang::gateway::feed
