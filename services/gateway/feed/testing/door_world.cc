#include "services/gateway/feed/testing/door_world.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/bytes.h"
#include "common/base/identity_number.h"
#include "common/model/seal.h"
#include "services/gateway/feed/upload.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::gateway::feed::testing {

using monitoring::v1::Batch;

namespace {

void Insist(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "door world: %s\n", what);
    std::abort();
}

crypto::KeyRing FreshKeys() {
    const std::string path = std::filesystem::temp_directory_path() / ("door-key-" + Uuid4());
    std::ofstream(path) << crypto::KeyRing::Generate(crypto::Suite::kInternational) << "\n";
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    Result<crypto::KeyRing> keys = crypto::KeyRing::Load(path);
    std::filesystem::remove(path);
    Insist(keys.ok(), "key file");
    return *std::move(keys);
}

}  // namespace

Result<Batch> MemoryDirectory::Open(const monitoring::v1::OpenBatchRequest& request, Deadline) {
    if (fail_) return MakeStatus(Code::kUnavailable, "UNAVAILABLE", "monitoring is away");
    const std::lock_guard lock(mutex_);
    Batch& batch = batches_[request.name()];
    if (batch.id() == 0) {
        batch.set_id(static_cast<std::int64_t>(batches_.size()));
        batch.set_name(request.name());
        batch.set_dataset(request.dataset());
        batch.set_period(request.period());
        batch.set_region_prefix(request.region_prefix());
        batch.set_complete(request.complete());
        if (request.has_declared_rows()) batch.set_declared_rows(request.declared_rows());
        batch.set_state(monitoring::v1::BATCH_STATE_OPEN);
        batch.mutable_opened_at()->set_seconds(std::chrono::system_clock::to_time_t(opened_at_));
    }
    return batch;
}

Status MemoryDirectory::RecordProgress(const std::string& name, std::int64_t last_durable_sequence,
                                       Deadline) {
    if (fail_) return MakeStatus(Code::kUnavailable, "UNAVAILABLE", "monitoring is away");
    const std::lock_guard lock(mutex_);
    batches_[name].set_last_durable_sequence(last_durable_sequence);
    return Status::Ok();
}

Result<Batch> MemoryDirectory::Close(const std::string& name, std::int64_t rows,
                                     const std::string& content_hash, Deadline) {
    if (fail_) return MakeStatus(Code::kUnavailable, "UNAVAILABLE", "monitoring is away");
    const std::lock_guard lock(mutex_);
    Batch& batch = batches_[name];
    batch.set_state(monitoring::v1::BATCH_STATE_RECEIVED);
    batch.set_received(rows);
    batch.set_content_hash(content_hash);
    return batch;
}

Result<monitoring::v1::ListRowErrorsResponse> MemoryDirectory::ListRowErrors(
    const monitoring::v1::ListRowErrorsRequest& request, Deadline) {
    if (fail_) return MakeStatus(Code::kUnavailable, "UNAVAILABLE", "monitoring is away");
    monitoring::v1::ListRowErrorsResponse page;
    const std::size_t from = request.page_token().empty() ? 0 : std::stoul(request.page_token());
    const std::size_t to =
        std::min(errors_.size(), from + static_cast<std::size_t>(request.page_size()));
    for (std::size_t i = from; i < to; ++i) *page.add_errors() = errors_[i];
    if (to < errors_.size()) page.set_next_page_token(std::to_string(to));
    return page;
}

Batch MemoryDirectory::Get(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return batches_[name];
}

void MemoryDirectory::SetState(const std::string& name, monitoring::v1::BatchState state) {
    const std::lock_guard lock(mutex_);
    batches_[name].set_state(state);
}

class MemorySession final : public BatchSession {
public:
    MemorySession(MemoryDoorStore& store, std::int64_t batch) : store_(store), batch_(batch) {}
    ~MemorySession() override {
        const std::lock_guard lock(store_.mutex_);
        store_.locked_.erase(batch_);
    }
    Result<StoredBatch> Load() override { return store_.Get(batch_); }
    Status Record(std::span<const ChunkDigest> begun, std::uint32_t durable_chunks) override {
        const int left = store_.fail_record_;
        if (left > 1) store_.fail_record_ = left - 1;
        if (left == 1) return MakeStatus(Code::kUnavailable, "UNAVAILABLE", "the database is away");
        const std::lock_guard lock(store_.mutex_);
        StoredBatch& batch = store_.batches_[batch_];
        for (const ChunkDigest& chunk : begun) {
            if (chunk.chunk == batch.chunks.size()) batch.chunks.push_back(chunk);
        }
        batch.durable_chunks = std::max(batch.durable_chunks, durable_chunks);
        return Status::Ok();
    }
    Result<v1::Receipt> SaveReceipt(const v1::Receipt& receipt) override {
        const std::lock_guard lock(store_.mutex_);
        std::optional<v1::Receipt>& kept = store_.batches_[batch_].receipt;
        if (!kept) kept = receipt;
        return *kept;
    }

private:
    MemoryDoorStore& store_;
    const std::int64_t batch_;
};

Result<std::unique_ptr<BatchSession>> MemoryDoorStore::Lock(std::int64_t batch, Deadline) {
    const std::lock_guard lock(mutex_);
    if (!locked_.insert(batch).second)
        return MakeStatus(Code::kAborted, "BATCH_BUSY", "another connection is sending this batch");
    return std::unique_ptr<BatchSession>(std::make_unique<MemorySession>(*this, batch));
}

Result<std::optional<v1::Receipt>> MemoryDoorStore::FindReceipt(const std::string& batch_name,
                                                                Deadline) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, batch] : batches_) {
        if (batch.receipt && batch.receipt->content().batch() == batch_name) return batch.receipt;
    }
    return std::optional<v1::Receipt>();
}

Status MemoryDoorStore::KeepKey(const v1::ReceiptKey& key, TimePoint, Deadline) {
    const std::lock_guard lock(mutex_);
    *keys_.add_keys() = key;
    return Status::Ok();
}

Result<v1::ListReceiptKeysResponse> MemoryDoorStore::ListKeys(Deadline) {
    const std::lock_guard lock(mutex_);
    return keys_;
}

StoredBatch MemoryDoorStore::Get(std::int64_t batch) {
    const std::lock_guard lock(mutex_);
    return batches_[batch];
}

Result<std::string_view> StringBody::Next() {
    if (at_ == text_.size() && !failure_.ok()) return failure_;
    const std::string_view piece = std::string_view(text_).substr(at_, piece_);
    at_ += piece.size();
    return piece;
}

DoorWorld::DoorWorld(int partitions) {
    const bus::TopicSpec topics[] = {{kFeedTopic, partitions, -1}};
    Insist(bus.EnsureTopics(topics).ok(), "topic");
    producer = *bus.NewProducer();
    signer = *crypto::Signer::Generate();
    verifier = *crypto::Verifier::FromPem(signer->public_pem());
    // One pair of keys a process: worlds can be compared with each other.
    static const crypto::KeyRing blind_keys = FreshKeys(), seal_keys = FreshKeys();
    blind_ = std::make_unique<crypto::BlindIndex>(blind_keys);
    sealer_ = std::make_unique<crypto::Sealer>(seal_keys);
    const std::string codes[] = {"36", "3606", "360681", "360681103", "360681103204"};
    const std::string prefixes[] = {"360681"};
    regions_ = std::make_unique<model::RegionDirectory>(codes, prefixes);
}

DoorParts DoorWorld::Parts() {
    return {LinkedCatalogue(), *regions_, *blind_, *sealer_, *signer,
            *producer,         directory, store,   clock,    pipeline};
}

type::v1::Principal DoorWorld::Department(const std::string& department,
                                          const std::vector<std::string>& datasets) const {
    type::v1::Principal principal;
    principal.set_subject("clients/test");
    principal.add_roles(options::v1::ROLE_DEPARTMENT);
    principal.set_department(department);
    for (const std::string& dataset : datasets) principal.add_datasets(dataset);
    return principal;
}

v1::OpenPush DoorWorld::OpenOf(const std::string& batch) const {
    v1::OpenPush open;
    open.set_batch(batch);
    open.set_dataset("medical_settlement");
    open.set_period("2021-06");
    return open;
}

BatchSpec DoorWorld::Spec(const std::string& batch) {
    return *CheckOpen(LinkedCatalogue(), *regions_, Department(), OpenOf(batch));
}

Result<v1::Receipt> DoorWorld::Upload(const std::string& batch, const std::string& text,
                                      const std::string& format, std::size_t piece) {
    StringBody body(text, piece);
    return RunUpload(Parts(), Department(), OpenOf(batch), {format, ""}, body,
                     DeadlineIn(std::chrono::minutes(5)));
}

std::map<std::string, monitoring::event::v1::FeedChunk> DoorWorld::Applied() {
    std::map<std::string, monitoring::event::v1::FeedChunk> out;
    for (const bus::Message& message : bus.All()) {
        monitoring::event::v1::FeedChunk chunk;
        Insist(chunk.ParseFromString(message.value), "chunk on the bus");
        Insist(message.partition == static_cast<int>(chunk.part()), "partition of a part");
        chunk.clear_received_at_ms();
        chunk.clear_traceparent();
        for (auto& row : *chunk.mutable_rows()) {
            row.set_sealed_identity(OpenIdentity(row));
            row.clear_sealed_fields();
        }
        out.emplace(std::to_string(chunk.batch()) + "/" + std::to_string(chunk.chunk()) + "/" +
                        std::to_string(chunk.part()),
                    std::move(chunk));
    }
    return out;
}

std::multimap<std::uint32_t, monitoring::event::v1::RejectedRow> DoorWorld::Rejected() {
    std::multimap<std::uint32_t, monitoring::event::v1::RejectedRow> out;
    for (const auto& [key, chunk] : Applied()) {
        for (const auto& row : chunk.rejected()) out.emplace(row.sequence(), row);
    }
    return out;
}

std::size_t DoorWorld::AcceptedRows() {
    std::size_t rows = 0;
    for (const auto& [key, chunk] : Applied()) rows += static_cast<std::size_t>(chunk.rows_size());
    return rows;
}

std::string DoorWorld::OpenIdentity(const monitoring::event::v1::FeedRow& row) const {
    const Result<std::string> identity = sealer_->Open(row.sealed_identity(), model::kSealIdentity);
    Insist(identity.ok() && blind_->Of(*identity) == row.subject(), "sealed identity");
    return *identity;
}

const model::Catalogue& LinkedCatalogue() {
    using namespace monitoring::feed::v1;
    static const model::Catalogue catalogue(
        {MedicalSettlement::descriptor()->file(), SchoolStatus::descriptor()->file(),
         RegistryMember::descriptor()->file()},
        {{"person", monitoring::v1::PersonFacts::descriptor()},
         {"household", monitoring::v1::HouseholdFacts::descriptor()},
         {"village", monitoring::v1::VillageFacts::descriptor()}});
    return catalogue;
}

std::string SyntheticIdentity(int sequence) {
    const int day = sequence / 1000;
    char first17[32];
    std::snprintf(first17, sizeof first17, "360681%04d%02d%02d%03d", 1950 + day / 336 % 60,
                  day / 28 % 12 + 1, day % 28 + 1, sequence % 1000);
    return std::string(first17, 17) + IdentityCheckCharacter(std::string_view(first17, 17));
}

monitoring::feed::v1::MedicalSettlement SyntheticRow(int sequence) {
    monitoring::feed::v1::MedicalSettlement row;
    row.set_identity_no(SyntheticIdentity(sequence));
    row.set_visit_id("V" + std::to_string(sequence));
    row.set_settled_on("2021-06-" + std::to_string(10 + sequence % 20));
    row.set_kind(sequence % 3 == 0 ? row.KIND_INPATIENT : row.KIND_OUTPATIENT);
    row.set_hospital("县人民医院");
    row.set_total_fen(10000 + sequence);
    row.set_fund_paid_fen(6000);
    row.set_self_paid_fen(4000 + sequence);
    return row;
}

std::string SyntheticCsvLine(int sequence) {
    const auto row = SyntheticRow(sequence);
    char money[64];
    std::snprintf(money, sizeof money, "%d.%02d,%d.%02d", static_cast<int>(row.total_fen() / 100),
                  static_cast<int>(row.total_fen() % 100),
                  static_cast<int>(row.self_paid_fen() / 100),
                  static_cast<int>(row.self_paid_fen() % 100));
    return row.identity_no() + "," + row.visit_id() + "," + row.settled_on() + "," +
           (sequence % 3 == 0 ? "住院" : "门诊及慢特病") + "," + money + "\n";
}

std::string SyntheticJsonLine(int sequence) {
    const auto row = SyntheticRow(sequence);
    return "{\"identity_no\":\"" + row.identity_no() + "\",\"visit_id\":\"" + row.visit_id() +
           "\",\"settled_on\":\"" + row.settled_on() + "\",\"kind\":\"" +
           (sequence % 3 == 0 ? "KIND_INPATIENT" : "OUTPATIENT") +
           "\",\"total_fen\":" + std::to_string(row.total_fen()) +
           ",\"self_paid_fen\":" + std::to_string(row.self_paid_fen()) + "}\n";
}

}  // namespace shouwang::gateway::feed::testing
