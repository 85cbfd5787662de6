// Group consumer on one connection of its own: its locks, its LISTEN, its reads and its commits. When the connection dies the
// partitions are lost with it, and the next Poll begins anew.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/bus/bus.h"
#include "common/bus/embedded_membership.h"
#include "common/bus/embedded_schema.h"
#include "common/bus/metrics.h"
#include "common/pg/pg.h"

namespace shouwang::bus::embedded {

class EmbeddedConsumer final : public Consumer {
public:
    EmbeddedConsumer(std::string conninfo, ConsumerOptions options);
    ~EmbeddedConsumer() override { Close(); }

    Result<std::vector<Message>> Poll(std::size_t max, std::chrono::milliseconds wait) override;
    void OnRevoke(std::function<void(std::span<const Assignment>)> callback) override { on_revoke_ = std::move(callback); }
    Status Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) override;
    Status Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) override;
    std::vector<Assignment> assigned() const override;
    std::int64_t Lag() override;
    void Close() override;

private:
    struct Owned {
        std::int32_t topic_id;
        std::int64_t position;   // next offset to read
        std::int64_t committed;  // next offset after the committed ones
    };

    Status Connect(Deadline deadline);
    // Moves towards the fair share of the group, topic by topic.
    Status Rebalance();
    Status Begin(const Assignment& taken);
    Status GiveBack(const std::string& topic, std::size_t count);
    std::vector<Assignment> OwnedOf(const std::string& topic) const;
    void LoseAll();
    void Revoked(const std::vector<Assignment>& gone);
    // Adds what is there now, at most `max` messages.
    Status Fetch(std::size_t max, std::vector<Message>& out);
    Status FetchPartition(const Assignment& which, Owned& owned, std::size_t max, std::vector<Message>& out);
    Result<std::vector<Assignment>> WithNews();
    Status OnePass(std::size_t max, Deadline deadline, std::vector<Message>& out);

    const std::string conninfo_;
    const ConsumerOptions options_;
    ConsumerMetrics metrics_;
    std::function<void(std::span<const Assignment>)> on_revoke_;
    std::unique_ptr<pg::Connection> connection_;
    std::map<std::string, Topic> topics_;
    std::map<std::string, Membership> memberships_;  // by topic
    std::map<Assignment, Owned> owned_;
    std::size_t turn_ = 0;  // which partition is read first: another one each time
    Deadline next_rebalance_{};
    bool closed_ = false;
};

}  // namespace shouwang::bus::embedded
