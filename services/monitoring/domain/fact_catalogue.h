// All facts by index, with definition and the datasets that feed them; read once from the
// descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "common/model/dataset.h"
#include "shouwang/options/v1/options.pb.h"

namespace shouwang::monitoring::domain {

using FactIndex = std::uint16_t;  // dense: person facts, then household facts, then village facts

enum class FactOwner : std::uint8_t { kPerson = 0, kHousehold = 1, kVillage = 2 };

// A set of datasets in one word: a missing bit is certain, a set one means "look".
inline std::uint64_t DatasetBit(std::uint32_t dataset) {
    return std::uint64_t{1} << (dataset % 64);
}

struct Fact {
    FactIndex index;
    FactOwner owner;
    std::string name;  // "person.inpatient_self_paid_ytd_fen"
    const google::protobuf::FieldDescriptor* field;
    options::v1::FactDefinition definition;
    std::vector<std::uint32_t> datasets;  // numbers of the datasets that feed it
    std::uint64_t dataset_mask = 0;       // DatasetBit of each
};

class FactCatalogue {
public:
    explicit FactCatalogue(const model::Catalogue& datasets);
    const std::vector<Fact>& facts() const { return facts_; }
    const Fact& at(FactIndex index) const { return facts_[index]; }
    const Fact* Find(std::string_view name) const;
    // Facts a dataset feeds, ascending; empty for an unknown number.
    const std::vector<FactIndex>& FactsOf(std::uint32_t dataset) const;
    // Index of field `field_index` of the message of an owner.
    FactIndex IndexOf(FactOwner owner, int field_index) const;
    // The values a row's message gives to facts (bindings whose `where` holds and whose field is
    // present). bool → 0/1, enum → number.
    void ValuesOf(const model::Dataset& dataset, const google::protobuf::Message& row,
                  std::vector<std::pair<FactIndex, std::int64_t>>& out) const;
    const model::Catalogue& datasets() const { return datasets_; }

    // A fact's number in stored bytes: stays when fields are added to the messages (unlike
    // FactIndex).
    std::uint32_t StoredId(FactIndex index) const;
    // -1 where the fact no longer exists.
    int FromStoredId(std::uint32_t id) const {
        return id < from_stored_.size() ? from_stored_[id] : -1;
    }

private:
    // One fact that a field of a dataset feeds.
    struct Feed {
        const google::protobuf::FieldDescriptor* field;
        FactIndex fact;
        const model::FactBinding* binding;
    };
    void AddFacts(FactOwner owner, const google::protobuf::Descriptor* message);
    void AddFeeds();

    const model::Catalogue& datasets_;
    std::vector<Fact> facts_;
    std::size_t household_base_ = 0, village_base_ = 0;
    std::vector<std::vector<Feed>> feeds_;          // by dataset number
    std::vector<std::vector<FactIndex>> facts_of_;  // by dataset number
    std::vector<int> from_stored_;
};

// The linked datasets and facts of monitoring (built once).
const model::Catalogue& Datasets();
const FactCatalogue& Facts();

}  // namespace shouwang::monitoring::domain
