// Rows as the door puts them on the bus, made from dataset messages. For tests; all persons are synthetic.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "common/crypto/crypto.h"
#include "common/model/dataset.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::monitoring::testing {

// A valid identity number of Guixi for a running number (synthetic): born 1980-01-01 plus `serial` days.
std::string SyntheticIdentity(int serial);

class FeedMaker {
public:
    FeedMaker();
    const crypto::Sealer& sealer() const { return *sealer_; }
    const crypto::BlindIndex& blind() const { return *blind_; }

    // A checked row; aborts where the message is not valid (a test's own mistake).
    event::v1::FeedRow Row(const google::protobuf::Message& message, std::uint32_t revision = 0, bool retract = false) const;
    // One chunk of a batch; sequences count from 1.
    static event::v1::FeedChunk Chunk(std::int64_t batch, const google::protobuf::Descriptor* type, std::vector<event::v1::FeedRow> rows, std::uint32_t number = 0);
    // A member of household `household_no` in village 360681100201.
    static feed::v1::RegistryMember Member(int serial, const std::string& household_no, const std::string& as_of = "2021-01-31");

private:
    std::unique_ptr<crypto::Sealer> sealer_;
    std::unique_ptr<crypto::BlindIndex> blind_;
};

}  // namespace shouwang::monitoring::testing
