// A department's client of FeedDoorService.Push over gRPC, for benches: streams rows, reads acknowledgements.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::bench {

class PushClient {
public:
    PushClient(const std::string& target, std::string token);
    ~PushClient();

    // Sends open, then every message that `next` fills (false = no more), then close; answers the receipt.
    Result<gateway::v1::Receipt> Push(const gateway::v1::OpenPush& open, const std::function<bool(gateway::v1::PushRows&)>& next);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Reads a .rows file (varint length and bytes, again and again).
class RowFile {
public:
    explicit RowFile(const std::string& path);
    // Appends at most `count` rows; false where there are none left.
    bool Read(int count, gateway::v1::PushRows& to);
    // Passes over at most `count` rows before the first Read; answers how many.
    std::int64_t Skip(std::int64_t count);
    // What follows is another batch: its rows count from one.
    void BeginBatch() { sequence_ = 0; }
    bool empty() const { return position_ >= data_.size(); }

private:
    std::string_view Next();  // empty view with no data at the end
    std::string data_;
    std::size_t position_ = 0;
    std::uint32_t sequence_ = 0;
};

}  // namespace shouwang::bench
