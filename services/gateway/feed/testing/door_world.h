// A feed door with everything behind it in memory, for tests and benches: little real
// implementations with knobs. Persons are made up: their identity numbers are computed from a
// sequence.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/outbox/testing/memory_bus.h"
#include "services/gateway/feed/batch_ingest.h"
#include "services/gateway/feed/push.h"
#include "services/gateway/http/router.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"

namespace shouwang::gateway::feed::testing {

// Monitoring's ledger of batches.
class MemoryDirectory final : public BatchDirectory {
public:
    Result<monitoring::v1::Batch> Open(const monitoring::v1::OpenBatchRequest& request,
                                       Deadline deadline) override;
    Status RecordProgress(const std::string& name, std::int64_t last_durable_sequence,
                          Deadline deadline) override;
    Result<monitoring::v1::Batch> Close(const std::string& name, std::int64_t rows,
                                        const std::string& content_hash,
                                        Deadline deadline) override;
    Result<monitoring::v1::ListRowErrorsResponse> ListRowErrors(
        const monitoring::v1::ListRowErrorsRequest& request, Deadline deadline) override;

    monitoring::v1::Batch Get(const std::string& name);
    void SetState(const std::string& name, monitoring::v1::BatchState state);
    void SetErrors(std::vector<monitoring::v1::RowError> errors) { errors_ = std::move(errors); }
    void FailCalls(bool fail) { fail_ = fail; }
    void OpenAt(TimePoint time) { opened_at_ = time; }

private:
    std::mutex mutex_;
    std::map<std::string, monitoring::v1::Batch> batches_;
    std::vector<monitoring::v1::RowError> errors_;
    std::atomic<bool> fail_ = false;
    TimePoint opened_at_ = *ParseRfc3339("2021-06-30T02:00:00Z");
};

// Survives the ingests that write to it, as the database survives a gateway.
class MemoryDoorStore final : public DoorStore {
public:
    Result<std::unique_ptr<BatchSession>> Lock(std::int64_t batch, Deadline deadline) override;
    Result<std::optional<v1::Receipt>> FindReceipt(const std::string& batch_name,
                                                   Deadline deadline) override;
    Status KeepKey(const v1::ReceiptKey& key, TimePoint now, Deadline deadline) override;
    Result<v1::ListReceiptKeysResponse> ListKeys(Deadline deadline) override;

    // The n-th Record from now on (1 = the next one) fails, and all after it, until set again; 0 =
    // none.
    void FailRecord(int n) { fail_record_ = n; }
    StoredBatch Get(std::int64_t batch);

private:
    friend class MemorySession;
    std::mutex mutex_;
    std::map<std::int64_t, StoredBatch> batches_;
    std::set<std::int64_t> locked_;
    v1::ListReceiptKeysResponse keys_;
    std::atomic<int> fail_record_ = 0;
};

// A body handed out in pieces; `failure` comes instead of the end.
class StringBody final : public http::BodyReader {
public:
    explicit StringBody(std::string text, std::size_t piece = 7000, Status failure = {})
        : text_(std::move(text)), piece_(piece), failure_(std::move(failure)) {}
    Result<std::string_view> Next() override;

private:
    const std::string text_;
    const std::size_t piece_;
    const Status failure_;
    std::size_t at_ = 0;
};

class DoorWorld {
public:
    explicit DoorWorld(int partitions = 12);

    DoorParts Parts();
    type::v1::Principal Department(const std::string& department = "medical_insurance",
                                   const std::vector<std::string>& datasets = {
                                       "medical_settlement"}) const;
    v1::OpenPush OpenOf(const std::string& batch) const;
    BatchSpec Spec(const std::string& batch);
    Result<v1::Receipt> Upload(const std::string& batch, const std::string& text,
                               const std::string& format = "", std::size_t piece = 7000);
    // What monitoring would take: chunks by (batch, chunk, part), the first of each; times and
    // traces cleared, seals opened.
    std::map<std::string, monitoring::event::v1::FeedChunk> Applied();
    // Row errors on the bus, by sequence.
    std::multimap<std::uint32_t, monitoring::event::v1::RejectedRow> Rejected();
    std::size_t AcceptedRows();
    std::string OpenIdentity(const monitoring::event::v1::FeedRow& row) const;

    MemoryDirectory directory;
    MemoryDoorStore store;
    outbox::testing::MemoryBus bus;
    ManualClock clock{*ParseRfc3339("2021-06-30T08:00:00Z")};
    PipelineOptions pipeline;
    std::unique_ptr<bus::Producer> producer;
    std::unique_ptr<crypto::Signer> signer;
    std::unique_ptr<crypto::Verifier> verifier;

private:
    std::unique_ptr<crypto::BlindIndex> blind_;
    std::unique_ptr<crypto::Sealer> sealer_;
    std::unique_ptr<model::RegionDirectory> regions_;
};

const model::Catalogue& LinkedCatalogue();
std::string SyntheticIdentity(int sequence);
monitoring::feed::v1::MedicalSettlement SyntheticRow(int sequence);
inline constexpr char kCsvHeader[] = "身份证号,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)\n";
std::string SyntheticCsvLine(int sequence);
std::string SyntheticJsonLine(int sequence);

}  // namespace shouwang::gateway::feed::testing
