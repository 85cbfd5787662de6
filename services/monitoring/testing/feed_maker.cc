#include "services/monitoring/testing/feed_maker.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/identity_number.h"
#include "common/model/seal.h"
#include "common/testing/servers.h"
#include "services/monitoring/domain/fact_catalogue.h"

namespace shouwang::monitoring::testing {
namespace {

crypto::KeyRing NewRing(const std::string& name) {
    const std::string path = shouwang::testing::TempDir() + "/" + name;
    std::ofstream(path) << crypto::KeyRing::Generate(crypto::Suite::kInternational) << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto ring = crypto::KeyRing::Load(path);
    if (!ring.ok()) {
        std::fprintf(stderr, "%s\n", ring.status().message.c_str());
        std::abort();
    }
    return std::move(ring).value();
}

}  // namespace

std::string SyntheticIdentity(int serial) {
    std::string birth = (Date::FromCivil(1980, 1, 1) + serial % 9000).ToString();
    std::erase(birth, '-');
    const std::string order = std::to_string(1000 + serial / 9000 + 1).substr(1);
    const std::string first17 = "360681" + birth + order;
    return first17 + IdentityCheckCharacter(first17);
}

FeedMaker::FeedMaker()
    : sealer_(std::make_unique<crypto::Sealer>(NewRing("sealing.keys"))), blind_(std::make_unique<crypto::BlindIndex>(NewRing("blind.keys"))) {}

event::v1::FeedRow FeedMaker::Row(const google::protobuf::Message& message, std::uint32_t revision, bool retract) const {
    const model::Dataset* dataset = nullptr;
    for (const auto& d : domain::Datasets().all()) {
        if (d->descriptor == message.GetDescriptor()) dataset = d.get();
    }
    model::RowContext context;
    context.today = Date::FromCivil(2099, 12, 31);  // the day is the world's
    context.region_known = [](std::string_view) { return true; };
    context.prefix_known = [](std::string_view) { return true; };
    const std::unique_ptr<google::protobuf::Message> copy(message.New());
    copy->CopyFrom(message);
    model::CheckedRow checked;
    std::vector<model::RowProblem> problems;
    model::CheckRow(*dataset, *copy, context, checked, problems);
    if (!problems.empty()) {
        std::fprintf(stderr, "test row: %s %s, wanted %s\n", problems[0].field.c_str(), problems[0].code.c_str(), problems[0].want.c_str());
        std::abort();
    }
    event::v1::FeedRow row;
    row.set_subject(checked.region.empty() ? blind_->Of(checked.identity) : checked.region);
    row.set_row_key(checked.row_key);
    row.set_revision(revision);
    row.set_retract(retract);
    row.set_date(checked.date.days);
    row.set_content(checked.content);
    row.set_content_hash(checked.content_hash);
    if (!checked.identity.empty()) row.set_sealed_identity(sealer_->Seal(checked.identity, model::kSealIdentity));
    if (!checked.sealed_plain.empty()) row.set_sealed_fields(sealer_->Seal(checked.sealed_plain, model::kSealFields));
    return row;
}

event::v1::FeedChunk FeedMaker::Chunk(std::int64_t batch, const google::protobuf::Descriptor* type, std::vector<event::v1::FeedRow> rows, std::uint32_t number) {
    event::v1::FeedChunk chunk;
    chunk.set_batch(batch);
    for (const auto& d : domain::Datasets().all()) {
        if (d->descriptor == type) chunk.set_dataset(d->options.number());
    }
    chunk.set_chunk(number);
    std::uint32_t sequence = number * 1000;
    for (event::v1::FeedRow& row : rows) {
        row.set_sequence(++sequence);
        *chunk.add_rows() = std::move(row);
    }
    return chunk;
}

feed::v1::RegistryMember FeedMaker::Member(int serial, const std::string& household_no, const std::string& as_of) {
    feed::v1::RegistryMember m;
    m.set_identity_no(SyntheticIdentity(serial));
    m.set_as_of(as_of);
    m.set_household_no(household_no);
    m.set_region_code("360681100201");
    m.set_name("测试" + std::to_string(serial));
    m.set_relation(feed::v1::RegistryMember::RELATION_HEAD);
    m.set_household_type(feed::v1::RegistryMember::HOUSEHOLD_TYPE_LIFTED);
    m.set_labour(feed::v1::RegistryMember::LABOUR_ORDINARY);
    m.set_main_earner(true);
    return m;
}

}  // namespace shouwang::monitoring::testing
